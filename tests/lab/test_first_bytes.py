# SPDX-License-Identifier: BSD-2-Clause
"""These tests show that what a guest writes reaches nc and the machine's COM1 byte for
byte."""

import hashlib

from guest.stream import stream
from repetitions import repetitions

RAM = 0x400000          # the test guest's free memory
HOLE = 0xe0000000       # nothing is mapped there
DLAB = 0x80


def main_lines_reach_nc_and_com1(mediator, make_guest, serve, connect, wire):
    # This guest starts as any other, by hvmloader and SeaBIOS.
    guest = make_guest(by="floppy", commands="init; print hello nonce-4711; lines 5 row")
    serve(guest)
    at = wire.position()
    client = connect()
    guest.unpause(connect=False)
    shown = client.wait_for("row 5\r\n", timeout=120)
    assert b"hello nonce-4711\r\nrow 1\r\nrow 2\r\nrow 3\r\nrow 4\r\nrow 5\r\n" in shown
    assert wire.wait_for(len(shown), at) == shown


def _stream(console, connect, wire, seed, method, count):
    at = wire.position()
    client = connect()
    said = console.command(f"stream {method} {seed} {count}", timeout=600)
    digest = hashlib.sha256(stream(seed, count)).hexdigest()
    assert said["sha256"] == digest
    shown = client.wait_for_bytes(count, timeout=120)
    assert hashlib.sha256(shown).hexdigest() == digest
    assert hashlib.sha256(wire.wait_for(count, at)).hexdigest() == digest
    print(f"{method}: {count / said.seconds:.0f} bytes/s from guest to COM1 and nc")


def main_stream_by_outb_is_the_same_at_guest_nc_and_com1(console, connect, wire, seeds):
    _stream(console, connect, wire, next(seeds), "outb", repetitions(8, 32) << 10)


def main_stream_by_rep_outsb_is_the_same_at_guest_nc_and_com1(console, connect, wire, seeds):
    _stream(console, connect, wire, next(seeds), "outsb",
            repetitions(128, 1024) << 10)


def main_divisor_bytes_reach_the_8250_and_no_client(console, connect, wire):
    at = wire.position()
    client = connect()
    console.command("print before")
    console.command(f"out 1 3fb {DLAB | 3:x}")
    console.command("out 1 3f8 41")
    console.command("out 1 3f9 00")
    # The guest reads the 8250's own registers, not values that mediatord remembers.
    assert console.command("in 1 3f8")["value"] == "41"
    assert console.command("in 1 3f9")["value"] == "00"
    console.command("out 1 3f8 1")
    console.command("out 1 3fb 3")
    console.command("print after")
    assert client.wait_for("after\r\n") == b"before\r\nafter\r\n"
    assert wire.wait_for(15, at) == b"before\r\nafter\r\n"


def main_odd_accesses_give_right_bytes_or_none(mediator, console, connect, wire):
    """Odd accesses are wide ones, strings that cross a page, strings that go downwards, and
    strings from or to addresses without memory.  What arrives is what a machine would send,
    and the guest and mediatord live on."""
    at = wire.position()
    client = connect()
    console.command("out 1 3f9 0")
    console.command("out 2 3f8 0061")               # THR 61, IER 00
    console.command("out 4 3f8 03000062")           # THR 62, IER 00, FCR 00, LCR 03
    console.command(f"poke {RAM + 0xffe:x} 63 64 65 66")
    console.command(f"outs 1 3f8 {RAM + 0xffe:x} 4")        # crosses a page
    console.command(f"poke {RAM:x} 69 68 67")
    console.command(f"outs 1 3f8 {RAM + 2:x} 3 df")         # downwards
    console.command(f"outs 1 3f8 {HOLE:x} 16")              # from no memory
    console.command(f"fill {RAM:x} 8 ee")
    console.command(f"ins 1 3ff {RAM:x} 4")                 # SCR, four times
    console.command("out 1 3ff 5a")
    console.command(f"ins 1 3ff {RAM + 4:x} 3")
    assert console.command(f"peek {RAM + 4:x} 4").text.endswith("5a5a5aee")
    console.command(f"ins 1 3ff {HOLE:x} 4")                # to no memory
    console.command("print end")
    shown = client.wait_for("end\r\n")
    body = shown[:-len(b"end\r\n")]
    # Where there is no memory, no bytes are read, or ff, which is what an absent page reads as.
    assert body.rstrip(b"\xff") == b"abcdefghi", body
    assert wire.wait_for(len(shown), at) == shown
    assert mediator.status("shared")["restarts"] == 0


def main_thre_interrupt_comes_by_irq_4(console, connect, seeds):
    said = console.command("irqtest")
    assert (said["interrupts"], said["thre"]) == ("1", "1")
    seed, client = next(seeds), connect()
    said = console.command(f"stream irq {seed} 2048", timeout=120)
    assert client.wait_for_bytes(2048) == stream(seed, 2048)


def main_a_late_client_sees_it_all_and_the_guest_does_not_wait(console, connect, seeds):
    seed, count = next(seeds), repetitions(16, 64) << 10
    said = console.command(f"stream outsb {seed} {count}", timeout=120)
    assert said["sha256"] == hashlib.sha256(stream(seed, count)).hexdigest()
    assert connect().wait_for_bytes(count) == stream(seed, count)
