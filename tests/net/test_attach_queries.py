# SPDX-License-Identifier: BSD-2-Clause
"""These tests show clients in dom0 what makes a terminal type: queries in the guest's
output, in its history and live.  tmux is the terminal."""

import os
import re
import select
import socket
import struct
import time
from pathlib import Path

import pytest

from attach_lab import Control, Tmux
from net_lab import Client, Lab

# All of these are answered by tmux, and each by some other terminal.
QUERIES = (b"\x1b[6n\x1b[5n\x1b[c\x1b[>c\x1b[>q\x05\x1bZ\x1b[?6n\x1b[18t\x1b[14t\x1b[?1$p"
           b"\x1bP$qm\x1b\\\x1b]11;?\x07\x1b]4;1;?\x1b\\\x1bP+q544e\x1b\\\x1b[?u\x1b[x\x1b[?1004h"
           b"\xc2\x9b6n\x9b6n")
HISTORY = b"boot\r\n" + QUERIES + b"\x1b[1mlogin:\x1b[m " + QUERIES + b"in the "
LIVE = b"end\x1b[6n\x1b[c\r\nlive\r\n"
SEEN = b"boot\r\n\x1b[1mlogin:\x1b[m in the "


@pytest.fixture(name="lab")
def make_lab():
    with Lab(HISTORY + LIVE) as lab:
        lab.start()
        lab.control = Control(lab)
        lab.write(len(HISTORY))
        yield lab
        lab.control.close()


def typed(lab, count):
    assert lab.tell("consume", 1, count).startswith("consumed ")
    return Path(lab.directory, "1.input").read_bytes()


def main_attach_types_no_answer_to_the_history(lab):
    """D8: the late client's terminal answered ESC[6n and the like into the guest."""
    with Tmux(lab) as tmux:
        tmux.wait_for("in the")
        lab.write(len(LIVE))
        tmux.wait_for("live")
        # The terminal answers in turn, so that a key comes behind its answers.
        tmux.type(b"!")
        answers = b""
        while not answers.endswith(b"!"):
            answers = typed(lab, 1)
    # The cursor's place and the terminal's name.
    assert re.fullmatch(rb"\x1b\[\d+;\d+R\x1b\[\?[\d;]+c!", answers)


def main_attach_shows_a_pipe_all_of_the_history(lab):
    path = Path(lab.directory, "attach")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen()
        assert lab.tell("attach", 1, 0, path, "rw") == "ok"
        client = listener.accept()[0]
    with client:
        client.settimeout(10)
        shown, position = b"", 0
        while position < len(HISTORY):
            frame = client.recv(8192)
            position = struct.unpack_from("Q", frame)[0]
            shown += frame[8:]
    assert shown == HISTORY


def main_pty_shows_nothing_that_a_terminal_answers_but_live(lab):
    """D8, for xl console.  TCP clients get every byte."""
    said, path = lab.tell("pty", 1, 0).split()
    assert said == "pty"
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    shown, deadline = b"", time.monotonic() + 10
    while len(shown) < len(SEEN):
        assert select.select([fd], [], [], deadline - time.monotonic())[0], shown
        shown += os.read(fd, 4096)
    assert shown == SEEN
    lab.write(len(LIVE))
    while len(shown) < len(SEEN + LIVE):
        assert select.select([fd], [], [], deadline - time.monotonic())[0], shown
        shown += os.read(fd, 4096)
    assert shown == SEEN + LIVE
    os.close(fd)
    assert Client(lab).read(len(HISTORY + LIVE)) == HISTORY + LIVE
