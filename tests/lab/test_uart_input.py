# SPDX-License-Identifier: BSD-2-Clause
"""These tests show that what is typed at nc arrives in the guest, also while the guest
writes, on a virtual UART and on the machine's."""

import hashlib
import random

import pytest

from guest.stream import stream
from repetitions import repetitions

KILLS = repetitions(5, 20)
VIRTUAL_BYTES = repetitions(4096, 8192)
MACHINE_BYTES = repetitions(1024, 4096)
STREAM_BYTES = repetitions(2048, 4096)
BREAK = 0x10
DATA_READY = 0x01


def _typed_arrives(guest, connect, seed, how, count):
    client = connect()
    guest.agent.send(f"recv {how} {count} 240000")
    client.type(stream(seed, count))
    said = guest.agent.reply(timeout=300)
    assert (said["complete"], said["count"], said["lsr_errors"]) == ("1", str(count), "00")
    assert said["sha256"] == hashlib.sha256(stream(seed, count)).hexdigest()
    print(f"{how}: {count} bytes in {said.number('us') / 1e6:.1f} s")


def _mirror(guest, connect, seed, count):
    client = connect()
    guest.agent.send(f"mirror {count} 240000")
    guest.agent.wait_note("mirror starts")
    client.type(stream(seed, count))
    assert client.wait_for_bytes(count, timeout=240) == stream(seed, count)
    assert guest.agent.reply(timeout=60)["complete"] == "1"


def uart_virtual_typed_bytes_arrive_by_polling(virtual, connect, seeds):
    _typed_arrives(virtual, connect, next(seeds), "poll", VIRTUAL_BYTES)


def uart_virtual_typed_bytes_arrive_by_interrupts(virtual, connect, seeds):
    _typed_arrives(virtual, connect, next(seeds), "irq", VIRTUAL_BYTES)


def uart_virtual_both_ways_at_once(virtual, connect, seeds):
    _mirror(virtual, connect, next(seeds), VIRTUAL_BYTES)


def uart_virtual_output_by_every_method(virtual, connect, seeds):
    client, wanted = connect(), b""
    for method, count in (("outb", STREAM_BYTES), ("poll", STREAM_BYTES), ("fifo", STREAM_BYTES),
                          ("irq", STREAM_BYTES), ("outsb", 64 * STREAM_BYTES)):
        seed = next(seeds)
        said = virtual.command(f"stream {method} {seed} {count}", timeout=300)
        print(f"{method}: {count / said.seconds:.0f} bytes/s")
        wanted += stream(seed, count)
        assert client.wait_for_bytes(len(wanted), timeout=120) == wanted


def uart_virtual_thre_interrupt_comes_by_irq_4(virtual):
    said = virtual.command("irqtest")
    assert (said["interrupts"], said["thre"]) == ("1", "1")


def uart_passthrough_typed_bytes_arrive_by_polling(console, connect, seeds):
    _typed_arrives(console, connect, next(seeds), "poll", MACHINE_BYTES)


def uart_passthrough_typed_bytes_arrive_by_interrupts(console, connect, seeds):
    _typed_arrives(console, connect, next(seeds), "irq", MACHINE_BYTES)


def uart_passthrough_both_ways_at_once(console, connect, wire, seeds):
    seed, at = next(seeds), wire.position()
    _mirror(console, connect, seed, MACHINE_BYTES)
    assert wire.wait_for(MACHINE_BYTES, at) == stream(seed, MACHINE_BYTES)


@pytest.mark.parametrize("mode", ["virtual", "passthrough"])
def uart_a_break_is_received(mediator, shared_guest, serve, mode):
    serve(shared_guest, f"mode={mode};tcp=1234")
    shared_guest.command("init")
    shared_guest.agent.send(f"waitlsr {BREAK | DATA_READY:x} {BREAK | DATA_READY:x} 60000")
    mediator.control("break", "shared")
    assert shared_guest.agent.reply(timeout=120)["came"] == "1"
    assert shared_guest.command("in 1 3f8")["value"] == "00"
    # Reading LSR has cleared the break, and reading RBR has taken the byte.
    assert int(shared_guest.command("in 1 3fd")["value"], 16) & (BREAK | DATA_READY) == 0


@pytest.mark.parametrize("mode", ["virtual", "passthrough"])
def uart_a_break_stands_behind_what_nc_typed(mediator, shared_guest, serve, connect, mode):
    """D6: it came before what was typed and not read, which Linux then took for SysRq."""
    serve(shared_guest, f"mode={mode};tcp=1234")
    shared_guest.command("init")
    connect().type(b"b" * 40)
    mediator.wait_until(lambda: mediator.status("shared")["typed"] > 0, "what was typed")
    mediator.control("break", "shared")
    for expected in [0x62] * 40 + [0]:
        came = shared_guest.command(f"waitlsr {DATA_READY:x} {DATA_READY:x} 60000", timeout=120)
        assert came["came"] == "1"
        assert shared_guest.command("in 1 3f8")["value"] == f"{expected:02x}"


def uart_virtual_roles_killed_both_ways_lose_nothing(virtual, mediator, connect, seeds):
    """The uart role is killed while bytes go both ways; its successor goes on with what was
    typed."""
    seed, count = next(seeds), 600 * KILLS
    chance, client = random.Random(seed), connect()
    virtual.agent.send(f"mirror {count} 0")
    virtual.agent.wait_note("mirror starts")
    client.type(stream(seed, count))
    for kill in range(KILLS):
        # The kills are spread over the stream: each is at a random byte of its part.
        wait = count * kill // KILLS + chance.randrange(count // KILLS)
        mediator.wait_until(lambda: mediator.status("shared")["bytes"] >= wait, "the mirror",
                            timeout=240)
        mediator.signal("KILL", mediator.uart_role("shared"))
    assert client.wait_for_bytes(count, timeout=240) == stream(seed, count)
    assert virtual.agent.reply(timeout=60)["complete"] == "1"
    assert mediator.status("shared")["restarts"] == KILLS
    assert mediator.status("shared")["in_doubt"] == 0


def uart_a_read_only_console_takes_no_input(mediator, shared_guest, serve, connect):
    serve(shared_guest, "mode=virtual;tcp=1234;access=ro")
    shared_guest.command("init")
    client = connect()
    client.type(b"rm -rf /\n")
    shared_guest.command("print still here")
    client.wait_for("still here\r\n")
    assert shared_guest.command(f"waitlsr {DATA_READY:x} {DATA_READY:x} 2000")["came"] == "0"
    assert "can be typed into by anyone" not in mediator.log().rpartition("served")[2]


def uart_status_shows_what_the_guest_set(virtual, mediator):
    virtual.command("init 12")
    assert mediator.status("shared")["line"] == "9600 8n1"
    virtual.command("out 1 3fb 1a")  # 7 bits, even parity
    assert mediator.status("shared")["line"] == "9600 7e1"
    assert "9600 7e1" in mediator.control("status").stdout
    virtual.command("init")
    assert mediator.status("shared")["line"] == "115200 8n1"


def uart_who_is_not_allowed_is_refused(mediator, shared_guest, serve, connect):
    serve(shared_guest, "mode=virtual;tcp=1234;allow=10.0.0.0/8")
    shared_guest.command("print secret")
    client = connect()
    client.process.wait(60)
    assert client.received() == b""
    assert "allow= list; refused" in mediator.log()
