# SPDX-License-Identifier: BSD-2-Clause
"""These tests run Debian's kernel with its 8250 driver as a guest, on both kinds of UART.
They show the console from its first byte, a login, typing, a break, many bytes both ways,
and the guest's end."""

import contextlib
import hashlib
import re

import pytest

from guest.stream import stream
from lab import image as images
from lab.client import Client
from lab.linux_console import BOOT_SECONDS, FILE, check_boot_log, check_user_space
from lab.linux_guest import LinuxGuest, push_linux
from lab.mediator import ROOT

BULK = 32 << 10
TYPED = stream(1802, BULK)
LINES = 100


@pytest.fixture(scope="module")
def pushed(lab):
    push_linux(lab, images.build(), {"file": FILE})


@contextlib.contextmanager
def _virtual(lab, mediator, _):
    """Make a guest with a virtual UART, whose console mediatorctl serves."""
    guest = LinuxGuest(lab, "tux")
    try:
        guest.create("-p")
        mediator.serve("tux", "mode=virtual;rts=on;tcp=1234")
        with Client(lab) as client:
            lab.exec(["xl", "unpause", "tux"])
            yield guest, client
    finally:
        guest.destroy()
        if mediator.has_console("tux"):
            mediator.wait_until(lambda: mediator.status("tux")["domid"] is None, "the end")
            mediator.unserve("tux")


@contextlib.contextmanager
def _passthrough(lab, mediator, patched_xl):
    """Make a guest with the machine's UART, in the way in which users do it: mediator.cfg
    names the console, a client connects, then comes `xl create`."""
    mediator.configure('consoles = [ "guest=tux,name=com1,tcp=1234" ]\n')
    guest = LinuxGuest(lab, "tux", more='ioreq_server = [ "com1" ]')
    try:
        with Client(lab) as client:
            mediator.wait_until(lambda: mediator.status("tux")["clients"] == 1, "the client")
            guest.create(xl=patched_xl)
            yield guest, client
    finally:
        guest.destroy()
        mediator.wait_until(lambda: mediator.status("tux")["domid"] is None, "the end")
        mediator.unconfigure()


@pytest.fixture(scope="module", params=["virtual", "passthrough"])
def linux(request, lab, running_mediator, patched_xl, pushed):
    """This is a pair (guest, client): a guest that is up, and a client that saw it boot."""
    if not running_mediator.processes():
        running_mediator.start()
    made = {"virtual": _virtual, "passthrough": _passthrough}[request.param]
    with made(lab, running_mediator, patched_xl) as (guest, client):
        client.wait_for("init: this is user space", timeout=BOOT_SECONDS)
        guest.connect()
        yield guest, client


# ---- what the guest prints ----

def xl_linux_boots_with_its_whole_console_on_nc(linux):
    guest, client = linux
    assert client.received().lstrip(b"\0").startswith(b"[    0.000000] Linux version")
    check_boot_log(guest, client)


@pytest.mark.only_param("passthrough")
def xl_linux_user_space_writes_are_whole(linux, mediator):
    guest, client = linux
    check_user_space(guest, client)
    assert mediator.status("tux")["restarts"] == 0


def uart_linux_detects_a_16550a(linux):
    guest, _ = linux
    found = guest.run("dmesg | grep ttyS0 | grep 16550A").decode()
    assert re.search(r"I/O 0x3f8 \(irq = 4,.* is a 16550A", found)


def uart_linux_settings_show_in_status(linux, mediator):
    guest, _ = linux
    guest.run("stty -F /dev/ttyS0 9600 cs7 parenb -parodd cstopb")
    assert mediator.status("tux")["line"] == "9600 7e2"
    guest.run("stty -F /dev/ttyS0 115200 cs8 -parenb -cstopb")
    assert mediator.status("tux")["line"] == "115200 8n1"


# ---- what a client types ----

def _position_of(client, text, after):
    """Wait until text was shown behind the first `after` bytes; return where it ends."""
    shown = client.wait_for(text, timeout=300, after=after)
    return shown.index(text.encode(), after) + len(text)


def _enter(client, line, at, *texts):
    """Type a line; wait for the texts that must follow, and return where the last one ends."""
    client.type(line + "\r")
    for text in texts:
        at = _position_of(client, text, at)
    return at


def uart_linux_logs_in_and_edits_its_line(linux):
    guest, client = linux
    guest.run("mkdir -p /etc; echo root::0:0:root:/:/bin/sh >/etc/passwd")
    guest.run("stty -F /dev/ttyS0 sane 115200")
    at = len(client.received())
    guest.run("(setsid getty -L 115200 ttyS0 vt100 </dev/null >/dev/null 2>&1 &)")
    at = _position_of(client, "login: ", at)
    # DEL takes back the wrong characters.
    at = _enter(client, "roox\x7ft", at, "# ")
    at = _enter(client, "eko\x7f\x7fcho answer $((6*7))", at, "\nanswer 42\r\n", "# ")
    # Ctrl-C ends the program that runs, and the shell goes on.
    at = _enter(client, "echo begins; sleep 1000", at, "\nbegins\r\n")
    client.type("\x03")
    at = _position_of(client, "# ", at)
    _enter(client, "exit", at, "exit\r\n")


