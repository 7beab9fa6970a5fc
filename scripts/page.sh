#!/usr/bin/env bash
# Builds the page into page/dist and tells its size, if anything changed since the last time. Its
# types of the API, page/src/api.ts, are made from the API's document.
#
# page.sh --size tells the size in any case.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

# All of the scripts together, gzipped, whatever a visitor loads of them.
MAX_GZIPPED=102400

inputs() { # what the build depends on, as one line
  { find package-lock.json docs/openapi.json samples page/*.* page/public page/src -type f ! -path page/src/api.ts | LC_ALL=C sort | xargs cksum; } | cksum
}

size() {
  local gzipped
  gzipped=$(for script in page/dist/assets/*.js; do gzip -c "$script"; done | wc -c)
  echo "Page: $((gzipped / 1024)) KB of script gzipped (limit $((MAX_GZIPPED / 1024)) KB)"
  [ "$gzipped" -le $MAX_GZIPPED ] || { echo "The page is too large." >&2; return 1; }
}

if [ -s page/.built ] && [ "$(cat page/.built)" = "$(inputs)" ]; then
  [ "${1:-}" != --size ] || size
  exit
fi

scripts/setup.sh
. scripts/env.sh
now=$(inputs)
rm -f page/.built
api=$(mktemp)
trap 'rm -f "$api"' EXIT
node_modules/.bin/openapi-typescript docs/openapi.json --output "$api" \
  --root-types --root-types-no-schema-prefix --default-non-nullable false >/dev/null
# Left alone while it stays the same: wrangler would see a change, and begin the build that writes it again.
cmp --silent "$api" page/src/api.ts || cp "$api" page/src/api.ts
node_modules/.bin/tsc --project page
# Quiet: what it made is told below.
node_modules/.bin/vite build --logLevel warn page
size
echo "$now" >page/.built
