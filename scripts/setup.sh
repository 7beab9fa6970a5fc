#!/usr/bin/env bash
# Installs everything the project needs, once: first prints what is missing and how long it will
# take, and prints nothing if it is all there.
#
# Large downloads go to a cache outside the checkout, ATELIER_CACHE (by default ~/.cache/atelier).
# Debian packages are only installed as root, or with a sudo that asks no password.
#
# setup.sh WHAT…: besides, `browser` gets what the page's tests need, `deny`, `fuzz`, `mutants`, `pictures` and
# `vendors` what the targets of those names do; `build` tells of the first build, too, which comes next.
#
# ATELIER_RUST=rustup or =debian forces whose compiler builds the Worker. Without
# it: rustup's, and Debian's packages where there is no rustup or no way to download.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

say() { echo "set-up: $*" >&2; }
fail() { say "$*"; exit 1; }

# apt_install "what it is for" package...
apt_install() {
  local why=$1 sudo=
  shift
  command -v apt-get >/dev/null ||
    fail "$why is missing, and this is not Debian: install it with your system's own tools, then run this again."
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null ||
      fail "$why is missing: run 'sudo apt-get install $*', then run this again."
    sudo='sudo -n'
  fi
  # The lists may be old or empty; if they cannot be refreshed, they may still do.
  $sudo apt-get update -qq >/dev/null 2>&1 || true
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends "$@" >"$CACHE/apt.log" 2>&1 ||
    fail "$why cannot be had: 'apt-get install $*' failed, see $CACHE/apt.log."
}

# minor "rustc 1.95.0 (…)" -> 95
minor() { local version=${1#*1.}; echo "${version%%.*}"; }
RUST_MINOR=$(minor "$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)")

enough_rust() { # a rustc
  local version
  version=$("$1" --version 2>/dev/null) && [ "$(minor "$version")" -ge "$RUST_MINOR" ]
}

# Each step checks quietly whether its tool is there, and installs it if not.

c_compiler_is_there() {
  command -v cc >/dev/null && command -v make >/dev/null && command -v curl >/dev/null &&
    { [ ! -e /etc/debian_version ] || [ -e /etc/ssl/certs/ca-certificates.crt ]; }
}

c_compiler() { apt_install "a C compiler, make, curl, and the list of certificate authorities" build-essential ca-certificates curl; }

node_ok() { node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) ? 0 : 1)' 2>/dev/null; }

node_is_there() { command -v npm >/dev/null && { [ -x "$CACHE/node-$NODE_VERSION/bin/node" ] || node_ok; }; }

node_itself() {
  local dir=$CACHE/node-$NODE_VERSION system
  command -v npm >/dev/null || apt_install "npm" nodejs npm
  node_is_there && return
  case $(uname -sm) in
    'Linux x86_64') system=linux-x64 ;;
    'Linux aarch64') system=linux-arm64 ;;
    *) fail "Node 22.12 or newer is needed, and there is no package of it for this system: install it from nodejs.org, then run this again." ;;
  esac
  rm -rf "$dir" "$dir.partial"
  npm install --prefix "$dir.partial" --no-save --ignore-scripts --no-update-notifier --loglevel=error "node-$system@$NODE_VERSION" >/dev/null ||
    fail "Node $NODE_VERSION cannot be had from npm: install Node 22.12 or newer by hand, then run this again."
  mv "$dir.partial/node_modules/node-$system" "$dir"
  rm -rf "$dir.partial"
}

node_packages_are_there() { cmp -s package-lock.json node_modules/.installed; }

node_packages() {
  # Node may have come just now.
  . scripts/env.sh
  # Without install scripts: the packages' own start-up finds the right binary.
  NODE_NO_WARNINGS=1 npm ci --ignore-scripts --loglevel=error >/dev/null ||
    fail "the packages of package-lock.json cannot be had from npm: see the lines above."
  cp package-lock.json node_modules/.installed
}

# For everything native. clippy and rustfmt come along, or `make check` tells.
host_rust_is_there() { command -v cargo >/dev/null && enough_rust rustc; }

host_rust() {
  command -v cargo >/dev/null || debian_rust
  enough_rust rustc ||
    fail "Rust 1.$RUST_MINOR or newer is needed, and this is '$(rustc --version 2>&1)': update it (with rustup: 'rustup update'), then run this again."
}

debian_rust_is_there() {
  [ -d /usr/lib/rustlib/src/rust/library ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/cargo-clippy ] && command -v wasm-ld-22 >/dev/null
}

