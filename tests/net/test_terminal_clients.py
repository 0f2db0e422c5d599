# SPDX-License-Identifier: BSD-2-Clause
"""These tests type at a terminal over the network with the commands that the README
names."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
from pathlib import Path

import pytest

from net_lab import MEDIATOR, PORT, ROOT, TEXT, Lab, text, wait_until

# What a terminal's user can type: Enter, and what is a command to a cooked terminal.
KEYS = b"ls\r\x03\x04\x11\x13\x15\x16\x1a\x1c\x7f\n\xff\x00end\r"
SECONDS = 20


@pytest.fixture(name="lab")
def make_lab():
    with Lab(TEXT) as lab:
        lab.start()
        yield lab


def command(program):
    """Returns the line of the README that begins like this, for this lab."""
    line = re.search(rf"^ +({program}.*)$", (ROOT / "README.md").read_text(), re.M)[1]
    return line.replace("192.168.0.2", MEDIATOR).replace("1234", str(PORT))


class Shell:
    """A Shell runs one line in a terminal of its own, among the clients."""

    def __init__(self, lab, line):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "nsenter", "--net=/run/netns/" + lab.clients, "bash", "-c",
             line], stdin=self.slave, stdout=self.slave, stderr=self.slave)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def read(self, count):
        data = b""
        while len(data) < count:
            assert select.select([self.master], [], [], SECONDS)[0], data
            data += os.read(self.master, 65536)
        return data


@pytest.mark.parametrize("program", ["stty raw", "socat"], ids=["stty", "socat"])
def main_terminal_over_the_network_types_each_key(lab, program):
    """D12: nc alone sends LF, not CR."""
    lab.write(1000)
    with Shell(lab, command(program)) as shell:
        assert shell.read(1000) == text(0, 1000)
        assert not termios.tcgetattr(shell.slave)[3] & (termios.ICANON | termios.ECHO)
        os.write(shell.master, KEYS)
        assert lab.tell("consume", 1, len(KEYS)) == f"consumed {len(KEYS)}"
        assert Path(lab.directory, "1.input").read_bytes() == KEYS


def main_socat_is_left_by_its_escape_and_restores_the_terminal(lab):
    with Shell(lab, command("socat")) as shell:
        wait_until(lambda: lab.status().clients == 1)
        os.write(shell.master, b"x\x1d")
        assert shell.process.wait(SECONDS) == 0
        assert termios.tcgetattr(shell.slave) == shell.before
        assert lab.tell("consume", 1, 1) == "consumed 1"
