# SPDX-License-Identifier: BSD-2-Clause
"""In these tests a tty of dom0's Linux is the wire of a guest's virtual UART.

The tty is ttyS2, the machine's COM3.  It goes to a cable that the test reads and
writes."""

import hashlib
import random

import pytest

from guest.stream import bytes_missing, stream
from repetitions import repetitions

TTY = "/dev/ttyS2"
COUNT = repetitions(2048, 8192)
STALL_BYTES = 16384         # more than the UART, the tty and the cable hold
STREAM_BUFFER = 0x800000    # as in tests/guest/memory.h
KILLS = repetitions(4, 10)
THRE = 0x20


@pytest.fixture(name="wired")
def serve_wired(shared_guest, serve, cable):
    """This is the shared guest; its UART's wire goes to the cable.  The machine's COM1 is not
    used."""
    cable.go_on()
    serve(shared_guest, f"mode=virtual;wire={TTY};tcp=1234")
    shared_guest.command("base 3f8")
    shared_guest.command("init")
    return shared_guest


def _stty(lab):
    # The ":" behind it keeps the shell from turning into stty.  stty would then be a session
    # leader: the tty would become its terminal, and be hung up for everybody at its end.
    return lab.exec(f"stty -a -F {TTY}; :").stdout


def uart_wire_output_is_the_same_at_the_line_and_at_nc(wired, connect, cable, seeds):
    seed, at, client = next(seeds), cable.position(), connect()
    said = wired.command(f"stream irq {seed} {COUNT}", timeout=300)
    print(f"{COUNT / said.seconds:.0f} bytes/s")
    assert client.wait_for_bytes(COUNT, timeout=120) == stream(seed, COUNT)
    sent = cable.wait_for(COUNT, at, timeout=120)
    assert hashlib.sha256(sent).hexdigest() == said["sha256"]


@pytest.mark.parametrize("how", ["poll", "irq"])
def uart_wire_input_of_the_line_arrives(wired, cable, seeds, how):
    seed = next(seeds)
    wired.agent.send(f"recv {how} {COUNT} 240000")
    cable.send(stream(seed, COUNT))
    said = wired.agent.reply(timeout=300)
    assert (said["complete"], said["count"], said["lsr_errors"]) == ("1", str(COUNT), "00")
    assert said["sha256"] == hashlib.sha256(stream(seed, COUNT)).hexdigest()
    print(f"{how}: {COUNT} bytes in {said.number('us') / 1e6:.1f} s")


def uart_wire_both_ways_at_once(wired, mediator, connect, cable, seeds):
    seed, at, client = next(seeds), cable.position(), connect()
    wired.agent.send(f"mirror {COUNT} 240000")
    wired.agent.wait_note("mirror starts")
    cable.send(stream(seed, COUNT))
    assert cable.wait_for(COUNT, at, timeout=240) == stream(seed, COUNT)
    assert wired.agent.reply(timeout=60)["complete"] == "1"
    assert client.wait_for_bytes(COUNT, timeout=60) == stream(seed, COUNT)
    assert mediator.status("shared")["in_doubt"] == 0
    assert mediator.status("shared")["wire"] == {"tty": TTY, "works": True, "missed": 0}


def uart_wire_baud_rate_and_frame_are_the_guests(lab, wired, mediator):
    assert "speed 115200 baud" in _stty(lab)
    wired.command("init 12")
    assert "speed 9600 baud" in _stty(lab)
    wired.command("out 1 3fb 1e")  # 7 bits, 2 stop bits, even parity
    said = _stty(lab)
    assert "speed 9600 baud" in said
    assert {"cs7", "cstopb", "parenb", "-parodd", "-crtscts"} <= set(said.split()), said
    wired.command("init")
    assert "speed 115200 baud" in _stty(lab)


def uart_wire_settings_are_restored(lab, shared_guest, mediator, serve):
    before = _stty(lab)
    serve(shared_guest, f"mode=virtual;wire={TTY};tcp=1234")
    shared_guest.command("base 3f8")
    shared_guest.command("init 24")
    assert "speed 4800 baud" in _stty(lab)
    mediator.unserve("shared")
    assert _stty(lab) == before


def uart_wire_a_stalled_line_makes_the_guest_wait(wired, mediator, connect, cable, seeds):
    seed, count = next(seeds), STALL_BYTES
    at, client = cable.position(), connect()
    cable.stall()
    try:
        wired.command("patience 0")
        wired.agent.send(f"stream irq {seed} {count}")
        written = mediator.wait_until_output_rests("shared", timeout=120)
        assert written < count
        print(f"{written} bytes until the guest waited")
        assert client.wait_for_bytes(written) == stream(seed, count)[:written]
    finally:
        cable.go_on()
    wired.agent.reply(timeout=300)
    wired.command("patience 60000")
    assert client.wait_for_bytes(count, timeout=120) == stream(seed, count)
    assert cable.wait_for(count, at, timeout=120) == stream(seed, count)
    assert mediator.status("shared")["wire"]["missed"] == 0


