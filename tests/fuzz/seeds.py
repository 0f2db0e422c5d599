#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""This program makes what the corpora of test_supervisor_fuzz.py began with: inputs that
mean something, in the form in which each fuzzer takes its input apart.

usage: seeds.py FOLDER

It makes FOLDER/corpus-NAME for each fuzzer.  libFuzzer's -merge=1 made the corpora in the
repository of these and of what the fuzzers found."""

import json
import sys
from pathlib import Path


def text(value):
    """Returns the value as take_text() takes it."""
    if isinstance(value, str):
        value = value.encode()
    return len(value).to_bytes(2, "big") + value


def options():
    words = ["", "name=com2;ports=2f8-2ff;irq=3;machine=2e8;tcp=65535",
             "mode=virtual;wire=/dev/serial/by-id/usb-x;rts=on;pace=on",
             "history=4K;replay=off", "history=1024M;replay=all", "replay=1024M",
             "access=ro;allow=192.168.0.0/24,fd00::/8 10.1.2.3",
             "mode=virtual;fifo=64;posted=off", "input=loopback;wire-in=on",
             "mode=passthrough;machine=0x3f8;tcp=1;irq=15;replay=1048576K"]
    record = {"version": 3, "guest": "g1", "options": words[1]}
    served = dict(record, domid=7, uuid="00112233445566778899aabbccddeeff", has_isa_irqs=1,
                  server=2, tty={"name": "ttyS0", "type": 4, "line": 0, "port": 1016,
                                 "irq": 4, "flags": 192, "xmit_fifo_size": 16,
                                 "baud_base": 115200, "close_delay": 50,
                                 "closing_wait": 3000})
    yield from (b"\0" + word.encode() for word in words)
    yield from (b"\1" + json.dumps(one).encode() for one in (
        record, served, dict(served, tty=None), dict(served, uuid="0011"),
        dict(served, guest="a/..\x1bb", domid=-1), dict(record, version=2)))


def config():
    yield b'nic = "pci:0000:00:02.0"\naddress = "192.168.0.2/24"\ngateway = "192.168.0.1"\n'
    yield b"# a comment\nnic='none'; iommu=\"off\"\nspin = 1000\naddress6 = \"auto\"\n"
    yield (b'nic = "netdev:eth1"\nuart_user = "u"\nnet_user = "n"\nspin = "off"\n'
           b'consoles = [ "guest=g1,name=com1,tcp=1234",\n\n"guest=g1,name=com2,tcp=1235,'
           b'allow=10.0.0.0/8 fd00::/8,mode=virtual;wire=/dev/ttyUSB0",\n'
           b"'guest=g2,tcp=3,history=4K' ]\n")
    yield b'consoles = [ "guest=g1", "guest=g2" ]\n'
    yield b'consoles = "guest=g1"\n'
    yield b'nic = [ "a" ]\nnix = 5\n'
    yield b'consoles = [ [ "guest=g1" ], 5, "a\\"b\\x41" ]\naddress = "dhcp\\n"\n'


def xl_requests():
    def node(which, value, domid=1, number=1):
        return bytes([0, domid, number, which]) + (
            bytes([value]) if isinstance(value, int) else b"\x09" + text(value))

    version, daemon, generation = node(253, 252), node(254, 253), node(255, 254)
    who = version + daemon + generation
    full = who + b"".join(node(i, i) for i in (4, 3, 2, 1, 0)) + bytes([4, 1, 1, 0])
    again = node(255, 255) + node(0, 0) + bytes([4, 1, 1, 0])   # another generation
    yield full + bytes([7, 0]) + text("")
    yield full + bytes([7, 0]) + text("why")
    yield bytes([10, 2]) + full + bytes([10, 1, 8])                 # busy, then again
    yield bytes([10, 0]) + full
    yield bytes([9, 3, 0]) + full + bytes([9, 2, 0, 7, 0]) + text("")
    yield bytes([9, 0, 2]) + full
    yield bytes([11, 255, 7, 3]) + text("") + bytes([6])
    yield full.replace(node(1, 1), node(1, "com1;tcp=9"))
    yield full.replace(node(3, 3), node(3, "4;name=x"))
    yield full.replace(node(2, 2), node(2, "3f8-3ff" + "x" * 60))
    yield full + bytes([2, 1, 1, 6, 7, 0]) + text("")
    yield full + again + bytes([7, 0]) + text("") + bytes([7, 1]) + text("")
    yield full + bytes([7, 0]) + text("") + again + bytes([7, 0]) + text("why")
    yield full.replace(daemon, node(254, "other"))
    yield full.replace(version, node(253, "2"))
    yield full.replace(who, b"")
    yield bytes([1]) + text("1/ioreq-server/4294967297/state") + bytes([0, 5]) + text(
        "1/ioreq-server/07/state") + bytes([6])
    yield full.replace(bytes([0, 1, 1]), bytes([0, 2, 1])) + bytes([4, 2, 1, 0])


def mediatorctl():
    console = {"guest": "g", "name": "com1", "state": "serving", "domid": 7,
               "mode": "virtual", "ports": {"guest": "3f8-3ff", "machine": None, "tcp": 1234},
               "line": "115200 8n1", "wire": {"tty": "/dev/x", "works": True, "missed": 0},
               "bytes": 1, "typed": 2, "clients": 3, "missed": 0, "restarts": 0,
               "in_doubt": 0}
    network = {"nic": "netdev:eth1", "address": "dhcp", "state": "ready", "link": "up",
               "duplicate": "52:54:00:00:00:01", "holder": {"name": "h"}}
    status = {"version": 1, "ok": True,
              "status": {"consoles": [console, dict(console, guest="\x1b[2J\x9b")],
                         "network": network}}
    granted = {"version": 1, "ok": True}
    refused = {"version": 1, "ok": False, "error": "why\n\x1b", "again": True}

    def answer(value, how=0, behind=b""):
        return bytes([how]) + text(value if isinstance(value, bytes)
                                   else json.dumps(value).encode()) + behind

    frame = (1000).to_bytes(8, "little") + b"\x1b[2Jhello\r\n"
    frames = bytes([2]) + text(frame) + text(b"\xff" * 8 + b"refused\x1b") + b"\1"
    output = bytes([3]) + 3 * text(frame)
    for verb in range(3):
        yield bytes([verb]) + text("") + answer(status)
    yield b"\1" + text("") + answer({"ok": True, "status": {"consoles": 5, "network": None}})
    yield b"\0" + text("") + answer({"ok": True, "status": {}})
    yield b"\2" + text("") + answer(status, 64 | 128, b"\3")
    for verb in range(3, 6):
        yield bytes([verb]) + text("") + answer(granted)
        yield bytes([verb]) + text("") + answer(refused)
    yield b"\4" + text("") + answer({"ok": False, "error": None})
    yield b"\6" + text("ab") + answer(refused) + answer(granted, 1, frames)
    yield b"\7" + text("ab") + answer(granted, 1, output + b"\1") + answer(
        granted, 1, output + b"\0")
    yield b"\x0e" + text("a\x1ds\x1db\x1d?\x1d.") + answer(granted, 1, output + b"\0") + answer(
        status) + answer(granted)
    yield b"\x0e" + text("x" * 500) + answer(granted, 2, output + b"\0")


def control():
    ready = bytes([0, 5, 0, 0, 5, 1, 0, 5, 0])          # net role, uart role, its answer
    yield b"\1" + bytes([0, 9, 0, 1, 0, 9]) + ready + bytes([1, 9, 3, 1, 1, 5])
    yield b"\1" + ready + bytes([0, 9, 0, 1, 5, 9]) + ready + bytes(
        [1, 9, 4, 0, 0, 0, 0, 9, 2, 1, 1, 0, 0, 9, 1, 1, 1, 3, 0, 5, 129])
    yield b"\1" + bytes([0, 9, 5, 0, 3, 1, 0, 5, 128, 0, 9, 5, 0, 4, 1])
    yield b"\0" + bytes([0, 9, 0, 0, 0, 1, 0, 5, 1, 0, 3, 0, 9, 1, 0, 1, 1])
    yield b"\0" + bytes([0, 1, 0, 7, 4]) + text('{"verb": "status"}') + bytes([0, 2, 0, 0])
    yield b"\0" + bytes([0, 7, 7]) + text('[]\n{}\n{"verb": 5}\n{"verb": "x"}\n\n') + bytes(
        [1, 7, 3]) + text('{"verb"') + bytes([1, 7, 4]) + text(': "unserve"}')
    yield b"\0" + bytes([0, 9, 0, 2, 0, 1, 0, 4, 0, 0, 3, 0, 6, 1, 0, 9, 0, 1, 0, 0])


def role_process():
    ready = bytes([6, 0, 6, 1, 6, 0])
    yield b"\1" + ready + bytes([4, 1, 0, 0, 0, 0, 0, 7, 0, 7, 1])
    yield b"\1" + ready + bytes([8, 1, 1, 10, 1, 0, 4, 1, 0, 1])    # unserve, SERVER_GONE
    yield b"\1" + ready + bytes([2, 0, 1, 9, 0, 1, 6, 2])           # the domain ends
    yield b"\1" + ready + bytes([0, 0, 1, 6, 0, 0, 1, 1, 6, 1])     # both die
    for kind in range(17):
        yield b"\1" + ready + bytes([10, kind % 2, 0, kind, 1, 10, 1 - kind % 2, 0, kind, 1])
    yield b"\1" + bytes([10, 0, 4, 2, 1]) + text("no \x1b card") + bytes([0, 0])
    yield b"\1" + bytes([10, 1, 8, 1, 1, 0xff, 0xff, 10, 0, 8, 1, 1, 0, 5])
    yield b"\1" + bytes([5, 1, 39, 4, 8, 1]) + text("warning")
    yield b"\1" + ready + bytes([3, 1, 0, 0, 3, 0, 6, 0])
    yield b"\1" + ready + bytes([10, 1, 25, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
                                 6, 80, 2, 0, 0])


def role_link():
    def message(has, kind, console=1, behind=b""):
        return bytes([has, kind, console]) + behind

    def local(value, descriptor, read_only=0):
        numbers = value.to_bytes(4, "big") + bytes(8) + bytes([read_only])
        return b"\5" + message(17, 13, 1, numbers + bytes([1, descriptor]))

    add, typed = bytes([0, 1, 3, 0]), bytes([2, 0, 3]) + text("typed")
    yield b"\1" + add + local(0, 5) + typed + bytes([4, 0, 200, 2, 0, 2])
    yield b"\1" + add + local(1, 6) + bytes([2, 1, 3]) + text("x" * 900) + bytes(
        [4, 0x20, 0, 2, 1, 1])
    yield b"\1" + add + local(0, 5, 2) + typed + local(0, 1) + local(1, 3) + local(5, 4)
    yield b"\1" + add + b"\5" + message(0, 12)                      # REMOVE_CONSOLE
    yield b"\1" + add + add + bytes([0, 2, 3, 1]) + bytes([0, 3, 6, 0]) + bytes([0, 3, 4, 0])
    yield b"\1" + b"\5" + message(18, 11, 1, text("tcp=9;mode=virtual") + bytes([3, 0, 1, 2]))
    yield b"\1" + b"\5" + message(18, 11, 1, text("tcp=9") + bytes([5, 1, 0, 2, 3, 4]))
    yield b"\1" + add + b"\5" + message(8, 12, 1, bytes([0x06, 0x60]))
    yield b"\1" + add + b"\5" + message(0, 9)
    for first in range(2):
        yield b"\0" + bytes([first]) + message(0, 14) + message(0, 15) + message(0, 10)
        yield b"\0" + bytes([first]) + message(4, 15, 1, text("x")) + message(0, 9)
        yield b"\0" + bytes([first]) + message(8, 14, 1, bytes([0, 9]))


CORPORA = options, config, xl_requests, mediatorctl, control, role_process, role_link


def main():
    for corpus in CORPORA:
        folder = Path(sys.argv[1]) / f"corpus-{corpus.__name__.replace('_', '-')}"
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(corpus()):
            (folder / f"seed-{number:02}").write_bytes(seed)


if __name__ == "__main__":
    main()
