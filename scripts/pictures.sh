#!/usr/bin/env bash
# Real pictures, those that packages ship for their own tests, beside an independent decoder, Pillow:
# what the domain's code says of each, and what a running system answers when it is uploaded.
#
# They are fetched into the cache by name, version and checksum, some 60 MB in all; none is committed.
# Debian's source packages are left out where apt does not have these versions of them.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

PILLOW=13.0.0
PILLOW_SHA256=cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510
# Package, version, file, checksum of the file.
DEBIAN_SOURCES="
libpng1.6 1.6.39 libpng1.6_1.6.39.orig.tar.gz a00e9d2f2f664186e4202db9299397f851aea71b36a35e74910b8820e380d441
libjpeg-turbo 2.1.5 libjpeg-turbo_2.1.5.orig.tar.gz 254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c
libwebp 1.2.4 libwebp_1.2.4.orig.tar.gz 7bf5a8a28cc69bcfa8cb214f2c3095703c6b73ac5fba4d5480c205331d9494df
libexif 0.6.24 libexif_0.6.24.orig.tar.gz d3fb7c47829ec4d2def39aa38f4c35a0891763448a05dbf216a329a12bf198f9
libmetadata-extractor-java 2.11.0 libmetadata-extractor-java_2.11.0.orig.tar.xz 916aadbe6179b352b187bbd8ab0b81f3d8185a4ed16eb988ae427ea915ca71c3
"
dir=$CACHE/pictures-$PILLOW
fetched=$dir/fetched
corpus=$dir/corpus

say() { echo "pictures: $*" >&2; }
fail() { say "$*"; exit 1; }
is_whole() { [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status; }

decoder() {
  [ -e "$dir/venv/whole" ] && return
  python3 -c 'import ensurepip, venv' 2>/dev/null || fail "Python's virtual environments are missing: on Debian 'apt-get install python3-venv'."
  say "getting Pillow $PILLOW, the decoder and its test pictures, from PyPI"
  rm -rf "$dir/venv"
  python3 -m venv "$dir/venv"
  "$dir/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary pillow "pillow==$PILLOW" >&2
  touch "$dir/venv/whole"
}

pillow_source() {
  local file=$fetched/pillow-$PILLOW.tar.gz
  is_whole "$file" "$PILLOW_SHA256" && return
  "$dir/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary pillow --dest "$fetched" "pillow==$PILLOW" >&2
  is_whole "$file" "$PILLOW_SHA256" || fail "$file is not what it was: its checksum is another."
}

# An apt of our own, with the system's sources, of which it asks for source packages.
apt_options() {
  mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial" "$dir/apt/sources"
  local file
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"$dir/apt/sources/$(basename "$file")"
  done
  [ ! -f /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$dir/apt/sources/system.list"
  APT=(-q=2 -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$dir/apt/sources"
    -o "Dir::State::lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt" -o "APT::Sandbox::User=root")
}

debian_sources() {
  command -v apt-get >/dev/null || return 0
  local name version file checksum is_ready=
  while read -r name version file checksum; do
    if [ -z "$name" ] || is_whole "$fetched/$file" "$checksum"; then continue; fi
    if [ -z "$is_ready" ]; then
      say "getting source packages from Debian"
      apt_options
      apt-get "${APT[@]}" update >&2 || return 0
      is_ready=yes
    fi
    (cd "$fetched" && apt-get "${APT[@]}" source --download-only "$name" >/dev/null 2>&1) || true
    is_whole "$fetched/$file" "$checksum" || say "there is no $name $version here: its pictures are left out"
  done <<<"$DEBIAN_SOURCES"
}

unpack() {
  local file
  mkdir -p "$corpus"
  for file in "$fetched"/*.orig.tar.?z "$fetched/pillow-$PILLOW.tar.gz"; do
    [ ! -f "$file" ] || [ -e "$file.unpacked" ] || { tar -xf "$file" -C "$corpus" && touch "$file.unpacked"; }
  done
}

mkdir -p "$fetched"
decoder
pillow_source
debian_sources
unpack
cargo build --quiet --example pictures
exec scripts/with-system.sh pictures-system.log "$dir/venv/bin/python" scripts/pictures/compare.py \
  "$corpus" "${CARGO_TARGET_DIR:-target}/debug/examples/pictures" scripts/pictures/exceptions.txt with-system
