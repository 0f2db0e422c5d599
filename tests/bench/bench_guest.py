# SPDX-License-Identifier: BSD-2-Clause
"""This file measures the bytes a second from a bare guest to a TCP client, by mediatord
and by QEMU's serial port, and to a port that nobody serves, which shows what the exits
alone cost."""

from guest.stream import stream
from lab.client import Client
from lab.dom0 import DOM0_ADDRESS
from lab.guest import Guest

QEMU_PORT = 4001
QEMU_SERIAL = (f'serial = ["tcp:0.0.0.0:{QEMU_PORT},server=on,wait=off", '
               '"unix:/run/lab/qemu.com2,server=on,wait=off"]')
NOBODYS = "5f8"
# This says what is measured, by what answers the guest's accesses: name, method of the
# guest's `stream`, base port, and number of bytes.  Each measurement takes about a second.
MEASURES = {
    "posted": (("floor.raw", "outb", NOBODYS, 65536), ("floor.polled", "poll", NOBODYS, 32768),
               ("raw.posted", "outb", "3f8", 65536), ("polled.shadow", "poll", "3f8", 32768),
               ("rep.outsb", "outsb", "3f8", 1 << 20)),
    "stock": (("raw.stock", "outb", "3f8", 8192), ("polled.stock", "poll", "3f8", 8192)),
    "qemu": (("raw.qemu", "outb", "3f8", 1024), ("polled.qemu", "poll", "3f8", 1024),
             ("rep.qemu", "outsb", "3f8", 2048)),
}
RATIOS = {      # name: (numerator, denominator, goal)
    "raw.posted/floor": ("raw.posted", "floor.raw", "0.8, aim 0.95"),
    "raw.posted/qemu": ("raw.posted", "raw.qemu", "30"),
    "polled.shadow/floor": ("polled.shadow", "floor.polled", "0.8, aim 0.95"),
    "polled.shadow/qemu": ("polled.shadow", "polled.qemu", "25"),
    "rep.outsb/qemu": ("rep.outsb", "rep.qemu", "500"),
    "raw.stock/qemu": ("raw.stock", "raw.qemu", "5"),
    "polled.stock/qemu": ("polled.stock", "polled.qemu", "5"),
}


def _measure(guest, client, server, seed, found):
    """Puts bytes a second, by the guest's own clock, into found, and asserts that all
    bytes arrived."""
    guest.command("init")
    guest.command("print ready")
    client.wait_for("ready\r\n")
    for name, method, base, count in MEASURES[server]:
        at = len(client.received())
        guest.command(f"base {base}")
        said = guest.command(f"stream {method} {seed} {count}", timeout=300)
        if base != NOBODYS:
            shown, sent = client.wait_for_bytes(at + count)[at:], stream(seed, count)
            same = next((i for i, (a, b) in enumerate(zip(shown, sent)) if a != b), len(sent))
            assert shown == sent, f"{name}: {len(shown)} bytes for {len(sent)}, wrong from {same} on"
        found[name] = count * 1e6 / said.number("us")


def _on_mediatord(lab, mediator, image, seed, found):
    """Measures mediatord with all that Xen offers, and without."""
    guest = Guest(lab, image, "mediator")
    try:
        guest.unpause()
        for server, options, used in (
                ("posted", "", ["posted-writes", "shadow-registers"]),
                ("stock", ";posted=off", [])):
            mediator.serve("mediator", f"mode=virtual;tcp=1234{options}")
            assert mediator.status("mediator")["xen"] == used
            with Client(lab) as client:
                _measure(guest, client, server, seed, found)
            mediator.unserve("mediator")
    finally:
        guest.destroy()


def _on_qemu(lab, image, seed, found):
    guest = Guest(lab, image, "qemu", more=QEMU_SERIAL)
    try:
        with Client(lab, QEMU_PORT, DOM0_ADDRESS) as client:
            guest.unpause()
            _measure(guest, client, "qemu", seed, found)
    finally:
        guest.destroy()


def measure(lab, mediator, image, rounds, report, prefix=""):
    """Measures with one guest at a time, on the CPU that dom0 does not use, if there is
    one."""
    for number in range(rounds):
        found = {}
        _on_mediatord(lab, mediator, image, number, found)
        _on_qemu(lab, image, number, found)
        for name, rate in found.items():
            report.add(prefix + name, rate, "bytes/s")
        for name, (over, under, goal) in RATIOS.items():
            if prefix and over.endswith(".stock"):
                goal = ""   # with one CPU no role can look before it sleeps
            report.add(prefix + name, found[over] / found[under], "", goal)
        report.say(f"{prefix}bare guests, round {number + 1} of {rounds}")
