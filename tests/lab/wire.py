# SPDX-License-Identifier: BSD-2-Clause
"""This file has the cables in the machine's serial ports, and what came out of them.

A cable that is a file never makes the 8250 wait, so no byte is lost even of a guest that
does not poll LSR.  A cable that is a unix socket stalls when nobody reads the socket."""

import socket
import threading
import time


class FileWire:
    """A FileWire is the file that QEMU's 8250 writes to."""

    def __init__(self, path):
        self.path = path

    def position(self):
        return self.path.stat().st_size

    def since(self, position):
        with open(self.path, "rb") as file:
            file.seek(position)
            return file.read()

    def wait_for(self, count, since, timeout=60.0):
        """Wait until at least `count` bytes came behind the position `since`; return them."""
        deadline = time.monotonic() + timeout
        while self.position() - since < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the wire took {self.position() - since} of {count} "
                                   f"bytes within {timeout:.0f} s")
            time.sleep(0.02)
        return self.since(since)


class SocketWire:
    """A SocketWire is the unix socket that QEMU's 8250 writes to and reads from."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        # The socket has little room, so that a stalled cable is soon full.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(str(path))
        self._bytes = bytearray()
        self._lock = threading.Condition()
        self._is_reading = threading.Event()
        self._is_reading.set()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            self._is_reading.wait()
            data = self._socket.recv(65536)
            if not data:
                return
            with self._lock:
                self._bytes += data
                self._lock.notify_all()

    def stall(self):
        """Read no more from the 8250, but for what a recv() that is under way takes."""
        self._is_reading.clear()

    def go_on(self):
        self._is_reading.set()

    def position(self):
        with self._lock:
            return len(self._bytes)

    def since(self, position):
        with self._lock:
            return bytes(self._bytes[position:])

    def wait_for(self, count, since, timeout=60.0):
        deadline = time.monotonic() + timeout
        with self._lock:
            while len(self._bytes) - since < count:
                left = deadline - time.monotonic()
                if left <= 0 or not self._lock.wait(left):
                    raise TimeoutError(f"the wire took {len(self._bytes) - since} of {count} "
                                       f"bytes within {timeout:.0f} s")
            return bytes(self._bytes[since:])

    def wait_until_ends(self, end, since, timeout=60.0):
        deadline = time.monotonic() + timeout
        with self._lock:
            while not self._bytes[since:].endswith(end):
                left = deadline - time.monotonic()
                if left <= 0 or not self._lock.wait(left):
                    raise TimeoutError(f"the wire did not end in {end!r} within "
                                       f"{timeout:.0f} s, but in {bytes(self._bytes[-64:])!r}")

    def send(self, data):
        """Send data to the 8250's receiver, and wait while that has no room."""
        self._socket.sendall(data)

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self.go_on()
        self._thread.join(10)
        self._socket.close()
