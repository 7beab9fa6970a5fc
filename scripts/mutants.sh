#!/usr/bin/env bash
# `make mutants`: makes each small change that cargo-mutants knows to the domain's code, one at a
# time, and runs the tests beside the code. The changes that no test notices must be exactly those of
# docs/mutants.md. `FILE=src/domain/job/apply.rs make mutants` changes one file, and
# `FILE='src/domain/job/**'` a folder.
#
# The domain imports nothing of the crate from outside itself, so it is a crate of its own here, which
# builds in a fraction of the time: in a copy, with a target directory of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh mutants
# shellcheck source=scripts/env.sh
. scripts/env.sh

dir=$CACHE/mutants files=${FILE:-src/domain/**} status=0
rm -rf "$dir/domain"
mkdir -p "$dir/domain/src"
cp -r src/domain src/domain.rs "$dir/domain/src"
echo 'pub mod domain;' >"$dir/domain/src/lib.rs"
cp Cargo.lock "$dir/domain"
section() { sed -n "/^\[$1\]/,/^\[/{/^\[$1\]/p;/^\[/!p;}" Cargo.toml; }
{
  printf '[package]\nname = "domain"\nedition = "2024"\n\n[workspace]\n\n'
  section dependencies
  section dev-dependencies | grep -E '^(\[|schemars)'
} >"$dir/domain/Cargo.toml"

# Without debug information each change builds in a second.
CARGO_TARGET_DIR=$dir/target CARGO_PROFILE_DEV_DEBUG=0 \
  "$CACHE/cargo-mutants-$CARGO_MUTANTS_VERSION/bin/cargo-mutants" mutants --dir "$dir/domain" \
  --file "$files" --cargo-arg=--lib --timeout 20 --no-shuffle --output "$dir" || status=$?
case $status in
  0 | 2 | 3) ;; # All are noticed; some are not; some do not end.
  *) exit "$status" ;;
esac

accepted() { sed -nE 's/^\| `(src\/domain\/[^`]*)` \|.*/\1/p' docs/mutants.md | LC_ALL=C sort; }
unnoticed() { sed -E 's/:[0-9]+:[0-9]+:/:/' "$dir/mutants.out/missed.txt" | LC_ALL=C sort; }
news=$(diff <(accepted) <(unnoticed) | sed -n 's/^</noticed now:/p; s/^>/noticed by no test:/p' || true)
# Of a part, what the page says of the others was not tried.
[ -z "${FILE:-}" ] || news=$(grep -v '^noticed now:' <<<"$news" || true)
[ -z "$news" ] || { echo "docs/mutants.md is not what was found:"; echo "$news"; exit 1; } >&2
echo "Every change is noticed by a test, but for what docs/mutants.md says."
