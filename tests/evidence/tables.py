#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what draw.sh plots of one recording.

Usage: tables.py histogram|correlation DIR

histogram: microseconds (middle of a bin, 24 bins an octave) and the share of
samples in it. correlation: lag, and the autocorrelation of log2(ticks) over the
first 200,000 samples.
"""

import json
import math
import os
import struct
import sys

BINS_AN_OCTAVE = 24
CORRELATED = 200_000
LAGS = 140


def histogram(ticks, tick_us):
    counts = {}
    for tick in ticks:
        place = math.floor(math.log2(max(tick, 1) * tick_us) * BINS_AN_OCTAVE)
        counts[place] = counts.get(place, 0) + 1
    least = len(ticks) / 10_000
    for place in range(min(counts), max(counts) + 1):
        count = counts.get(place, 0)
        if count >= least:
            middle = 2 ** ((place + 0.5) / BINS_AN_OCTAVE)
            print(f"{middle:.5g} {100 * count / len(ticks):.4g}")


def correlation(ticks):
    values = [math.log2(tick + 1) for tick in ticks[:CORRELATED]]
    mean = sum(values) / len(values)
    values = [value - mean for value in values]
    variance = sum(value * value for value in values)
    for lag in range(1, LAGS + 1):
        product = sum(map(lambda a, b: a * b, values, values[lag:]))
        print(f"{lag} {product / variance if variance else 0:.4f}")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("histogram", "correlation"):
        sys.exit(__doc__)
    with open(os.path.join(sys.argv[2], "record.json")) as file:
        numerator, denominator = json.load(file)["clock"]["tick_ns_ratio"]
    with open(os.path.join(sys.argv[2], "ticks.bin"), "rb") as file:
        ticks = [tick for (tick,) in struct.iter_unpack("<Q", file.read())]
    if sys.argv[1] == "histogram":
        histogram(ticks, numerator / denominator / 1000)
    else:
        correlation(ticks)


if __name__ == "__main__":
    main()
