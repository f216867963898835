#!/bin/sh
# SPDX-License-Identifier: MIT
# skipped.sh BUILD: lists what the last run of CTest in BUILD skipped (tests, and
# cases of tests that passed) with the reason and what to do about it.
set -eu

log=$1/Testing/Temporary/LastTest.log
[ -f "$log" ] || {
    echo "skipped: no test has run in $1" >&2
    exit 1
}
grep -qE '^[0-9]+/[0-9]+ Test' "$log" || {
    echo "skipped: $log tells of no test, so what was skipped is unknown" >&2
    exit 1
}
grep -E '^SKIP ' "$log" | sort -u | awk '
# The remedy for a reason; the first pattern that fits.
function remedy(reason)
{
    if (reason ~ /script\/setup|sudo |ulimit /)
        return "" # it says so itself
    if (reason ~ /root may always/)
        return "run script/test as a user other than root"
    if (reason ~ /that others may enter/)
        return "sudo script/test, outside of a home that is closed to others"
    if (reason ~ /[Rr]oot|become another user/)
        return "sudo script/test"
    if (reason ~ /RLIMIT_MEMLOCK/)
        return "ulimit -l 65536 && script/test"
    if (reason ~ /descriptors/)
        return "ulimit -n 4096 && script/test"
    if (reason ~ /[Ss]anitizer|does not go with this build/)
        return "script/test, whose build has no sanitizer"
    if (reason ~ /there is no (python3|socat|zsh|bash|systemd)/)
        return "script/setup --tests"
    if (reason ~ /mounted/)
        return "sudo script/test, where mounting is allowed"
    if (reason ~ /never ran at the same time/)
        return "run it on a machine with two free processors"
    return "nothing; it needs another machine"
}
NR == 1 { print "Skipped:" }
{
    sub(/^SKIP /, "")
    sub(/_fn: /, ": ") # check 0.15 calls the function so
    mend = remedy($0)
    print "    " $0 (mend != "" ? "; to run it: " mend : "")
}
END { if (NR == 0) print "Nothing was skipped." }'
