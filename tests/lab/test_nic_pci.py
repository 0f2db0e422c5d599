# SPDX-License-Identifier: BSD-2-Clause
"""These tests are about the dedicated card, which is passed through.  They show, of cards of
both families, that they work, that they reach their holder's memory only, and that clients
get everything in spite of kills, a lost link and a lossy cable."""

import contextlib
import os
import re
import statistics
import subprocess
import time

import pytest

from guest.stream import stream
from lab.client import Client
from lab.conftest import NIC
from lab.guest import Guest
from lab.lossy_wire import LossyWire
from lab.mediator import BUILD, Mediator
from lab.session import Lab
from repetitions import repetitions

OPTIONS = "mode=passthrough;machine=3f8;tcp=1234"
KILLS = repetitions(5, 20)
STREAM_BYTES = repetitions(16, 64) << 10
BACK_SECONDS = 5        # this is the goal; the tests fail at ten times that


class Site:
    """A Site is a lab with a mediator in it.  Its functions are what the tests ask and do
    there."""

    def __init__(self, lab, mediator, image):
        self.lab = lab
        self.mediator = mediator
        self.image = image

    @property
    def card(self):
        return self.mediator.nic.removeprefix("pci:")

    def holders(self):
        """Return {name: domid} of the holders that xl list shows."""
        lines = self.lab.exec("xl list").stdout.splitlines()[1:]
        return {line.split()[0]: int(line.split()[1]) for line in lines
                if line.startswith("mediatord-nic-")}

    def free_memory(self):
        return int(self.lab.exec("xl info free_memory").stdout)

    def resets(self):
        return self.mediator.status()["network"]["resets"]

    def serve(self, name, **options):
        guest = Guest(self.lab, self.image, name, **options)
        self.mediator.serve(name, OPTIONS)
        return guest

    def drop(self, guest):
        guest.destroy()
        if self.mediator.has_console(guest.name):
            self.mediator.unserve(guest.name)


@pytest.fixture(params=[NIC])
def site(mediator, guest_image):
    """This is a Site whose mediator runs.  The parameter only puts the card into the test's
    name."""
    return Site(mediator.lab, mediator, guest_image)


@pytest.fixture
def guest(site, request):
    """This guest runs, and its console is served."""
    yield from _guest(site, request)


# This marks tests that are slow, or of something that is the same for every card: they run
# with one card only.
once = pytest.mark.only_nic("e1000e")


def _guest(site, request):
    _, log_bytes = site.mediator.pids_and_log_bytes()
    guest = site.serve("card")
    guest.unpause()
    guest.command("base 3f8")
    guest.command("init")
    yield guest
    site.drop(guest)
    if getattr(request.node, "_tap_failed", False):
        print("mediatord's log:\n" + site.mediator.log(log_bytes))


# ---- five tests that run with each card ----

def nic_stream_arrives_byte_for_byte(site, guest, seeds):
    seed, count = next(seeds), 4 * STREAM_BYTES
    with Client(site.lab) as client:
        said = guest.command(f"stream outsb {seed} {count}", timeout=300)
        assert client.wait_for_bytes(count, timeout=120) == stream(seed, count)
        print(f"{count / said.seconds:.0f} bytes/s from guest to nc")


def nic_three_clients_get_the_same(site, guest, seeds):
    seed, count = next(seeds), STREAM_BYTES
    clients = [Client(site.lab) for _ in range(3)]
    try:
        guest.command(f"stream outsb {seed} {count}", timeout=300)
        for client in clients:
            assert client.wait_for_bytes(count, timeout=120) == stream(seed, count)
    finally:
        for client in clients:
            client.leave()


def nic_late_client_gets_the_history(site, guest, seeds):
    seed, count = next(seeds), STREAM_BYTES
    guest.command(f"stream outsb {seed} {count}", timeout=300)
    with Client(site.lab) as client:
        assert client.wait_for_bytes(count, timeout=120) == stream(seed, count)


