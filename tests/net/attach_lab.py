# SPDX-License-Identifier: BSD-2-Clause
"""This file runs mediatorctl attach as a client of a real net role: a Control stands in
for the supervisor, a Terminal or a Tmux is where the user sits."""

import json
import os
import pty
import select
import shlex
import socket
import struct
import subprocess
import termios
import threading
from pathlib import Path

from net_lab import PROGRAMS, wait_until

MEDIATORCTL = PROGRAMS.parents[1] / "mediator" / "mediatorctl"
SECONDS = 30
ESCAPE = b"\x1d"
STATUS = {"consoles": [{"guest": "g1", "name": "com1", "state": "serving", "domid": 3,
                        "mode": "virtual", "line": "115200 8n1", "bytes": 77, "typed": 5,
                        "clients": 1}]}


def command(lab, *options):
    return [MEDIATORCTL, f"--directory={lab.directory}", "attach", *options, "g1"]


def in_ring_head(lab, console=1):
    """Returns how many bytes clients have typed into the in ring."""
    header = Path(lab.directory, f"{console}.in").read_bytes()[:128]
    return struct.unpack_from("Q", header, 64)[0]   # mediator/shared/in_ring.h


class Control:
    """A Control stands in for the supervisor at its control socket.  Each
    mediatorctl that attaches becomes a client of the harness's net role."""

    def __init__(self, lab):
        self.lab, self.requests, self.refusal = lab, [], None
        self.breaks = []    # where in the input each stands
        self.status = STATUS
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
            answer["status"] = self.status
        elif self.refusal:
            answer = {"ok": False, **self.refusal}
        elif request["verb"] == "attach":
            answer["questions"] = True
            fds = [self._client(request)]
        elif request["verb"] == "break":
            self.breaks.append(in_ring_head(self.lab))
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
                access = ("ro" if request["read_only"] else
                          "terminal" if request.get("terminal") else "rw")
                self.lab.tell("attach", 1, request.get("from", 0), path, access)
            return listener.accept()[0].detach()


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


class Tmux:
    """A Tmux runs mediatorctl attach in a window of tmux, which answers queries, takes
    pastes and shows what is on its screen."""

    def __init__(self, lab, *options):
        self.lab = lab
        self.path = Path(lab.directory, "tmux")
        self.status = Path(lab.directory, "status")
        shell = " ".join(shlex.quote(str(word)) for word in command(lab, *options))
        self.tell("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24",
                  f"printf 'before\\n'; {shell}; echo $? >{self.status}; printf after; cat")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        subprocess.run(["tmux", "-S", self.path, "kill-server"], capture_output=True,
                       check=False)

    def tell(self, *words):
        return subprocess.run(["tmux", "-S", self.path, *words], check=True,
                              capture_output=True, text=True).stdout

    def paste(self, data):
        """Types all the data at once; how it ends is tmux's business."""
        path = Path(self.path.parent, "paste")
        path.write_bytes(data)
        self.tell("load-buffer", path)
        self.tell("paste-buffer", "-r")

    def type(self, data):
        self.tell("send-keys", "-H", *[f"{byte:02x}" for byte in data])

    def ask(self, variable):
        """Returns one of tmux's variables of the window."""
        return self.tell("display-message", "-p", "#{" + variable + "}").strip()

    def screen(self):
        return self.tell("capture-pane", "-p")

    def wait_for(self, text):
        wait_until(lambda: text in self.screen(), SECONDS)
