#!/usr/bin/env bash
# Builds the page into page/dist and the Worker into build/, and prints their sizes, if anything has
# changed. wrangler calls this at every start, so without changes there is no output.
#
# build.sh --size prints the sizes in any case.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

# Our own limit: 1.5 MB of 1,024 KB of 1,024 bytes, as Cloudflare counts. Cloudflare's is 3 MB on the free plan.
MAX_GZIPPED=1572864

inputs() { # what the build depends on, as one line
  { echo "$WASM_RUST $WORKER_BUILD_VERSION"; find Cargo.toml Cargo.lock src -type f | LC_ALL=C sort | xargs cksum; } | cksum
}

size() {
  local raw gzipped
  raw=$(wc -c <build/index_bg.wasm)
  gzipped=$(gzip -c build/index_bg.wasm | wc -c)
  echo "Worker: $((raw / 1024)) KB of WASM, $((gzipped / 1024)) KB gzipped (limit $((MAX_GZIPPED / 1024)) KB)"
  [ "$gzipped" -le $MAX_GZIPPED ] || { echo "The Worker is too large." >&2; return 1; }
}

scripts/page.sh "$@"

if [ -s build/.inputs ] && [ "$(cat build/.inputs)" = "$(inputs)" ]; then
  [ "${1:-}" != --size ] || size
  exit
fi

scripts/setup.sh
. scripts/env.sh
now=$(inputs)
rm -f build/.inputs
# Its own target directory, since its flags would make cargo rebuild everything native. Requests run
# to their end even if the client has disconnected, so that an opened job is dispatched.
RUN_TO_COMPLETION=1 CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/worker \
  WASM_BINDGEN_BIN=$CACHE/wasm-bindgen-cli-$WASM_BINDGEN_VERSION/bin/wasm-bindgen \
  WASM_OPT_BIN=$ROOT/node_modules/.bin/wasm-opt \
  ESBUILD_BIN=$ROOT/node_modules/.bin/esbuild \
  with_wasm_rust "$CACHE/worker-build-$WORKER_BUILD_VERSION/bin/worker-build" --release --panic-unwind
mv build/index.js build/atelier.js
cp src/cloudflare/entry.js build/index.js
# Without the names of functions, which are a tenth of it: a panic still has its file and line.
wasm_opt=$ROOT/node_modules/.bin/wasm-opt
"$wasm_opt" build/index_bg.wasm --all-features --strip-debug -O3 -o build/index_bg.wasm.partial
mv build/index_bg.wasm.partial build/index_bg.wasm
size
echo "$now" >build/.inputs