def nic_killed_net_role_comes_back_with_the_history(site, guest, seeds):
    seed, count = next(seeds), STREAM_BYTES
    with Client(site.lab) as client:
        guest.agent.send(f"stream outsb {seed} {count}")
        client.wait_for_bytes(1000)
        site.mediator.signal("KILL", site.mediator.net_role())
        guest.agent.reply(timeout=300)
    site.mediator.wait_until(lambda: site.mediator.status("card")["listening"], "the net role")
    with Client(site.lab) as client:
        assert client.wait_for_bytes(count, timeout=120) == stream(seed, count)


def nic_client_stays_over_its_guests_reboot(site, guest):
    with Client(site.lab) as client:
        guest.command("print first life")
        client.wait_for("first life\r\n")
        guest.destroy()
        site.mediator.wait_until(lambda: site.mediator.status("card")["domid"] is None,
                                 "the end")
        again = site.serve("card")
        try:
            again.unpause()
            again.command("base 3f8")
            again.command("init")
            again.command("print second life")
            client.wait_for("second life\r\n")
        finally:
            again.destroy()


# ---- who has the card ----

def nic_dom0_has_no_interface_for_the_card(site):
    assert site.lab.exec(f"ls /sys/bus/pci/devices/{site.card}/net 2>/dev/null | wc -l"
                         ).stdout.strip() == "0"
    assert "52:54:00:00:00:02" not in site.lab.exec("ip netns list; ip link").stdout


@once
def nic_holder_is_named_and_left_alone_by_shutdown_all(site):
    holders = site.holders()
    assert list(holders) == [f"mediatord-nic-{site.card}"]
    domains = site.lab.exec("xl list").stdout.splitlines()[1:]
    assert len(domains) == 2, domains           # dom0, and the holder only
    site.lab.exec("xl shutdown -a -w", timeout=20)
    assert site.holders() == holders


def nic_net_role_keeps_no_handle_on_xen(site):
    pid = site.mediator.net_role()
    files = site.lab.exec(f"ls -l /proc/{pid}/fd").stdout
    assert "uio" in files and "xen" not in files
    # Of Xen the net role has only the holder's two megabytes, which were mapped before.
    maps = [line for line in site.lab.exec(f"cat /proc/{pid}/maps").stdout.splitlines()
            if "/dev/xen/" in line]
    assert len(maps) == 1
    start, end = (int(part, 16) for part in maps[0].split()[0].split("-"))
    assert end - start == 2 << 20


LINUXS_ADDRESS = "192.168.0.9"


@contextlib.contextmanager
def _released(site):
    """Inside, Linux's driver has the card, with an address on it; the value is the name that
    Linux gives the card.  Afterwards mediatord takes the card back."""
    site.mediator.control("nic", "release")
    try:
        name = site.lab.exec(f"ls /sys/bus/pci/devices/{site.card}/net").stdout.strip()
        site.lab.exec(f"ip address add {LINUXS_ADDRESS}/24 dev {name}; ip link set {name} up")
        yield name
    finally:
        site.lab.exec(f"ip address flush to {LINUXS_ADDRESS}")
        site.mediator.control("nic", "take")


@once
def nic_released_card_is_linuxs_again(site, guest):
    lab, mediator = site.lab, site.mediator
    free = site.free_memory()
    with _released(site) as name:
        assert site.holders() == {}
        assert mediator.status()["network"]["state"] == "released"
        assert site.free_memory() > free
        # The card's DMA works with Linux's driver.
        listener = lab.popen(f"echo from linux | nc -l -N {LINUXS_ADDRESS} 999")
        try:
            mediator.wait_until(lambda: _nc(lab, LINUXS_ADDRESS, 999) == b"from linux\n", "Linux")
        finally:
            listener.kill()
            listener.wait()
        # mediatord does not take the card while Linux has an address on it.
        done = mediator.control("nic", "take", check=False)
        assert done.returncode == 1
        assert LINUXS_ADDRESS in done.stderr and f"ip address flush dev {name}" in done.stderr
    assert list(site.holders()) == [f"mediatord-nic-{site.card}"]
    # The card works again, whatever Linux's driver left in its registers.
    with Client(lab) as client:
        guest.command("print ours again")
        client.wait_for("ours again\r\n")


