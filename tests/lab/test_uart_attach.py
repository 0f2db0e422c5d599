# SPDX-License-Identifier: BSD-2-Clause
"""These tests use a console in dom0, by mediatorctl attach and by the xl console of Debian's
own xl, which opens the pty."""

import pytest

from lab.client import Terminal

ESCAPE = b"\x1d"                # Ctrl-], both mediatorctl's and xl console's
STOCK_XL = "/usr/sbin/xl"


@pytest.fixture(name="terminal")
def make_terminal(lab):
    """terminal(*command) returns a Terminal in dom0.  All of them are ended after the test."""
    terminals = []

    def start(*command):
        terminals.append(Terminal(lab, list(command)))
        return terminals[-1]

    yield start
    for one in terminals:
        one.leave()


def _tty(lab, domid):
    """Return the path of the tty that xl console would open, or "" if there is none."""
    return lab.exec(["xenstore-read", f"/local/domain/{domid}/serial/0/tty"],
                    check=False).stdout.strip()


def _typed_arrives(guest, terminal, text):
    guest.agent.send(f"recv poll {len(text)} 60000")
    terminal.type(text)
    said = guest.agent.reply(timeout=120)
    assert (said["complete"], said["hex"]) == ("1", text.hex())


def uart_attach_shows_the_history_and_types(virtual, terminal, connect):
    virtual.command("print before anybody came")
    attached, tcp = terminal("mediatorctl", "attach", "shared"), connect()
    attached.wait_for("^] . detaches")
    attached.wait_for("before anybody came\r\n")
    virtual.command("print and after it")
    attached.wait_for("and after it\r\n")
    tcp.wait_for("and after it\r\n")
    # Ctrl-C goes to the guest.
    _typed_arrives(virtual, attached, b"\x03ls\r")
    attached.type(ESCAPE + b".")
    assert attached.wait_exit() == 0
    attached.wait_for("[mediatorctl: detached]")


def uart_attach_sends_a_break_and_shows_the_status(virtual, terminal):
    attached = terminal("mediatorctl", "attach", "shared")
    attached.wait_for("^] . detaches")
    virtual.agent.send("waitlsr 11 11 60000")
    attached.type(ESCAPE + b"b")
    assert virtual.agent.reply(timeout=120)["came"] == "1"
    attached.wait_for("break sent")
    attached.type(ESCAPE + b"s")
    attached.wait_for("shared/com1: serving")
    attached.type(ESCAPE + b".")
    assert attached.wait_exit() == 0


def uart_attach_goes_on_behind_a_killed_net_role(virtual, terminal, mediator):
    attached = terminal("mediatorctl", "attach", "shared")
    virtual.command("print one")
    attached.wait_for("one\r\n")
    mediator.signal("KILL", mediator.net_role())
    virtual.command("print two")
    attached.wait_for("attached again")
    attached.wait_for("two\r\n")
    assert attached.received().count(b"one\r\n") == 1
    _typed_arrives(virtual, attached, b"still here\r")
    attached.type(ESCAPE + b".")
    assert attached.wait_exit() == 0


def uart_xl_console_shows_the_history_once_and_types(virtual, terminal):
    virtual.command("print before anybody came")
    for _ in range(2):
        console = terminal(STOCK_XL, "console", "-t", "serial", "shared")
        console.wait_for("before anybody came\r\n")
        _typed_arrives(virtual, console, b"date\r")
        virtual.command("print answer")
        console.wait_for("answer\r\n")
        assert console.received().count(b"before anybody came\r\n") == 1
        console.type(ESCAPE)
        assert console.wait_exit() == 0


def uart_xl_console_goes_on_behind_a_killed_net_role(virtual, terminal, mediator):
    console = terminal(STOCK_XL, "console", "-t", "serial", "shared")
    virtual.command("print one")
    console.wait_for("one\r\n")
    mediator.signal("KILL", mediator.net_role())
    virtual.command("print two")
    console.wait_for("two\r\n")
    assert console.received().count(b"one\r\n") == 1
    console.type(ESCAPE)
    assert console.wait_exit() == 0


def uart_pty_is_roots_alone(lab, virtual, mediator):
    path = _tty(lab, virtual.domid)
    assert path == mediator.status("shared")["pty"] and path.startswith("/dev/pts/")
    assert lab.exec(["stat", "-c", "%a %U", path]).stdout.strip() == "600 root"
    # The node's permissions name dom0 alone, so the guest cannot read it.
    listed = lab.exec(["xenstore-ls", "-p", f"/local/domain/{virtual.domid}/serial/0"]).stdout
    assert "(n0)" in [line.split()[-1] for line in listed.splitlines() if "tty" in line]


def uart_pty_is_withdrawn_with_its_domain_and_its_service(lab, make_guest, serve, mediator):
    guest = make_guest()
    serve(guest, "mode=virtual;tcp=1235")
    domid = guest.domid
    assert _tty(lab, domid).startswith("/dev/pts/")
    mediator.unserve(guest.name)
    assert _tty(lab, domid) == ""
    serve(guest, "mode=virtual;tcp=1235")
    assert _tty(lab, domid).startswith("/dev/pts/")
    guest.destroy()
    mediator.wait_until(lambda: mediator.status(guest.name)["domid"] is None, "its end")
    assert _tty(lab, domid) == ""
    assert str(domid) not in lab.exec(["xenstore-list", "/local/domain"]).stdout.split()


def uart_pty_of_the_device_model_is_left_alone(lab, make_guest, serve, mediator):
    guest = make_guest(more='serial = ["pty", "unix:/run/lab/own.com2,server=on,wait=off"]')
    tty = _tty(lab, guest.domid)
    assert tty.startswith("/dev/pts/")
    serve(guest, "mode=virtual;tcp=1235")
    assert _tty(lab, guest.domid) == tty
    assert mediator.status(guest.name)["pty"] is None
    mediator.unserve(guest.name)
    assert _tty(lab, guest.domid) == tty


def uart_pty_is_there_again_behind_a_killed_mediatord(lab, virtual, mediator, terminal):
    before = _tty(lab, virtual.domid)
    mediator.signal("KILL", mediator.supervisor())
    mediator.wait_until(lambda: not mediator.processes(), "its roles to end")
    mediator.start()
    mediator.wait_until(lambda: mediator.status("shared")["pty"], "its pty")
    assert before.startswith("/dev/pts/")
    assert _tty(lab, virtual.domid) == mediator.status("shared")["pty"]
    console = terminal(STOCK_XL, "console", "-t", "serial", "shared")
    virtual.command("print again")
    console.wait_for("again\r\n")
    console.type(ESCAPE)
    assert console.wait_exit() == 0
