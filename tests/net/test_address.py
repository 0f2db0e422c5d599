# SPDX-License-Identifier: BSD-2-Clause
"""These tests show where the net role's addresses come from, and what it does
when another machine uses them."""

import subprocess
import time

import pytest

from net_lab import CLIENT, MEDIATOR, PORT, Client, Lab, run, stream, wait_until
from raw_peer import BROADCAST, IP, MAC, RawPeer

STATIC6, CLIENT6 = "fd00:77::2", "fd00:77::1"


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        # "nodad" skips Linux's own duplicate address detection, which takes time.
        run("ip", "-n", lab.clients, "address", "add", CLIENT6 + "/64", "dev", "eth0", "nodad")
        yield lab


@pytest.fixture(name="dnsmasq")
def make_dnsmasq(lab, tmp_path):
    """dnsmasq(options...) starts a DHCP server and router in the clients'
    network."""
    started = []

    def start(*options):
        with open(tmp_path / "dnsmasq.log", "wb") as log:
            started.append(subprocess.Popen(
                ["nsenter", "--net=/run/netns/" + lab.clients, "dnsmasq", "--no-daemon",
                 "--conf-file=/dev/null", "--port=0", "--interface=eth0", "--user=root",
                 "--log-dhcp", f"--dhcp-leasefile={tmp_path}/leases", *options],
                stdout=log, stderr=log))

    yield start
    for process in started:
        process.terminate()
        process.wait()
    print((tmp_path / "dnsmasq.log").read_text(errors="replace"))


def addresses(lab):
    return lab.net_status().addresses


def assert_serves(lab, address):
    head = lab.write(1000).head
    client = Client(lab, address=address)
    assert client.read(head) == stream(0, head)
    client.close()


def nic_dhcp_gives_an_address(lab, dnsmasq):
    dnsmasq("--dhcp-range=192.168.77.50,192.168.77.59,255.255.255.0,2m")
    lab.start_harness(address="dhcp")
    lab.start()
    wait_until(lambda: addresses(lab), 60)
    (address,) = addresses(lab)
    print(f"by DHCP: {address}")
    assert address.startswith("192.168.77.5")
    assert_serves(lab, address)


def nic_dhcp_server_that_comes_late_is_found(lab, dnsmasq):
    lab.start_harness(address="dhcp")
    lab.start()
    time.sleep(3)   # meanwhile nobody answers some requests
    assert addresses(lab) == []
    dnsmasq("--dhcp-range=192.168.77.60,192.168.77.69,255.255.255.0,2m")
    wait_until(lambda: addresses(lab), 60)
    assert_serves(lab, addresses(lab)[0])


def nic_ipv6_clients_are_on_the_list_or_refused(lab):
    lab.start_harness(more=[STATIC6 + "/64"])
    lab.start(allow="fd00:77::/64")
    wait_until(lambda: STATIC6 in [a.lower() for a in addresses(lab)], 30)
    assert_serves(lab, STATIC6)
    with pytest.raises(ConnectionError):
        # lwIP completes the handshake before the net role sees the client and
        # refuses it.
        Client(lab).read(1)
    assert lab.tell("console", 2, 4096) == "ok"
    lab.add(2, PORT + 1, allow="192.168.77.0/24,fd00:78::/64")
    with pytest.raises(ConnectionError):
        Client(lab, PORT + 1, address=STATIC6).read(1)


def nic_ip6_static_address_serves(lab):
    lab.start_harness(more=[STATIC6 + "/64"])
    lab.start()
    wait_until(lambda: STATIC6 in [a.lower() for a in addresses(lab)], 30)
    assert_serves(lab, STATIC6)
    assert_serves(lab, MEDIATOR)


def nic_ip6_address_comes_from_the_routers_prefix(lab, dnsmasq):
    dnsmasq("--enable-ra", "--dhcp-range=fd00:77::,ra-only")
    lab.start_harness(more=["auto"])
    lab.start()
    wait_until(lambda: any(a.lower().startswith("fd00:77:") for a in addresses(lab)), 60)
    (address,) = (a for a in addresses(lab) if a.lower().startswith("fd00:77:"))
    print(f"by SLAAC: {address}")
    assert_serves(lab, address)


def nic_ip6_is_silent_unless_configured(lab):
    lab.start()
    pinged = lab.socket(10, 3, 58)      # AF_INET6, SOCK_RAW, ICMPv6
    pinged.settimeout(1)
    pinged.sendto(b"\x80\0\0\0\0\1\0\1", ("ff02::1%eth0", 0))
    with pytest.raises(TimeoutError):
        while True:
            data, sender = pinged.recvfrom(2000)
            assert data[0] != 129, f"{sender} answered"
    assert_serves(lab, MEDIATOR)


def nic_ip6_duplicate_address_is_shown_and_not_used(lab):
    run("ip", "-n", lab.clients, "address", "add", STATIC6 + "/64", "dev", "eth0", "nodad")
    lab.start_harness(more=[STATIC6 + "/64"])
    lab.start()
    wait_until(lambda: "(duplicate)" in addresses(lab), 30)


def nic_duplicate_address_is_shown_and_defended(lab):
    lab.start()
    peer = RawPeer(lab)
    claim = bytearray(peer.arp(target=MEDIATOR))
    # The request claims that the net role's address is the sender's.
    claim[14:18] = bytes(int(part) for part in MEDIATOR.split("."))
    peer.socket.send(BROADCAST + MAC + b"\x08\x06" + bytes(claim))
    # The net role answers with an announcement of its own.
    deadline = time.monotonic() + 10
    while True:
        assert time.monotonic() < deadline, "nobody defends the address"
        frame = peer.socket.recv(2000)
        if frame[12:14] == b"\x08\x06" and frame[6:12] == peer.their_mac and \
           frame[28:32] == frame[38:42] == bytes(int(p) for p in MEDIATOR.split(".")):
            break
    wait_until(lambda: lab.net_status().conflict == MAC.hex(":"))
    # For a thousand more claims the net role writes no further line to its log
    # and, for ten seconds, sends no frame.
    for _ in range(1000):
        peer.socket.send(BROADCAST + MAC + b"\x08\x06" + bytes(claim))
    assert_serves(lab, MEDIATOR)
    # A peer that changes its MAC address each time cannot fill the log either.
    for n in range(1000):
        claim[8:14] = b"\x02\0\0\0" + n.to_bytes(2, "big")      # the sender's MAC
        peer.socket.send(BROADCAST + MAC + b"\x08\x06" + bytes(claim))
    wait_until(lambda: lab.net_status().conflict == "02:00:00:00:03:e7")
    assert_serves(lab, MEDIATOR)
    peer.close()
    assert lab.log().count("is used by " + MAC.hex(":")) == 1
    assert lab.log().count("is used by") == 1


def nic_gateway_leads_to_other_networks(lab):
    """A client in another network, behind the gateway, gets the console's output."""
    far = "10.9.9.9"
    run("ip", "-n", lab.clients, "link", "set", "lo", "up")
    run("ip", "-n", lab.clients, "address", "add", far + "/32", "dev", "lo")
    lab.start_harness(more=["off", CLIENT])
    lab.start()
    head = lab.write(1000).head
    one = lab.socket(2, 1)
    one.settimeout(10)
    one.bind((far, 0))
    one.connect((MEDIATOR, 1234))
    data = b""
    while len(data) < head:
        piece = one.recv(65536)
        assert piece
        data += piece
    assert data == stream(0, head)
    one.close()