BULK = repetitions(1, 4) << 20
ROUNDS = repetitions(3, 5)
# This client reads all of BULK.  It prints the hash of what it read, and the bytes a second,
# counted from the first byte on.
READER = r"""
import hashlib, socket, sys, time
address, port, left = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with socket.create_connection((address, port), 30) as one:
    digest, total, begin = hashlib.sha256(), 0, None
    while total < left and (piece := one.recv(min(65536, left - total))):
        begin = begin or time.monotonic()
        digest.update(piece)
        total += len(piece)
print(digest.hexdigest(), total / (time.monotonic() - begin))
"""


def _read_bulk(lab, address, port, digest):
    process = lab.client(["/usr/bin/python3", "-c", READER, address, str(port), str(BULK)])
    out, problem = process.communicate(timeout=300)
    assert process.returncode == 0, problem
    said = out.decode().split()
    assert said[0] == digest
    return float(said[1])


def _read_ours(site):
    """Return the rates at which our net role sends the history, and the history's hash."""
    guest = Guest(site.lab, site.image, "bulk")
    site.mediator.serve("bulk", f"mode=virtual;tcp=1234;history={BULK >> 20}M")
    try:
        guest.unpause()
        guest.command("init")
        digest = guest.command(f"stream outsb 1 {BULK}", timeout=600)["sha256"]
        return [_read_bulk(site.lab, "192.168.0.2", 1234, digest) for _ in range(ROUNDS)], digest
    finally:
        site.drop(guest)


def _read_linuxs(site, tmp_path, digest):
    """Return the rates at which dom0's Linux sends the same bytes from a file."""
    lab = site.lab
    (tmp_path / "bulk").write_bytes(stream(1, BULK))
    lab.push(tmp_path / "bulk", "/root/bulk")
    with _released(site):
        server = lab.popen("exec socat TCP-LISTEN:999,reuseaddr,fork OPEN:/root/bulk,rdonly")
        try:
            site.mediator.wait_until(lambda: len(_nc(lab, LINUXS_ADDRESS, 999)) == BULK, "Linux")
            return [_read_bulk(lab, LINUXS_ADDRESS, 999, digest) for _ in range(ROUNDS)]
        finally:
            server.kill()
            server.wait()
            lab.exec("pkill -f ^socat.TCP-LISTEN")


@once
def speed_nic_bulk_beside_linuxs_driver(site, tmp_path):
    """On the same card, our driver and lwIP send the history to a client, and Linux's driver
    and TCP send a file."""
    ours, digest = _read_ours(site)
    linuxs = _read_linuxs(site, tmp_path, digest)
    ratio = statistics.median(ours) / statistics.median(linuxs)
    for who, rates in ("ours", ours), ("Linux's", linuxs):
        print(f"{who}: {statistics.median(rates) / 1e6:.2f} MB/s "
              f"({min(rates) / 1e6:.2f} to {max(rates) / 1e6:.2f})")
    print(f"ratio {ratio:.2f}")
    assert ratio > 0.1


def _nc(lab, address, port):
    process = lab.client(["nc", "-w", "2", address, str(port)])
    return process.communicate()[0]


@once
def nic_unusable_card_is_refused(site):
    """A second mediatord, which has another directory, is given cards that it cannot use.
    The first mediatord keeps its card."""
    lab = site.lab

    def refusal(nic):
        done = lab.exec(f"mediatord --nic={nic} --directory=/run/other", check=False,
                        timeout=60)
        assert done.returncode == 1
        return done.stderr

    assert "no PCI device 0000:1f:1f.7" in refusal("pci:0000:1f:1f.7")
    assert "no Ethernet card" in refusal("pci:0000:00:1f.2")
    assert "no driver of its own" in refusal("pci:0000:00:04.0")
    assert "no PCI address" in refusal("pci:nonsense")
    assert "no kind of card" in refusal("nonsense")


# ---- the card reaches its holder's memory only ----

