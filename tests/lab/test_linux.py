# SPDX-License-Identifier: BSD-2-Clause
"""Debian's kernel as a guest: its console from the first byte, and what its user
space writes, whichever way its IRQ 4 comes."""

import re

import pytest

from guest.stream import stream
from lab import image as images
from lab.linux_guest import LinuxGuest, push_linux

FILE = stream(4711, 64 << 10)


@pytest.fixture(scope="module")
def linux(lab):
    push_linux(lab, images.build(), {"file": FILE})


@pytest.fixture
def make_linux(lab, linux):
    guests = []

    def make(name, **options):
        guest = LinuxGuest(lab, name, **options)
        guests.append(guest)
        return guest

    yield make
    for guest in guests:
        guest.destroy()


def _shown_lines(shown):
    return shown.decode(errors="replace").replace("\r\n", "\n").split("\n")


def _without_time(line):
    return re.sub(r"^\[ *\d+\.\d+\] ", "", line)


def _kernel_lines(raw):
    """What `dmesg -r` says that goes to the console: debug messages (7) do not."""
    for line in raw.decode(errors="replace").splitlines():
        level = re.match(r"<(\d+)>", line)
        if not level or int(level[1]) & 7 < 7:
            yield _without_time(re.sub(r"^<\d+>", "", line))


def _boot(lab, guest, serve, connect):
    guest.create("-p")
    serve(guest, "tcp=1234")
    client = connect()
    lab.exec(["xl", "unpause", guest.name])
    client.wait_for("init: this is user space", timeout=400)
    guest.connect()
    return client


def _check_boot_log(guest, client):
    """Each line of dmesg came out whole, once, in order."""
    said = list(_kernel_lines(guest.run("dmesg -r", timeout=120)))
    shown = [_without_time(line) for line in _shown_lines(client.received())]
    at = 0
    for line in said:
        assert line in shown[at:], f"{line!r} is not in nc's output behind line {at}"
        at = shown.index(line, at) + 1
    print(f"{len(said)} lines of dmesg in {len(client.received())} bytes")


def _check_user_space(guest, client):
    """What needs the THRE interrupt."""
    guest.run("echo Hello > /dev/ttyS0")
    client.wait_for("Hello\r\n")
    # The kernel shall not speak in between.
    guest.run("dmesg -n 1; stty -F /dev/ttyS0 raw")
    before = len(client.received())
    guest.run("cat /file > /dev/ttyS0", timeout=600)
    shown = client.wait_for_bytes(before + len(FILE), timeout=120)[before:]
    same = next((i for i, (a, b) in enumerate(zip(shown, FILE)) if a != b), len(FILE))
    assert shown == FILE, f"from byte {same} on: {shown[same:same + 40]}, not {FILE[same:same + 40]}"


def xl_linux_boots_with_its_whole_console_on_nc(configured, make_linux, patched_xl, connect,
                                                mediator):
    # configured is undone last: when the guest is gone.
    configured('consoles = [ "guest=debian,name=com1,tcp=1234" ]\n')
    client = connect()
    mediator.wait_until(lambda: mediator.status("debian")["clients"] == 1, "the client")
    guest = make_linux("debian", more='ioreq_server = [ "com1" ]')
    guest.create(xl=patched_xl)
    client.wait_for("init: this is user space", timeout=400)
    guest.connect()
    assert client.received().lstrip(b"\0").startswith(b"[    0.000000] Linux version")
    _check_boot_log(guest, client)
    _check_user_space(guest, client)
    assert mediator.status("debian")["restarts"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("append", ["xen_nopv", "noapic nosmp xen_nopv"],
                         ids=["ioapic", "i8259"])
def xl_linux_gets_irq_4_by_every_way(lab, make_linux, serve, connect, append):
    guest = make_linux("ways", append=append)
    client = _boot(lab, guest, serve, connect)
    _check_user_space(guest, client)