def uart_linux_takes_sysrq_behind_a_break(linux, mediator):
    guest, client = linux
    guest.run("dmesg -n 8; echo 1 >/proc/sys/kernel/sysrq; stty -F /dev/ttyS0 raw -echo")
    at = len(client.received())
    # The driver takes input only while somebody has the tty open.
    guest.run("(cat /dev/ttyS0 >/dev/null 2>&1 & echo $! >/tmp/reader)")
    mediator.control("break", "tux")
    client.type("h")
    client.wait_for("sysrq: HELP", timeout=300, after=at)
    guest.run("kill $(cat /tmp/reader)")


def uart_linux_is_typed_to_while_the_kernel_speaks(linux):
    """No line of text, in either direction, is lost or torn."""
    guest, client = linux
    typed = b"".join(b"typed line %05d ........................\n" % i for i in range(LINES))
    guest.run("dmesg -n 8; echo on >/proc/sys/kernel/printk_devkmsg; "
              "stty -F /dev/ttyS0 raw -echo")
    at = len(client.received())
    guest.run(f"(head -c {len(typed)} /dev/ttyS0 >/tmp/typed; echo typed-is-whole >/dev/kmsg) "
              ">/dev/null 2>&1 &")
    guest.run(f"(i=0; while [ $i -lt {LINES} ]; do echo flood line $i, >/dev/kmsg; "
              "i=$((i+1)); done) >/dev/null 2>&1 &")
    client.type(typed)
    client.wait_for("typed-is-whole\r\n", timeout=300, after=at)
    client.wait_for(f"flood line {LINES - 1},\r\n", timeout=300, after=at)
    shown = client.received()[at:].decode(errors="replace")
    assert re.findall(r"flood line (\d+),\r\n", shown) == [str(i) for i in range(LINES)]
    assert guest.run("cat /tmp/typed") == typed


@pytest.mark.only_param("virtual")
def uart_linux_moves_32_kib_each_way_at_once(linux):
    guest, client = linux
    guest.run("dmesg -n 1; stty -F /dev/ttyS0 115200 raw -echo crtscts")
    at = len(client.received())
    guest.run(f"(head -c {BULK} /dev/ttyS0 | sha256sum >/tmp/in.new; mv /tmp/in.new /tmp/in) "
              ">/dev/null 2>&1 &")
    guest.run(f"head -c {BULK} /file >/dev/ttyS0 2>/dev/null &")
    client.type(TYPED)
    assert client.wait_for_bytes(at + BULK, timeout=900)[at:] == FILE[:BULK]
    got = guest.run("while [ ! -e /tmp/in ]; do sleep 1; done; cat /tmp/in", timeout=900)
    assert got.split()[0].decode() == hashlib.sha256(TYPED).hexdigest()
    assert b" oe:" not in guest.run("grep '^0:' /proc/tty/driver/serial")


# ---- another UART ----

@pytest.mark.only_param("virtual")
def uart_linux_uses_16_bytes_of_a_16750(linux, mediator):
    """G1: Debian's kernel does not look for a 16750's FIFO, and the manual says so.  This is the
    last test of the guest's: its console is served as another UART."""
    guest, _ = linux
    mediator.unserve("tux")
    mediator.serve("tux", "mode=virtual;fifo=64;tcp=1234")
    # The driver looks at the port anew.
    guest.run("cd /sys/bus/pnp/drivers/serial; port=$(echo */tty/ttyS0); "
              "echo ${port%%/*} >unbind; echo ${port%%/*} >bind")
    assert guest.run("cd /sys/class/tty/ttyS0; cat port type xmit_fifo_size") == b"0x3F8\n4\n16\n"
    manual = (ROOT / "mediator/mediatorctl.1").read_text().split(".BI fifo=")[1]
    assert re.match(r"(?s).*?Debian 12 \(6\.1\) and 13 .*?a 16550A and use\s16 bytes", manual)


# ---- the guest's end ----

@pytest.mark.only_param("passthrough")
def xl_linux_shut_down_leaves_its_console(linux, lab, mediator, patched_xl):
    guest, client = linux
    domid, at = guest.domid, len(client.received())
    guest.disconnect()
    lab.exec([patched_xl, "shutdown", "-w", "tux"], timeout=300)
    client.wait_for("reboot: Power down", after=at)
    mediator.wait_until(lambda: mediator.status("tux")["domid"] is None, "the end")
    assert mediator.status("tux")["clients"] == 1
    assert lab.exec(["xenstore-exists", f"/libxl/{domid}"], check=False).returncode == 1
