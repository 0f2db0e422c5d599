# SPDX-License-Identifier: BSD-2-Clause
"""These tests look at a terminal, tmux's, that mediatorctl attach has left."""

import os
import signal
from pathlib import Path

import pytest

from attach_lab import ESCAPE, Control, Tmux
from net_lab import Lab, wait_until

# An editor's screen, of a guest that crashed in it.
LEFT = (b"\x1b[?1049h\x1b[?25l\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?1h\x1b=\x1b[5;20r\x1b[4h"
        b"\x1b[1;31m\x1b(0\x1b[Heditor\x1b]")
FLAGS = {"alternate_on": "0", "cursor_flag": "1", "mouse_any_flag": "0", "mouse_sgr_flag": "0",
         "keypad_cursor_flag": "0", "keypad_flag": "0", "insert_flag": "0",
         "scroll_region_upper": "0", "scroll_region_lower": "23"}


@pytest.fixture(name="lab")
def make_lab():
    with Lab(LEFT) as lab:
        lab.start()
        lab.control = Control(lab)
        yield lab
        lab.control.close()


def detach(tmux, pid):
    del pid
    tmux.type(ESCAPE + b".")


def end(tmux, pid):
    del tmux
    os.kill(pid, signal.SIGTERM)


def end_console(tmux, pid):
    del pid
    control = tmux.lab.control
    control.refusal = {"error": "there is no console of \"g1\""}
    tmux.lab.tell("remove", 1)


def mediatorctl(lab):
    """Returns the pid of this lab's mediatorctl."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"/mediatorctl") and lab.directory.encode() in words[1]:
            return int(path.parent.name)
    raise AssertionError("it does not run")


@pytest.mark.parametrize("leave", [detach, end, end_console])
def main_attach_undoes_what_the_guest_left_in_the_terminal(lab, leave):
    with Tmux(lab) as tmux:
        tmux.wait_for("detaches")
        lab.write(len(LEFT))
        wait_until(lambda: tmux.ask("alternate_on") == "1" and tmux.ask("insert_flag") == "1")
        leave(tmux, mediatorctl(lab))
        tmux.wait_for("after")
        assert {flag: tmux.ask(flag) for flag in FLAGS} == FLAGS
        screen = tmux.screen()
        assert "before" in screen and "editor" not in screen
        if leave == detach:
            assert "[mediatorctl: detached]" in screen
        # Neither bold and red nor another character set.
        assert "after" in tmux.tell("capture-pane", "-p", "-e").replace("\x1b[39m\x1b[49m", "")


def main_attach_writes_nothing_that_the_guest_gave_no_cause_for(lab):
    with Tmux(lab) as tmux:
        tmux.wait_for("detaches")
        tmux.tell("pipe-pane", "-o", f"cat >{lab.directory}/shown")
        tmux.type(ESCAPE + b".")
        tmux.wait_for("after")
        shown = Path(lab.directory, "shown")
        wait_until(lambda: shown.exists() and shown.read_bytes().endswith(b"after"))
        assert shown.read_bytes() == b"\r\n[mediatorctl: detached]\r\nafter"
