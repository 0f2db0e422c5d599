# SPDX-License-Identifier: BSD-2-Clause
"""These tests paste into mediatorctl attach more than the guest takes, and look for what
arrives, in which order, and whether the keys of attach still work."""

import errno
import hashlib
import os
import random
import select
import subprocess
import time
from pathlib import Path

import pytest

from attach_lab import ESCAPE, Control, Terminal, Tmux, command, in_ring_head
from net_lab import Lab, wait_until
from repetitions import repetitions

AHEAD = 4 << 20         # ATTACH_INPUT_AHEAD of mediator/ctl/attach_input.h


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        lab.start()
        lab.control = Control(lab)
        yield lab
        lab.control.close()


def text(count):
    """Returns so many bytes of lines with random letters."""
    letters = bytes(range(0x20, 0x7f))
    data = bytearray(random.Random(count).choices(letters, k=count))
    data[63::64] = b"\r" * len(data[63::64])
    return bytes(data)


def typed(lab):
    return Path(lab.directory, "1.input").read_bytes()


def main_attach_loses_nothing_of_a_paste_and_breaks_in_its_place(lab):
    """D7: 8,192 bytes with 16 KiB free lost 2,048 to 4,094 of them."""
    data = text(repetitions(96 << 10, 1 << 20))
    half = len(data) // 2
    with Tmux(lab) as tmux:
        tmux.wait_for("detaches")
        assert lab.tell("take", 1, len(data), repetitions(48000, 11520)) == "ok"
        tmux.paste(data[:half])
        tmux.type(ESCAPE + b"b")
        tmux.paste(data[half:])
        assert lab.tell("taken", 1) == f"taken {len(data)}"
        wait_until(lambda: lab.control.breaks)
        tmux.type(ESCAPE + b".")
        wait_until(tmux.status.exists)
    assert hashlib.sha256(typed(lab)).digest() == hashlib.sha256(data).digest()
    assert lab.control.breaks == [half]


def main_attach_sends_breaks_between_the_bytes_around_them(lab):
    """Also those that come in one read, and at the beginning and the end."""
    with Terminal(lab) as terminal:
        terminal.read_until(b"detaches")
        terminal.type(ESCAPE + b"b" + b"12" + ESCAPE + b"b" + ESCAPE + b"b" + b"345" +
                      ESCAPE * 2 + ESCAPE + b"b")
        wait_until(lambda: len(lab.control.breaks) == 4)
        assert lab.control.breaks == [0, 2, 2, 6]
        with lab.control.tell:
            assert lab.tell("consume", 1, 6) == "consumed 6"
        assert typed(lab) == b"12345" + ESCAPE


def fill(terminal, data):
    """Types data until the terminal takes no more for a second.  Returns how much it
    took."""
    os.set_blocking(terminal.master, False)
    at, moved = 0, time.monotonic()
    while at < len(data) and time.monotonic() < moved + 1:
        select.select([terminal.master], [terminal.master], [], 0.1)
        try:
            at += os.write(terminal.master, data[at:at + 65536])
            moved = time.monotonic()
        except BlockingIOError as error:
            assert error.errno == errno.EAGAIN
    return at


def main_attach_holds_the_terminal_up_and_keeps_what_it_has_read(lab):
    """D7: what is read ahead is bounded.  What does not fit waits in the terminal."""
    data = text(2 * AHEAD)
    with Terminal(lab) as terminal:
        terminal.read_until(b"detaches")
        count = fill(terminal, data)
        assert AHEAD < count < AHEAD + (1 << 20)
        terminal.read_until(b"the terminal is not read until it has taken some")
        # Now somebody reads.  The key behind all of it is seen.
        assert lab.tell("take", 1, count, 0) == "ok"
        os.set_blocking(terminal.master, True)
        terminal.type(ESCAPE + b"s")
        terminal.read_until(b"g1/com1: serving")
        assert lab.tell("taken", 1) == f"taken {count}"
    assert hashlib.sha256(typed(lab)).digest() == hashlib.sha256(data[:count]).digest()


def main_attach_sees_its_keys_behind_a_paste_that_nobody_takes(lab):
    with Terminal(lab) as terminal:
        terminal.read_until(b"detaches")
        for _ in range(16):
            terminal.type(text(65536))
        terminal.type(ESCAPE + b"s")
        terminal.read_until(b"g1/com1: serving")
        terminal.type(ESCAPE + b"b")
        terminal.read_until(b"the break follows")
        terminal.type(ESCAPE + b".")
        terminal.read_until(b"may not reach the guest")
        assert terminal.process.wait(10) == 0
    # It did not come out of its turn.
    assert not lab.control.breaks


def main_attach_sends_what_was_typed_before_it_is_left(lab):
    """D7: of what came in one read with the detaching key, nothing was sent."""
    with Terminal(lab) as terminal:
        terminal.read_until(b"detaches")
        terminal.type(b"reboot\r" + ESCAPE + b".")
        assert terminal.process.wait(10) == 0
        terminal.read_until(b"[mediatorctl: detached]")
    assert in_ring_head(lab) == 7


def main_attach_in_a_pipe_holds_the_pipe_up(lab):
    data = text(300000)
    with subprocess.Popen(command(lab), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        os.set_blocking(process.stdin.fileno(), False)
        count = 0
        for _ in range(3):
            while select.select([], [process.stdin], [], 0.5)[1]:
                count += os.write(process.stdin.fileno(), data[count:count + 4096])
        # The pipe, a socket's worth, and the in ring.
        assert count < 200000
        assert lab.tell("consume", 1, count) == f"consumed {count}"
        assert typed(lab) == data[:count]
        process.terminate()


def main_attach_says_what_may_be_lost_with_the_net_role(lab):
    """What was under way to a net role that is killed is not typed twice."""
    with Terminal(lab) as terminal:
        terminal.read_until(b"detaches")
        terminal.type(text(65536))
        wait_until(lambda: in_ring_head(lab) == 16384)
        with lab.control.tell:
            lab.control.refusal = {"error": "just starting", "again": True}
            assert lab.tell("kill") == "killed"
        terminal.read_until(b"went away, perhaps with the last")
        lab.restart()
        lab.control.refusal = None
        terminal.read_until(b"attached again")
        with lab.control.tell:
            assert lab.tell("take", 1, 32768, 0) == "ok"
        assert lab.tell("taken", 1) == "taken 32768"
    data, all_of_it = typed(lab), text(65536)
    gap = next(at for at in range(32768) if data[at] != all_of_it[at])
    rest = all_of_it.find(data[gap:gap + 64])
    assert gap >= 16384 and 0 < rest - gap <= 32768
    assert data[gap:] == all_of_it[rest:rest + len(data) - gap]


def main_attach_read_only_sends_no_break(lab):
    with Terminal(lab, "--read-only") as terminal:
        terminal.read_until(b"detaches")
        terminal.type(ESCAPE + b"b")
        terminal.read_until(b"nothing is sent to the guest with --read-only")
        assert not lab.control.breaks
