# SPDX-License-Identifier: BSD-2-Clause
"""This file has the clients that lab tests use: a real nc in the clients' network namespace,
a command in a terminal in dom0, and a client that resets its connection."""

import os
import signal
import subprocess
import threading
import time


class Client:
    """A Client runs `nc ADDRESS PORT` and collects what it shows as it comes."""
    name = "nc"

    def __init__(self, lab, port=1234, address="192.168.0.2"):
        self._collect(lab.client(["nc", address, str(port)], bufsize=0))

    def _collect(self, process):
        self.process = process
        self._bytes = bytearray()
        self._lock = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        fd = self.process.stdout.fileno()
        while True:
            data = os.read(fd, 65536)
            with self._lock:
                self._bytes += data
                if not data:
                    self._is_at_end = True
                self._lock.notify_all()
            if not data:
                return

    def received(self):
        with self._lock:
            return bytes(self._bytes)

    def _wait(self, is_enough, what, timeout):
        deadline = time.monotonic() + timeout
        with self._lock:
            while not is_enough(self._bytes):
                left = deadline - time.monotonic()
                if left <= 0 or not self._lock.wait(left):
                    raise TimeoutError(f"{self.name} did not show {what} within {timeout:.0f} s, but "
                                       f"{len(self._bytes)} bytes ending in "
                                       f"{bytes(self._bytes[-80:])!r}")
            return bytes(self._bytes)

    def wait_for(self, text, timeout=60.0, after=0):
        """Wait until text was shown behind the first `after` bytes; return all that was
        shown so far."""
        text = text.encode() if isinstance(text, str) else text
        return self._wait(lambda data: data.find(text, after) >= 0, repr(text), timeout)

    def wait_for_bytes(self, count, timeout=60.0):
        return self._wait(lambda data: len(data) >= count, f"{count} bytes", timeout)

    def type(self, text):
        self.process.stdin.write(text.encode() if isinstance(text, str) else text)
        self.process.stdin.flush()

    def stop(self):
        """Stop the process, so that it no longer reads from its connection, as if its
        terminal had been suspended."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self):
        self.process.send_signal(signal.SIGCONT)

    def leave(self):
        """End nc as Ctrl-C does; its connection ends with a FIN."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._thread.join(10)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.leave()


class Terminal(Client):
    """A Terminal runs a command in dom0, in a terminal of its own."""

    def __init__(self, lab, command):
        self.name = command[0]
        self._collect(subprocess.Popen(
            lab.dom0.command(command, tty=True), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0))

    def wait_exit(self, timeout=60):
        return self.process.wait(timeout)


# This client ends its connection by a RST after its first byte: it sets SO_LINGER to 0
# seconds and closes the socket.
RESETTING_CLIENT = r"""
import socket, struct, sys
connection = socket.create_connection(("192.168.0.2", int(sys.argv[1])))
got = connection.recv(1)
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
connection.close()
sys.exit(0 if got else 1)
"""


def reset_after_first_byte(lab, port=1234):
    """Start a client that resets its connection once it has got a byte."""
    return lab.client(["/usr/bin/python3", "-c", RESETTING_CLIENT, str(port)])
