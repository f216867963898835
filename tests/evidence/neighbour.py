#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A neighbour that an ordinary user may run beside a source.

Usage: neighbour.py ipc|timers

ipc: sends datagrams with a descriptor over eight pairs of Unix sockets, as fast as
they are taken, which is what unix_ipc times. timers: waits with epoll for 1,000
timers of 0.1 to 0.732 ms, which is what epoll_events times. Runs until it is killed.
"""

import array
import ctypes
import os
import select
import socket
import struct
import sys
import threading

TIMERS = 1000
FASTEST_NS = 100_000
SLOWEST_NS = 732_000


def flood_ipc():
    pairs = [
        socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(8)
    ]
    memory = os.memfd_create("neighbour")
    os.ftruncate(memory, 4096)
    ancillary = [
        (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [memory]))
    ]

    def take():
        poll = select.epoll()
        for _, end in pairs:
            poll.register(end, select.EPOLLIN)
        ends = {end.fileno(): end for _, end in pairs}
        while True:
            for number, _ in poll.poll():
                _, parts, _, _ = ends[number].recvmsg(16, 64)
                for _, _, data in parts:
                    os.close(struct.unpack("i", data[:4])[0])

    threading.Thread(target=take, daemon=True).start()
    while True:
        for end, _ in pairs:
            end.sendmsg([b"x" * 8], ancillary)


def flood_timers():
    # timerfd is in the os module only since Python 3.13.
    libc = ctypes.CDLL(None, use_errno=True)
    poll = select.epoll()
    for i in range(TIMERS):
        fd = libc.timerfd_create(1, os.O_NONBLOCK)  # CLOCK_MONOTONIC
        if fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        ns = FASTEST_NS + (SLOWEST_NS - FASTEST_NS) * i // TIMERS
        libc.timerfd_settime(fd, 0, struct.pack("4q", 0, ns, 0, ns), None)
        poll.register(fd, select.EPOLLIN)
    while True:
        for number, _ in poll.poll(maxevents=64):
            try:
                os.read(number, 8)
            except BlockingIOError:
                pass


if __name__ == "__main__":
    kinds = {"ipc": flood_ipc, "timers": flood_timers}
    if len(sys.argv) != 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]]()
