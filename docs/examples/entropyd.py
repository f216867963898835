#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""entropyd's client in Python: one file, standard library only, Python 3.9 on.

    with Client() as client:
        key = client.get(32, quality="conditioned")
    Random().shuffle(cards)

    entropyd.py [SOCKET]    prints the health, a key, and how it was generated

Without a path: $ENTROPYD_SOCKET, else the user's own daemon, else the system's. What
fails raises Error. A client is for one thread at a time."""
from __future__ import annotations

import json, os, pwd, random, socket, stat, struct, sys
from contextlib import AbstractContextManager, suppress
from typing import Any, Iterator, NoReturn
Object = dict[str, Any]
BINARY_MAX, CONDITIONED_MAX = 64 << 20, 4096


class Error(Exception):
    """name: the daemon's (docs/protocol.md), or bad_path, not_reachable, access_denied,
    untrusted_server, no_answer, disconnected, bad_reply. data: the daemon's details."""
    def __init__(self, name: str, message: str, data: Object | None = None):
        super().__init__(message)
        self.name, self.data = name, data or {}


def _check(path: str, sock: socket.socket) -> None:
    """On a default path: the directory, and who serves there."""
    trusted, directory = {0, os.geteuid()}, os.lstat(os.path.dirname(path))
    with suppress(KeyError):
        trusted.add(pwd.getpwnam("entropyd").pw_uid)
    if sys.platform == "darwin":
        option = 0, 1, 76  # SOL_LOCAL, LOCAL_PEERCRED, struct xucred
    else:
        option = socket.SOL_SOCKET, socket.SO_PEERCRED, 12
    uid = struct.unpack("2I", sock.getsockopt(*option)[:8])[1]
    if directory.st_uid == 0 == os.lstat(path).st_uid:
        uid = 0  # root handed its socket to a service whose user may have no name
    if not stat.S_ISDIR(directory.st_mode) or directory.st_mode & 0o022 or not (
            {uid, directory.st_uid} <= trusted):
        sock.close()
        raise Error("untrusted_server", f"{path} is not yours, root's or entropyd's alone")


def _connect(path: str, timeout: float, is_default: bool) -> socket.socket:
    if not path.startswith("/"):
        raise Error("bad_path", f"{path} is not an absolute path")
    sock = socket.socket(socket.AF_UNIX)
    try:
        # Bounds connect(), which does not wait with a timeout of Python's.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                        struct.pack("ll", *divmod(int(timeout * 1000000), 1000000)))
        sock.connect(path)
        if is_default:
            _check(path, sock)
        return sock
    except OSError as error:
        sock.close()
        name = ("no_answer" if isinstance(error, BlockingIOError) else
                "access_denied" if isinstance(error, PermissionError) else
                "not_reachable" if error.errno else "bad_path")
        raise Error(name, f"cannot connect to {path}: {error.strerror or error}") from None


def _locate(path: str | None, timeout: float) -> socket.socket:
    named, runtime = path or os.environ.get("ENTROPYD_SOCKET"), os.environ.get("XDG_RUNTIME_DIR")
    own = f"{runtime}/entropyd" if runtime else os.path.expanduser("~/.entropyd")
    failures = []
    for place in [named] if named else [f"{own}/entropyd.sock", "/run/entropyd/entropyd.sock"]:
        try:
            return _connect(place, timeout, not named)
        except Error as error:
            if error.name not in ("not_reachable", "access_denied"):
                raise  # an impostor ends the search
            failures.append(error)
    raise Error(min(error.name for error in failures), "; ".join(map(str, failures)))


