#!/usr/bin/env bash
# Runs a command with a whole system of its own: ATELIER_URL is its address, ATELIER_EMULATOR_URL
# that of its emulator, ATELIER_ADMIN_TOKEN the operators' token. Its database and ports are new, and
# removed afterwards.
#
# with-system.sh LOG COMMAND…: the system's output goes to test-artefacts/LOG. If ATELIER_URL is
# set, the command uses that system.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh
log=test-artefacts/$1
shift

free_port() { node -e 'const server = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close(); });'; }

if [ -z "${ATELIER_URL:-}" ]; then
  export PORT EMULATOR_PORT ATELIER_URL ATELIER_EMULATOR_URL ATELIER_STATE
  PORT=$(free_port) EMULATOR_PORT=$(free_port)
  ATELIER_URL=http://127.0.0.1:$PORT
  ATELIER_EMULATOR_URL=http://127.0.0.1:$EMULATOR_PORT
  ATELIER_STATE=$(mktemp -d)
  mkdir -p test-artefacts
  # Not the log of the run before: it is read for the line that says that all is there.
  rm -f "$log"
  # A process group of its own: Ctrl-C reaches us alone, and we end all of it.
  set -m
  scripts/start.sh >"$log" 2>&1 </dev/null &
  set +m
  system=$!
  export ATELIER_SYSTEM=$system
  stop() {
    kill -TERM -- "-$system" 2>/dev/null || true
    wait $system || true
    rm -rf "$ATELIER_STATE"
  }
  trap stop EXIT
  until grep -qs "^Atelier is at" "$log"; do
    kill -0 $system 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 1
  done
fi
ATELIER_ADMIN_TOKEN=${ATELIER_ADMIN_TOKEN:-$(sed -n 's/^ADMIN_TOKEN="\(.*\)"$/\1/p' .dev.vars)}
export ATELIER_ADMIN_TOKEN
"$@"