debian_rust() {
  debian_rust_is_there ||
    apt_install "Debian's Rust" rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld-22
  enough_rust /usr/bin/rustc ||
    fail "Rust 1.$RUST_MINOR or newer is needed, and Debian's packages here are older: install rustup (rustup.rs), then run this again."
}

# Building with panic=unwind means building the standard library from its source.
has_source() {
  local sysroot
  sysroot=$(rustup run "$1" rustc --print sysroot 2>/dev/null) && [ -d "$sysroot/lib/rustlib/src/rust/library" ]
}

rustup_nightly() { # The pinned nightly, or any where that one cannot be had.
  command -v rustup >/dev/null || return
  for WASM_RUST in "$NIGHTLY" nightly; do
    has_source "$WASM_RUST" && return
    RUSTUP_MAX_RETRIES=0 rustup toolchain install "$WASM_RUST" --profile minimal --component rust-src --no-self-update >"$CACHE/rustup.log" 2>&1 && return
  done
  say "rustup cannot get one, see $CACHE/rustup.log"
  return 1
}

wasm_rust_is_there() {
  case $WASM_RUST in
    '') return 1 ;;
    debian) debian_rust_is_there ;;
    *) has_source "$WASM_RUST" ;;
  esac
}

wasm_rust() {
  case ${ATELIER_RUST:-} in
    rustup) rustup_nightly || fail "a nightly Rust is needed: install one with rustup, or set ATELIER_RUST=debian to take Debian's packages." ;;
    debian) debian_rust && WASM_RUST=debian ;;
    '') rustup_nightly || { debian_rust && WASM_RUST=debian; } ;;
    *) fail "ATELIER_RUST is '$ATELIER_RUST': it must be rustup or debian." ;;
  esac
  echo "$WASM_RUST" >"$WASM_RUST_NOTE.partial"
  mv "$WASM_RUST_NOTE.partial" "$WASM_RUST_NOTE"
}

has_chromium() { [ -n "${CHROMIUM:-}" ] || command -v chromium-headless-shell >/dev/null; }
# Without a font for it, Chinese would be boxes on the screenshots.
has_chinese() { [ -n "$(fc-list :lang=zh 2>/dev/null)" ]; }

# CHROMIUM says where another one is; where there is no apt-get, the tests take any that they find.
browser_is_there() { ! command -v apt-get >/dev/null || { has_chromium && has_chinese; }; }

browser() {
  has_chromium || apt_install "a browser for the page's tests" chromium-headless-shell
  has_chinese || apt_install "a Chinese font for the page's tests" fontconfig fonts-wqy-microhei
}

schemathesis_is_there() { [ -e "$CACHE/schemathesis-$SCHEMATHESIS_VERSION/whole" ]; }

schemathesis() {
  local dir=$CACHE/schemathesis-$SCHEMATHESIS_VERSION
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "Python, with its virtual environments" python3-venv
  # Its scripts name the directory they are in, so that it cannot be moved: the last line says that it is whole.
  rm -rf "$dir"
  python3 -m venv "$dir" && "$dir/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS_VERSION" >&2 ||
    fail "schemathesis $SCHEMATHESIS_VERSION cannot be had from PyPI: see the lines above."
  touch "$dir/whole"
}

vendors_are_there() { [ -e "$CACHE/$(vendors_name)/whole" ]; }
vendors() {
  local dir
  dir=$CACHE/$(vendors_name)
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "Python, with its virtual environments" python3-venv
  rm -rf "$dir"
  mkdir -p "$dir"
  cp scripts/vendors/package.json scripts/vendors/package-lock.json scripts/vendors/requirements.txt "$dir"
  npm ci --prefix "$dir" --ignore-scripts --loglevel=error >/dev/null ||
    fail "the packages of scripts/vendors/package-lock.json cannot be had from npm: see the lines above."
  python3 -m venv "$dir/python" &&
    "$dir/python/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$dir/requirements.txt" >&2 ||
    fail "the packages of scripts/vendors/requirements.txt cannot be had from PyPI: see the lines above."
  touch "$dir/whole"
}

# The decoder, and the source it is made from, which has its test pictures.
pillow_is_there() { [ -e "$CACHE/$(pillow_name)/whole" ]; }
pillow() {
  local dir file
  dir=$CACHE/$(pillow_name)
  file=$dir/fetched/pillow-$PILLOW_VERSION.tar.gz
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "Python, with its virtual environments" python3-venv
  rm -rf "$dir"
  mkdir -p "$dir/fetched"
  python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary pillow "pillow==$PILLOW_VERSION" >&2 &&
    "$dir/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary pillow --dest "$dir/fetched" "pillow==$PILLOW_VERSION" >&2 ||
    fail "Pillow $PILLOW_VERSION cannot be had from PyPI: see the lines above."
  echo "$PILLOW_SHA256  $file" | sha256sum --check --status || fail "$file is not what it was: its checksum is another."
  touch "$dir/whole"
}

