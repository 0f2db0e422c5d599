# SPDX-License-Identifier: BSD-2-Clause
"""This file measures Linux on mediatord's UART and on QEMU's serial port: output and
input of its tty, an echo, and what a verbose console adds to its boot."""

import contextlib
import hashlib
import statistics
import time

from guest.stream import stream
from lab import image as images
from lab.client import Client
from lab.dom0 import DOM0_ADDRESS
from lab.linux_console import BOOT_SECONDS
from lab.linux_guest import LinuxGuest, push_linux

PORT, QEMU_PORT = 1234, 4002
OUT = stream(11, 16 << 10)
IN = stream(12, 4 << 10)
ECHOES = 20
ROUNDS = 3
QEMU_SERIAL = (f'serial = ["tcp:0.0.0.0:{QEMU_PORT},server=on,wait=off", '
               '"unix:/run/lab/{name}.com2,server=on,wait=off"]')


class Console:
    """A Console is a Linux guest that is up, and a client of its COM1."""

    def __init__(self, lab, mediator, kind, stack, append="", is_seen=True):
        more = QEMU_SERIAL.format(name=kind) if kind == "qemu" else ""
        self.guest = LinuxGuest(lab, kind, more=more, append=append)
        stack.callback(self.guest.destroy)
        self.guest.create("-p")
        address = (QEMU_PORT, DOM0_ADDRESS) if kind == "qemu" else (PORT,)
        if kind != "qemu":
            mediator.serve(kind, f"mode=virtual;tcp={PORT}")
            stack.callback(self._leave, mediator, kind)
        self.client = Client(lab, *address)
        stack.callback(self.client.leave)
        begin = time.monotonic()
        lab.exec(["xl", "unpause", kind])
        if is_seen:
            self.client.wait_for("init: this is user space", timeout=BOOT_SECONDS)
        self.guest.connect(timeout=BOOT_SECONDS)
        self.boot_seconds = time.monotonic() - begin

    def _leave(self, mediator, kind):
        self.guest.destroy()
        mediator.wait_until(lambda: mediator.status(kind)["domid"] is None, "the end")
        mediator.unserve(kind)

    def out_rate(self):
        at, begin = len(self.client.received()), time.monotonic()
        self.guest.run("dd if=/out of=/dev/ttyS0 bs=16k count=1 2>/dev/null", timeout=300)
        shown = self.client.wait_for_bytes(at + len(OUT), timeout=300)[at:]
        seconds = time.monotonic() - begin
        assert shown == OUT
        return len(OUT) / seconds

    def in_rate(self):
        self.guest.run(f"rm -f /got; (head -c {len(IN)} /dev/ttyS0 >/part; mv /part /got) "
                       ">/dev/null 2>&1 & while ! grep -q . /proc/$!/wchan; do :; done")
        begin = time.monotonic()
        self.client.type(IN)
        self.guest.run("while [ ! -e /got ]; do usleep 20000; done", timeout=300)
        seconds = time.monotonic() - begin
        said = self.guest.run("sha256sum /got").split()[0].decode()
        assert said == hashlib.sha256(IN).hexdigest()
        return len(IN) / seconds

    def echo_times(self):
        """Returns the median of the seconds that the tty takes to echo one character."""
        self.guest.run("stty -F /dev/ttyS0 raw echo; (cat /dev/ttyS0 >/dev/null 2>&1 & "
                       "echo $! >/reader)")
        times = []
        for number in range(ECHOES):
            at, begin = len(self.client.received()), time.monotonic()
            self.client.type("abcdefghij"[number % 10])
            self.client.wait_for_bytes(at + 1)
            times.append(time.monotonic() - begin)
        self.guest.run("kill $(cat /reader); stty -F /dev/ttyS0 raw -echo")
        return statistics.median(times)


def measure(lab, mediator, report):
    push_linux(lab, images.build(), {"out": OUT})
    found = {}
    for kind in ("mediator", "qemu"):
        with contextlib.ExitStack() as stack:
            console = Console(lab, mediator, kind, stack)
            console.guest.run("dmesg -n 1; stty -F /dev/ttyS0 115200 raw -echo crtscts; "
                              "exec 4<>/dev/ttyS0")
            found[kind] = [(console.out_rate(), console.in_rate(), console.echo_times())
                           for _ in range(ROUNDS)]
        report.say(f"Linux on {kind}'s UART")
    for ours, theirs in zip(found["mediator"], found["qemu"]):
        for i, (name, unit, goal) in enumerate((("tty_out", "bytes/s", "10"),
                                                ("tty_in", "bytes/s", "5"),
                                                ("echo_time", "s", "0.5 or less"))):
            report.add(f"linux.{name}.mediator", ours[i], unit)
            report.add(f"linux.{name}.qemu", theirs[i], unit)
            report.add(f"linux.{name}/qemu", ours[i] / theirs[i], "", goal)


def measure_boots(lab, mediator, report):
    """Measures the seconds from the first instruction to the shell, with a verbose console
    and without."""
    push_linux(lab, images.build(), {"out": OUT})
    for number in range(ROUNDS):
        seconds = {}
        for kind in ("mediator", "qemu", "silent"):
            with contextlib.ExitStack() as stack:
                is_seen = kind != "silent"
                console = Console(lab, mediator, kind, stack, is_seen=is_seen,
                                  append="" if is_seen else "console=hvc0 quiet")
                seconds[kind] = console.boot_seconds
            report.add(f"linux.boot.{kind}", seconds[kind], "s")
        cost = {kind: seconds[kind] - seconds["silent"] for kind in ("mediator", "qemu")}
        report.add("linux.boot_cost/qemu", cost["mediator"] / cost["qemu"], "", "0.2 or less")
        report.say(f"Linux boots, round {number + 1} of {ROUNDS}")
