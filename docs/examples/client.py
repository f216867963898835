#!/usr/bin/env python3
"""A client of entropyd in plain Python: JSON-RPC, one JSON text per line.

    client.py [SOCKET]    prints the health, a key, and how it was generated
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


def default_path():
    if os.environ.get("ENTROPYD_SOCKET"):
        return os.environ["ENTROPYD_SOCKET"]
    if os.environ.get("XDG_RUNTIME_DIR"):
        return os.environ["XDG_RUNTIME_DIR"] + "/entropyd/entropyd.sock"
    return os.path.expanduser("~/.entropyd/entropyd.sock")


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else default_path()
    daemon = Entropyd(path)
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
    main()
