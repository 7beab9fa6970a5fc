#!/usr/bin/env bash
# Real pictures, which packages ship for their own tests, compared with an independent decoder,
# Pillow: how the domain's code reads each, and how a running system answers to its upload.
#
# They are fetched into the cache by name, version and checksum, some 60 MB in all; none is committed.
# Debian's source packages are left out where apt does not have these versions of them.
#
# `pictures.sh sample` takes Pillow's own pictures alone, and uploads none: a matter of seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh pictures
# shellcheck source=scripts/env.sh
. scripts/env.sh

# Package, version, file, checksum of the file.
DEBIAN_SOURCES="
libpng1.6 1.6.39 libpng1.6_1.6.39.orig.tar.gz a00e9d2f2f664186e4202db9299397f851aea71b36a35e74910b8820e380d441
libjpeg-turbo 2.1.5 libjpeg-turbo_2.1.5.orig.tar.gz 254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c
libwebp 1.2.4 libwebp_1.2.4.orig.tar.gz 7bf5a8a28cc69bcfa8cb214f2c3095703c6b73ac5fba4d5480c205331d9494df
libexif 0.6.24 libexif_0.6.24.orig.tar.gz d3fb7c47829ec4d2def39aa38f4c35a0891763448a05dbf216a329a12bf198f9
libmetadata-extractor-java 2.11.0 libmetadata-extractor-java_2.11.0.orig.tar.xz 916aadbe6179b352b187bbd8ab0b81f3d8185a4ed16eb988ae427ea915ca71c3
"
dir=$CACHE/$(pillow_name)
fetched=$dir/fetched
corpus=$dir/${1:-corpus}

say() { echo "pictures: $*" >&2; }
is_whole() { [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status; }

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

unpack() { # archive…
  local file mark
  mkdir -p "$corpus"
  for file; do
    mark=$corpus/$(basename "$file").unpacked
    [ ! -f "$file" ] || [ -e "$mark" ] || { tar -xf "$file" -C "$corpus" && touch "$mark"; }
  done
}

cargo build --quiet -p atelier --example pictures
compare=("$dir/venv/bin/python" scripts/pictures/compare.py "$corpus"
  "${CARGO_TARGET_DIR:-target}/debug/examples/pictures" scripts/pictures/exceptions.txt)
unpack "$fetched/pillow-$PILLOW_VERSION.tar.gz"
[ "${1:-}" != sample ] || exec "${compare[@]}"
debian_sources
unpack "$fetched"/*.orig.tar.?z
# Far more than an account may upload in a day.
export ATELIER_VARS="MAX_UPLOADS_PER_DAY:0 MAX_UPLOAD_MIB_PER_DAY:0"
exec scripts/with-system.sh pictures-system.log "${compare[@]}" with-system
