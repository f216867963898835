#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks packaging/prometheus with promtool against what entropyctl really
prints: names of metrics, rules and their unit tests, each query of the dashboard,
the launchd agent. The name of a case is its claim."""

import argparse
import json
import pathlib
import plistlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "packaging/prometheus"
RULES = [FOLDER / "entropyd.rules.yml", FOLDER / "entropyd.alerts.yml"]
TESTS = ROOT / "tests/fleet/alerts.test.yml"
DASHBOARD = FOLDER / "entropyd-dashboard.json"
AGENT = FOLDER / "org.entropyd.metrics.plist"
# What others write: Prometheus itself, and the textfile collector.
FOREIGN = {"up", "ALERTS", "node_textfile_mtime_seconds"}
# PromQL's words that stand where a name of a metric could.
WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "unless",
         "and", "or", "bool", "offset"}


class Wrong(Exception):
    """A claim that does not hold, in words."""


def must(holds, text):
    if not holds:
        raise Wrong(text)


def promtool(*words, stdin=None):
    """Runs promtool; its output where it finds fault, else None."""
    done = subprocess.run(["promtool", *map(str, words)], input=stdin, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    return done.stdout if done.returncode != 0 else None


def names_in(expression):
    """The metrics that a query names, without labels and functions."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    text = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", text)
    text = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*"
                  r"\([^)]*\)", " ", text)
    found = re.findall(r"(?<![\w.:])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])", text)
    return {name for name in found if name not in WORDS}


class Metrics:
    """What entropyctl prints of daemons in every condition."""

    def __init__(self, programs, work):
        self.programs = programs
        self.work = work
        self.texts = {}
        self.texts["down"] = self.ask(work / "none", 3)
        self.texts["kernel"] = self.of(programs.entropyd)
        self.texts["faulty"] = self.of(programs.faulty)

    def ask(self, socket, status):
        done = subprocess.run([self.programs.entropyctl, "--socket", socket,
                               "metrics"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False)
        must(done.returncode == status,
             f"entropyctl metrics ended with {done.returncode}, not {status}")
        return done.stdout

    def of(self, program):
        socket = self.work / "socket"
        with Daemon(self.programs, program, socket):
            return self.ask(socket, 0)

    def names(self):
        return set(re.findall(r"^# TYPE (\w+) ", "".join(self.texts.values()),
                              re.M))


class Daemon:
    """A daemon that is healthy at first and ended in the end."""

    def __init__(self, programs, program, socket):
        self.command = [program, "--socket", socket]
        if program == programs.faulty:
            # Its thread never comes back, so the daemon could not end.
            self.command += ["--set", "sources.hanging.enabled=false"]
        self.wait = [programs.entropyctl, "--socket", socket, "wait",
                     "--timeout", "60"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)
        try:
            # Nothing to connect to at first; then, a seed.
            subprocess.run(self.wait, check=True, stdout=subprocess.DEVNULL)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def recorded():
    return set(re.findall(r"^ *- record: (\S+)$", RULES[0].read_text(), re.M))


def alerts():
    return re.findall(r"^ *- alert: (\S+)$", RULES[1].read_text(), re.M)


def expressions():
    """Each rule's expression, with its place."""
    for path in RULES:
        text = path.read_text()
        for match in re.finditer(
                r"^( *)expr: (?:\|-\n((?:\1  .*\n)+)|(.*)\n)", text, re.M):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path.name}:{line}", match.group(2) or match.group(3)


