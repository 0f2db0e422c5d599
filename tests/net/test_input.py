# SPDX-License-Identifier: BSD-2-Clause
"""These tests follow what TCP clients type on its way into the in ring, and show
who may connect."""

import hashlib
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from net_lab import CLIENT, PORT, Client, Lab, run, stream, wait_until

IN_RING = 16384
NO_GUEST = b"\r\n[mediatord: no guest; what you type is thrown away]\r\n"
SECOND = "192.168.77.9"


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        yield lab


def typed(lab, console=1):
    return Path(lab.directory, f"{console}.input").read_bytes()


def resident_pages(lab):
    """Returns how many pages of the net role are in memory."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path("/proc", pid, "cmdline").read_bytes()
            if line.split(b"/")[-1] and b"net_role_test" in line.split(b"\0")[0] and \
                    lab.directory.encode() in line:
                return int(Path("/proc", pid, "statm").read_text(encoding="ascii").split()[1])
        except OSError:
            continue
    raise AssertionError("there is no net role")


def main_what_a_client_types_arrives_in_order(lab):
    lab.start()
    client = Client(lab)
    data = stream(0, 2000000)
    sender = threading.Thread(target=client.socket.sendall, args=(data,))
    sender.start()
    assert lab.tell("consume", 1, len(data)) == f"consumed {len(data)}"
    sender.join()
    assert hashlib.sha256(typed(lab)).digest() == hashlib.sha256(data).digest()


def main_single_bytes_arrive_one_by_one(lab):
    lab.start()
    client = Client(lab)
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(200):
        client.socket.sendall(stream(at, at + 1))
        assert lab.tell("consume", 1, 1) == f"consumed {at + 1}"
    assert typed(lab) == stream(0, 200)


def main_a_guest_that_does_not_read_closes_the_window(lab):
    """The net role does not grow, no byte is lost, and other clients still get
    output."""
    lab.start()
    flooder, reader = Client(lab), Client(lab)
    before = resident_pages(lab)
    flooder.socket.setblocking(False)
    sent, quiet_since = 0, time.monotonic()
    # This types until TCP has taken nothing for a second, which is far longer than
    # a round trip.
    while time.monotonic() < quiet_since + 1:
        try:
            sent += flooder.socket.send(stream(sent, sent + 65536))
            quiet_since = time.monotonic()
        except BlockingIOError:
            time.sleep(0.001)
    assert sent < 16 << 20, "the window did not close"
    wait_until(lambda: flooder.unacknowledged() >= sent - IN_RING - 5 * 1460)
    lab.write(100000)
    assert reader.read(100000) == stream(0, 100000)
    assert resident_pages(lab) - before < 1024
    # The guest reads all of it.
    flooder.socket.settimeout(30)
    assert lab.tell("consume", 1, sent) == f"consumed {sent}"
    assert hashlib.sha256(typed(lab)).digest() == hashlib.sha256(stream(0, sent)).digest()
    flooder.socket.sendall(b"end")
    assert lab.tell("consume", 1, 3) == f"consumed {sent + 3}"


def overfill(flooder):
    """Types until more has arrived than the in ring takes, so that the net role
    holds the rest."""
    sent = 0

    def is_held():
        nonlocal sent
        try:
            sent += flooder.socket.send(stream(sent, sent + 65536))
        except BlockingIOError:
            pass
        return sent - flooder.unacknowledged() > IN_RING

    flooder.socket.setblocking(False)
    wait_until(is_held)


def main_a_flooder_that_leaves_frees_its_place(lab):
    lab.start()
    flooder, other = Client(lab), Client(lab)
    wait_until(lambda: lab.status().clients == 2)
    # A reset would overtake bytes that have not arrived; so these must arrive first.
    overfill(flooder)
    flooder.reset()
    wait_until(lambda: lab.status().clients == 1)
    assert lab.tell("consume", 1, IN_RING) == f"consumed {IN_RING}"
    other.socket.sendall(b"x")
    assert lab.tell("consume", 1, 1) == f"consumed {IN_RING + 1}"
    assert typed(lab)[-1:] == b"x"


def main_what_was_typed_at_a_removed_console_is_not_its_successors(lab):
    lab.start()
    flooder = Client(lab)
    wait_until(lambda: lab.status().clients == 1)
    overfill(flooder)
    lab.write(500000)  # nobody reads it, so the removed console stays for its client
    lab.tell("remove", 1)
    lab.add()
    assert lab.tell("consume", 1, IN_RING) == f"consumed {IN_RING}"
    client = Client(lab)
    client.socket.sendall(b"x")
    assert lab.tell("consume", 1, 1) == f"consumed {IN_RING + 1}"
    assert typed(lab)[-1:] == b"x"


def main_a_read_only_console_takes_no_input_and_blocks_nobody(lab):
    lab.start(access="ro")
    client = Client(lab)
    client.socket.sendall(stream(0, 1 << 20))
    wait_until(lambda: client.unacknowledged() == 0)
    lab.write(1000)
    assert client.read(1000) == stream(0, 1000)


def main_only_who_is_allowed_connects(lab):
    run("ip", "-n", lab.clients, "address", "add", SECOND + "/24", "dev", "eth0")
    lab.start(allow=f"10.0.0.0/8,{SECOND}")
    with pytest.raises(ConnectionError):
        # lwIP completes the handshake before the net role sees the client and
        # refuses it.
        Client(lab).read(1)
    other = lab.socket(socket.AF_INET, socket.SOCK_STREAM)
    other.settimeout(10)
    other.bind((SECOND, 0))
    other.connect(("192.168.77.2", PORT))
    other.sendall(b"hello")
    assert lab.tell("consume", 1, 5) == "consumed 5"
    assert typed(lab) == b"hello"
    assert lab.tell("console", 2, 4096) == "ok"
    assert lab.tell("add", 2, PORT + 1, 0, "rw", CLIENT + "/24").startswith("failed")


def main_what_is_typed_before_a_guest_comes_is_not_for_it(lab):
    """G2: neither the net role nor TCP keeps it; who types reads that, once."""
    lab.start()
    client = Client(lab)
    assert lab.tell("guest", 1, 0) == "ok"
    assert lab.tell("ping") == "pong"  # it has heard of that
    client.socket.sendall(stream(0, 30000))
    wait_until(lambda: client.unacknowledged() == 0)
    assert lab.tell("guest", 1, 1) == "ok"
    assert lab.tell("ping") == "pong"
    client.socket.sendall(b"x")
    assert lab.tell("consume", 1, 1) == "consumed 1"
    assert typed(lab) == b"x"
    client.read(len(NO_GUEST))
    assert client.data == NO_GUEST


def main_a_break_stands_behind_what_has_arrived(lab):
    """D6: the net role may not have looked yet at what the card has, and it is full with
    what the guest does not read."""
    lab.start()
    client = Client(lab)
    for at in range(0, 50000, 5000):
        client.socket.sendall(stream(at, at + 5000))
        assert lab.tell("break", 1) == "sent"
        client.socket.sendall(b"b")
        count = (at // 5000 + 1) * 5002
        assert lab.tell("consume", 1, 5002) == f"consumed {count}"
    assert typed(lab) == b"".join(stream(at, at + 5000) + b"<BREAK>b"
                                  for at in range(0, 50000, 5000))
    client.socket.sendall(stream(0, IN_RING + 1))
    wait_until(lambda: client.unacknowledged() == 0)
    assert lab.tell("break", 1).startswith("refused the guest does not take")
    assert lab.tell("consume", 1, IN_RING + 1) == f"consumed {50020 + IN_RING + 1}"
    assert lab.tell("break", 1) == "sent"


def main_two_breaks_while_the_guest_is_paused_are_two(lab):
    """G4"""
    lab.start()
    assert [lab.tell("break", 1) for _ in range(3)] == ["sent"] * 3
    assert lab.tell("consume", 1, 3) == "consumed 3"
    assert typed(lab) == b"<BREAK>" * 3


def main_breaks_outlive_the_net_role(lab):
    lab.start()
    client = Client(lab)
    client.socket.sendall(b"abc")
    wait_until(lambda: client.unacknowledged() == 0)
    assert lab.tell("break", 1) == "sent"
    assert lab.tell("kill") == "killed"
    lab.restart()
    assert lab.tell("break", 1) == "sent"
    Client(lab).socket.sendall(b"d")
    assert lab.tell("consume", 1, 6) == "consumed 6"
    assert typed(lab) == b"abc<BREAK><BREAK>d"
