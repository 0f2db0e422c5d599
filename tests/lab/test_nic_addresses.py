# SPDX-License-Identifier: BSD-2-Clause
"""These tests let the passed-through card get its addresses by DHCP and from an IPv6
router.  They show that the multicasts and broadcasts that this takes pass the card's
own filters."""

import subprocess

import pytest

from lab.client import Client
from lab.network import NIC_TAP

HOST6 = "fd00:77::1/64"
PATIENCE_SECONDS = 120


@pytest.fixture
def dnsmasq(lab, tmp_path):
    """dnsmasq(OPTION, ...) starts a DHCP server and router in the clients' namespace."""
    started, log = [], tmp_path / "dnsmasq.log"

    def start(*options):
        with open(log, "wb") as output:
            started.append(lab.client(
                ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--user=root",
                 f"--interface={NIC_TAP}", "--bind-interfaces", "--log-dhcp",
                 f"--dhcp-leasefile={tmp_path}/leases", *options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output))

    yield start
    for process in started:
        process.terminate()
        process.wait()
    if log.exists():
        print(log.read_text(errors="replace"))      # pytest shows it if the test fails


@pytest.fixture
def host6(lab):
    def address(verb, *more):
        process = lab.client(["ip", "address", verb, HOST6, "dev", NIC_TAP, *more])
        assert process.wait(10) == 0, process.stderr.read()

    address("add", "nodad")
    yield
    address("del")


def _address_below(mediator, prefix):
    """Wait until the mediator has an address that begins with the prefix; return it."""
    def found():
        addresses = mediator.status()["network"]["addresses"].lower().split()
        return [each for each in addresses if each.startswith(prefix)]

    mediator.wait_until(found, f"an address {prefix}...", timeout=PATIENCE_SECONDS)
    return found()[0]


def _serves(lab, guest, address):
    with Client(lab, address=address) as client:
        guest.command(f"print by {address}")
        client.wait_for(f"by {address}\r\n")


def nic_card_gets_its_address_by_dhcp(lab, configured, dnsmasq, mediator, virtual):
    dnsmasq("--dhcp-range=192.168.0.50,192.168.0.59,255.255.255.0,2m")
    configured('address = "dhcp"\n')
    _serves(lab, virtual, _address_below(mediator, "192.168.0.5"))


def nic_card_gets_an_ipv6_address_of_the_routers_prefix(lab, configured, dnsmasq, host6,
                                                        mediator, virtual):
    dnsmasq("--enable-ra", "--dhcp-range=fd00:77::,ra-only")
    configured('address6 = "auto"\n')
    _serves(lab, virtual, _address_below(mediator, "fd00:77:"))
    _serves(lab, virtual, "192.168.0.2")
