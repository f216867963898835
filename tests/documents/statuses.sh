#!/bin/sh
# SPDX-License-Identifier: MIT
# statuses.sh SOURCES: the daemon's exit statuses are the same in entropyd(8), in
# the code, and in what service managers are told of them.
set -eu

cd "$1"
page=docs/man/entropyd.8
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-statuses.XXXXXX")
trap 'rm -rf "$work"' EXIT

# same WHAT FILE: it has the lines of $work/wanted.
same() {
    diff "$work/wanted" "$2" >&2 || {
        echo "statuses: $1: not as in $page (<)" >&2
        exit 1
    }
}

awk '/^\.Sh/ { is_it = /EXIT STATUS/ } is_it' "$page" >"$work/section"
sed -n 's/^\.It \([0-9]*\)$/\1/p' "$work/section" >"$work/statuses"
[ "$(wc -l <"$work/statuses")" -ge 8 ] || {
    echo "statuses: found too few in $page" >&2
    exit 1
}

# The names of sysexits.h; 0 has none in the page.
sed -n 's/^\.Pq Dv \(EX_[A-Z]*\).*/\1/p' "$work/section" | sort >"$work/wanted"
grep -rohwE 'EX_[A-Z]+' daemon --include='*.c' --include='*.h' | grep -v EX_OK |
    sort -u >"$work/code"
same "the code" "$work/code"

# Those that a restart does not cure: all but success and what the page says.
sed -n 's/^Service managers restart the daemon after \([0-9, and]*\);.*/\1/p' \
    "$work/section" | grep -oE '[0-9]+' >"$work/restarted"
[ -s "$work/restarted" ] || {
    echo "statuses: $page does not say which are restarted" >&2
    exit 1
}
grep -vxF -e 0 -f "$work/restarted" "$work/statuses" >"$work/wanted"
count=0
for unit in packaging/systemd/*/entropyd.service.in; do
    grep -qx 'Restart=on-failure' "$unit"
    sed -n 's/^RestartPreventExitStatus=//p' "$unit" | tr ' ' '\n' >"$work/unit"
    same "$unit" "$work/unit"
    count=$((count + 1))
done
[ "$count" = 2 ]

# launchd can tell success from failure only, and waits before it starts a
# daemon again that did not run for long.
tr -d ' \n' <launchd/org.entropyd.agent.plist.in >"$work/plist"
for part in '<key>SuccessfulExit</key><false/>' \
    '<key>ThrottleInterval</key><integer>60</integer>'; do
    grep -qF "$part" "$work/plist" || {
        echo "statuses: launchd: no $part" >&2
        exit 1
    }
done

# What docs/operating.md says of systemd.
sentence=$(sed -n 's/^\*\*systemd\*\* leaves \([0-9, and]*\) alone.*/\1/p' \
    docs/operating.md)
printf '%s\n' "$sentence" | grep -oE '[0-9]+' >"$work/operating"
same docs/operating.md "$work/operating"
echo "statuses: $(($(wc -l <"$work/statuses"))) of them, in all places the same"
