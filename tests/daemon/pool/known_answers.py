#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Computes the known answers of conditioner.c, drbg.c and pool.c again.

Written from the headers alone: hashlib's SHA-512, and a ChaCha20 of its own
from D. J. Bernstein's description (64-bit counter, 64-bit nonce). Prints the
answers; with file names, also wants each of them to stand in one of the files.
"""

import hashlib
import struct
import sys

MASK = 0xFFFFFFFF


def rotate(word, bits):
    return (word << bits | word >> (32 - bits)) & MASK


def quarter_round(x, a, b, c, d):
    x[a] = (x[a] + x[b]) & MASK
    x[d] = rotate(x[d] ^ x[a], 16)
    x[c] = (x[c] + x[d]) & MASK
    x[b] = rotate(x[b] ^ x[c], 12)
    x[a] = (x[a] + x[b]) & MASK
    x[d] = rotate(x[d] ^ x[a], 8)
    x[c] = (x[c] + x[d]) & MASK
    x[b] = rotate(x[b] ^ x[c], 7)


def chacha20(key, nonce, length):
    stream = b""
    counter = 0
    while len(stream) < length:
        state = list(
            struct.unpack(
                "<16I",
                b"expand 32-byte k" + key + struct.pack("<Q", counter) + nonce,
            )
        )
        x = state[:]
        for _ in range(10):
            quarter_round(x, 0, 4, 8, 12)
            quarter_round(x, 1, 5, 9, 13)
            quarter_round(x, 2, 6, 10, 14)
            quarter_round(x, 3, 7, 11, 15)
            quarter_round(x, 0, 5, 10, 15)
            quarter_round(x, 1, 6, 11, 12)
            quarter_round(x, 2, 7, 8, 13)
            quarter_round(x, 3, 4, 9, 14)
        words = ((a + b) & MASK for a, b in zip(x, state))
        stream += struct.pack("<16I", *words)
        counter += 1
    return stream[:length]


def condition(purpose, counter, pieces):
    text = b"entropyd conditioner 1\0" + purpose + b"\0"
    text += struct.pack("<Q", counter)
    for name, data in pieces:
        text += bytes([len(name)]) + name + struct.pack("<Q", len(data)) + data
    return hashlib.sha512(text).digest()[:32]


class Generator:
    KEY_NONCE = bytes(8)
    BULK_NONCE = b"\1" + bytes(7)

    def __init__(self, key):
        self.rekey(key)

    def rekey(self, key):
        self.key = key
        self.buffer = b""

    def generate(self, n):
        if n > 256:
            out = chacha20(self.key, self.BULK_NONCE, n)
            self.key = chacha20(self.key, self.KEY_NONCE, 32)
            return out
        out = b""
        if n > len(self.buffer):
            out = self.buffer
            stream = chacha20(self.key, self.KEY_NONCE, 1024)
            self.key, self.buffer = stream[:32], stream[32:]
        n -= len(out)
        out += self.buffer[:n]
        self.buffer = self.buffer[n:]
        return out


def conditioner_answers():
    yield condition(b"block", 0, [])
    yield condition(b"seed", 7, [(b"alpha", bytes(range(256))), (b"b", b"")])
    # Pieces are kept apart: the same bytes, cut elsewhere.
    yield condition(b"seed", 7, [(b"a", b"xy"), (b"a", b"z")])
    yield condition(b"seed", 7, [(b"a", b"x"), (b"a", b"yz")])


def drbg_answers():
    # The test vector of draft-strombergson-chacha-test-vectors-01, TC1, shows
    # that the cipher above is ChaCha20.
    assert chacha20(bytes(32), bytes(8), 32).hex() == (
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
    )
    generator = Generator(bytes(range(32)))
    yield generator.generate(32)
    out = b"".join(
        generator.generate(n)
        for n in [1, 100, 256, 256, 256, 256, 257, 1000, 10, 5000, 200, 64]
    )
    yield hashlib.sha512(out).digest()
    generator.rekey(bytes(range(32, 64)))
    yield generator.generate(48)


def ticks(i):
    return 3000 + (i * i * 7 + i) % 1000


def symbols(first, n):
    return bytes((2 * ticks(i) + 3) // 6 & 255 for i in range(first, first + n))


def pool_answers():
    """Two sources, a step of 3 ticks, claims of 1/2 bit; the kernel's generator
    gives 32 bytes of 1, then of 2, and so on."""
    kernel = (bytes([i]) * 32 for i in range(1, 256))
    generator = Generator(next(kernel))

    # First seed: 384 bits of alpha (768 samples), all 100 of beta.
    pieces = [(b"alpha", symbols(0, 768)), (b"beta", symbols(5000, 100))]
    pieces.append((b"generator", generator.generate(32)))
    pieces.append((b"kernel", next(kernel)))
    generator.rekey(condition(b"seed", 0, pieces))
    yield generator.generate(64)

    # A block: 320 bits of alpha, in no portion above 1024; beta has none left.
    block = condition(b"block", 0, [(b"alpha", symbols(768, 640))])
    yield bytes(a ^ b for a, b in zip(block, generator.generate(32)))

    # A reseed with credit, then one without.
    pieces = [(b"alpha", symbols(768 + 640, 640))]
    pieces.append((b"generator", generator.generate(32)))
    pieces.append((b"kernel", next(kernel)))
    generator.rekey(condition(b"seed", 1, pieces))
    yield generator.generate(1000)[-32:]
    pieces = [(b"generator", generator.generate(32))]
    pieces.append((b"kernel", next(kernel)))
    generator.rekey(condition(b"seed", 2, pieces))
    yield generator.generate(32)


def main():
    text = "".join(
        line.strip().replace('"', "")
        for name in sys.argv[1:]
        for line in open(name, encoding="ascii")
    )
    missing = 0
    for answers in (conditioner_answers, drbg_answers, pool_answers):
        for answer in answers():
            print(f"{answers.__name__}: {answer.hex()}")
            if sys.argv[1:] and answer.hex() not in text:
                print("    stands in none of the files")
                missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
