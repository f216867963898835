# SPDX-License-Identifier: MIT
"""The machines of the fleet: twenty daemons, what is wrong with each, and the
timer of each, which writes its metrics."""

import errno
import mmap
import os
import pathlib
import shlex
import signal
import struct
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging/systemd/system/entropyd-metrics.service.in"

# Every source of tests/fakes/faults; all but a machine's own are disabled.
SOURCES = ("good stuck biased_80 biased_95 periodic step stalling dying erring "
           "open_fails coarse rounded slow replay sequence hanging").split()


def expect(holds, text):
    if not holds:
        raise RuntimeError(text)


class Control:
    """struct fault_control of tests/faults/control.h: makes a call fail."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(36))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 36)

    def fail(self, call, error):
        self.memory[0:32] = call.encode().ljust(32, b"\0")
        self.memory[32:36] = struct.pack("=i", error)

    def mend(self):
        self.memory[32:36] = bytes(4)


class Machine:
    """A daemon, its directory of textfiles, and the fault that it will have."""

    def __init__(self, name, programs, work, fault):
        self.name = name
        self.fault = fault
        self.programs = programs
        self.home = work / name
        self.textfiles = self.home / "textfiles"
        self.textfiles.mkdir(parents=True)
        self.file = self.textfiles / "entropyd.prom"
        self.socket = self.home / "socket"
        self.process = None
        self.timer = None
        self.is_ticking = threading.Event()
        self.control = None
        self.failures = []

    def start(self, interval_s):
        """Starts the daemon and its timer."""
        environment = dict(os.environ)
        command = [self.programs.entropyd]
        if self.fault.sources:
            command = [self.programs.faulty]
            for source in SOURCES:
                if source not in self.fault.sources.split():
                    command += ["--set", f"sources.{source}.enabled=false"]
        for setting in self.fault.settings:
            command += ["--set", setting]
        if self.fault.is_shaken:
            self.control = Control(self.home / "control")
            environment.update(LD_PRELOAD=str(self.programs.shim),
                               ENTROPYD_FAULT_CONTROL=str(self.control.path))
        with open(self.home / "log", "wb") as log:
            self.process = subprocess.Popen(
                [*map(str, command), "--socket", str(self.socket)],
                env=environment, stderr=log)
        self.is_ticking.set()
        self.timer = threading.Thread(target=self.tick, args=[interval_s])
        self.timer.start()

    def command(self):
        """The unit's own command, with the paths of this machine."""
        line = next(line for line in UNIT.read_text().splitlines()
                    if line.startswith("ExecStart=")).split("=", 1)[1]
        words = {"@ENTROPYD_BINDIR@/entropyctl": str(self.programs.entropyctl),
                 "/run/entropyd/entropyd.sock": str(self.socket),
                 "/var/lib/prometheus/node-exporter/entropyd.prom":
                     str(self.file)}
        found = shlex.split(line)
        for word in words:
            expect(word in found, f"{UNIT.name}: no {word} in {line}")
        return [words.get(word, word) for word in found]

    def tick(self, interval_s):
        """What entropyd-metrics.timer does, until it is stopped."""
        command = self.command()
        while self.is_ticking.is_set():
            start = time.monotonic()
            done = subprocess.run(command, stderr=subprocess.PIPE, text=True,
                                  check=False)
            if done.returncode != 0:
                self.failures.append(done.stderr)
            time.sleep(max(0.0, start + interval_s - time.monotonic()))

    def refused_request(self):
        """The daemon counts an error of a client."""
        status = subprocess.run(
            [self.programs.entropyctl, "--socket", self.socket, "raw",
             "nonesuch", "1"],
            stderr=subprocess.DEVNULL, check=False).returncode
        if status == 0:
            raise RuntimeError("raw samples of no source")

    def stop_timer(self):
        self.is_ticking.clear()

    def stop(self):
        """Ends the daemon and the timer."""
        self.stop_timer()
        if self.control is not None:
            self.control.mend()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self.timer is not None:
            self.timer.join()

    def log(self):
        return (self.home / "log").read_text(errors="replace")


class Fault:
    """What is wrong with a machine, and the one alert that has to fire."""

    def __init__(self, name, alert, sources="", settings=(), strike=None,
                 is_shaken=False):
        self.name = name
        self.alert = alert      # None: it is well
        self.sources = sources  # of tests/fakes/faults; "": the kernel's
        self.settings = settings
        self.strike = strike    # called with the machine once all are up
        self.is_shaken = is_shaken


def kill(machine):
    machine.process.send_signal(signal.SIGKILL)
    machine.process.wait()


def remove_textfile(machine):
    machine.stop_timer()
    machine.timer.join()
    machine.file.unlink()


def refuse_for_good(machine):
    machine.control.fail("accept4", errno.EMFILE)


def refuse_at_times(machine):
    """Until an attempt has failed; the next one succeeds. A connection that is
    never accepted is what makes it fail."""
    machine.control.fail("accept4", errno.EMFILE)
    deadline = time.monotonic() + 30
    while "accept-failed" not in machine.log():
        expect(time.monotonic() < deadline, "accept4 was never called")
        time.sleep(0.01)
    machine.control.mend()


# Sources are slow where a state has to last: 15 samples a second mean 100 seconds
# for the test that ends "suspect", 5 mean minutes until the first seed. A source
# that hangs while its ring is neither full nor half empty is seen by no one in the
# daemon.
FAULTS = [
    Fault("nothing, kernel's sources", None),
    Fault("nothing, kernel's sources", None),
    Fault("nothing, kernel's sources", None),
    Fault("nothing", None, "good"),
    Fault("nothing", None, "good"),
    Fault("nothing", None, "good"),
    Fault("nothing", None, "good replay"),
    Fault("nothing", None, "good slow", ["sources.slow.rate_hz=2000"]),
    Fault("daemon killed", "EntropydDown", strike=kill),
    Fault("accept fails for good", "EntropydNotAnswering", strike=refuse_for_good,
          is_shaken=True),
    Fault("accept fails once", "EntropydAcceptFailing", strike=refuse_at_times,
          is_shaken=True),
    Fault("the only source is slow", "EntropydNotSeeded", "slow",
          ["sources.slow.rate_hz=5"]),
    Fault("the only source sticks", "EntropydNoHealthySource", "stuck",
          ["sources.stuck.onset=20000", "sources.stuck.rate_hz=10000"]),
    Fault("one of two sources sticks", "EntropydSourceFailed", "good stuck",
          ["sources.stuck.onset=20000"]),
    Fault("one of two cannot be opened", "EntropydSourceStalled",
          "good open_fails"),
    Fault("80 equal samples", "EntropydSourceSuspect", "good stuck",
          ["sources.stuck.rate_hz=15", "sources.stuck.onset=100",
           "sources.stuck.heal=80"]),
    Fault("one of two hangs", "EntropydSourceSilent", "good hanging",
          ["sources.hanging.onset=60000", "sources.hanging.rate_hz=30000"]),
    Fault("one value 75 times in 100", "EntropydCreditBelowClaim",
          "good sequence", ["sources.sequence.sequence=5",
                            "sources.sequence.rate_hz=5000"]),
    Fault("timer stopped", "EntropydMetricsStale", "good",
          strike=Machine.stop_timer),
    Fault("textfile removed", "EntropydMetricsMissing", "good",
          strike=remove_textfile),
]
