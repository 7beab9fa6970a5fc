#!/usr/bin/env bash
# Runs the whole system on this machine until Ctrl-C. PORT and EMULATOR_PORT move it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
# shellcheck source=scripts/env.sh
. scripts/env.sh
scripts/build.sh
cargo build --quiet -p atelier-emulator
node "$ATELIER_WRANGLER" d1 migrations apply DB --local --persist-to .wrangler/state </dev/null >"$CACHE/migrations.log" 2>&1 || {
  cat "$CACHE/migrations.log" >&2
  exit 1
}
exec node scripts/start.mjs "${CARGO_TARGET_DIR:-target}/debug/atelier-emulator"