# cargo_tool crate version binary flags...: built once for each version, without optimisation, which
# halves the time: a tool runs for a second or two at each build of the Worker.
cargo_tool() {
  local crate=$1 version=$2 binary=$3 dir=$CACHE/$1-$2
  shift 3
  # A target directory that stays lets a build that was stopped go on, and the next tool share it.
  CARGO_TARGET_DIR=$CACHE/tools-target CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install --quiet --debug --root "$dir.partial" --bin "$binary" "$@" "$crate@$version" >&2 ||
    fail "$crate $version cannot be built: see the lines above."
  rm -rf "$dir"
  mv "$dir.partial" "$dir"
  built=yes
}

has_tool() { [ -x "$CACHE/$1-$2/bin/$3" ]; } # crate version binary

wasm_bindgen_is_there() { has_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen; }
# Not --locked: its lock file may name a crate version that was withdrawn.
wasm_bindgen() { cargo_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen; }

worker_build_is_there() { has_tool worker-build "$WORKER_BUILD_VERSION" worker-build; }
worker_build() { cargo_tool worker-build "$WORKER_BUILD_VERSION" worker-build --locked; }

mutants_are_there() { has_tool cargo-mutants "$CARGO_MUTANTS_VERSION" cargo-mutants; }
mutants() { cargo_tool cargo-mutants "$CARGO_MUTANTS_VERSION" cargo-mutants --locked; }

deny_is_there() { has_tool cargo-deny "$CARGO_DENY_VERSION" cargo-deny; }
deny() { cargo_tool cargo-deny "$CARGO_DENY_VERSION" cargo-deny --locked; }

# What each step gets, and about how many seconds it takes on two cores with a fast network.
steps=() what=() takes=() estimate=0

step() { # is-it-there get seconds "what"
  "$1" && return
  steps+=("$2") takes+=("$3") what+=("$4")
  estimate=$((estimate + $3))
}

wants() { [[ " $wanted " = *" $1 "* ]]; }

about() { # seconds
  if [ "$1" -lt 60 ]; then echo "$1 s"; else echo "$((($1 + 30) / 60)) min"; fi
}

plan() {
  step c_compiler_is_there c_compiler 40 "a C compiler and make, from Debian"
  step node_is_there node_itself 30 "Node $NODE_VERSION and npm, since wrangler needs 22.12 or newer"
  step node_packages_are_there node_packages 15 "what package-lock.json lists, from npm"
  step host_rust_is_there host_rust 40 "Rust, from Debian"
  step wasm_rust_is_there wasm_rust 40 "a compiler for the Worker, with rustup or from Debian"
  step wasm_bindgen_is_there wasm_bindgen 50 "wasm-bindgen-cli $WASM_BINDGEN_VERSION, built here"
  step worker_build_is_there worker_build 60 "worker-build $WORKER_BUILD_VERSION, built here"
  ! wants browser || step browser_is_there browser 40 "a browser for the page's tests, from Debian"
  ! wants fuzz || step schemathesis_is_there schemathesis 40 "schemathesis $SCHEMATHESIS_VERSION, from PyPI"
  ! wants vendors || step vendors_are_there vendors 40 "the vendors' own clients, from npm and PyPI"
  ! wants pictures || step pillow_is_there pillow 30 "Pillow $PILLOW_VERSION and its test pictures, from PyPI"
  ! wants mutants || step mutants_are_there mutants 60 "cargo-mutants $CARGO_MUTANTS_VERSION, built here"
  ! wants deny || step deny_is_there deny 120 "cargo-deny $CARGO_DENY_VERSION, built here"
}

tell_plan() {
  local index
  say "about $(about $estimate), once, for what is not here yet:"
  for index in "${!steps[@]}"; do
    say "$(printf '%4d s  %s' "${takes[$index]}" "${what[$index]}")"
  done
  ! wants build || [ -e build/.inputs ] || say "Then the Worker, the page and the emulator are built, once: about 3 min."
}

wanted="$*" built=
mkdir -p "$CACHE"
plan
[ ${#steps[@]} = 0 ] || tell_plan
for index in "${!steps[@]}"; do
  say "$((index + 1)) of ${#steps[@]}: ${what[$index]}"
  "${steps[$index]}"
done
. scripts/env.sh
node scripts/secrets.mjs
[ -z "$built" ] || rm -rf "$CACHE/tools-target"
[ ${#steps[@]} = 0 ] || say "done after $(about $SECONDS)"
