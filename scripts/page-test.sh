#!/usr/bin/env bash
# Runs the page's tests in a browser, before systems of its own. Screenshots go to test-artefacts.
# ATELIER_URL tests a system that runs already, and ATELIER_EMULATOR_URL says where its emulator is;
# it must have been started with the EMULATOR_ARGS below. What is given goes to `node --test`.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh browser
# shellcheck source=scripts/env.sh
. scripts/env.sh
rm -f test-artefacts/page-*
export ATELIER_VARS="EVOLINK_CREDITS_PER_UNIT:0.05"
# What is slow works until a test says that it is done.
export EMULATOR_ARGS="--slow-ms 3600000"
export PROVIDER_FALLBACKS=replicate
scripts/with-system.sh page-system.log node --test --test-concurrency=6 "$@" page/tests/*.test.mjs
# What happens at a hold's deadline is seen where a hold has a few seconds, and nowhere else.
[ -n "${ATELIER_URL:-}" ] ||
  ATELIER_VARS="$ATELIER_VARS HOLD_TTL_SECONDS:5" \
    scripts/with-system.sh page-deadline-system.log node --test "$@" page/tests/deadline/*.test.mjs