class Client(AbstractContextManager["Client"]):
    """A connection, made again where the daemon was restarted. Nothing that is read or
    written takes longer than timeout (seconds), besides what a call waits."""
    def __init__(self, path: str | None = None, timeout: float = 10.0):
        self.path, self.timeout, self.last_id = path, timeout, 0
        self.made: Object = {}  # how the bytes of the last get() were
        self._connect()

    def _connect(self) -> None:
        self._socket, self._pid = _locate(self.path, self.timeout), os.getpid()
        self._stream = self._socket.makefile("rb")

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fail(self, problem: BaseException) -> NoReturn:
        if not isinstance(problem, Error):
            self.close()  # what still comes must not meet the next request
        if isinstance(problem, Error) or not isinstance(problem, Exception):
            raise problem
        name = ("no_answer" if isinstance(problem, socket.timeout) else
                "disconnected" if isinstance(problem, OSError) else "bad_reply")
        raise Error(name, str(problem)) from None

    def _exchange(self, request: bytes, wait: float) -> bytes:
        for is_retry in (False, True):
            if is_retry or self._stream.closed or self._pid != os.getpid():
                self.close()
                self._connect()
            self._socket.settimeout(self.timeout + wait)
            with suppress(ConnectionError):  # what it sent before it closed says why
                self._socket.sendall(request)
            with suppress(ConnectionError):
                if (line := self._stream.readline()).endswith(b"\n"):
                    return line
        raise ConnectionError("the daemon closed the connection")

    def _ask(self, wait: float, raw: int, method: str, params: Object) -> tuple[Object, bytes]:
        self.last_id += 1
        request = json.dumps({"jsonrpc": "2.0", "id": self.last_id, "method": method,
                              "params": params}).encode() + b"\n"
        try:
            reply = json.loads(self._exchange(request, wait))
            if error := reply.get("error"):
                raise Error(error["data"]["name"], error["message"], error["data"])
            data = self._stream.read(raw)
            if reply["id"] != self.last_id or len(data) < raw:
                raise ConnectionError("the daemon closed the connection within a reply")
            return reply["result"], data
        except BaseException as problem:
            self._fail(problem)

    def call(self, method: str, **params: Any) -> Object:
        """The result of any method, such as call("selftest", source="unix_ipc")."""
        return self._ask(60 if method in ("get", "selftest") else 0, 0, method, params)[0]

    def get(self, n: int, quality: str = "drbg", wait: float = 5.0) -> bytes:
        """n random bytes; each request may wait that many seconds for entropy."""
        most, data = CONDITIONED_MAX if quality == "conditioned" else BINARY_MAX, b""
        while not data or len(data) < n:
            size = min(n - len(data), most)
            self.made, more = self._ask(wait, size, "get", {"bytes": size, "encoding":
                "binary", "quality": quality, "timeout_ms": round(wait * 1000)})
            data += more
        return data

    def health(self) -> str:
        return str(self.call("health")["health"])

    def status(self) -> Object:
        return self.call("status")

    def events(self, events: str = "health", **params: Any) -> Iterator[Object]:
        """Changes of health, or (events="status", interval_ms=...) the status again and
        again, on a connection of their own, which begins with the first next()."""
        with Client(self.path, self.timeout) as other:
            other.call("subscribe", events=events, **params)
            other._socket.settimeout(None)
            try:
                for line in other._stream:
                    yield json.loads(line)["params"]
                raise ConnectionError("the daemon closed the connection")
            except BaseException as problem:
                other._fail(problem)


class Random(random.Random):
    """random.Random over the daemon's bytes; each call asks for them."""
    def __init__(self, client: Client | None = None):
        self.client, self.gauss_next = client or Client(), None

    def random(self) -> float:
        return (int.from_bytes(self.client.get(7), "big") >> 3) * 2.0 ** -53

    def getrandbits(self, k: int) -> int:
        if k < 0:
            raise ValueError("the number of bits must not be negative")
        return int.from_bytes(self.randbytes((k + 7) // 8), "big") >> (-k % 8)

    def randbytes(self, n: int) -> bytes:
        return self.client.get(n) if n else b""

    def _has_none(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError("the daemon's bytes have no seed and no state")
    seed = getstate = setstate = _has_none


if __name__ == "__main__":
    try:
        with Client(sys.argv[1] if sys.argv[1:] else None) as daemon:
            print("health", daemon.health())
            print("key", daemon.get(32, quality="conditioned").hex())
            print("made with {credited_bits} credited bits from {sources}".format(**daemon.made))
    except Error as error:
        sys.exit(f"entropyd.py: {error}")
