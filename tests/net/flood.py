# SPDX-License-Identifier: BSD-2-Clause
"""These are the floods of frames that a net role must stand: what is in them, and a
thread that sends them.  The tests here send them over netdev, those in tests/lab over a
card that is passed through."""

import itertools
import random
import threading
import time

from raw_peer import ACK, FIN, MAC, PSH, RST, SYN

WINDOW = 5 * 1460


class Flood(threading.Thread):
    """A Flood sends its frames over and over, `rate` of them a second, until it is
    stopped."""

    def __init__(self, peer, frames, rate):
        super().__init__()
        self.peer, self.frames, self.rate = peer, frames, rate
        self.sent = 0
        self.is_over = threading.Event()

    def run(self):
        begin = time.monotonic()
        for frame in itertools.cycle(self.frames):
            if self.is_over.wait(max(0, begin + self.sent / self.rate - time.monotonic())):
                return
            self.peer.socket.send(frame)
            self.sent += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.is_over.set()
        self.join()


def frames_of(peer, packets):
    return [peer.their_mac + MAC + b"\x08\x00" + packet for packet in packets]


def syns(peer, *unused):
    """Returns frames with SYNs, each for a new connection, from a hundred
    addresses that nobody has."""
    network = peer.mediator.rpartition(".")[0]
    return frames_of(peer, [
        peer.segment(1024 + i * 7 % 60000, i * 65537, 0, SYN, source=f"{network}.{100 + i % 100}")
        for i in range(6000)])


def out_of_window(peer, victim, victims_port, ours=5000):
    """Returns frames with segments across, behind and before the window's edge.
    Some are of the attacker's own connection; the first of these once stopped
    lwIP.  Others are of the victim's connection, with invented numbers."""
    seq, ack = peer.connect(ours)
    edge, dice = seq + WINDOW, random.Random(20240602)
    own = [peer.segment(ours, edge - 10, ack, ACK, b"z" * 100)]
    for i in range(190):
        own += [peer.segment(ours, seq + 1 + i * 37, ack, ACK, b"w" * 1400),
                peer.segment(ours, edge - i, ack, ACK | PSH, b"z" * 200),
                peer.segment(ours, edge + i * i, ack, ACK, b"b" * i),
                peer.segment(ours, seq - 2000 * i, ack, ACK, b"old"),
                peer.segment(ours, edge + 1 + i, ack, ACK | FIN),
                peer.segment(ours, seq + i, ack + 5000000, ACK)]
    blind = [peer.segment(victims_port, dice.randrange(1 << 32), dice.randrange(1 << 32), flags,
                          b"v" * dice.randrange(50), source=victim,
                          window=dice.choice((0, 65535)))
             for flags in (ACK, ACK | PSH, ACK | FIN, SYN, RST, RST | ACK) for _ in range(200)]
    dice.shuffle(blind)
    return frames_of(peer, [packet for pair in itertools.zip_longest(own, blind)
                            for packet in pair if packet])


def both(peer, *victim_and_ours):
    """Returns frames of both kinds, one of each in turn."""
    odd = itertools.cycle(out_of_window(peer, *victim_and_ours))
    return [frame for syn in syns(peer) for frame in (syn, next(odd))]
