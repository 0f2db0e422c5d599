# SPDX-License-Identifier: BSD-2-Clause
"""A SurvivalClient is a client of a console that never gives up: it connects again whenever
its connection ends, and keeps what each of its connections brought apart from the others'.

    client = SurvivalClient(lab, port, folder)
    client.type(b"...")

As a program: the client itself, in the clients' namespace.
usage: survival_client.py PORT FOLDER"""

import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

MEDIATOR = "192.168.0.2"
TYPED = "typed"         # a file of the folder: the connection that each text was sent on


class SurvivalClient:
    def __init__(self, lab, port, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        self._lab, self._port = lab, port
        self._texts = 0
        self._start()

    def _start(self):
        with open(self.folder / "errors", "ab") as errors:
            self._process = self._lab.client(
                ["/usr/bin/python3", __file__, str(self._port), str(self.folder)],
                stdout=subprocess.DEVNULL, stderr=errors, text=True, bufsize=1)

    def connections(self):
        """What each connection brought, from the first to the last."""
        return [(self.folder / str(number)).read_bytes()
                for number in range(self.count_connections())]

    def count_connections(self):
        return sum(1 for _ in self.folder.glob("[0-9]*"))

    def last_connection(self):
        """What the last connection has brought so far."""
        count = self.count_connections()
        return (self.folder / str(count - 1)).read_bytes() if count else b""

    def type(self, data):
        """Have these bytes sent by the connection there is, or by the next one."""
        self._texts += 1
        self._process.stdin.write(data.hex() + "\n")

    def has_lost_what_was_typed(self):
        """Whether the connection that all was sent on is no more, so that what has not
        arrived does not arrive any more."""
        path = self.folder / TYPED
        sent_on = path.read_text().split() if path.exists() else []
        return (len(sent_on) == self._texts > 0 and
                int(sent_on[-1]) < self.count_connections() - 1)

    def reset(self):
        """End the connection by a RST, and make another."""
        self._process.stdin.write("reset\n")

    def leave(self):
        """End the connection by a FIN, and make another."""
        self._process.stdin.write("leave\n")

    def stop(self):
        self._process.send_signal(signal.SIGSTOP)

    def wake(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        """Kill the process, and start another."""
        self._process.kill()
        self._wait()
        self._start()

    def end(self):
        if self._process.poll() is None:
            self.wake()
            self._process.terminate()
            self._wait()

    def _wait(self):
        self._process.wait(20)
        self._process.stdin.close()


# ---- in the clients' namespace ----

def connect(port):
    """Return a connection that notices by itself when mediatord's end of it is no more."""
    one = socket.create_connection((MEDIATOR, port), timeout=1)
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1),
                          (socket.TCP_KEEPCNT, 30)):
        one.setsockopt(socket.IPPROTO_TCP, option, value)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    one.settimeout(None)
    return one


class Client:
    def __init__(self, port, folder):
        self.port, self.folder = port, Path(folder)
        self.number = sum(1 for _ in self.folder.glob("[0-9]*"))
        # Without a buffer of Python's own, select() sees each line.
        self.commands = os.fdopen(0, "rb", buffering=0)
        self.goes_on = True

    def obey(self, one):
        """Do what the next line says; return whether the connection goes on."""
        line = self.commands.readline()
        if line == b"reset\n":
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if line in (b"reset\n", b"leave\n", b""):
            self.goes_on = bool(line)
            return False
        # Noted before it is sent: who reads this learns of no text too late.
        with open(self.folder / TYPED, "a") as typed:
            print(self.number - 1, file=typed)
        one.sendall(bytes.fromhex(line.decode()))
        return True

    def use(self, one, file):
        """Return when the connection has ended."""
        while True:
            readable = select.select([one, self.commands], [], [])[0]
            if one in readable:
                data = one.recv(65536)
                if not data:
                    return
                file.write(data)
            if self.commands in readable and not self.obey(one):
                return

    def is_left_alone(self):
        """Whether the test that this client is of has gone."""
        poll = select.poll()
        poll.register(self.commands, 0)
        return any(event & select.POLLHUP for _, event in poll.poll(0))

    def run(self):
        while self.goes_on:
            try:
                with connect(self.port) as one, \
                        open(self.folder / str(self.number), "wb", buffering=0) as file:
                    self.number += 1
                    self.use(one, file)
            except OSError as problem:
                print(f"{time.monotonic():.1f}: {problem}", file=sys.stderr, flush=True)
                self.goes_on = not self.is_left_alone()
            time.sleep(0.05)


if __name__ == "__main__":
    Client(int(sys.argv[1]), sys.argv[2]).run()
