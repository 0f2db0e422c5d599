# SPDX-License-Identifier: BSD-2-Clause
"""The lab that most tests share, the mediator in it, and its guests.

One lab serves the whole session: a machine whose COM1 goes to a file, whose
COM3 is a cable that a test can stall, and whose COM4 is dom0's own console.

Which machine that is comes from the environment, as check.py has several side by
side: XSM_LAB_XEN=patched for xen-patch's hypervisor instead of Debian's,
XSM_LAB_NIC for another card than the e1000."""

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
    # Not parametrize(..., indirect=True): that would have another place in the
    # order of tests, and the fixture be made anew for it.
    config.addinivalue_line("markers", "only_param(VALUE): of the parameters of a fixture that "
                            "has several")
    # Told to stop by a signal, the lab is taken down as after Ctrl-C.
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
    """The path of what xen-patch builds."""
    return subprocess.run([ROOT / "xen-patch/build", what], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


@pytest.fixture(scope="session")
def hypervisor():
    """Its file; "": Debian's."""
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
    """COM1, the machine's port 3f8."""
    return FileWire(lab.com1_log)


@pytest.fixture(scope="session")
def cable(lab):
    """COM3, the machine's port 3e8: one that can be stalled."""
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
    """It runs; what it logged during a test that fails is shown."""
    pids, log_bytes = running_mediator.pids_and_log_bytes()
    if not pids:
        running_mediator.start()
    yield running_mediator
    if getattr(request.node, "_tap_failed", False):
        print("mediatord's log:\n" + running_mediator.log(log_bytes))
        # What it was to refuse, say, must not stand in the next test's way.
        for console in running_mediator.status()["consoles"]:
            running_mediator.control("unserve", console["guest"], check=False)


@pytest.fixture
def configured(mediator):
    """configured(TEXT): mediatord with that mediator.cfg; afterwards one without,
    and no console that it named."""
    yield mediator.configure
    mediator.unconfigure()


@pytest.fixture
def make_guest(lab, guest_image):
    """make_guest(name, commands=...) -> Guest, paused; gone after the test."""
    guests = {}             # of each name the last; a test may make hundreds

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
    """The Debian package of the patched xl, installed in dom0; Debian's own is
    at /usr/sbin/xl still."""
    lab.push(_built("deb"), "/root/xl.deb")
    lab.exec("dpkg --install /root/xl.deb", timeout=120)
    return "/usr/local/sbin/xl"


@pytest.fixture(scope="session")
def shared_guest(lab, guest_image, running_mediator):
    guest = Guest(lab, guest_image, "shared")
    guest.unpause()
    yield guest
    guest.destroy()


@pytest.fixture
def serve(mediator):
    """serve(guest, options): undone after the test, history and all."""
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
    """The shared guest, served on COM1 and TCP port 1234 with no history."""
    serve(shared_guest)
    shared_guest.command("base 3f8")
    shared_guest.command("init")
    return shared_guest


@pytest.fixture
def virtual(shared_guest, serve):
    """The shared guest with a UART that needs no machine port."""
    serve(shared_guest, "mode=virtual;tcp=1234")
    shared_guest.command("base 3f8")
    shared_guest.command("init")
    return shared_guest


@pytest.fixture
def connect(lab):
    """connect(port=1234) -> Client; all leave after the test."""
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
    """Numbers for streams; printed, so that a failure can be repeated."""
    start = int(os.environ.get("XSM_SEED", "0")) or int.from_bytes(os.urandom(3), "big")
    print(f"XSM_SEED={start}")
    return itertools.count(start)


