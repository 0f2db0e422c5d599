# SPDX-License-Identifier: BSD-2-Clause
"""These tests boot other kinds of Linux guests: a PVH guest, and guests whose IRQ 4 comes
in another way than as an event."""

import pytest

from lab import image as images
from lab.linux_console import BOOT_SECONDS, FILE, check_boot_log, check_user_space
from lab.linux_guest import LinuxGuest, push_linux


@pytest.fixture
def make_linux(lab):
    push_linux(lab, images.build(), {"file": FILE})
    guests = []

    def make(name, **options):
        guest = LinuxGuest(lab, name, **options)
        guests.append(guest)
        return guest

    yield make
    for guest in guests:
        guest.destroy()


def uart_linux_pvh_prints_its_boot_log(configured, make_linux, patched_xl, connect, mediator):
    """Nobody can raise an interrupt for a PVH guest, but its kernel writes its messages by
    polling."""
    configured('consoles = [ "guest=pvh,name=com1,tcp=1234" ]\n')
    client = connect()
    guest = make_linux("pvh", kind="pvh",
                       more='ioreq_server = [ "com1,options=mode=virtual" ]')
    guest.create(xl=patched_xl)
    guest.connect(timeout=BOOT_SECONDS)
    check_boot_log(guest, client)
    assert mediator.status("pvh")["restarts"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("append", ["xen_nopv", "noapic nosmp xen_nopv"],
                         ids=["ioapic", "i8259"])
def xl_linux_gets_irq_4_by_every_way(lab, make_linux, serve, connect, append):
    guest = make_linux("ways", append=append)
    guest.create("-p")
    serve(guest, "tcp=1234")
    client = connect()
    lab.exec(["xl", "unpause", guest.name])
    client.wait_for("init: this is user space", timeout=BOOT_SECONDS)
    guest.connect()
    check_user_space(guest, client)
