# SPDX-License-Identifier: BSD-2-Clause
"""These tests run mediatorctl attach, in a terminal and in a pipe, as a client of
a real net role."""

import json
import os
import pty
import select
import signal
import socket
import subprocess
import termios
import threading
from pathlib import Path

import pytest

from net_lab import PROGRAMS, Lab, stream

MEDIATORCTL = PROGRAMS.parents[1] / "mediator" / "mediatorctl"
SECONDS = 30
ESCAPE = b"\x1d"
STATUS = {"consoles": [{"guest": "g1", "name": "com1", "state": "serving", "domid": 3,
                        "mode": "virtual", "line": "115200 8n1", "bytes": 77, "typed": 5,
                        "clients": 1}]}


class Control:
    """A Control stands in for the supervisor at its control socket.  Each
    mediatorctl that attaches becomes a client of the harness's net role."""

    def __init__(self, lab):
        self.lab, self.requests, self.refusal = lab, [], None
        self.tell = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{lab.directory}/control")
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(SECONDS)
        self.listener.close()

    def _serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            with connection, connection.makefile("r") as lines:
                self._answer(connection, json.loads(lines.readline()))

    def _answer(self, connection, request):
        self.requests.append(request)
        answer, fds = {"ok": True}, []
        if request["verb"] == "status":
            answer["status"] = STATUS
        elif self.refusal:
            answer = {"ok": False, **self.refusal}
        elif request["verb"] == "attach":
            fds = [self._client(request)]
        socket.send_fds(connection, [json.dumps(answer).encode() + b"\n"], fds)
        for fd in fds:
            os.close(fd)

    def _client(self, request):
        path = Path(self.lab.directory, "client")
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(path))
            listener.listen()
            with self.tell:
                self.lab.tell("attach", 1, request.get("from", 0), path,
                              "ro" if request["read_only"] else "rw")
            return listener.accept()[0].detach()


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        lab.start()
        lab.control = Control(lab)
        yield lab
        lab.control.close()


def command(lab, *options):
    return [MEDIATORCTL, f"--directory={lab.directory}", "attach", *options, "g1"]


class Terminal:
    """A Terminal runs mediatorctl attach in a terminal of its own."""

    def __init__(self, lab, *options):
        self.master, slave = pty.openpty()
        self.slave = slave
        self.before = termios.tcgetattr(slave)
        # Under nohup, for example, signals are ignored, and a child inherits that.
        self.process = subprocess.Popen(
            ["env", "--default-signal", *command(lab, *options)], stdin=slave, stdout=slave,
            stderr=slave, start_new_session=True)
        self.data = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def read_until(self, text):
        while text not in self.data:
            assert select.select([self.master], [], [], SECONDS)[0], \
                f"no {text!r} in {self.data!r}"
            self.data += os.read(self.master, 65536)

    def type(self, text):
        os.write(self.master, text)

    def settings(self):
        return termios.tcgetattr(self.slave)


def wait_exit(process):
    return process.wait(SECONDS)


def main_attach_shows_the_history_and_types(lab):
    lab.write(100)
    with Terminal(lab) as terminal:
        terminal.read_until(b"attached to g1; ^] . detaches")
        terminal.read_until(stream(0, 100))
        assert terminal.settings()[3] & (termios.ECHO | termios.ICANON | termios.ISIG) == 0
        terminal.type(b"\x03ls\r")
        with lab.control.tell:
            assert lab.tell("consume", 1, 4) == "consumed 4"
        assert Path(lab.directory, "1.input").read_bytes() == b"\x03ls\r"
        lab.write(100)
        terminal.read_until(stream(100, 200))


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
        # This types far more than the in ring and the socket hold.  When nobody
        # takes more, mediatorctl rings the bell.
        while b"\a" not in terminal.data:
            terminal.type(b"x" * 1024)
            if select.select([terminal.master], [], [], 0)[0]:
                terminal.data += os.read(terminal.master, 65536)
        terminal.type(ESCAPE + b".")
        assert wait_exit(terminal.process) == 0


def main_attach_read_only_types_nothing(lab):
    with Terminal(lab, "--read-only") as terminal:
        terminal.read_until(b"detaches")
        assert lab.control.requests[-1]["read_only"]
        terminal.type(b"rm -rf /\r" + ESCAPE + b".")
        assert wait_exit(terminal.process) == 0
    assert lab.status().clients == 0
    assert Path(lab.directory, "1.in").read_bytes()[4096:].count(0) == 16384


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
