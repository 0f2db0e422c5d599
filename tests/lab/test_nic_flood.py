# SPDX-License-Identifier: BSD-2-Clause
"""A session over the card that is passed through goes on while others flood it.  Its rate is
compared with what it was a moment before, in the same run; tests/net/test_flood.py does the
same over netdev."""

import hashlib
import json
import statistics

import pytest

from guest.stream import stream
from lab.conftest import NIC
from lab.flooder import RATE, Flooder
from repetitions import repetitions

PHASES = repetitions(3, 7)
PIECE, SKIP = 256 << 10, 64 << 10
HISTORY_MB = 8 if PHASES > 3 else 2     # a power of two that holds all phases
GOAL = 0.8

# A client that reads when it is told to: N bytes; prints how many a second, behind the first
# SKIP, which its socket may have held.  At the end of its input it prints the hash of all.
SESSION = r"""
import hashlib, json, socket, sys, time
skip = int(sys.argv[1])
one = socket.socket()
one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, skip // 2)
one.settimeout(60)
one.connect(("192.168.0.2", 1234))
digest, total = hashlib.sha256(), 0

def read(left):
    global total
    while left and (piece := one.recv(min(65536, left))):
        digest.update(piece)
        total += len(piece)
        left -= len(piece)

read(1)
print(one.getsockname()[1], flush=True)
for line in sys.stdin:
    read(skip)
    begin = time.monotonic()
    read(int(line))
    print(int(line) / (time.monotonic() - begin), flush=True)
print(json.dumps([digest.hexdigest(), total]), flush=True)
"""


class Session:
    def __init__(self, lab):
        self.process = lab.client(["/usr/bin/python3", "-c", SESSION, str(SKIP)], text=True,
                                  bufsize=1)
        self.port = int(self._line())

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        return line

    def rate(self):
        """Bytes a second, of the next PIECE."""
        self.process.stdin.write(f"{PIECE}\n")
        return float(self._line())

    def close(self):
        """The hash of what was read, and how much that is."""
        self.process.stdin.close()
        said = json.loads(self._line())
        self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()
        return said


@pytest.fixture(params=[NIC])
def full(shared_guest, serve, mediator):
    """A console whose history is HISTORY_MB of the stream 1.  The parameter only names the
    card in a test's name."""
    serve(shared_guest, f"mode=virtual;tcp=1234;history={HISTORY_MB}M")
    shared_guest.command("base 3f8")
    shared_guest.command("init")
    shared_guest.command(f"stream outsb 1 {HISTORY_MB << 20}", timeout=600)
    return mediator


def _flood(mediator, kind):
    before = mediator.status()["network"]
    session = Session(mediator.lab)
    quiet, flooded, sent = [], [], 0
    with Flooder(mediator.lab, kind, session.port) as flooder:
        for _ in range(PHASES):
            quiet.append(session.rate())
            flooder.begin()
            flooded.append(session.rate())
            sent += flooder.end()
    digest, total = session.close()
    share = statistics.median(flooded) / statistics.median(quiet)
    print(f"{sent} frames, {RATE} a second of each kind: the session has {100 * share:.0f} % of "
          f"its {statistics.median(quiet) / 1e3:.0f} kB/s (goal: {100 * GOAL:.0f} %)")
    assert total == 1 + PHASES * 2 * (SKIP + PIECE)
    assert digest == hashlib.sha256(stream(1, total)).hexdigest()
    assert sent > PHASES
    assert share > 0.1
    after = mediator.status()["network"]
    assert (after["resets"], after["restarts"]) == (before["resets"], before["restarts"])
    assert "does not hold" not in mediator.log()        # an assertion of lwIP's


def nic_session_keeps_its_rate_among_1000_syns_a_second(full):
    _flood(full, "syns")


def nic_session_keeps_its_rate_among_segments_out_of_window(full):
    _flood(full, "segments")


def nic_session_keeps_its_rate_among_syns_and_segments(full):
    """Both kinds at once, RATE of each."""
    _flood(full, "both")
