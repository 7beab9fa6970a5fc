#!/usr/bin/env bash
# Builds the page into page/dist and prints its size, if anything has changed. Its types of the API,
# page/src/api.ts, are generated from the API's document.
#
# SITE_NAME, SITE_URL and TURNSTILE are of the site that it is built for: page/README.md has them.
#
# page.sh --size prints the size in any case.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

# The limit for all scripts together, gzipped, whichever of them a visitor loads.
MAX_GZIPPED=102400

# The limit for the scripts of /docs, which are loaded nowhere else.
MAX_DOCS_GZIPPED=512000

inputs() { # what the build depends on, as one line
  { echo "${SITE_NAME:-} ${SITE_URL:-} ${TURNSTILE:-}"; find package-lock.json docs/openapi.json samples page/*.* page/public page/site page/src -type f ! -path page/src/api.ts | LC_ALL=C sort | xargs cksum; } | cksum
}

size() {
  local script bytes page=0 docs=0
  for script in page/dist/assets/*.js; do
    bytes=$(gzip -c "$script" | wc -c)
    case ${script##*/} in
      docs-*) docs=$((docs + bytes)) ;;
      *) page=$((page + bytes)) ;;
    esac
  done
  echo "Page: $((page / 1024)) KB of script gzipped (limit $((MAX_GZIPPED / 1024)) KB); /docs alone: $((docs / 1024)) KB (limit $((MAX_DOCS_GZIPPED / 1024)) KB)"
  [ "$page" -le $MAX_GZIPPED ] || { echo "The page is too large." >&2; return 1; }
  [ "$docs" -le $MAX_DOCS_GZIPPED ] || { echo "The script of /docs is too large." >&2; return 1; }
  ! grep -q assets/docs- page/dist/index.html page/dist/admin.html || { echo "The page loads what is for /docs alone." >&2; return 1; }
}

if [ -s page/.built ] && [ "$(cat page/.built)" = "$(inputs)" ]; then
  [ "${1:-}" != --size ] || size
  exit
fi

scripts/setup.sh
. scripts/env.sh
now=$(inputs)
rm -f page/.built
types=$(mktemp)
trap 'rm -f "$types"' EXIT
node_modules/.bin/openapi-typescript docs/openapi.json --output "$types" \
  --root-types --root-types-no-schema-prefix --default-non-nullable false >/dev/null
# Only if they differ: otherwise a watcher of the sources would rebuild again and again.
cmp -s "$types" page/src/api.ts || cat "$types" >page/src/api.ts
node_modules/.bin/tsc --project page
# Quiet, since the sizes are printed below.
node_modules/.bin/vite build --logLevel warn page
size
echo "$now" >page/.built
