#!/bin/sh
# SPDX-License-Identifier: MIT
# clocks.sh ROOT: a wall clock that jumps does no harm, because it is only read to
# print dates for people. Prints every other line that reads it; exits with 0 if
# there is none. First the check is run on lines that it must find.
set -eu

# The log's time=, when states changed, what entropyctl shows, recorded
# evidence.
dates='^(daemon/host/log|daemon/source/history|lab/record|lab/record_json|client/ctl/text)\.c:'

# find_clocks: lines of code on the input that read the wall clock.
find_clocks() {
    grep -E '(^|[^_[:alnum:]])(time|gettimeofday|timespec_get|ftime|mktime|localtime(_r)?|gmtime(_r)?) *\(|CLOCK_REALTIME|CLOCK_TAI|uv_gettimeofday|uv_clock_gettime|calendar_clock|CALENDAR_CLOCK' |
        grep -vE ':[0-9]+: *(/\*|\*)' || true
}

for line in 'a.c:1:    time_t now = time(NULL);' \
    'a.c:2:    gettimeofday(&now, NULL);' \
    'a.c:3:    clock_gettime(CLOCK_REALTIME, &now);'; do
    [ -n "$(echo "$line" | find_clocks)" ] || {
        echo "not found: $line"
        exit 1
    }
done
[ -z "$(echo 'a.c:4:    clock_gettime(CLOCK_MONOTONIC, &now);' | find_clocks)" ]

cd "$1"
# By default, the C library's time-outs use the wall clock.
found=$(grep -rnE . --include='*.[ch]' base collectors protocol daemon lab client |
    find_clocks | grep -vE "$dates" || true)
waits=$(grep -rlE 'pthread_cond_timedwait|sem_timedwait|pthread_mutex_timedlock|pthread_rwlock_timed' \
    --include='*.c' base collectors protocol daemon lab client |
    grep -vxE 'base/monotonic_(linux|darwin)\.c' || true)
grep -q 'pthread_condattr_setclock(.*CLOCK_MONOTONIC)' \
    base/monotonic_linux.c
if [ -n "$found$waits" ]; then
    echo "these look at the wall clock, which may jump:"
    printf '%s\n%s\n' "$found" "$waits"
    exit 1
fi
