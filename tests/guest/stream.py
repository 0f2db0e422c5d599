#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""stream() makes the same bytes as the guest's `stream` and `fill ... seed=`.

They come from xorshift64*: each 64-bit output gives eight bytes, lowest first.  The
generator starts with seed XOR 0x9e3779b97f4a7c15, or with 1 if that is 0 (stream.h says
the same).

    stream.py SEED COUNT            the bytes, to standard output
    stream.py SEED COUNT --sha256   their SHA-256
"""
import hashlib
import struct
import sys

_MASK = (1 << 64) - 1


def stream(seed, count):
    """Returns the first `count` bytes of `seed`; 4 MiB take about a second."""
    x = (seed ^ 0x9E3779B97F4A7C15) & _MASK or 1
    words = []
    append = words.append
    for _ in range((count + 7) // 8):
        x ^= x >> 12
        x ^= (x << 25) & _MASK
        x ^= x >> 27
        append((x * 0x2545F4914F6CDD1D) & _MASK)
    return struct.pack("<%dQ" % len(words), *words)[:count]


def stream_sha256(seed, count):
    return hashlib.sha256(stream(seed, count)).hexdigest()


def bytes_missing(wanted, got):
    """Return how many bytes of `wanted` are missing in `got`, or None if the two differ in
    any other way."""
    count, at = 0, 0
    for byte in wanted:
        if at < len(got) and got[at] == byte:
            at += 1
        else:
            count += 1
    return count if at == len(got) else None


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[3:] not in ([], ["--sha256"]):
        sys.exit(__doc__)
    seed, count = int(sys.argv[1], 0), int(sys.argv[2], 0)
    if len(sys.argv) == 4:
        print(stream_sha256(seed, count))
    else:
        sys.stdout.buffer.write(stream(seed, count))


if __name__ == "__main__":
    main()
