# SPDX-License-Identifier: BSD-2-Clause
"""LossyWire is a network cable between the mediator's card and its clients that loses and
reorders frames both ways.  It does what Linux's netem does, for a host whose kernel has none.

    with LossyWire(lab, seed=1, loss=0.05, reordering=0.1) as wire:
        Client(lab)
    print(wire.report)

Run as a program, this file is the relay itself, in the clients' namespace."""

import fcntl
import os
import random
import select
import socket
import struct
import subprocess
import sys

NAME = "tap-lossy"
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 0x0002, 0x1000
ETH_P_ALL, PACKET_OUTGOING = 3, 4
HOLD_SECONDS = 0.02


class LossyWire:
    def __init__(self, lab, seed, loss, reordering):
        self.lab = lab
        self.arguments = [str(seed), str(loss), str(reordering)]
        self.report = ""

    def _ip(self, *words):
        process = self.lab.client(["ip", *words], text=True)
        _, problem = process.communicate()
        assert process.returncode == 0, problem

    def __enter__(self):
        from lab.network import NIC_HOST, NIC_TAP
        self._tap, self._address = NIC_TAP, NIC_HOST
        self._ip("address", "del", self._address, "dev", self._tap)
        self._relay = self.lab.client(["/usr/bin/python3", __file__, self._tap, *self.arguments],
                                      text=True)
        line = self._relay.stdout.readline()
        if line != "ready\n":
            raise AssertionError(self._relay.communicate()[1])
        self._ip("address", "add", self._address, "dev", NAME)
        self._ip("link", "set", NAME, "up")
        return self

    def __exit__(self, *exc):
        self._relay.stdin.close()       # this tells the relay to end; its TAP goes with it
        self._relay.wait(20)
        self.report = self._relay.stdout.read().strip()
        self._relay.stdout.close()
        self._relay.stderr.close()
        self._ip("address", "add", self._address, "dev", self._tap)


class Direction:
    def __init__(self, send, chance, loss, reordering):
        self.send = send
        self.chance, self.loss, self.reordering = chance, loss, reordering
        self.held = None
        self.frames = self.lost = self.swapped = 0

    def pass_on(self, frame):
        self.frames += 1
        if self.chance.random() < self.loss:
            self.lost += 1
        elif self.held is None and self.chance.random() < self.reordering:
            self.held = frame           # until the next frame has passed, or HOLD_SECONDS
            self.swapped += 1
        else:
            self.send(frame)
            self.release()

    def release(self):
        if self.held is not None:
            self.send(self.held)
            self.held = None


def main():
    tap_name, seed, loss, reordering = (sys.argv[1], int(sys.argv[2]), float(sys.argv[3]),
                                        float(sys.argv[4]))
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", NAME.encode(), IFF_TAP | IFF_NO_PI))
    card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    card.bind((tap_name, ETH_P_ALL))
    chance = random.Random(seed)

    def to_clients(frame):
        try:
            os.write(tap, frame)
        except OSError:
            pass                        # the TAP is not up yet

    inward = Direction(card.send, chance, loss, reordering)
    outward = Direction(to_clients, chance, loss, reordering)
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([tap, card, sys.stdin], [], [], HOLD_SECONDS)
        if sys.stdin in ready:
            break
        if tap in ready:
            inward.pass_on(os.read(tap, 65536))
        if card in ready:
            frame, sender = card.recvfrom(65536)
            if sender[2] != PACKET_OUTGOING:
                outward.pass_on(frame)
        if not ready:
            inward.release()
            outward.release()
    print(", ".join(f"{way.lost} of {way.frames} frames lost, {way.swapped} late {name}"
                    for name, way in (("inward", inward), ("outward", outward))))


if __name__ == "__main__":
    main()
