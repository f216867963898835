#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What many machines cost a Prometheus server. One daemon's textfile, as a node
exporter serves it, is scraped as if it were that of MACHINES machines; a server with
100 is subtracted. Prints the memory of a series, and what 10,000 machines come to.

    cost.py --build DIRECTORY [--machines 1000]"""

import argparse
import http.server
import pathlib
import re
import sys
import tempfile
import threading
import time
import types

from fleet import FOLDER
from machines import Fault, Machine
from servers import Prometheus, await_fact, exporter

FEW = 100
FLEET = 10000
SCRAPE_S = 15
LIMIT_S = 300


def textfile(build, work):
    """The body of a scrape of a daemon with the kernel's sources."""
    programs = types.SimpleNamespace(entropyd=build / "entropyd",
                                     entropyctl=build / "entropyctl")
    machine = Machine("one", programs, work, Fault("nothing", None))
    server = exporter(work, "one", machine.textfiles)
    try:
        machine.start(1)
        server.await_address()
        return await_fact("both sources are healthy", 60, lambda: next(
            (body for body in [server.get("/metrics")] if len(re.findall(
                rb'state="healthy"} 1\n', body)) == 2), None))
    finally:
        machine.stop_timer()
        server.stop()
        machine.stop()


def serve(body):
    """Answers every GET with body; a server for http.server's thread."""
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def measure(body, machines, work):
    """Series and resident bytes of a server of so many machines."""
    work.mkdir()
    server = serve(body)
    address = f"127.0.0.1:{server.server_address[1]}"
    rules = [FOLDER / "entropyd.rules.yml", FOLDER / "entropyd.alerts.yml"]
    prometheus = Prometheus(work, {f"m{i}": address for i in range(machines)},
                            rules, interval=f"{SCRAPE_S}s", paths=True)
    try:
        prometheus.await_ready()
        await_fact("every machine is scraped", LIMIT_S, lambda: prometheus.value(
            "count(entropyd_up == 1)") == machines)
        # Rules are evaluated, and the first scrapes' garbage is collected: after
        # some rounds memory is what it stays.
        time.sleep(4 * SCRAPE_S)
        text = prometheus.get("/metrics").decode()
        return tuple(float(re.search(rf"^{name} (\S+)$", text, re.M).group(1))
                     for name in ("prometheus_tsdb_head_series",
                                  "process_resident_memory_bytes"))
    finally:
        prometheus.stop()
        server.shutdown()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--machines", type=int, default=1000)
    options = parser.parse_args()
    if options.machines <= FEW:
        parser.error(f"--machines must be more than {FEW}")
    with tempfile.TemporaryDirectory(prefix="entropyd-") as folder:
        work = pathlib.Path(folder)
        body = textfile(options.build.resolve(), work)
        few = measure(body, FEW, work / "few")
        many = measure(body, options.machines, work / "many")
    series = (many[0] - few[0]) / (options.machines - FEW)
    memory = (many[1] - few[1]) / (many[0] - few[0])
    own = len(re.findall(rb"^entropyd_", body, re.M))
    print(f"a machine: {own} series of entropyd, {len(body)} bytes a scrape with "
          f"those of the exporter; {series:.0f} series in the server with those "
          "of scrapes and rules")
    print(f"the server: {few[1] / 1e6:.0f} MB for {FEW} machines ({few[0]:.0f} "
          f"series), {many[1] / 1e6:.0f} MB for {options.machines} "
          f"({many[0]:.0f}): {memory:.0f} bytes a series")
    print(f"{FLEET} machines every {SCRAPE_S} s: {FLEET * series / 1e6:.2f} million "
          f"series, {FLEET * series * memory / 1e9:.1f} GB, "
          f"{FLEET * len(body) / SCRAPE_S / 1e6:.1f} MB/s uncompressed, "
          f"{FLEET * series / SCRAPE_S / 1e3:.0f} thousand samples a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
