# SPDX-License-Identifier: BSD-2-Clause
"""These tests have a guest live on: it starts another kernel by kexec, which is a soft reset
of its domain, and it reboots while mediatord is started again."""

import re
import subprocess

import pytest

from lab import image as images
from lab.linux_console import BOOT_SECONDS
from lab.linux_guest import COMMAND_LINE, LinuxGuest, pack_initramfs, push_linux
from lab.mediator import ROOT
from repetitions import repetitions

SERVED = 'ioreq_server = [ "com1,options=mode=virtual;tcp=1234" ]'
LIFE = b"another life\r\n"
REBOOTS = repetitions(3, 20)


@pytest.fixture
def forget(mediator):
    """forget(name) has the console of that guest removed after the test."""
    names = []
    yield names.append
    for name in names:
        if mediator.has_console(name):
            mediator.wait_until(lambda name=name: mediator.status(name)["domid"] is None,
                                "the end")
            mediator.unserve(name)


@pytest.fixture
def kexec_guest(lab, tmp_path, forget):
    """This is a guest that has all that it needs to start a second kernel."""
    image = images.build()
    program = tmp_path / "kexec_now"
    subprocess.run(["gcc", "-O2", "-Wall", "-Werror", "-static", "-o", program,
                    ROOT / "tests/lab/kexec_now.c"], check=True)
    second = tmp_path / "initramfs"
    pack_initramfs(image, second)
    push_linux(lab, image, {"kexec_now": program.read_bytes(), "initramfs": second.read_bytes(),
                            "vmlinuz": image.vmlinuz.read_bytes()})
    forget("kexec")
    guest = LinuxGuest(lab, "kexec", memory=256, more=SERVED)
    yield guest
    guest.destroy()


def xl_linux_kexec_keeps_its_console(lab, mediator, kexec_guest, patched_xl, connect):
    """E1."""
    guest = kexec_guest
    guest.create(xl=patched_xl)
    client = connect()
    client.wait_for("init: this is user space", timeout=BOOT_SECONDS)
    guest.connect()
    domid, role, at = guest.domid, mediator.uart_role("kexec"), len(client.received())
    log_bytes = len(mediator.log().encode())
    tty = f"/local/domain/{domid}/serial/0/tty"
    before = lab.exec(["xenstore-read", tty]).stdout
    guest.run("chmod +x /kexec_now; (sleep 1; /kexec_now /vmlinuz /initramfs "
              f"'{COMMAND_LINE} second-life') >/dev/ttyS0 2>&1 &")
    shown = client.wait_for("init: this is user space", timeout=BOOT_SECONDS, after=at)[at:]
    assert b"second-life" in shown and b"kexec_now:" not in shown
    assert guest.domid == domid and mediator.uart_role("kexec") == role
    assert f"goes on: domain {domid} was reset" in mediator.log(log_bytes)
    # The toolstack has removed what xl console looks for.
    assert lab.exec(["xenstore-read", tty]).stdout == before
    # Nothing was lost between the lives, nor of the second.
    assert re.search(rb"kexec_core: Starting new kernel\r\n", shown)
    assert b"Linux version" in shown
    status = mediator.status("kexec")
    assert (status["domid"], status["restarts"]) == (domid, 0)


def _end(mediator, how):
    """End mediatord in an orderly way, or by SIGKILL, which leaves its node in xenstore."""
    if how == "TERM":
        mediator.stop()
    else:
        mediator.signal("KILL", mediator.supervisor())
        mediator.wait_until(lambda: not mediator.processes(), "its roles to end")


def xl_reboots_while_mediatord_restarts_lose_no_guest(lab, mediator, forget, make_guest,
                                                      patched_xl, connect):
    """E2.  xl destroys the old domain, finds no daemon, and waits for it."""
    forget("phoenix")
    guest = make_guest(name="phoenix", commands="init; print another life",
                       more=SERVED, on_reboot="restart", create=f"{patched_xl} create -q")
    domids = [guest.domid]
    for number in range(REBOOTS):
        guest.connect()
        _end(mediator, ("TERM", "KILL")[number % 2])
        guest.agent.send("reset")
        guest.disconnect()
        if number % 3 < 2:          # else mediatord is there again in time
            mediator.wait_until(lambda: guest.find_domid() is None, "the end of the domain")
        if number % 3 == 1:
            mediator.wait_until(lambda: "no ioreq server daemon is running; waiting" in lab.exec(
                f"tail -n 3 /var/log/xen/xl-{guest.name}.log").stdout, "xl to wait")
        mediator.start()
        mediator.wait_until(lambda: guest.find_domid() not in (None, domids[-1]) and
                            mediator.status("phoenix")["domid"] == guest.find_domid() and
                            mediator.status("phoenix")["state"] == "serving",
                            lambda: f"reboot {number}: " + lab.exec(
                                f"tail -n 5 /var/log/xen/xl-{guest.name}.log").stdout +
                            mediator.log()[-2000:], 120)
        domids.append(guest.domid)
    lives = LIFE * (REBOOTS + 1)
    assert connect().wait_for_bytes(len(lives), timeout=120).startswith(lives)
    assert len(set(domids)) == REBOOTS + 1
