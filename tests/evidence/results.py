#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Assesses what record.sh recorded and prints the tables of docs/entropy.md.

Usage: results.py [--nist] ENTROPYLAB DIR

One table of the recordings, each also at a simulated 24 MHz (requantise.py), one of
the restarts, and the worst of all values. With --nist, also a table of all twenty
values of NIST's ea_non_iid beside those of entropylab, for the recordings called
SOURCE-idle; the tool is searched for in $NIST_EA, else in $PATH. Assessments are
kept in DIR (NAME.assess.json and so on), so that another run only prints.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CONDITIONS = ("idle", "loaded", "pinned", "ipc", "timers", "both")
SOURCES = ("unix_ipc", "epoll_events")
# The order of NIST's test cases, and what they call their values: of symbols, of
# bits.
NIST_ORDER = ("mcv", "collision", "markov", "compression", "t_tuple", "lrs",
              "multi_mcw", "lag", "multi_mmc", "lz78y")
NIST_KEYS = (("hOriginal", "tTupleRes", "lrsRes"),
             ("hBitstring", "binTTupleRes", "binLrsRes"))


def kept(path, make):
    """What is in path; if there is nothing, what make() returns."""
    if not os.path.exists(path):
        text = make()
        with open(path + ".partial", "w") as file:
            file.write(text)
        os.rename(path + ".partial", path)
    with open(path) as file:
        return json.load(file)


class Evidence:
    def __init__(self, entropylab, directory):
        self.entropylab = entropylab
        self.directory = directory
        self.worst = {}

    def path(self, name):
        return os.path.join(self.directory, name)

    def has(self, name):
        return os.path.exists(os.path.join(self.path(name), "record.json"))

    def record(self, name):
        with open(os.path.join(self.path(name), "record.json")) as file:
            return json.load(file)

    def run(self, *words):
        """Its output; 1 as exit status says that a claim is refuted."""
        done = subprocess.run([self.entropylab, *words], capture_output=True,
                              text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(words)}: {done.stderr}")
        return done.stdout

    def assess(self, name):
        return kept(self.path(name) + ".assess.json",
                    lambda: self.run("assess", "--json", self.path(name)))

    def at_24_mhz(self, name):
        slow = name + "-24mhz"
        if not self.has(slow):
            subprocess.run([os.path.join(HERE, "requantise.py"),
                            self.path(name), self.path(slow)], check=True)
        return self.assess(slow)

    def note(self, what, bits, row):
        if what not in self.worst or bits < self.worst[what][0]:
            self.worst[what] = (bits, row)


def decided_by(result):
    by = result["decided_by"]
    return f"{by['name']} of {by['of']}"


def print_recordings(evidence):
    print("| recording | condition | processor | load | samples/s | symbols | "
          "8 x bits | assessed | by | at 24 MHz | by |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for source in SOURCES:
        for condition in CONDITIONS:
            name = f"{source}-{condition}"
            if not evidence.has(name):
                continue
            record = evidence.record(name)
            fast = evidence.assess(name)
            slow = evidence.at_24_mhz(name)
            evidence.note("assessed", fast["min_entropy"], name)
            evidence.note("at 24 MHz", slow["min_entropy"], name)
            run = record["run"]
            load = (run["load_after"] or ["?"])[0]
            print(f"| `{source}` | {condition} | "
                  f"{record['machine']['processor']} | {load:.1f} | "
                  f"{run['samples_per_second']:,.0f} | "
                  f"{fast['h_original']:.2f} | {8 * fast['h_bitstring']:.2f} | "
                  f"**{fast['min_entropy']:.2f}** | {decided_by(fast)} | "
                  f"{slow['min_entropy']:.2f} | {decided_by(slow)} |")


def print_restarts(evidence):
    print("\n| restarts | processor | most in one row | most in one column | "
          "allowed | rows | columns | verdict |")
    print("|---|---|---|---|---|---|---|---|")
    for source in SOURCES:
        name = f"{source}-restarts"
        if not evidence.has(name):
            continue
        record = evidence.record(name)
        result = kept(evidence.path(name) + ".restart.json",
                      lambda name=name: evidence.run(
                          "restart", "--json", evidence.path(name)))
        rows, columns = result["rows"], result["columns"]
        for part in (rows, columns):
            evidence.note("restarts", part["min_entropy"], name)
        print(f"| `{source}` | {record['machine']['processor']} | "
              f"{rows['most_frequent']} | {columns['most_frequent']} | "
              f"{rows['limit']} | {rows['min_entropy']:.2f} | "
              f"{columns['min_entropy']:.2f} | "
              f"{'passed' if result['passed'] else 'FAILED'} at "
              f"{result['h_initial']} |")


def run_nist(tool, evidence, name):
    out = evidence.path(name) + ".nist.partial.json"
    subprocess.run([tool, "-i", "-a", "-o", out,
                    os.path.join(evidence.path(name), "symbols.bin"), "8"],
                   check=True, stdout=subprocess.DEVNULL)
    with open(out) as file:
        text = file.read()
    os.unlink(out)
    return text


def nist_values(report):
    """Estimator's name: of symbols, of bits; None where it does not apply."""
    return {name: [next((case[key] for key in keys if key in case), None)
                   for keys in NIST_KEYS]
            for name, case in zip(NIST_ORDER, report["testCases"])}


def print_nist(evidence):
    nist = os.environ.get("NIST_EA")
    tool = shutil.which("ea_non_iid", path=nist)
    if tool is None:
        sys.exit("ea_non_iid is neither in $NIST_EA nor in $PATH")
    largest = 0
    print("\n| recording | estimator | of | NIST | entropylab | difference |")
    print("|---|---|---|---|---|---|")
    for source in SOURCES:
        name = f"{source}-idle"
        if not evidence.has(name):
            continue
        theirs = nist_values(kept(evidence.path(name) + ".nist.json",
                                  lambda name=name: run_nist(tool, evidence,
                                                             name)))
        for estimator in evidence.assess(name)["estimators"]:
            for k, of in enumerate(("symbols", "bits")):
                own = estimator[of]
                other = theirs[estimator["name"]][k]
                if own is None and other is None:
                    continue
                if own is None or other is None:
                    sys.exit(f"{name}: {estimator['name']} of {of}: "
                             f"{own}, NIST's {other}")
                largest = max(largest, abs(own - other))
                print(f"| `{source}` | {estimator['name']} | {of} | "
                      f"{other:.6f} | {own:.6f} | {abs(own - other):.1e} |")
    print(f"\nLargest difference: {largest:.1e}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nist", action="store_true")
    parser.add_argument("entropylab")
    parser.add_argument("directory")
    options = parser.parse_args()
    evidence = Evidence(options.entropylab, options.directory)
    print_recordings(evidence)
    print_restarts(evidence)
    for what, (bits, row) in evidence.worst.items():
        print(f"\nWorst {what}: {bits:.2f}, {row}; half of it: {bits / 2:.2f}")
    if options.nist:
        print_nist(evidence)


if __name__ == "__main__":
    main()
