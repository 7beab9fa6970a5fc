#!/usr/bin/env bash
# Runs the whole system with a database and ports of its own, and the page's tests in a
# browser against it.
# Screenshots go to test-artefacts. ATELIER_URL tests one that runs already. What is given goes to `node --test`.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh browser
# shellcheck source=scripts/env.sh
. scripts/env.sh

free_port() { node -e 'const server = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close(); });'; }

if [ -z "${ATELIER_URL:-}" ]; then
  export PORT EMULATOR_PORT ATELIER_URL
  PORT=$(free_port) EMULATOR_PORT=$(free_port)
  ATELIER_URL=http://127.0.0.1:$PORT
  mkdir -p test-artefacts
  rm -f test-artefacts/page-*
  export ATELIER_STATE ATELIER_VARS EMULATOR_ARGS PROVIDER_FALLBACKS=replicate
  ATELIER_STATE=$(mktemp -d)
  # A hold that outlives an answer that never comes, but not a provider that is late.
  ATELIER_VARS="HOLD_TTL_SECONDS:30 EVOLINK_CREDITS_PER_UNIT:0.5"
  EMULATOR_ARGS="--slow-ms 20000 --late-ms 45000"
  scripts/start.sh >test-artefacts/page-system.log 2>&1 &
  system=$!
  trap 'kill $system 2>/dev/null; wait $system; rm -rf "$ATELIER_STATE"' EXIT
  until grep -q "^Atelier is at" test-artefacts/page-system.log; do
    kill -0 $system 2>/dev/null || { cat test-artefacts/page-system.log >&2; exit 1; }
    sleep 1
  done
fi
ATELIER_ADMIN_TOKEN=${ATELIER_ADMIN_TOKEN:-$(sed -n 's/^ADMIN_TOKEN="\(.*\)"$/\1/p' .dev.vars)}
export ATELIER_ADMIN_TOKEN
node --test --test-concurrency=4 "$@" page/tests/*.test.mjs
