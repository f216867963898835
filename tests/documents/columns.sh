#!/bin/sh
# SPDX-License-Identifier: MIT
# columns.sh SOURCES: on a terminal of 80 columns, a command that a man page shows
# can be copied: no line of an example is broken, and no table falls to pieces.
set -eu

cd "$1"
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-columns.XXXXXX")
trap 'rm -rf "$work"' EXIT

die() {
    printf 'columns: %s\n' "$*" >&2
    exit 1
}

command -v groff >/dev/null || {
    echo "SKIP columns: groff is missing; script/setup --tests installs it"
    exit 77
}

lines=0
for page in docs/man/*.[1-9]; do
    # man leaves two of the 80 columns free.
    groff -T ascii -P -bcu -mandoc -r LL=78n -ww "$page" >"$work/page" \
        2>"$work/complaints" || die "groff cannot set $page"
    # The header's macros know no better.
    ! grep "can't break line" "$work/complaints" >&2 ||
        die "$page does not fit into 80 columns"
    # The lines of displays, as they are to be seen.
    awk '
        /^\.Bd -literal/ { literal = 1; next }
        /^\.Ed/ { literal = 0 }
        literal && !/^\./ { print; next }
        sub(/^\.Dl /, "") { print }' "$page" |
        sed -e 's/\\(dq/"/g' -e 's/\\(aq/'\''/g' -e 's/\\&//g' -e 's/\\-/-/g' \
            -e 's/\\e/\\/g' -e 's/^ *//' -e '/^$/d' >"$work/lines"
    sed -e 's/^ *//' "$work/page" >"$work/seen"
    while IFS= read -r line; do
        lines=$((lines + 1))
        grep -qxF -e "$line" "$work/seen" ||
            die "$page: broken at 80 columns: $line"
    done <"$work/lines"
    ! grep -nE '^.{81}' "$work/page" >&2 || die "$page: longer than 80 columns"
done
[ "$lines" -ge 40 ] || die "found only $lines lines of examples"
echo "columns: $lines lines of examples are whole at 80 columns"
