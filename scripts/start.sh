#!/usr/bin/env bash
# Runs the whole system on this machine until Ctrl-C. PORT and EMULATOR_PORT move it, SIGN_IN=on opens all the
# ways in, ATELIER_STATE keeps its database and pictures elsewhere, ATELIER_VARS are more of the Worker's
# variables (NAME:value, with spaces between), EMULATOR_ARGS the emulator's options.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/ready.sh
# shellcheck source=scripts/env.sh
. scripts/env.sh
export ATELIER_STATE=${ATELIER_STATE:-.wrangler/state}
node "$ATELIER_WRANGLER" d1 migrations apply DB --local --persist-to "$ATELIER_STATE" </dev/null >"$CACHE/migrations.log" 2>&1 || {
  cat "$CACHE/migrations.log" >&2
  if grep -q "already exists" "$CACHE/migrations.log"; then
    echo "start: the database in $ATELIER_STATE was made by migrations of before the first release, which these do not continue." >&2
    echo "start: to begin with an empty one, without its jobs, credits and pictures: rm -r $ATELIER_STATE" >&2
  fi
  exit 1
}
exec node scripts/start.mjs "${CARGO_TARGET_DIR:-target}/debug/atelier-emulator"
