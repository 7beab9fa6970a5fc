# Sourced by the other scripts and the Makefile: finds the installed tools. It installs nothing;
# scripts/setup.sh does.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${ATELIER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/atelier}

NODE_VERSION=24.21.0
NIGHTLY=nightly-2026-10-30
WORKER_BUILD_VERSION=0.8.7
CARGO_MUTANTS_VERSION=27.1.0
CARGO_DENY_VERSION=0.20.2
SCHEMATHESIS_VERSION=4.32.5
PILLOW_VERSION=13.0.0
# Of its source.
PILLOW_SHA256=cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510
# The command line tool refuses a module made with any other version of the crate.
WASM_BINDGEN_VERSION=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' "$ROOT/Cargo.lock")

# The shell that started us may not have read rustup's profile lines.
[ -d "$HOME/.cargo/bin" ] && PATH=$PATH:$HOME/.cargo/bin
[ -x "$CACHE/node-$NODE_VERSION/bin/node" ] && PATH=$CACHE/node-$NODE_VERSION/bin:$PATH
export PATH

export ATELIER_NODE ATELIER_WRANGLER
ATELIER_NODE=$(command -v node || true)
ATELIER_WRANGLER=$ROOT/node_modules/wrangler/bin/wrangler.js

# Everything here runs offline: no metrics, no checks for updates.
export WRANGLER_SEND_METRICS=false WRANGLER_HIDE_BANNER=true CLOUDFLARE_CF_FETCH_ENABLED=false
export WRANGLER_LOG_PATH=$ROOT/.wrangler/logs

# The compiler that builds the Worker: "debian" or the name of a rustup toolchain.
WASM_RUST_NOTE=$CACHE/rust-${ATELIER_RUST:-auto}-$NIGHTLY
WASM_RUST=$(cat "$WASM_RUST_NOTE" 2>/dev/null || true)

# What scripts/vendors pins, in the cache: another list, another directory.
vendors_name() { echo "vendors-$(cat "$ROOT"/scripts/vendors/{package-lock.json,requirements.txt} | sha256sum | cut -c1-12)"; }

pillow_name() { echo "pillow-$PILLOW_VERSION"; }

# Runs a command with the compiler that can build the Worker's standard library.
with_wasm_rust() {
  local bin
  if [ "$WASM_RUST" = debian ]; then
    PATH=$ROOT/scripts/wasm-rust:$PATH WASM_RUST_BIN=/usr/bin RUSTC_BOOTSTRAP=1 \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22 "$@"
  else
    bin=$(dirname "$(rustup which --toolchain "$WASM_RUST" rustc)")
    PATH=$ROOT/scripts/wasm-rust:$PATH WASM_RUST_BIN=$bin "$@"
  fi
}
