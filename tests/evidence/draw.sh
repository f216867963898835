#!/bin/sh
# SPDX-License-Identifier: MIT
# draw.sh OUT.svg DIR...: draws recordings of `entropylab record` in one picture:
# the durations of the samples and their autocorrelation. Needs gnuplot; without
# it, the script says so and exits with 77.
set -eu

[ $# -ge 2 ] || {
    echo "usage: ${0##*/} OUT.svg DIR..." >&2
    exit 64
}
command -v gnuplot >/dev/null || {
    echo "gnuplot is not installed; nothing was drawn" >&2
    exit 77
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-draw.XXXXXX")
trap 'rm -rf "$work"' EXIT

histograms=''
correlations=''
number=0
for directory; do
    number=$((number + 1))
    name=$(basename "$directory" | tr _ ' ')
    for table in histogram correlation; do
        python3 "$here/tables.py" "$table" "$directory" >"$work/$table$number"
    done
    histograms="$histograms '$work/histogram$number' with lines title '$name',"
    correlations="$correlations '$work/correlation$number' with linespoints \
        pointtype 7 pointsize 0.2 title '$name',"
done

gnuplot <<PLOT
set terminal svg size 800,300 dynamic font 'sans-serif,11' background 'white'
set output '$out'
set multiplot layout 1,2
set key top right samplen 2
set logscale x 2
set format x '%g'
set xlabel 'microseconds'
set ylabel '% of samples in a bin'
plot ${histograms%,}
unset logscale x
set xlabel 'lag'
set ylabel 'autocorrelation of log2(ticks)'
set yrange [-0.25:1]
plot ${correlations%,}
unset multiplot
PLOT