def nic_status_says_what_the_iommu_does_not_see(site):
    """A10.  The messages may be gone by now: then nothing is compared."""
    holder = site.mediator.status()["network"]["holder"]
    said = re.search(r"^\(XEN\) (?:\[.*\] )?Interrupt remapping (en|dis)abled",
                     site.lab.exec("xl dmesg").stdout, re.M)
    print(f"Xen says {said and said[0]}, mediatord {holder}")
    words = {"en": ["on"], "dis": ["off"]}.get(said and said[1], ["on", "off", "unknown"])
    assert holder["interrupt_remapping"] in words
    # Alone in its place of the root complex.
    assert (holder["isolated"], holder["neighbour"]) == ("yes", None)
    assert (f"behind the IOMMU; interrupt remapping {holder['interrupt_remapping']}"
            in site.mediator.control("status").stdout)


class Probe:
    """A Probe runs tests/lab/dma_probe in dom0, which points the card at memory outside the
    holder's, the canary, and tells whether that has changed."""

    def __init__(self, site):
        (domid,) = site.holders().values()
        frame = site.lab.exec(["xenstore-read", f"/local/domain/{domid}/mediatord/frame"])
        site.lab.push(BUILD / "tests/lab/dma_probe", "/root/dma_probe")
        self.process = site.lab.popen(
            ["/root/dma_probe", str(domid), frame.stdout.strip(), site.card],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        line = self.process.stdout.readline()
        if line != "pointed\n":
            raise AssertionError(line)

    def result(self):
        out, _ = self.process.communicate("tell\n", timeout=60)
        assert self.process.returncode == 0, out
        return out.strip()


def _write_to_canary(site, guest):
    """Point the card at the canary and have frames arrive.  Return what became of the canary,
    and how many seconds passed until the card worked again."""
    resets = site.resets()
    probe = Probe(site)
    started = time.monotonic()
    with Client(site.lab) as client:
        guest.command("print in service")
        client.wait_for("in service\r\n", timeout=60)
        seconds = time.monotonic() - started
    assert site.resets() > resets
    assert "never reached its memory" in site.mediator.log()
    return probe.result(), seconds


def nic_card_cannot_write_outside_its_holder(site, guest):
    canary, seconds = _write_to_canary(site, guest)
    print(f"canary {canary}; back in service after {seconds:.1f} s (goal {BACK_SECONDS})")
    assert canary == "unchanged"
    assert seconds <= 10 * BACK_SECONDS


# ---- kills and losses ----

# This client tries to connect, at least twice a second, until it gets a byte.
PERSISTENT = r"""
import socket, time
while True:
    with socket.socket() as one:
        one.settimeout(0.5)
        try:
            one.connect(("192.168.0.2", 1234))
            if one.recv(1):
                break
        except OSError:
            time.sleep(0.05)
"""


@once
def nic_net_role_killed_under_transfer(site, guest, seeds):
    holders, free = site.holders(), site.free_memory()
    longest, wanted = 0, b""
    for kill in range(KILLS):
        seed, count = next(seeds), 8192
        with Client(site.lab) as client:
            client.wait_for_bytes(len(wanted), timeout=120)
            guest.agent.send(f"stream outsb {seed} {count}")
            client.wait_for_bytes(len(wanted) + 500)
            site.mediator.signal("KILL", site.mediator.net_role())
            killed = time.monotonic()
            again = site.lab.client(["/usr/bin/python3", "-c", PERSISTENT])
            again.communicate(timeout=60)
            longest = max(longest, time.monotonic() - killed)
            guest.agent.reply(timeout=120)      # the guest went on meanwhile
        wanted += stream(seed, count)
    with Client(site.lab) as client:
        assert client.wait_for_bytes(len(wanted), timeout=120) == wanted
    print(f"{KILLS} kills: a client gets in again within {longest:.1f} s "
          f"(goal {BACK_SECONDS})")
    assert longest <= 10 * BACK_SECONDS
    assert site.holders() == holders
    assert site.free_memory() == free
    assert site.mediator.status("card")["in_doubt"] == 0


@once
def nic_supervisor_killed_and_the_holder_taken_over(site, guest):
    holders, free = site.holders(), site.free_memory()
    site.lab.exec("pkill -KILL ^mediatord")
    site.mediator.start()
    assert site.holders() == holders
    assert site.free_memory() == free
    with Client(site.lab) as client:
        guest.command("print taken over")
        client.wait_for("taken over\r\n")


@once
def nic_destroyed_holder_is_replaced(site, guest):
    (old,) = site.holders().values()
    site.lab.exec(["xl", "destroy", str(old)])
    site.mediator.wait_until(lambda: site.holders() and old not in site.holders().values() and
                             site.mediator.status("card")["listening"],
                             "another holder", timeout=30)
    assert len(site.holders()) == 1
    with Client(site.lab) as client:
        guest.command("print another holder")
        client.wait_for("another holder\r\n")


LINK_OFF_SECONDS = 60


@once
def nic_session_outlives_a_minute_without_link(site, guest, seeds):
    seed, count = next(seeds), 100000
    with Client(site.lab) as client:
        guest.command("print before")
        client.wait_for("before\r\n")
        site.lab.monitor("set_link nic off")
        try:
            site.mediator.wait_until(
                lambda: site.mediator.status()["network"]["link"] == "down", "no link")
            guest.command(f"stream outsb {seed} {count}", timeout=300)
            site.lab.exec(f"sleep {LINK_OFF_SECONDS}")
            assert len(client.received()) < 8 + count
        finally:
            site.lab.monitor("set_link nic on")
        site.mediator.wait_until(
            lambda: site.mediator.status()["network"]["link"] == "up", "the link")
        assert client.wait_for_bytes(8 + count, timeout=180)[8:] == stream(seed, count)
        assert client.process.poll() is None


@once
def nic_streams_are_whole_over_a_lossy_wire(site, guest, seeds):
    seed, count = next(seeds), STREAM_BYTES
    with LossyWire(site.lab, seed, loss=0.05, reordering=0.1) as wire:
        clients = [Client(site.lab) for _ in range(3)]
        try:
            guest.command(f"stream outsb {seed} {count}", timeout=300)
            for client in clients:
                assert client.wait_for_bytes(count, timeout=240) == stream(seed, count)
                assert client.process.poll() is None
        finally:
            for client in clients:
                client.leave()
    print(wire.report)


# ---- without an IOMMU; these come last because they take a machine of their own ----

@pytest.fixture(scope="module")
def open_site(guest_image):
    """This is the Site of a machine without an IOMMU, in which no mediator runs yet."""
    with Lab(f"check-open-{os.getpid()}", has_iommu=False) as lab:
        yield Site(lab, Mediator(lab), guest_image)


@once
def nic_without_iommu_it_is_refused_until_allowed(open_site):
    done = open_site.lab.exec(f"mediatord --nic={open_site.mediator.nic}", check=False,
                              timeout=60)
    assert done.returncode == 1
    assert "no IOMMU" in done.stderr and 'iommu = "off"' in done.stderr
    assert open_site.holders() == {}
    # dom0 has the card's interface as before.
    assert "eth1" in open_site.lab.exec("ip link").stdout
    open_site.mediator.start("--iommu=off")
    assert "all memory of this host" in open_site.mediator.log()
    holder = open_site.mediator.status()["network"]["holder"]
    assert holder["contained"] is False
    assert (holder["interrupt_remapping"], holder["isolated"]) == (None, None)
    assert "NO IOMMU" in open_site.mediator.control("status").stdout


@once
def nic_without_iommu_the_canary_changes(open_site, request):
    """Without an IOMMU the card writes to the canary: so the test with an IOMMU is able to
    fail."""
    if not open_site.mediator.processes():
        open_site.mediator.start("--iommu=off")
    for guest in _guest(open_site, request):
        canary, _ = _write_to_canary(open_site, guest)
        print(f"canary: {canary}")
        assert re.fullmatch(r"[1-9]\d* changed", canary)
