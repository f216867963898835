#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Converts a recording to the ticks of a slower clock, as a simulation.

Usage: requantise.py [--hertz 24000000] IN OUT

Each sample t of IN/ticks.bin becomes floor(t * f) ticks of the slow clock, where f
is its rate divided by that of the recording's clock. A real slow clock would also
round the start of a sample, in effect at random. That is not simulated, so
nothing is added to what was recorded. Writes symbols.bin, ticks.bin and a
record.json that says that it is a simulation. 24 MHz is the rate of the clock of
Apple Silicon, and of slow ARM counters.
"""

import argparse
import hashlib
import json
import math
import os
import struct
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hertz", type=int, default=24_000_000)
    parser.add_argument("source")
    parser.add_argument("target")
    options = parser.parse_args()

    with open(os.path.join(options.source, "record.json")) as file:
        record = json.load(file)
    with open(os.path.join(options.source, "ticks.bin"), "rb") as file:
        raw = file.read()
    count = len(raw) // 8
    numerator, denominator = record["clock"]["tick_ns_ratio"]
    rate = numerator / denominator * 1e-9 * options.hertz
    if not 0 < rate < 1:
        sys.exit("the recording's clock is not faster than that")

    ticks = [
        math.floor(sample * rate) for (sample,) in struct.iter_unpack("<Q", raw)
    ]
    symbols = bytes(tick & 255 for tick in ticks)
    packed = struct.pack(f"<{count}Q", *ticks)

    record["simulation"] = (
        f"re-quantised to {options.hertz} Hz from a recording; no clock of "
        "that rate was read"
    )
    record["clock"].update(
        name=record["clock"]["name"] + f" seen at {options.hertz} Hz",
        tick_ns_ratio=[1_000_000_000, options.hertz],
        smallest_step_ticks=1,
        granularity_ticks=1,
        granularity_ns=1_000_000_000 // options.hertz,
    )
    record["symbols"] = {
        "rule": "ticks & 255",
        "bits": 8,
        "step_ticks": 1,
    }
    record["verdicts"] = {
        "start_up_tests_passed": 0,
        "lowest_live_estimate_bits": None,
        "alarms_total": 0,
        "alarms": [],
    }
    record["files"] = {}
    os.mkdir(options.target, 0o700)
    for name, content in (("symbols.bin", symbols), ("ticks.bin", packed)):
        record["files"][name] = {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "sha512": hashlib.sha512(content).hexdigest(),
        }
        with open(os.path.join(options.target, name), "xb") as file:
            file.write(content)
    with open(os.path.join(options.target, "record.json"), "x") as file:
        json.dump(record, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
