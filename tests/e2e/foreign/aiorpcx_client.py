# SPDX-License-Identifier: MIT
"""A third-party JSON-RPC library (aiorpcX) uses the daemon over its socket.

    aiorpcx_client.py SOCKET SOURCE

The library was written for TCP; all it is given here is a connected socket.
"""

import asyncio
import base64
import socket
import sys

from aiorpcx import JSONRPCConnection, JSONRPCv2, NewlineFramer, RPCError
from aiorpcx import Notification, RPCSession
from aiorpcx.rawsocket import RSTransport
from aiorpcx.session import BatchError, SessionKind


class NamelessSocket(socket.socket):
    """A Unix socket's peer has a path, where the library wants host and port;
    it does without where there is no name at all."""

    def getpeername(self):
        raise OSError("no host, no port")


class Session(RPCSession):
    heard = None

    def default_connection(self):
        return JSONRPCConnection(JSONRPCv2)

    async def handle_request(self, request):
        """What the daemon sends unasked."""
        assert isinstance(request, Notification), request
        self.heard.put_nowait((request.method, request.args))


async def connect(path):
    sock = NamelessSocket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    sock.setblocking(False)
    # A reply of 65536 raw samples in hex has more than a mebibyte.
    framer = NewlineFramer(4 * 1024 * 1024)
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(
        lambda: RSTransport(Session, framer, SessionKind.CLIENT), sock=sock)
    protocol.session.heard = asyncio.Queue()
    return protocol.session


async def refused(call, code, *words):
    try:
        result = await call
    except RPCError as error:
        assert error.code == code, error
        for word in words:
            assert word in error.message, (word, error.message)
        return
    raise AssertionError(f"no error, but {result}")


async def requests(session, source):
    pong = await session.send_request("ping")
    assert pong["protocol"] == 1, pong

    by_name = await session.send_request("get", {"bytes": 32})
    by_place = await session.send_request("get", [32, "base64"])
    one = bytes.fromhex(by_name["data"])
    other = base64.b64decode(by_place["data"], validate=True)
    assert len(one) == len(other) == 32 and one != other
    fresh = await session.send_request(
        "get", {"bytes": 64, "quality": "conditioned", "timeout_ms": 20000})
    assert fresh["credited_bits"] == 640 and len(fresh["data"]) == 128, fresh
    most = await session.send_request("get", {"bytes": 65536})
    assert len(most["data"]) == 2 * 65536

    status = await session.send_request("status")
    assert status["protocol"] == 1 and status["seeded"] is True, status
    health = await session.send_request("health")
    assert health["sources"][source] == "healthy", health
    listed = await session.send_request("sources")
    assert source in [entry["name"] for entry in listed["sources"]], listed
    raw = await session.send_request("raw", {"source": source, "samples": 8})
    assert len(raw["data"]) == 8 * 8 * 2, raw
    tested = await session.send_request("selftest", [source])
    assert tested["sources"][0]["passed"] is True, tested


async def errors(session):
    await refused(session.send_request("no_such_method"), -32601)
    await refused(session.send_request("get"), -32602, "bytes")
    await refused(session.send_request("get", {"bytes": 0}), -32602,
                  "1", "65536")
    await refused(session.send_request("get", {"bytes": 1, "byte": 1}), -32602)
    await refused(session.send_request("raw", ["nobody", 1]), -32002)
    pong = await session.send_request("ping")
    assert pong["protocol"] == 1, pong


async def batches(session):
    async with session.send_batch() as batch:
        batch.add_request("get", {"bytes": 16})
        batch.add_notification("ping")
        batch.add_request("no_such_method")
        batch.add_request("health")
    first, second, third = batch.results
    assert len(first["data"]) == 32, first
    assert isinstance(second, RPCError) and second.code == -32601, second
    assert third["health"] in ("ok", "degraded"), third

    try:
        async with session.send_batch(raise_errors=True) as batch:
            batch.add_request("get", {"bytes": 1e99})
    except BatchError as error:
        assert error.request.results[0].code == -32602, error
    else:
        raise AssertionError("a bad batch was answered well")

    # These get no reply; the next reply is that of the next request.
    await session.send_notification("get", {"bytes": 1})
    await session.send_notification("no_such_method")
    pong = await session.send_request("ping")
    assert pong["protocol"] == 1, pong


async def many_in_flight(session):
    calls = [session.send_request("get", {"bytes": 16}) for _ in range(200)]
    replies = await asyncio.gather(*calls)
    assert len({reply["data"] for reply in replies}) == 200


async def events(session, source):
    result = await session.send_request("subscribe", {"events": "status"})
    assert result == {"subscribed": ["status"], "interval_ms": 1000}, result
    method, params = await session.heard.get()
    assert method == "status" and params["protocol"] == 1, (method, params)
    pong = await session.send_request("ping")  # in between
    assert pong["protocol"] == 1, pong
    result = await session.send_request("unsubscribe", ["status"])
    assert result["subscribed"] == [], result


async def main(path, source):
    session = await connect(path)
    async with asyncio.timeout(500):
        await requests(session, source)
        await errors(session)
        await batches(session)
        await many_in_flight(session)
        await events(session, source)
        sessions = [await connect(path) for _ in range(20)]
        await asyncio.gather(*(many_in_flight(each) for each in sessions))
    assert session.errors == 0, "the library took offence at what it was sent"
    for each in [session] + sessions:
        await each.close()
    print("requests, errors, batches, notifications and events by aiorpcX")


asyncio.run(main(*sys.argv[1:]))
