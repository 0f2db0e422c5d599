# SPDX-License-Identifier: BSD-2-Clause
"""This file is a laboratory for one net role.  It runs the role itself, net_harness
in the place of its supervisor and of the guests, and a network with clients.

A Lab has three network namespaces, which are made for one test and removed
after it: the clients', dom0's (the harness runs there) and the one that the net
role makes for its card.  The card is one end of a veth pair; the clients have
the other end.
"""

import ctypes
import fcntl
import os
import random
import re
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("XSM_NET_PROGRAMS",
                               ROOT / "build/plain/tests/net")).resolve()
MEDIATOR = "192.168.77.2"
CLIENT = "192.168.77.1"
PORT = 1234
MISSED = re.compile(rb"\r\n\[mediatord: (\d+) bytes missed\]\r\n")
FIONREAD = 0x541B
SIOCOUTQ = 0x5411

# Every guest writes these bytes over and over, unless a Lab is given others.
# Their number is a prime, so that it divides no ring's size.
STREAM = random.Random(1).randbytes(1048573)

# The same without control characters, of which a terminal does not get all.
TEXT = bytes(32 + byte % 95 for byte in STREAM)

# Status is what the harness answers to `status`, Written what it answers to
# `wait` (net_harness.c).  NetStatus is for net_status().
Status = namedtuple("Status", "head tail clients missed net_sleeps")
Written = namedtuple("Written", "head nanoseconds longest_nanoseconds signals")
NetStatus = namedtuple("NetStatus", "addresses conflict")

libc = ctypes.CDLL(None, use_errno=True)


def stream(begin, end, data=STREAM):
    """Returns the bytes begin to end - 1 of what every guest writes."""
    at = begin % len(data)
    copies = (at + end - begin) // len(data) + 1
    return (data * copies)[at:at + end - begin]


def text(begin, end):
    """Returns the bytes begin to end - 1 of what the guests of Lab(TEXT) write."""
    return stream(begin, end, TEXT)


def wait_until(claim, seconds=10):
    """Waits until claim() is true.  The limit is far beyond what that takes."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


def run(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


def set_namespace(path):
    with open(path, "rb") as namespace:
        if libc.setns(namespace.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), f"cannot enter {path}")


class Client:
    """A Client is a TCP client in the clients' namespace."""

    def __init__(self, lab, port=PORT, receive_bytes=None, address=MEDIATOR):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = lab.socket(family, socket.SOCK_STREAM)
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                   receive_bytes)
        self.socket.settimeout(10)
        self.socket.connect((address, port))
        self.data = b""

    def read(self, count):
        """Reads until `count` bytes have come since the client connected, and
        returns these."""
        pieces, have = [self.data], len(self.data)
        while have < count:
            piece = self.socket.recv(min(1 << 20, count - have))
            assert piece, f"closed after {have} of {count} bytes"
            pieces.append(piece)
            have += len(piece)
        self.data = b"".join(pieces)
        return self.data

    def read_to_position(self, position, begin=0):
        """Reads until `begin`, the bytes that came and those that were missed
        add up to `position`.  Returns all that came."""
        while begin + self.covered() < position:
            piece = self.socket.recv(1 << 16)
            assert piece, "closed too early"
            self.data += piece
        return self.data

    def covered(self):
        notices = MISSED.findall(self.data)
        told = sum(int(count) for count in notices)
        text = sum(len(whole[0]) for whole in MISSED.finditer(self.data))
        return len(self.data) - text + told

    def read_to_end(self):
        while piece := self.socket.recv(1 << 16):
            self.data += piece
        return self.data

    def waiting(self):
        """Returns how many bytes have come and were not read."""
        answer = fcntl.ioctl(self.socket, FIONREAD, b"\0" * 4)
        return struct.unpack("i", answer)[0]

    def unacknowledged(self):
        answer = fcntl.ioctl(self.socket, SIOCOUTQ, b"\0" * 4)
        return struct.unpack("i", answer)[0]

    def segments_received(self):
        info = self.socket.getsockopt(socket.IPPROTO_TCP, 11, 256)
        return struct.unpack_from("I", info, 140)[0]  # tcpi_segs_in

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


def assert_follows(data, begin, end):
    """Asserts that data is the stream from begin to end, with notices in the
    place of bytes that were missed.  Returns how many bytes were missed."""
    position, at, missed = begin, 0, 0
    for notice in list(MISSED.finditer(data)) + [None]:
        stop = notice.start() if notice else len(data)
        assert data[at:stop] == stream(position, position + stop - at)
        position += stop - at
        if notice:
            position += int(notice[1])
            missed += int(notice[1])
            at = notice.end()
    assert position == end
    return missed


