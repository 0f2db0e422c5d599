# SPDX-License-Identifier: BSD-2-Clause
"""IPv6 neighbours who say what is not true."""

import socket
import struct
import time
from pathlib import Path

import pytest

from net_lab import PORT, Client, Lab, run, stream, wait_until
from raw_peer import MAC, RawPeer, checksum

OURS, PEER, STRANGER = "fd00:77::2", "fd00:77::1", "fd00:77::9"
ALL_NODES = "ff02::1"


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        run("ip", "-n", lab.clients, "address", "add", PEER + "/64", "dev", "eth0", "nodad")
        lab.start_harness(more=[OURS + "/64"])
        lab.start()
        wait_until(lambda: OURS.upper() in lab.net_status().addresses, 30)
        yield lab


@pytest.fixture(name="peer")
def make_peer(lab):
    peer = RawPeer(lab)
    yield peer
    peer.close()


def sleeps_of(pid):
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("voluntary_ctxt_switches:")[1].split()[0])


def address(text):
    return socket.inet_pton(socket.AF_INET6, text)


def icmp6(message, source, destination, hops=255):
    """An IPv6 packet with this message, whose checksum is filled in."""
    pseudo = address(source) + address(destination) + struct.pack("!II", len(message), 58)
    message = message[:2] + struct.pack("!H", checksum(pseudo + message)) + message[4:]
    return (struct.pack("!IHBB", 6 << 28, len(message), 58, hops) + address(source) +
            address(destination) + message)


def send(peer, packet, mac=None):
    peer.socket.send((mac or peer.their_mac) + MAC + b"\x86\xdd" + packet)


def advertisement(target):
    return icmp6(struct.pack("!BBHI", 136, 0, 0, 1 << 29) + address(target) + b"\2\1" + MAC,
                 STRANGER, ALL_NODES)


def assert_serves(lab):
    head = lab.write(1000).head
    client = Client(lab, address=OURS)
    assert client.read(head) == stream(0, head)
    return client


def trust_net_advertisement_of_our_address_is_answered(lab, peer):
    """C4: it was taken for a failure of duplicate address detection, and the
    address was out of use until mediatord was started anew."""
    send(peer, advertisement(OURS), b"\x33\x33\0\0\0\1")
    deadline = time.monotonic() + 10
    while True:
        assert time.monotonic() < deadline, "nobody defends the address"
        frame = peer.socket.recv(2000)
        if (frame[6:14] == peer.their_mac + b"\x86\xdd" and frame[20] == 58 and
                frame[54] == 136 and frame[38:54] == address(ALL_NODES)):
            break
    assert frame[62:78] == address(OURS)
    assert frame[80:86] == peer.their_mac
    wait_until(lambda: lab.net_status().conflict == MAC.hex(":"))
    assert "(duplicate)" not in lab.net_status().addresses
    assert_serves(lab)
    assert lab.log().count("is used by " + MAC.hex(":")) == 1


def trust_net_too_big_that_nothing_was_bars_no_client(lab, peer):
    """C5: an MTU of 100 from anywhere made every later segment to that client
    too long."""
    assert_serves(lab).close()
    for mtu in 0, 1 << 31, 1279, 100:
        culprit = (struct.pack("!IHBB", 6 << 28, 1400, 6, 64) + address(OURS) +
                   address(PEER) + struct.pack("!HHII", PORT, 40000, 1, 1))
        send(peer, icmp6(struct.pack("!BBHI", 2, 0, 0, mtu) + culprit, STRANGER, OURS))
    peer.find()
    assert_serves(lab)


def trust_net_idle_role_sleeps_with_ipv6_too(lab):
    """C8: lwIP's timer for MLD woke it ten times a second."""
    time.sleep(12)      # the groups' reports are out: RFC 2710, 7.10
    before = sleeps_of(lab.role_pid())
    time.sleep(3)
    sleeps = sleeps_of(lab.role_pid()) - before
    print(f"{sleeps} wake-ups in 3 s")
    assert sleeps < 20
