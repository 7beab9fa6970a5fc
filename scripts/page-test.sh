#!/usr/bin/env bash
# Runs the page's tests in a browser, against systems of its own. Screenshots go to test-artefacts.
# ATELIER_URL tests a running system instead, and ATELIER_EMULATOR_URL is its emulator, which must
# have been started with the EMULATOR_ARGS below. Arguments go to `node --test`.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh browser
# shellcheck source=scripts/env.sh
. scripts/env.sh
rm -f test-artefacts/page-*
export ATELIER_VARS="EVOLINK_CREDITS_PER_UNIT:0.05"
# A slow task runs until a test ends it.
export EMULATOR_ARGS="--slow-ms 3600000"
export PROVIDER_FALLBACKS=replicate
scripts/with-system.sh page-system.log node --test --test-concurrency=6 "$@" page/tests/*.test.mjs \
  page/tests/buying/*.test.mjs
# Deadlines are tested with a system whose holds last a few seconds.
[ -n "${ATELIER_URL:-}" ] ||
  ATELIER_VARS="$ATELIER_VARS HOLD_TTL_SECONDS:5" \
    scripts/with-system.sh page-deadline-system.log node --test "$@" page/tests/deadline/*.test.mjs
# Signing in is tested with a system that has all ways in, and no demo accounts.
[ -n "${ATELIER_URL:-}" ] ||
  SIGN_IN=on scripts/with-system.sh page-sign-in-system.log \
    node --test --test-concurrency=4 "$@" page/tests/sign-in/*.test.mjs
# The cookies of production, and what other sites can do with them: by e-mail alone, as no provider can send a browser
# back to an address that has no certificate.
[ -n "${ATELIER_URL:-}" ] ||
  SIGN_IN=on PUBLIC_HTTPS=on scripts/with-system.sh page-https-system.log \
    node --test "$@" page/tests/https/*.test.mjs page/tests/sign-in/cross-site.test.mjs
