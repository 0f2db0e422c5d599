# SPDX-License-Identifier: BSD-2-Clause
"""These tests are about clients in dom0: what mediatorctl attach and the program
that has the pty open get and type."""

import os
import select
import socket
import struct
import time
from pathlib import Path

import pytest

from net_lab import TEXT, Client, Lab, assert_follows, stream, text, wait_until

IN_RING = 16384
SECONDS = 30


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        yield lab


@pytest.fixture(name="text_lab")
def make_text_lab():
    """For the pty, whose history is made for a terminal."""
    with Lab(TEXT) as lab:
        yield lab


class Attached:
    """An Attached reads and types as mediatorctl attach does, by the protocol in
    mediator/shared/attach_protocol.h."""

    def __init__(self, lab, begin=0, access="rw"):
        path = Path(lab.directory, "attach")
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(path))
            listener.listen()
            assert lab.tell("attach", 1, begin, path, access) == "ok"
            self.socket = listener.accept()[0]
        self.socket.settimeout(SECONDS)
        self.position = begin
        self.data = b""

    def receive(self):
        """Takes one frame.  Returns False when the net role closed the socket."""
        frame = self.socket.recv(8192)
        if frame:
            self.position = struct.unpack_from("Q", frame)[0]
            self.data += frame[8:]
        return bool(frame)

    def read_to_position(self, position):
        while self.position < position:
            assert self.receive(), "closed too early"
        return self.data


class Pty:
    """A Pty reads and types at a pty's slave, as xl console does."""

    def __init__(self, path):
        self.path = path
        self.data = b""
        self.open()

    def open(self):
        self.fd = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def read(self, count):
        while len(self.data) < count:
            assert select.select([self.fd], [], [], SECONDS)[0], "nothing comes"
            self.data += os.read(self.fd, 65536)
        return self.data

    def close(self):
        os.close(self.fd)


def add_pty(lab, begin=0, *more):
    said = lab.tell("pty", 1, begin, *more).split()
    assert said[0] == "pty"
    return said[1]


def typed(lab):
    return Path(lab.directory, "1.input").read_bytes()


def main_attached_client_gets_history_and_stream_beside_tcp(lab):
    lab.start()
    lab.write(300000)
    client, tcp = Attached(lab), Client(lab)
    lab.write(300000)
    assert client.read_to_position(600000) == stream(0, 600000)
    assert tcp.read(600000) == stream(0, 600000)
    assert lab.status().clients == 2


def main_attached_client_types_beside_tcp(lab):
    lab.start()
    client, tcp = Attached(lab), Client(lab)
    client.socket.send(b"from dom0\r")
    assert lab.tell("consume", 1, 10) == "consumed 10"
    tcp.socket.sendall(b"from tcp\r")
    assert lab.tell("consume", 1, 9) == "consumed 19"
    assert typed(lab) == b"from dom0\rfrom tcp\r"


def main_read_only_attached_client_types_nothing(lab):
    lab.start()
    reader, writer = Attached(lab, access="ro"), Attached(lab)
    reader.socket.send(b"not heard")
    lab.write(1)
    reader.read_to_position(1)
    writer.socket.send(b"heard")
    assert lab.tell("consume", 1, 5) == "consumed 5"
    assert typed(lab) == b"heard"


def main_stopped_attached_client_gets_its_notice_and_slows_nobody(lab):
    lab.start(history=65536)
    stopped, tcp = Attached(lab), Client(lab)
    # Both must be clients before anything in the history is overwritten.
    wait_until(lambda: lab.status().clients == 2)
    for end in range(100000, 2000001, 100000):
        lab.write(100000)
        tcp.read_to_position(end)
    stopped.read_to_position(2000000)
    assert assert_follows(stopped.data, 0, 2000000) > 0


def main_guest_that_does_not_read_stops_an_attached_client(lab):
    lab.start()
    client = Attached(lab)
    client.socket.setblocking(False)
    sent, quiet_since = 0, time.monotonic()
    while time.monotonic() < quiet_since + 1:
        try:
            sent += client.socket.send(stream(sent, sent + 1024))
            quiet_since = time.monotonic()
        except BlockingIOError:
            time.sleep(0.001)
    assert IN_RING < sent < 4 << 20
    assert lab.tell("consume", 1, sent) == f"consumed {sent}"
    assert typed(lab) == stream(0, sent)


def main_killed_net_role_costs_an_attached_client_nothing(lab):
    lab.start()
    lab.write(100000)
    client = Attached(lab)
    client.read_to_position(50000)
    assert lab.tell("kill") == "killed"
    while client.receive():
        pass
    lab.write(100000)
    lab.restart()
    again = Attached(lab, client.position)
    again.read_to_position(200000)
    assert client.data + again.data == stream(0, 200000)


def main_stopping_net_role_closes_attached_clients(lab):
    lab.start()
    client = Attached(lab)
    lab.write(10000)
    client.read_to_position(10000)
    assert lab.tell("stop") == "stopped 0"
    assert not client.receive()


def main_removed_console_sends_the_rest_to_an_attached_client(lab):
    lab.start()
    client = Attached(lab)
    lab.write(20000)
    lab.tell("remove", 1)
    while client.receive():
        pass
    assert client.data == stream(0, 20000)


def main_pty_shows_the_history_and_types(text_lab):
    lab = text_lab
    lab.start()
    lab.write(50000)
    pty = Pty(add_pty(lab))
    assert pty.read(50000) == text(0, 50000)
    os.write(pty.fd, b"\x03ls\r")
    assert lab.tell("consume", 1, 4) == "consumed 4"
    assert typed(lab) == b"\x03ls\r"
    pty.close()


def main_pty_goes_on_behind_a_killed_net_role(text_lab):
    """No byte comes twice: the successor knows where the pty's cursor was."""
    lab = text_lab
    lab.start()
    pty = Pty(add_pty(lab))
    lab.write(20000)
    pty.read(20000)
    # The net role sleeps, so it has noted where the pty's cursor is.
    wait_until(lambda: lab.status().net_sleeps != 0)
    assert lab.tell("kill") == "killed"
    lab.write(20000)
    lab.restart()
    add_pty(lab, 0, "resume")
    assert pty.read(40000) == text(0, 40000)
    pty.close()


def main_pty_that_nobody_has_open_disturbs_nobody(text_lab):
    """The pty's master stays open in the supervisor, and so in the kernel's
    epoll set."""
    lab = text_lab
    lab.start()
    client = Attached(lab)
    pty = Pty(add_pty(lab))
    lab.write(1000)
    pty.read(1000)
    pty.close()
    assert lab.tell("unpty", 1) == "removed"
    pty.open()
    os.write(pty.fd, b"x")
    lab.write(1000)
    assert client.read_to_position(2000) == text(0, 2000)
    # When the net role gets the pty again, output goes on, and what was typed
    # meanwhile arrives.
    add_pty(lab, 1000)
    assert pty.read(2000) == text(0, 2000)
    assert lab.tell("consume", 1, 1) == "consumed 1"
    pty.close()
    client.socket.close()
    wait_until(lambda: lab.status().clients == 1)
