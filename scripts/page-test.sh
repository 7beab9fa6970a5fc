#!/usr/bin/env bash
# Runs the page's tests in a browser, before a system of its own. Screenshots go to test-artefacts.
# ATELIER_URL tests a system that runs already. What is given goes to `node --test`.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh browser
# shellcheck source=scripts/env.sh
. scripts/env.sh
rm -f test-artefacts/page-*
# A hold that outlives an answer that never comes, but not a provider that is late.
export ATELIER_VARS="HOLD_TTL_SECONDS:30 EVOLINK_CREDITS_PER_UNIT:0.05"
export EMULATOR_ARGS="--slow-ms 20000 --late-ms 45000"
export PROVIDER_FALLBACKS=replicate
scripts/with-system.sh page-system.log node --test --test-concurrency=6 "$@" page/tests/*.test.mjs
