#!/usr/bin/env bash
# Runs the vendors' own clients against the emulator, and other people's signers against the Worker.
# `vendors.sh npm` runs only the clients from npm, which takes seconds once they are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh vendors
# shellcheck source=scripts/env.sh
. scripts/env.sh
cargo build --quiet -p atelier-emulator
export VENDORS=$CACHE/$(vendors_name) EMULATOR=${CARGO_TARGET_DIR:-target}/debug/atelier-emulator
node scripts/vendors/main.mjs clients ${1:+"$1"}
[ "${1:-}" != npm ] || exit 0
# The log has the callbacks, with their addresses.
EMULATOR_LOG=$(mktemp -d)/emulator.log
# Models are offered only for configured providers; these are the ones that sign.
export EMULATOR_LOG PROVIDER=replicate PROVIDER_FALLBACKS=kling,fal,kie
scripts/with-system.sh vendors-system.log node scripts/vendors/main.mjs signers