def queries():
    """Each query of the dashboard, with its place; variables filled in."""
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield (f"panel {panel['id']} {panel['title']!r} {target['refId']}",
                   target["expr"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            query = re.fullmatch(r"label_values\((.*), (\w+)\)",
                                 variable["query"]["query"])
            must(query is not None and variable["definition"] == query.string,
                 f"variable {variable['name']}: {variable['query']}")
            yield f"variable {variable['name']}", query.group(1)


def promtool_finds_nothing_in_the_metrics(metrics):
    for name, text in metrics.texts.items():
        found = promtool("check", "metrics", stdin=text)
        must(found is None, f"{name}: {found}")


def promtool_would_find_something(_):
    must(promtool("check", "metrics",
                  stdin="# TYPE a_ms counter\na_ms 1\n") is not None,
         "check metrics accepts a counter in milliseconds")


def the_rules_are_valid(_):
    for path in RULES:
        found = promtool("check", "rules", path)
        must(found is None, found)
    must(len(alerts()) == len(set(alerts())), "an alert is defined twice")


def each_alert_fires_for_its_fault_and_no_other_fires(_):
    found = promtool("test", "rules", TESTS)
    must(found is None, found)
    tested = set(re.findall(r"^ +name: (\S+)$", TESTS.read_text(), re.M))
    must(tested == set(alerts()),
         f"without a test, or tested and not there: {tested ^ set(alerts())}")


def rules_and_dashboard_name_only_metrics_that_exist(metrics):
    known = metrics.names() | recorded() | FOREIGN
    count = 0
    for place, expression in [*expressions(), *queries()]:
        names = names_in(expression)
        must(names, f"{place} names no metric: {expression}")
        must(names <= known, f"{place} names {sorted(names - known)}, which "
             "entropyctl metrics does not print")
        count += 1
    must(count > 30, f"only {count} expressions were found")


def each_query_of_the_dashboard_parses(_):
    lines = ["groups:", "- name: dashboard", "  rules:"]
    for count, (_, query) in enumerate(queries()):
        query = query.replace("$__rate_interval", "1m")
        query = re.sub(r"\$(job|instance)\b", "x", query)
        must("$" not in query, f"unknown variable in {query}")
        lines += [f"  - record: query:{count}", f"    expr: {json.dumps(query)}"]
    must(promtool("check", "rules", write("\n".join(lines) + "\n")) is None,
         "a query does not parse:\n" + str(promtool(
             "check", "rules", write("\n".join(lines) + "\n"))))
    must(promtool("check", "rules", write("\n".join(
        [*lines[:4], '    expr: "sum(("']) + "\n")) is not None,
         "promtool accepts anything")


def write(text):
    path = Wrong.work / "rules.yml"
    path.write_text(text)
    return path


def the_dashboard_is_laid_out(_):
    dashboard = json.loads(DASHBOARD.read_text())
    for key, kind in {"uid": str, "title": str, "schemaVersion": int,
                      "panels": list, "templating": dict, "time": dict}.items():
        must(isinstance(dashboard.get(key), kind), f"{key} is no {kind.__name__}")
    must("id" not in dashboard, "an id belongs to one installation of Grafana")
    variables = {v["name"] for v in dashboard["templating"]["list"]}
    taken = {}
    identities = [panel["id"] for panel in dashboard["panels"]]
    must(len(identities) == len(set(identities)), "a panel's id is there twice")
    for panel in dashboard["panels"]:
        place, title = panel["gridPos"], panel["title"]
        must(place["x"] >= 0 and place["x"] + place["w"] <= 24 and place["h"] > 0,
             f"{title} is outside of 24 columns")
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                other = taken.setdefault((x, y), title)
                must(other is title, f"{title} covers {other}")
        if panel["type"] == "row":
            continue
        must(panel["targets"], f"{title} has no query")
        letters = [target["refId"] for target in panel["targets"]]
        must(len(letters) == len(set(letters)), f"{title}: a refId twice")
        for thing in [panel, *panel["targets"]]:
            must(thing["datasource"] == {"type": "prometheus",
                                         "uid": "${datasource}"},
                 f"{title}: another data source")
    used = set(re.findall(r"\$\{?(\w+)", DASHBOARD.read_text()))
    must(used - {"__rate_interval", "__all"} == variables,
         f"variables: used {used}, defined {variables}")


def the_launchd_agent_writes_the_file(metrics):
    agent = plistlib.loads(AGENT.read_bytes())
    known = {"Label": str, "ProgramArguments": list, "RunAtLoad": bool,
             "StartInterval": int, "ProcessType": str, "Umask": int,
             "StandardErrorPath": str, "StandardOutPath": str}
    must({key: type(value) for key, value in agent.items()} == known,
         f"keys or types of {AGENT.name}: {agent}")
    must(AGENT.stem == agent["Label"], f"the label is {agent['Label']}")
    home = metrics.work / "Zoé's home"
    programs = home / ".entropyd/bin"
    programs.mkdir(parents=True)
    (home / ".entropyd").chmod(0o700)
    (programs / "entropyctl").symlink_to(metrics.programs.entropyctl)
    file = home / ".entropyd/metrics/entropyd.prom"

    def run():
        subprocess.run(agent["ProgramArguments"], check=True,
                       env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
                       stderr=subprocess.DEVNULL)
        return file.read_text()
    must("\nentropyd_up 0\n" in run(), "the file does not say: down")
    with Daemon(metrics.programs, metrics.programs.faulty,
                home / ".entropyd/entropyd.sock"):
        must("\nentropyd_up 1\n" in run(), "the file does not say: up")
    must(sorted(path.name for path in file.parent.iterdir()) == [file.name],
         "a temporary file is left")


CASES = [
    promtool_finds_nothing_in_the_metrics,
    promtool_would_find_something,
    the_rules_are_valid,
    each_alert_fires_for_its_fault_and_no_other_fires,
    rules_and_dashboard_name_only_metrics_that_exist,
    each_query_of_the_dashboard_parses,
    the_dashboard_is_laid_out,
    the_launchd_agent_writes_the_file,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("entropyd", "entropyctl", "faulty"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    programs = parser.parse_args()
    if shutil.which("promtool") is None:
        print("SKIP prometheus: there is no promtool; script/setup --ci "
              "installs it")
        return 77
    failed = 0
    with tempfile.TemporaryDirectory(prefix="entropyd-") as folder:
        Wrong.work = pathlib.Path(folder)
        start = time.monotonic()
        metrics = Metrics(programs, Wrong.work)
        for case in CASES:
            try:
                case(metrics)
            except Wrong as wrong:
                failed += 1
                print(f"FAILED {case.__name__}: {wrong}")
        print(f"{len(CASES)} cases, {failed} failed, {len(metrics.names())} "
              f"metrics, in {time.monotonic() - start:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
