#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A client of entropyd in plain Python: JSON-RPC, one JSON text per line.

    client.py [SOCKET]    prints the health, a key, and how it was generated

Without SOCKET: $ENTROPYD_SOCKET, else the user's own daemon, else the system's.
Exits with 1 and says why if anything fails.
"""

import json
import os
import socket
import sys


class Error(Exception):
    """An error from the daemon: name, message and data are in args."""


class Entropyd:
    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")
        self.last_id = 0

    def call(self, method, **params):
        self.last_id += 1
        request = {"jsonrpc": "2.0", "id": self.last_id, "method": method,
                   "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        line = self.stream.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the daemon closed the connection")
        reply = json.loads(line)
        if "error" in reply:
            error = reply["error"]
            raise Error(error["data"]["name"], error["message"],
                        error["data"])
        assert reply["id"] == self.last_id
        return reply["result"]

    def get(self, n, **params):
        """n random bytes, received as raw bytes, and the rest of the result."""
        result = self.call("get", bytes=n, encoding="binary", **params)
        data = self.stream.read(n)
        if len(data) < n:
            raise ConnectionError("the daemon closed the connection")
        return data, result


def paths():
    """Where the daemon's socket may be, as the client library looks for it."""
    if os.environ.get("ENTROPYD_SOCKET"):
        return [os.environ["ENTROPYD_SOCKET"]]
    if os.environ.get("XDG_RUNTIME_DIR"):
        own = os.environ["XDG_RUNTIME_DIR"] + "/entropyd/entropyd.sock"
    else:
        own = os.path.expanduser("~/.entropyd/entropyd.sock")
    return [own, "/run/entropyd/entropyd.sock"]


def connect(candidates):
    """The daemon at the first path where one listens."""
    problems = []
    for path in candidates:
        try:
            return Entropyd(path)
        except OSError as error:
            problems.append(f"cannot connect to {path}: {error.strerror}")
    raise ConnectionError("; ".join(problems))


def main():
    daemon = connect(sys.argv[1:] or paths())
    health = daemon.call("health")
    print("health", health["health"])
    key, made = daemon.get(32, quality="conditioned")
    print("key", key.hex())
    print("made with", made["credited_bits"], "credited bits from",
          ", ".join(made["sources"]))
    bulk, _ = daemon.get(1 << 20)
    print("bulk", len(bulk))
    try:
        daemon.call("get", bytes=0)
    except Error as error:
        print("refused", error.args[0], error.args[2]["range"])


if __name__ == "__main__":
    try:
        main()
    except (OSError, Error) as error:
        sys.exit(f"client.py: {error}")