def uart_wire_a_guest_that_polls_sees_a_stalled_line_as_thre_0(wired, cable):
    cable.stall()
    try:
        wired.command(f"stream outb 1 {STALL_BYTES}", timeout=120)
        assert wired.command(f"waitlsr {THRE:x} {THRE:x} 1000")["came"] == "0"
    finally:
        cable.go_on()
    assert wired.command(f"waitlsr {THRE:x} {THRE:x} 60000", timeout=120)["came"] == "1"


def uart_wire_the_line_and_a_client_type_at_once(wired, connect, cable):
    client, count = connect(), 1024
    wired.agent.send(f"recv irq {2 * count} 240000")
    client.type(b"c" * count)
    cable.send(b"w" * count)
    said = wired.agent.reply(timeout=300)
    assert (said["complete"], said["lsr_errors"]) == ("1", "00")
    received = b"".join(bytes.fromhex(wired.command(f"peek {STREAM_BUFFER + at:x} 1024")["hex"])
                        for at in range(0, 2 * count, 1024))
    assert (received.count(b"c"), received.count(b"w")) == (count, count)


def uart_wire_a_killed_role_repeats_nothing(wired, mediator, connect, cable, seeds):
    """Nor is the wire's input lost, which Linux keeps until the successor reads it."""
    seed, at, wanted = next(seeds), cable.position(), b""
    chance = random.Random(seed)
    for kill in range(KILLS):
        part, before = seed * 100 + kill, mediator.status("shared")["bytes"]
        wired.agent.send(f"stream poll {part} 1500")
        wait = before + chance.randrange(750)
        mediator.wait_until(lambda: mediator.status("shared")["bytes"] >= wait, "the stream")
        mediator.signal("KILL", mediator.uart_role("shared"))
        wired.agent.reply(timeout=300)
        wanted += stream(part, 1500)
    in_doubt = mediator.status("shared")["in_doubt"]
    assert in_doubt <= KILLS
    assert connect().wait_for_bytes(len(wanted), timeout=120) == wanted
    # All bytes that are still under way leave before this.
    wired.command("print END")
    cable.wait_until_ends(b"END\r\n", at, timeout=120)
    got = cable.since(at)[:-len(b"END\r\n")]
    missing = bytes_missing(wanted, got)
    print(f"{KILLS} kills: {missing} bytes missing on the line, {in_doubt} in doubt")
    assert missing is not None, "the line has bytes twice, or other ones"
    assert missing <= in_doubt
    wired.agent.send("recv poll 256 60000")
    mediator.signal("KILL", mediator.uart_role("shared"))
    cable.send(stream(seed, 256))
    said = wired.agent.reply(timeout=120)
    assert said["sha256"] == hashlib.sha256(stream(seed, 256)).hexdigest()


def _refused(mediator, options, *words):
    done = mediator.control("serve", "shared", options, check=False)
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr, done.stderr


def uart_wire_what_cannot_be_one_is_refused(lab, mediator, shared_guest):
    _refused(mediator, "mode=virtual;wire=/dev/null", "wire=/dev/null", "no serial line")
    _refused(mediator, "mode=virtual;wire=/dev/ttyS3", "dom0's console ttyS3")
    _refused(mediator, "mode=virtual;wire=/etc/passwd", "below /dev")
    _refused(mediator, f"mode=passthrough;wire={TTY}", "only mode=virtual")
    lab.exec(f"sleep 1000 <{TTY} >/dev/null 2>&1 & echo $! >/run/holder; for i in $(seq 100); do "
             f"[ $(readlink /proc/$!/fd/0) = {TTY} ] && exit; sleep 0.1; done; exit 1")
    try:
        _refused(mediator, f"mode=virtual;wire={TTY}", "in use by sleep (pid")
    finally:
        lab.exec("kill $(cat /run/holder)")


def uart_wire_two_consoles_cannot_share_one(lab, mediator, make_guest, wired):
    other = make_guest()
    lab.exec(f"ln -sf {TTY} /dev/alias")
    try:
        done = mediator.control("serve", other.name, "mode=virtual;tcp=1235;wire=/dev/alias",
                                check=False)
    finally:
        lab.exec("rm /dev/alias")
    assert done.returncode == 1
    assert "belongs to console shared/com1" in done.stderr
