#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""macho.py [--own LIBRARY] ARCH MIN FILE...: is each file a program for macOS
on ARCH from version MIN on, linking libSystem and nothing else (but LIBRARY, by
its file name), and signed ad hoc where the system asks for it (arm64)? Prints
what is wrong; 0 if nothing is.

Offsets and numbers are those of <mach-o/loader.h> and XNU's cs_blobs.h."""

import struct
import sys

CPU = {"x86_64": 0x01000007, "arm64": 0x0100000C}
MAGIC_64 = 0xFEEDFACF
EXECUTE = 2
LOAD_DYLIB = {0xC, 0x80000018, 0x8000001F}  # plain, weak, re-exported
BUILD_VERSION = 0x32
CODE_SIGNATURE = 0x1D
MACOS = 1
SUPER_BLOB = 0xFADE0CC0
CODE_DIRECTORY = 0xFADE0C02
ADHOC = 0x2
LIBSYSTEM = "/usr/lib/libSystem.B.dylib"


class Wrong(Exception):
    """What is wrong with a file."""


def read_commands(data):
    """Yields each load command's number and bytes."""
    _, _, _, _, count, _, _, _ = struct.unpack_from("<8I", data)
    at = 32
    for _ in range(count):
        command, size = struct.unpack_from("<2I", data, at)
        if size < 8 or at + size > len(data):
            raise Wrong("a load command reaches past the file")
        yield command, data[at:at + size]
        at += size


def is_adhoc(data, offset):
    """Looks for the ad hoc flag in the signature's code directory."""
    magic, _, count = struct.unpack_from(">3I", data, offset)
    if magic != SUPER_BLOB:
        raise Wrong("its signature is none")
    for i in range(count):
        _, at = struct.unpack_from(">2I", data, offset + 12 + 8 * i)
        magic, _, _, flags = struct.unpack_from(">4I", data, offset + at)
        if magic == CODE_DIRECTORY:
            return bool(flags & ADHOC)
    return False


def check(data, arch, minimum, own):
    """Raises Wrong if data is not what it should be."""
    if len(data) < 32 or struct.unpack_from("<I", data)[0] != MAGIC_64:
        raise Wrong("it is no 64-bit Mach-O file")
    _, cpu, _, kind = struct.unpack_from("<4I", data)
    if cpu != CPU[arch]:
        raise Wrong(f"its processor is {cpu:#x}, not {arch}")
    if kind != EXECUTE:
        raise Wrong(f"it is of kind {kind}, no program")
    libraries, version, signed = [], None, False
    for command, body in read_commands(data):
        if command in LOAD_DYLIB:
            start = struct.unpack_from("<I", body, 8)[0]
            libraries.append(body[start:].split(b"\0")[0].decode())
        elif command == BUILD_VERSION:
            platform, minos = struct.unpack_from("<2I", body, 8)
            if platform != MACOS:
                raise Wrong(f"its platform is {platform}, not macOS")
            version = f"{minos >> 16}.{minos >> 8 & 255}"
        elif command == CODE_SIGNATURE:
            signed = is_adhoc(data, struct.unpack_from("<I", body, 8)[0])
    others = [name for name in libraries if name.split("/")[-1] != own]
    if others != [LIBSYSTEM]:
        raise Wrong("it links " + (", ".join(libraries) or "nothing") +
                    ", where only libSystem should be")
    if version != minimum:
        raise Wrong(f"it asks for macOS {version}, not {minimum}")
    if arch == "arm64" and not signed:
        raise Wrong("it is not signed ad hoc, so arm64 would not run it")


def main(arguments):
    own = None
    if arguments[:1] == ["--own"] and len(arguments) > 1:
        own, arguments = arguments[1], arguments[2:]
    if len(arguments) < 3 or arguments[0] not in CPU:
        sys.exit("usage: macho.py [--own LIBRARY] arm64|x86_64 MIN FILE...")
    arch, minimum, *paths = arguments
    failed = False
    for path in paths:
        try:
            with open(path, "rb") as file:
                check(file.read(), arch, minimum, own)
        except (OSError, struct.error, Wrong) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:])