class Lab:
    """A Lab is one net role with all that it needs; see the top of this file."""

    count = 0

    def __init__(self, data=STREAM):
        Lab.count += 1
        self.data = data
        base = f"xsm{os.getpid()}n{Lab.count}"
        self.clients, self.dom0, self.card = base + "c", base + "d", base + "m"
        self.directory = tempfile.mkdtemp(prefix="xsm-net-")
        self.harness = None
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)

    def __enter__(self):
        try:
            run("ip", "netns", "add", self.clients)
            run("ip", "netns", "add", self.dom0)
            self.plug_in()
            run("ip", "-n", self.dom0, "link", "set", "lo", "up")
            self.start_harness()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        if self.harness:
            self.harness.stdin.close()
            self.harness.wait()
            print(self.log())   # pytest shows it if the test fails
        for namespace in self.clients, self.dom0, self.card:
            subprocess.run(["ip", "netns", "delete", namespace],
                           capture_output=True, check=False)
        self.remove_directory()
        os.close(self.home)

    def remove_directory(self):
        shutil.rmtree(self.directory)

    def plug_in(self):
        """Gives dom0 a card, and the clients the other end of its wire."""
        run("ip", "-n", self.dom0, "link", "add", "eth1", "type", "veth",
            "peer", "name", "eth0", "netns", self.clients)
        run("ip", "-n", self.clients, "address", "add", CLIENT + "/24",
            "dev", "eth0")
        run("ip", "-n", self.clients, "link", "set", "eth0", "up")

    def unplug(self):
        """Takes the card from the net role, as if it left its bus."""
        run("ip", "-n", self.card, "link", "delete", "eth1")

    def start_harness(self, nic=None, user="nobody", address=MEDIATOR + "/24", more=()):
        if self.harness:
            self.harness.stdin.close()
            self.harness.wait()
        path = Path(self.directory, "stream")
        path.write_bytes(self.data)
        self.harness = subprocess.Popen(
            ["nsenter", "--net=/run/netns/" + self.dom0,
             PROGRAMS / "net_harness", path, self.directory,
             PROGRAMS / "net_role_test", self.directory, user,
             nic or f"netdev:eth1,netns={self.card}", address, *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=Path(self.directory, "log").open("ab"))

    def role_pid(self):
        """Returns the pid of the net role, which is a child of the harness."""
        harness = self.harness.pid  # nsenter has become the harness
        path = Path(f"/proc/{harness}/task/{harness}/children")
        children = path.read_text(encoding="ascii").split()
        assert len(children) == 1
        return int(children[0])

    def log(self):
        """Returns what the harness and its net roles wrote to stderr."""
        return Path(self.directory, "log").read_text(errors="replace")

    def tell(self, *words):
        """Gives the harness one of the commands that net_harness.c lists, and
        returns its answer."""
        self.harness.stdin.write(" ".join(map(str, words)) + "\n")
        self.harness.stdin.flush()
        answer = self.harness.stdout.readline().strip()
        assert answer, "the harness died"
        return answer

    def net_status(self):
        """Returns what mediatorctl status shows of addresses, read from the file
        that mediator/shared/net_status.h describes."""
        page = Path(self.directory, "net.state").read_bytes()
        addresses, conflict = (page[at:at + 256].split(b"\0")[0].decode()
                               for at in (88, 344))
        return NetStatus(addresses.split(), conflict)

    def start(self, history=1 << 20, replay=1 << 30, access="rw", allow=""):
        """Starts a net role with console 1 on PORT."""
        assert self.tell("start") == "ready"
        assert self.tell("console", 1, history) == "ok"
        self.add(1, PORT, replay, access, allow)

    def add(self, console=1, port=PORT, replay=1 << 30, access="rw", allow=""):
        assert self.tell("add", console, port, replay, access, allow) == "added"

    def restart(self):
        """Starts a net role in the place of one that was killed."""
        assert self.tell("start") == "ready"
        self.add()

    def begin_write(self, count, rate=0, console=1):
        """Has the guest write `count` bytes, `rate` of them a second, or without
        a pause if rate is 0."""
        assert self.tell("write", console, count, rate) == "ok"

    def wait_write(self, console=1):
        """Waits until the guest has written all of its bytes."""
        return Written(*map(int, self.tell("wait", console).split()[1:]))

    def write(self, count, rate=0, console=1):
        self.begin_write(count, rate, console)
        return self.wait_write(console)

    def status(self, console=1):
        return Status(*map(int, self.tell("status", console).split()))

    def within(self, namespace, function):
        """Calls function in that network namespace and returns what it returns."""
        set_namespace("/run/netns/" + namespace)
        try:
            return function()
        finally:
            set_namespace(f"/proc/self/fd/{self.home}")

    def socket(self, *arguments):
        return self.within(self.clients, lambda: socket.socket(*arguments))

    def netcat(self, *options, port=PORT, **keywords):
        return subprocess.Popen(
            ["nsenter", "--net=/run/netns/" + self.clients, "nc", *options,
             MEDIATOR, str(port)], stdout=subprocess.PIPE, **keywords)


def read_all(clients, position, seconds=60):
    """Reads from many clients at once until each has `position` bytes."""
    poll = select.poll()
    by_number = {client.socket.fileno(): client for client in clients}
    pieces = {number: [] for number in by_number}
    left = {number: position - len(client.data)
            for number, client in by_number.items()}
    deadline = time.monotonic() + seconds
    for number in by_number:
        poll.register(number, select.POLLIN)
    while any(left.values()):
        assert time.monotonic() < deadline, f"bytes left: {left}"
        for number, _ in poll.poll(1000):
            piece = by_number[number].socket.recv(min(1 << 16, left[number]))
            assert piece, "closed too early"
            pieces[number].append(piece)
            left[number] -= len(piece)
            if not left[number]:
                poll.unregister(number)
    for number, client in by_number.items():
        client.data += b"".join(pieces[number])
