# SPDX-License-Identifier: MIT
"""Prometheus, its node exporter and its Alertmanager as child processes on
127.0.0.1, on ports that the kernel picks, and their HTTP APIs."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

# Servers with hundreds of megabytes of address space start slowly on a busy
# machine.
START_S = 60


def await_fact(what, seconds, holds):
    """Waits until holds() is true; returns what it returned."""
    deadline = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.1)


class Server:
    """One program that says on which port it listens."""

    def __init__(self, work, name, *command):
        self.name = name
        self.path = work / f"{name}.log"
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(
                [*map(str, command), "--web.listen-address=127.0.0.1:0"],
                stdout=log, stderr=log)
        self.address = None

    def await_address(self):
        self.address = await_fact(f"{self.name} listens", START_S, self.look)
        return self.address

    def look(self):
        text = self.path.read_text()
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended:\n{text}")
        found = re.search(r'msg="?Listening on"?.* address=(\S+:\d+)', text)
        return found.group(1) if found else None

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        url = f"http://{self.address}{path}" + (f"?{query}" if query else "")
        with urllib.request.urlopen(url, timeout=30) as reply:
            return reply.read()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def exporter(work, name, directory):
    return Server(work, name, "prometheus-node-exporter",
                  "--collector.disable-defaults", "--collector.textfile",
                  f"--collector.textfile.directory={directory}")


def alertmanager(work):
    path = work / "alertmanager.yml"
    path.write_text("route: {receiver: none, group_wait: 0s}\n"
                    "receivers: [{name: none}]\n")
    return Server(work, "alertmanager", "prometheus-alertmanager",
                  f"--config.file={path}", f"--storage.path={work / 'alerts'}",
                  "--cluster.listen-address=")


class Prometheus(Server):
    """The server, over targets {machine: address}."""

    def __init__(self, work, targets, rules, manager=None, interval="1s",
                 paths=False):
        configuration = work / "prometheus.yml"
        scrapes = [
            {"targets": [address], "labels": {
                "instance": name,
                **({"__metrics_path__": f"/{name}"} if paths else {})}}
            for name, address in targets.items()]
        # JSON is YAML.
        configuration.write_text(json.dumps({
            "global": {"scrape_interval": interval, "scrape_timeout": interval,
                       "evaluation_interval": interval},
            "rule_files": [str(path) for path in rules],
            "alerting": {"alertmanagers": [
                {"static_configs": [{"targets": [manager]}]}] if manager else []},
            "scrape_configs": [{"job_name": "node", "static_configs": scrapes}],
        }))
        super().__init__(work, "prometheus", "prometheus",
                         f"--config.file={configuration}",
                         f"--storage.tsdb.path={work / 'tsdb'}",
                         "--enable-feature=extra-scrape-metrics")

    def await_ready(self):
        """It listens before it has read its storage."""
        def is_ready():
            try:
                return self.get("/-/ready")
            except urllib.error.HTTPError:
                return None
        self.await_address()
        await_fact("prometheus is ready", START_S, is_ready)

    def query(self, expression):
        """The samples of an instant query: [(labels, value)]."""
        reply = json.loads(self.get("/api/v1/query", query=expression))
        return [(sample["metric"], float(sample["value"][1]))
                for sample in reply["data"]["result"]]

    def value(self, expression):
        samples = self.query(expression)
        return samples[0][1] if samples else None
