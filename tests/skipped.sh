#!/bin/sh
# skipped.sh BUILD: what the last run of CTest in BUILD did not try, and the
# line that mends it: whole tests, and cases in tests that passed.
set -eu

log=$1/Testing/Temporary/LastTest.log
[ -f "$log" ] || {
    echo "skipped: no test has run in $1" >&2
    exit 1
}
skipped=$(grep -E '^SKIP ' "$log" | sort -u || true)
if [ -z "$skipped" ]; then
    echo "Nothing was skipped."
    exit 0
fi
printf 'Skipped: %d\n' "$(printf '%s\n' "$skipped" | wc -l)"
printf '%s\n' "$skipped" | sed 's/^SKIP /    /'
