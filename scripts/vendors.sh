#!/usr/bin/env bash
# Runs the vendors' own clients against the emulator, and other people's signers and issuers against the Worker.
# `vendors.sh npm` runs only the clients from npm and the issuers, which takes seconds once they are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh vendors
# shellcheck source=scripts/env.sh
. scripts/env.sh
cargo build --quiet -p atelier-emulator
export VENDORS=$CACHE/$(vendors_name) EMULATOR=${CARGO_TARGET_DIR:-target}/debug/atelier-emulator
node scripts/vendors/main.mjs clients ${1:+"$1"}
free_port() { node -e 'const server = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close(); });'; }
export ISSUER_PORT GOOGLE_PORT
ISSUER_PORT=$(free_port) GOOGLE_PORT=$(free_port)
ATELIER_VARS="SIGN_IN:email,google,oidc OIDC_ISSUER:http://127.0.0.1:$ISSUER_PORT GOOGLE_BASE_URL:http://127.0.0.1:$GOOGLE_PORT" \
  scripts/with-system.sh issuers-system.log node scripts/vendors/issuers.mjs
[ "${1:-}" != npm ] || exit 0
# The log has the callbacks, with their addresses.
EMULATOR_LOG=$(mktemp -d)/emulator.log
# Models are offered only for configured providers; these are the ones that sign.
export EMULATOR_LOG PROVIDER=replicate PROVIDER_FALLBACKS=kling,fal,kie
scripts/with-system.sh vendors-system.log node scripts/vendors/main.mjs signers
