#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Twenty daemons under Debian's Prometheus: every alert of packaging/prometheus
fires for its fault and for no other, in the server and in the Alertmanager; each
query of the dashboard has series.
Prints the table of faults and alerts, and what a machine costs the server.

The rules are the installed ones with every time divided by 20, because a test
cannot wait for minutes: a timer of 30 seconds becomes one of 1.5. More would make
the 10 seconds that entropyctl waits for a reply longer than a file may be old."""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from check import queries
from machines import FAULTS, Machine
from servers import Prometheus, alertmanager, await_fact, exporter

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "packaging/prometheus"
PROGRAMS = ["promtool", "prometheus", "prometheus-node-exporter",
            "prometheus-alertmanager"]
DIVISOR = 20
# The timer's 30 s. A scrape and an evaluation take place each second, where an
# operator's would each 15 to 60.
INTERVAL_S = 30 / DIVISOR
# How long everything may take that takes seconds on a machine with time to spare.
LIMIT_S = 240

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def divided(text):
    """The rules with times divided: ranges, "for", and ages in seconds."""
    def time_of(match):
        seconds = int(match.group(2)) * SECONDS[match.group(3)]
        return f"{match.group(1)}{max(1, round(seconds / DIVISOR))}s"
    text = re.sub(r"(for: |\[)(\d+)([smhd])\b", time_of, text)
    text, count = re.subn(r"((?:age_seconds|prom\"\}) > )(\d+)",
                          lambda m: f"{m.group(1)}{int(m.group(2)) // DIVISOR}", text)
    if count != 2:
        raise RuntimeError(f"{count} ages in the rules, not 2")
    return text


class Fleet:
    """All processes; whatever happens they are ended."""

    def __init__(self, programs, work):
        self.work = work
        self.machines = [Machine(f"m{i + 1:02}", programs, work, fault)
                         for i, fault in enumerate(FAULTS)]
        self.exporters = []
        self.server = self.manager = None
        self.told = set()     # what the Alertmanager has ever had
        self.missing = set()  # of what is expected

    def start(self):
        self.manager = alertmanager(self.work)
        for machine in self.machines:
            machine.start(INTERVAL_S)
            self.exporters.append(
                exporter(self.work, machine.name, machine.textfiles))
        rules = []
        for name in ("entropyd.rules.yml", "entropyd.alerts.yml"):
            text = (FOLDER / name).read_text()
            rules.append(self.work / name)
            rules[-1].write_text(divided(text) if "alerts" in name else
                                 text.replace("[5m]", "[15s]"))
        targets = {machine.name: server.await_address() for machine, server
                   in zip(self.machines, self.exporters)}
        self.server = Prometheus(self.work, targets, rules,
                                 self.manager.await_address())
        self.server.await_ready()

    def stop(self):
        for machine in self.machines:
            machine.stop_timer()
        for server in [self.server, self.manager, *self.exporters]:
            if server is not None:
                server.stop()
        for machine in self.machines:
            machine.stop()

    def strike(self):
        """Everything is seen to be up; then what is to break does."""
        await_fact("every daemon is seen", LIMIT_S, lambda: self.server.value(
            "count(entropyd_up == 1)") == len(self.machines))
        for machine in self.machines:
            if machine.fault.strike is not None:
                machine.fault.strike(machine)

    def expected(self):
        return {(machine.name, machine.fault.alert)
                for machine in self.machines if machine.fault.alert is not None}

    def reported(self):
        """What the Alertmanager was told, as firing."""
        alerts = json.loads(self.manager.get("/api/v2/alerts", active="true"))
        return {(alert["labels"]["instance"], alert["labels"]["alertname"])
                for alert in alerts}

    def await_alerts(self):
        """All expected alerts, in both; no other has ever fired. They need not
        last until the last one fires: a suspect source becomes healthy."""
        def holds():
            self.told |= self.reported()
            fired = self.ever()
            wrong = (fired | self.told) - self.expected()
            if wrong:
                raise RuntimeError(f"fired without its fault: {sorted(wrong)}\n" +
                                   self.logs(wrong))
            self.missing = (self.expected() - fired
                            or self.expected() - self.told)
            return not self.missing
        try:
            await_fact("every alert fires", LIMIT_S, holds)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\nmissing: {sorted(self.missing)}\n" +
                               self.logs(self.missing)) from None

    def logs(self, alerts):
        return "".join(f"--- {machine.name}\n{machine.log()[-600:]}"
                       for machine in self.machines
                       if machine.name in {name for name, _ in alerts})

    def ever(self):
        """Everything that has fired since the start."""
        samples = self.server.query(
            f'last_over_time(ALERTS{{alertstate="firing"}}[{LIMIT_S * 2}s])')
        return {(labels["instance"], labels["alertname"])
                for labels, _ in samples}

    def print_table(self):
        alerts = sorted({machine.fault.alert for machine in self.machines
                         if machine.fault.alert is not None})
        ever = self.ever()
        width = max(len(machine.fault.name) for machine in self.machines)
        for i, alert in enumerate(alerts):
            print(" " * (width + 6) + "| " * i + alert.removeprefix("Entropyd"))
        for machine in self.machines:
            marks = ["#" if (machine.name, alert) in ever else "."
                     for alert in alerts]
            print(f"{machine.name}  {machine.fault.name:{width}}  "
                  + " ".join(marks))

    def await_panels(self):
        """Each query of the dashboard has had a series for every variable's
        "All": where nothing fails, some panels show nothing."""
        variables = {"$job": ".*", "$instance": ".*", "$__rate_interval": "15s"}
        empty = dict(queries())
        if len(empty) < 20:
            raise RuntimeError(f"only {len(empty)} queries: {sorted(empty)}")

        def holds():
            self.machines[0].refused_request()
            for place, query in list(empty.items()):
                for name, value in variables.items():
                    query = query.replace(name, value)
                if self.server.query(
                        f"last_over_time(({query})[{LIMIT_S * 2}s:1s])"):
                    del empty[place]
            return not empty
        try:
            await_fact("every panel shows something", LIMIT_S, holds)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\nempty: {empty}") from None

    def print_cost(self):
        series = self.server.value(
            'avg(count by (instance) ({__name__=~"entropyd_.*",'
            'instance=~"m0[1-3]"}))')
        size = self.machines[0].file.stat().st_size
        body = self.server.value('scrape_body_size_bytes{instance="m01"}')
        print(f"a machine with two sources: {series:.0f} series, a textfile of "
              f"{size} bytes, {body:.0f} bytes a scrape")


def versions():
    for program in PROGRAMS[1:]:
        text = subprocess.run([program, "--version"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              check=True).stdout
        yield " ".join(text.replace(",", "").replace("version", "").split()[:2])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("entropyd", "entropyctl", "faulty", "shim"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    programs = parser.parse_args()
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        print(f"SKIP fleet: there is no {missing[0]}; script/setup --ci "
              "installs it")
        return 77
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="entropyd-") as folder:
        fleet = Fleet(programs, pathlib.Path(folder))
        try:
            fleet.start()
            fleet.strike()
            fleet.await_alerts()
            fleet.await_panels()
            fleet.print_table()
            fleet.print_cost()
        finally:
            fleet.stop()
    failures = [text for machine in fleet.machines for text in machine.failures]
    if failures:
        raise RuntimeError(f"a textfile was not written: {failures[0]}")
    print(", ".join(versions()) + f"; {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
