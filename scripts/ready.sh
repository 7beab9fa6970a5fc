#!/usr/bin/env bash
# Builds everything that scripts/start.sh runs: set-up, the Worker and the page, the emulator.
# Prints nothing if it is all there.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build
# shellcheck source=scripts/env.sh
. scripts/env.sh
scripts/build.sh
[ -x "${CARGO_TARGET_DIR:-target}/debug/atelier-emulator" ] || echo "Building the emulated provider, once (about a minute)"
cargo build --quiet -p atelier-emulator
