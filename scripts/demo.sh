#!/usr/bin/env bash
# Walks through the main job in the terminal, against the system at PORT (8787). If none runs there,
# against one of its own, with its own ports, database and pictures, which is stopped at the end in any
# case. Arguments go to scripts/demo.mjs.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/ready.sh
# shellcheck source=scripts/env.sh
. scripts/env.sh

is_there() {
  node -e 'fetch(process.argv[1]).then((answer) => answer.json()).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))' \
    "http://127.0.0.1:${PORT:-8787}/healthz"
}

if is_there; then
  exec node scripts/demo.mjs "$@"
fi
echo "Nothing runs at port ${PORT:-8787}: starting a system for this demo alone (its log: test-artefacts/demo-system.log)"
# Not the log of a system that tests run against.
unset ATELIER_URL
scripts/with-system.sh demo-system.log node scripts/demo.mjs "$@"
