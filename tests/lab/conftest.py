# SPDX-License-Identifier: BSD-2-Clause
"""This file has the fixtures of the lab tests: the lab that most tests share, the mediator
in it, and its guests.

One lab is up for the whole session.  It is a machine whose COM1 writes to a file, whose
COM3 is a cable that a test can stall, and whose COM4 is dom0's own console.

The environment says which machine that is, because check.py runs several side by side:
XSM_LAB_XEN=patched takes xen-patch's hypervisor instead of Debian's, XSM_LAB_NIC names
another card than the e1000."""

import itertools
import os
import signal
import subprocess
import uuid

import pytest

from lab.client import Client
from lab.guest import Guest
from lab.mediator import ROOT, Mediator
from lab.session import Lab
from lab.wire import FileWire, SocketWire


NIC = os.environ.get("XSM_LAB_NIC", "e1000")


def pytest_configure(config):
    config.addinivalue_line("markers", "bare_lab: before a mediator runs there")
    config.addinivalue_line("markers", "only_nic(MODEL): only where the mediator's card is "
                            "of this model")
    # Tests that are for one parameter of a fixture do not use parametrize(...,
    # indirect=True): pytest would sort them to another place in the order of tests, and
    # make the fixture anew for them.
    config.addinivalue_line("markers", "only_param(VALUE): of the parameters of a fixture that "
                            "has several")
    # When SIGTERM tells pytest to stop, the lab is taken down as it is after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _is_wanted(item):
    param, nic = (item.get_closest_marker(name) for name in ("only_param", "only_nic"))
    return ((not param or param.args[0] in item.callspec.params.values()) and
            (not nic or nic.args[0] == NIC))


def pytest_collection_modifyitems(items):
    items[:] = sorted(filter(_is_wanted, items),
                      key=lambda item: not item.get_closest_marker("bare_lab"))


@pytest.fixture(scope="session")
def guest_image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guest")
    subprocess.run(["sh", ROOT / "tests/guest/build.sh", folder], check=True,
                   stdout=subprocess.DEVNULL)
    return folder


def _built(what):
    """Have xen-patch/build build something, and return the path of what it built."""
    return subprocess.run([ROOT / "xen-patch/build", what], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


@pytest.fixture(scope="session")
def hypervisor():
    """This is the file of the hypervisor that the lab boots, or "" for Debian's."""
    return _built("xen") if os.environ.get("XSM_LAB_XEN") == "patched" else ""


@pytest.fixture(scope="session")
def lab(tmp_path_factory, hypervisor):
    com4 = tmp_path_factory.mktemp("lab") / "com4.log"
    lab = Lab(f"check-{os.getpid()}", com3="socket", nic=NIC, xen=hypervisor,
              linux_append="console=ttyS3 console=hvc0",
              qemu_arguments=["-serial", f"file:{com4}"])
    with lab:
        yield lab
    assert not lab.folder.exists()
    assert not lab.network.is_up()


@pytest.fixture(scope="session")
def wire(lab):
    """This is what leaves the machine by COM1, its serial port at 3f8."""
    return FileWire(lab.com1_log)


@pytest.fixture(scope="session")
def cable(lab):
    """This is the cable in COM3, the machine's serial port at 3e8.  A test can stall it."""
    cable = SocketWire(lab.com3_socket)
    yield cable
    cable.close()


@pytest.fixture(scope="session")
def running_mediator(lab, cable):
    mediator = Mediator(lab)
    mediator.start()
    return mediator


@pytest.fixture
def mediator(running_mediator, request):
    """This mediatord runs.  When the test fails, what mediatord logged during it is shown."""
    pids, log_bytes = running_mediator.pids_and_log_bytes()
    if not pids:
        running_mediator.start()
    yield running_mediator
    if getattr(request.node, "_tap_failed", False):
        print("mediatord's log:\n" + running_mediator.log(log_bytes))
        # A console that mediatord should have refused, for example, must not stand in
        # the way of the next test.
        for console in running_mediator.status()["consoles"]:
            running_mediator.control("unserve", console["guest"], check=False)


@pytest.fixture
def configured(mediator):
    """configured(TEXT) starts mediatord anew with TEXT as its mediator.cfg.  After the test
    mediatord runs without one, and the consoles that it named are gone."""
    yield mediator.configure
    mediator.unconfigure()


@pytest.fixture
def make_guest(lab, guest_image):
    """make_guest(name, commands=...) returns a Guest, which is paused.  All guests are
    destroyed after the test."""
    guests = {}             # the last guest of each name: a test may make hundreds

    def make(name=None, **options):
        guest = Guest(lab, guest_image, name or f"t{uuid.uuid4().hex[:6]}", **options)
        guests[guest.name] = guest
        return guest

    yield make
    for guest in guests.values():
        if not guest.was_destroyed:
            guest.destroy()


@pytest.fixture(scope="session")
def patched_xl(lab):
    """This is the path of the patched xl in dom0, where its Debian package is installed.
    Debian's own xl stays at /usr/sbin/xl."""
    lab.push(_built("deb"), "/root/xl.deb")
    lab.exec("dpkg --install /root/xl.deb", timeout=120)
    return "/usr/local/sbin/xl"


@pytest.fixture(scope="session")
def ioreq_ports_test(lab, patched_xl):
    """This is the command that runs, in dom0, the test program of xen-patch's series with the
    series' libraries."""
    lab.push(f"{_built('tools')}/tests/test-ioreq-ports", "/root/test-ioreq-ports")
    return ["env", "LD_LIBRARY_PATH=/usr/local/lib/xen-serial-mediator/lib",
            "/root/test-ioreq-ports"]


@pytest.fixture(scope="session")
def shared_guest(lab, guest_image, running_mediator):
    guest = Guest(lab, guest_image, "shared")
    guest.unpause()
    yield guest
    guest.destroy()


@pytest.fixture
def serve(mediator):
    """serve(guest, options) serves the guest's console.  After the test the console and its
    history are removed."""
    served = []

    def serve(guest, options="mode=passthrough;machine=3f8;tcp=1234"):
        mediator.serve(guest.name, options)
        served.append(guest.name)

    yield serve
    for name in served:
        if mediator.has_console(name):
            mediator.unserve(name)


@pytest.fixture
def console(shared_guest, serve):
    """This is the shared guest, served on the machine's COM1 and on TCP port 1234.  Its
    history is empty."""
    serve(shared_guest)
    shared_guest.command("base 3f8")
    shared_guest.command("init")
    return shared_guest


@pytest.fixture
def virtual(shared_guest, serve):
    """This is the shared guest with a virtual UART, which needs no port of the machine."""
    serve(shared_guest, "mode=virtual;tcp=1234")
    shared_guest.command("base 3f8")
    shared_guest.command("init")
    return shared_guest


@pytest.fixture
def connect(lab):
    """connect(port=1234) returns a Client.  All clients leave after the test."""
    clients = []

    def connect(port=1234):
        client = Client(lab, port)
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.leave()


@pytest.fixture(scope="session")
def seeds():
    """These are numbers for streams.  The first one is printed, so that XSM_SEED can repeat a
    failure."""
    start = int(os.environ.get("XSM_SEED", "0")) or int.from_bytes(os.urandom(3), "big")
    print(f"XSM_SEED={start}")
    return itertools.count(start)


