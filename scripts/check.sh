#!/usr/bin/env bash
# Checks that the guards still apply and no module imports from a higher layer; format, lints and documentation,
# natively and for the Worker's target; the API's document; the page's format and types.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

fail() { echo "check: $*" >&2; exit 1; }
TARGET=wasm32-unknown-unknown

cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 ||
  fail "clippy or rustfmt is missing: 'rustup component add clippy rustfmt', or on Debian 'apt-get install rust-web-clippy rustfmt-web'."

has_target() { ls "$(rustc --print sysroot)/lib/rustlib/$TARGET/lib/"libcore-*.rlib >/dev/null 2>&1; }

clippy_for_the_worker() {
  local what=(-p atelier --lib --target "$TARGET")
  has_target || rustup target add "$TARGET" >/dev/null 2>&1 || true
  if has_target; then
    cargo clippy "${what[@]}" -- -D warnings
  elif [ "$WASM_RUST" = debian ]; then
    # Named by its path: cargo would take rustup's first.
    with_wasm_rust /usr/bin/cargo-clippy clippy -Z build-std=std,panic_abort "${what[@]}" -- -D warnings
  else
    fail "there is no standard library for $TARGET to check against: run 'rustup target add $TARGET'."
  fi
}

for guard in tests/guards/*.patch; do
  git apply --check --unidiff-zero "$guard" || fail "$guard no longer applies: a change to a guarded line must update its patch."
done
node scripts/paths.mjs || fail "the documentation names files that do not exist."
node scripts/stories.mjs || fail "docs/stories.md does not list the stories."
node scripts/arrows.mjs || fail "the layers of docs/ARCHITECTURE.md do not hold."
cargo fmt --all --check
cargo clippy --workspace --all-targets -- -D warnings
clippy_for_the_worker
RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace
node_modules/.bin/prettier --check --log-level warn --ignore-path .gitignore --ignore-path page/.prettierignore page
node_modules/.bin/validate-api docs/openapi.json >/dev/null || fail "docs/openapi.json is not OpenAPI: 'node_modules/.bin/validate-api docs/openapi.json' says why."
scripts/page.sh # which checks the types, too
