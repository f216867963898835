#!/bin/sh
# SPDX-License-Identifier: MIT
# assess.sh [-H BITS] DIR...: runs NIST's own assessment tool on recordings of
# `entropylab record` and prints a table. Without the tool, it says so and exits
# with 77.
#
# A recording is assessed by ea_non_iid, a restart recording by ea_restart at the
# claim in its record.json, or at BITS. The tool is
# usnistgov/SP800-90B_EntropyAssessment, whose `make` builds ea_non_iid and
# ea_restart. They are searched for in $NIST_EA, or in $PATH if that is not set.
# Their whole output is kept in DIR/ea_non_iid.txt or DIR/ea_restart.txt.
#
# Exits with 1 if a recording cannot be assessed, a restart test fails, or a claim is
# more than half of what the tool found.
set -eu

claim=
if [ "${1-}" = -H ]; then
    claim=${2:?-H needs a number of bits}
    shift 2
fi
[ $# -gt 0 ] || {
    echo "usage: ${0##*/} [-H BITS] DIR..." >&2
    exit 64
}

find_tool() {
    if [ -n "${NIST_EA-}" ]; then
        [ -x "$NIST_EA/$1" ] && echo "$NIST_EA/$1"
    else
        command -v "$1"
    fi
}

non_iid=$(find_tool ea_non_iid) || non_iid=
restart=$(find_tool ea_restart) || restart=
if [ -z "$non_iid" ] || [ -z "$restart" ]; then
    echo "NIST's ea_non_iid and ea_restart are not installed${NIST_EA+ in $NIST_EA};" \
        "nothing was assessed." >&2
    echo "Build https://github.com/usnistgov/SP800-90B_EntropyAssessment and set" \
        "NIST_EA to its cpp folder." >&2
    exit 77
fi

# One value of DIR/record.json: field DIR a.b
field() {
    python3 - "$1/record.json" "$2" <<'PYTHON'
import json, sys
value = json.load(open(sys.argv[1]))
for name in sys.argv[2].split("."):
    value = value[name] if isinstance(value, dict) else None
print("" if value is None else value)
PYTHON
}

# The number at the end of the first line of a report that has these words.
number() {
    sed -n "s/^.*$2[^0-9]*\([0-9][0-9.]*\).*/\1/p" "$1" | head -n 1
}

# Is $1 at least $2?
reaches() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'
}

complain() {
    echo "$*" >&2
    status=1
}

assess_sequence() {
    report=$1/ea_non_iid.txt
    "$non_iid" -i -a -v -v "$1/symbols.bin" 8 >"$report" 2>&1 || {
        complain "$1: ea_non_iid failed; see $report"
        return
    }
    assessed=$(number "$report" 'Assessed min entropy')
    printf '%-34s %9s  %8.4f  %8.4f  %8.4f\n' "$1" "$(field "$1" samples)" \
        "$(number "$report" 'H_original')" \
        "$(number "$report" 'H_bitstring Per Symbol')" "$assessed"
    reaches "$assessed" "$(awk -v h="$wanted" 'BEGIN { print 2 * h }')" ||
        complain "$1: the claim of $wanted bits is more than half of $assessed"
}

assess_restarts() {
    report=$1/ea_restart.txt
    [ "$(field "$1" restarts.rows)x$(field "$1" restarts.columns)" = 1000x1000 ] || {
        complain "$1: ea_restart wants 1000 restarts of 1000 samples"
        return
    }
    "$restart" -n -v "$1/symbols.bin" 8 "$wanted" >"$report" 2>&1 || true
    if grep -q 'Validation Test Passed' "$report"; then
        verdict=passed
    else
        verdict=FAILED
        complain "$1: the restart test failed at $wanted bits; see $report"
    fi
    printf '%-34s restarts, H_r %s, H_c %s: %s at %s bits\n' "$1" \
        "$(number "$report" 'H_r')" "$(number "$report" 'H_c')" "$verdict" \
        "$wanted"
}

status=0
printf '%-34s %9s  %8s  %8s  %8s\n' recording samples H_orig 8*H_bit assessed
for directory; do
    directory=${directory%/}
    [ -r "$directory/record.json" ] || {
        complain "$directory: no record.json; record with entropylab record"
        continue
    }
    [ "$(field "$directory" complete)" = True ] || {
        complain "$directory: incomplete: $(field "$directory" stopped_by)"
        continue
    }
    wanted=${claim:-$(field "$directory" claim_bits)}
    if [ -n "$(field "$directory" restarts)" ]; then
        assess_restarts "$directory"
    else
        assess_sequence "$directory"
    fi
done
exit "$status"
