# SPDX-License-Identifier: BSD-2-Clause
"""This file is for selftest.py: it has a plain QEMU with the test guest in it, and Tap,
which runs the checks."""
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import traceback

from agent import Agent
from patch import patch

QEMU = os.environ.get("GUEST_QEMU", "qemu-system-x86_64")
PROCESSORS = 4


class SerialFile:
    """A SerialFile is one serial port's output as a file.  It takes bytes at any speed.  A
    socket does not, and QEMU drops what is written to THR while LSR.THRE is 0."""

    def __init__(self, path):
        self._file = open(path, "w+b")   # QEMU truncates it when it starts

    def take(self, count, timeout=30):
        deadline = time.monotonic() + timeout
        data = self._file.read()
        while len(data) < count and time.monotonic() < deadline:
            time.sleep(0.02)
            data += self._file.read()
        if len(data) != count:
            raise AssertionError("%d bytes at the other end, not %d: %r..."
                                 % (len(data), count, data[:80]))
        return data


class SerialPeer:
    """A SerialPeer is the other end of a serial port, and reads all the time unless it is
    stopped."""

    def __init__(self, connection):
        self.socket = connection
        self._bytes = b""
        self._changed = threading.Condition()
        self._may_read = threading.Event()
        self._may_read.set()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            self._may_read.wait()
            try:
                data = self.socket.recv(65536)
            except OSError:
                data = b""
            with self._changed:
                self._bytes += data
                self._changed.notify_all()
            if not data:
                return

    def stop_reading(self):
        self._may_read.clear()

    def go_on_reading(self):
        self._may_read.set()

    def send(self, data):
        self.socket.sendall(data)

    def take(self, count, timeout=30):
        """Waits for count bytes and returns them.  They must be all that have come."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._bytes) >= count, timeout)
            data, self._bytes = self._bytes, b""
        if len(data) != count:
            raise AssertionError("%d bytes at the other end, not %d: %r..."
                                 % (len(data), count, data[:80]))
        return data

    def wait_for(self, text, timeout=30):
        with self._changed:
            if not self._changed.wait_for(lambda: text in self._bytes, timeout):
                raise AssertionError("%r is not in %r" % (text, self._bytes[-200:]))
            data, self._bytes = self._bytes, b""
        return data


class Machine:
    """A Machine is a QEMU with the guest in it.  `how` is "floppy", "elf" or "rom"."""

    def __init__(self, out, how, commands="", has_com2=True):
        self.directory = tempfile.mkdtemp(prefix="guest-selftest-")
        source = os.path.join(out, {"floppy": "guest.img", "elf": "guest.elf",
                                    "rom": "guest-objects/guest.rom"}[how])
        image = os.path.join(self.directory, os.path.basename(source))
        with open(source, "rb") as file:
            data = file.read()
        with open(image, "wb") as file:
            file.write(patch(data, commands) if commands else data)
        listeners = {name: self._listen(name) for name in ("com1", "com2")}
        self.debug_log = os.path.join(self.directory, "debug.log")
        args = [QEMU, "-machine", "pc", "-accel", "tcg", "-m", "32", "-nodefaults",
                "-no-reboot", "-display", "none", "-smp", str(PROCESSORS),
                "-chardev", "file,id=debug,path=" + self.debug_log,
                "-device", "isa-debugcon,iobase=0xe9,chardev=debug"]
        for index, name in enumerate(("com1", "com2", "com3")):
            if name == "com2" and not has_com2:
                continue
            kind = "socket" if name in listeners else "file"
            args += ["-chardev", "%s,id=%s,path=%s" % (kind, name, self._path(name)),
                     "-device", "isa-serial,index=%d,chardev=%s" % (index, name)]
        args += {"floppy": ["-drive", "file=%s,if=floppy,format=raw" % image,
                            "-boot", "a"],
                 "elf": ["-kernel", image],
                 "rom": ["-bios", image]}[how]
        self.com1 = self.agent = None
        self.com3 = SerialFile(self._path("com3"))
        self.stderr = open(self._path("stderr"), "w+b")
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL,
                                        stderr=self.stderr)
        try:
            self.com1 = SerialPeer(listeners["com1"].accept()[0])
            if has_com2:
                self.agent = Agent(listeners["com2"].accept()[0])
                self.agent.sync(60)
        except BaseException:
            self.__exit__()
            raise
        finally:
            for listener in listeners.values():
                listener.close()

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _listen(self, name):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self._path(name))
        listener.listen(1)
        listener.settimeout(30)
        return listener

    def read_debug_log(self):
        with open(self.debug_log, "rb") as file:
            return file.read().decode()

    def wait_exit(self, timeout=30):
        self.process.wait(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait()
        if self.com1:
            self.com1.socket.close()
        self.stderr.seek(0)
        for line in self.stderr.read().decode().splitlines():
            if "terminating on signal 15" not in line:
                print("# qemu: " + line)
        self.stderr.close()
        shutil.rmtree(self.directory)


class Tap:
    def __init__(self, words):
        self.words = words
        self.count = self.failed = 0

    def wants(self, name):
        return not self.words or any(word in name for word in self.words)

    def run(self, name, function, *args):
        self.count += 1
        start = time.monotonic()
        try:
            function(*args)
            verdict = "ok"
        except Exception:            # one failed check must not hide the others
            self.failed += 1
            verdict = "not ok"
            for line in traceback.format_exc().splitlines():
                print("# " + line)
        print("%s %d - %s (%.1f s)" % (verdict, self.count, name.replace("_", " "),
                                       time.monotonic() - start), flush=True)
