# SPDX-License-Identifier: BSD-2-Clause
"""These tests run mediatorctl attach, in a terminal and in a pipe, as a client of
a real net role."""

import select
import signal
import subprocess
import termios
from pathlib import Path

import pytest

from attach_lab import ESCAPE, MEDIATORCTL, SECONDS, Control, Terminal, command
from net_lab import TEXT, Lab, stream, text


def begin(lab):
    lab.start()
    lab.control = Control(lab)
    yield lab
    lab.control.close()


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        yield from begin(lab)


@pytest.fixture(name="text_lab")
def make_text_lab():
    """For a terminal, which does not get all control characters of the history."""
    with Lab(TEXT) as lab:
        yield from begin(lab)


def wait_exit(process):
    return process.wait(SECONDS)


def main_attach_shows_the_history_and_types(text_lab):
    lab = text_lab
    lab.write(100)
    with Terminal(lab) as terminal:
        terminal.read_until(b"attached to g1; ^] . detaches")
        terminal.read_until(text(0, 100))
        assert terminal.settings()[3] & (termios.ECHO | termios.ICANON | termios.ISIG) == 0
        terminal.type(b"\x03ls\r")
        with lab.control.tell:
            assert lab.tell("consume", 1, 4) == "consumed 4"
        assert Path(lab.directory, "1.input").read_bytes() == b"\x03ls\r"
        lab.write(100)
        terminal.read_until(text(100, 200))


def main_attach_detaches_and_the_terminal_is_as_before(lab):
    with Terminal(lab) as terminal:
        terminal.read_until(b"detaches")
        terminal.type(ESCAPE + b".")
        assert wait_exit(terminal.process) == 0
        terminal.read_until(b"[mediatorctl: detached]\r\n")
        assert terminal.settings() == terminal.before


@pytest.mark.parametrize("name", ["TERM", "HUP", "QUIT", "SEGV"])
def main_attach_ended_by_a_signal_leaves_the_terminal_as_before(lab, name):
    number = getattr(signal, "SIG" + name)
    with Terminal(lab) as terminal:
        terminal.read_until(b"detaches")
        terminal.process.send_signal(number)
        assert wait_exit(terminal.process) == -number
        assert terminal.settings() == terminal.before


def main_attach_has_keys_of_its_own(lab):
    with Terminal(lab, "--escape=^A") as terminal:
        terminal.read_until(b"^A . detaches")
        terminal.type(b"\x01b")
        terminal.read_until(b"break sent")
        assert lab.control.requests[-1]["verb"] == "break"
        terminal.type(b"\x01s")
        terminal.read_until(b"g1/com1: serving, domain 3, mode virtual, line 115200 8n1")
        terminal.type(b"\x01?")
        terminal.read_until(b"^A ^A sends ^A")
        # An escape character that is typed twice reaches the guest once.  The
        # usual one, which an option has replaced, reaches it as any character.
        terminal.type(b"\x01\x01" + ESCAPE)
        assert lab.tell("consume", 1, 2) == "consumed 2"
        assert Path(lab.directory, "1.input").read_bytes() == b"\x01" + ESCAPE
        terminal.type(b"\x01.")
        assert wait_exit(terminal.process) == 0


def main_attach_can_be_left_while_the_guest_does_not_read(lab):
    with Terminal(lab) as terminal:
        terminal.read_until(b"detaches")
        # This is far more than the in ring and the socket hold.
        for _ in range(256):
            terminal.type(b"x" * 1024)
        terminal.type(ESCAPE + b".")
        assert wait_exit(terminal.process) == 0
        terminal.read_until(b"may not reach the guest")


def main_attach_read_only_types_nothing(lab):
    with Terminal(lab, "--read-only") as terminal:
        terminal.read_until(b"detaches")
        assert lab.control.requests[-1]["read_only"]
        terminal.type(b"rm -rf /\r" + ESCAPE + b".")
        assert wait_exit(terminal.process) == 0
    assert lab.status().clients == 0
    assert not any(Path(lab.directory, "1.in").read_bytes()[4096:])


def main_attach_in_a_pipe_sends_every_byte(lab):
    lab.write(200000)
    process = subprocess.Popen(command(lab), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(ESCAPE + b".\n")
    process.stdin.close()
    assert process.stdout.read(200000) == stream(0, 200000)
    # The end of its input does not end mediatorctl.
    lab.write(1)
    assert process.stdout.read(1) == stream(200000, 200001)
    assert lab.tell("consume", 1, 3) == "consumed 3"
    assert Path(lab.directory, "1.input").read_bytes() == ESCAPE + b".\n"
    process.terminate()
    assert wait_exit(process) == -signal.SIGTERM
    process.stdout.close()


def main_attach_goes_on_behind_a_killed_net_role(lab):
    """mediatorctl shows every byte once, and says what happened."""
    lab.write(50000)
    process = subprocess.Popen(command(lab), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    shown = process.stdout.read(30000)
    with lab.control.tell:
        lab.control.refusal = {"error": "just starting", "again": True}
        assert lab.tell("kill") == "killed"
    assert b"went away; attaching again" in process.stderr.readline()
    lab.write(50000)
    lab.restart()
    lab.control.refusal = None
    shown += process.stdout.read(70000)
    assert shown == stream(0, 100000)
    assert b"attached again" in process.stderr.readline()
    # When the console is gone for good, mediatorctl ends.
    lab.control.refusal = {"error": "there is no console of \"g1\""}
    lab.tell("remove", 1)
    assert wait_exit(process) == 1
    assert b"there is no console" in process.stderr.read()
    process.stdout.close()
    process.stderr.close()


def main_attach_says_why_it_cannot(lab):
    lab.control.refusal = {"error": "there is nobody to attach to"}
    done = subprocess.run(command(lab), capture_output=True, text=True, check=False,
                          timeout=SECONDS)
    assert (done.returncode, done.stderr) == (
        1, "mediatorctl: there is nobody to attach to\n")
    done = subprocess.run([MEDIATORCTL, "--directory=/nonexistent", "attach", "g1"],
                          capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 3 and "does not answer" in done.stderr
    done = subprocess.run(command(lab, "--escape=x"), capture_output=True, text=True,
                          check=False, timeout=SECONDS)
    assert done.returncode == 2 and "--escape" in done.stderr
