# SPDX-License-Identifier: BSD-2-Clause
"""These tests write to xenstore by hand what libxl writes there, so Debian's own xl will do;
and they use consoles that mediator.cfg names."""

import uuid

import pytest

PRESENCE = "/tool/ioreq-server/mediatord"
REQUEST = {"version": "1", "daemon": "mediatord", "name": "com1", "ports": "3f8-3ff", "irq": "4",
           "options": ""}


def _folder(domid, number=0):
    return f"/libxl/{domid}/ioreq-server/{number}"


def _ask(lab, domid, number=0, **values):
    """Write a request in one transaction, as libxl does."""
    nodes = {**REQUEST, "generation": uuid.uuid4().hex, **values, "state": "requested"}
    words = []
    for node, value in nodes.items():
        words += [f"{_folder(domid, number)}/{node}", value]
    lab.exec(["xenstore-write", *words])


def _read(lab, path):
    done = lab.exec(["xenstore-read", path], check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _answer(lab, mediator, domid, number=0):
    """Wait for the answer to a request, and return its nodes: (state, error)."""
    path = _folder(domid, number)
    mediator.wait_until(lambda: _read(lab, f"{path}/state") != "requested", "an answer", 30)
    return _read(lab, f"{path}/state"), _read(lab, f"{path}/error")


@pytest.fixture
def forget(mediator):
    """forget(name) has the console of that guest removed after the test."""
    names = []
    yield names.append
    for name in names:
        if mediator.has_console(name):
            mediator.unserve(name)


def xl_presence_node_says_whether_mediatord_runs(lab, mediator):
    assert _read(lab, PRESENCE) == str(mediator.supervisor())
    mediator.stop()
    assert _read(lab, PRESENCE) is None
    mediator.start()
    assert _read(lab, PRESENCE) == str(mediator.supervisor())


def xl_request_for_another_daemon_is_left_alone(lab, mediator, make_guest, forget):
    """E8."""
    guest, other = make_guest(), make_guest()
    forget(other.name)
    _ask(lab, guest.domid, daemon="somebody-else")
    _ask(lab, other.domid)
    assert _answer(lab, mediator, other.domid) == ("running", None)
    assert _read(lab, f"{_folder(guest.domid)}/state") == "requested"


def xl_request_in_xenstore_is_served(lab, mediator, make_guest, connect, forget):
    guest = make_guest(commands="init; print first byte")
    forget(guest.name)
    _ask(lab, guest.domid)
    assert _answer(lab, mediator, guest.domid) == ("running", None)
    assert mediator.status(guest.name)["domid"] == guest.domid
    client = connect()
    guest.unpause(connect=False)
    assert client.wait_for("first byte\r\n") == b"first byte\r\n"


def xl_request_is_served_after_mediatord_was_down(lab, mediator, make_guest, forget):
    guest = make_guest()
    forget(guest.name)
    mediator.stop()
    _ask(lab, guest.domid)
    mediator.start()
    assert _answer(lab, mediator, guest.domid) == ("running", None)


@pytest.mark.parametrize("values, words", [
    ({"options": "colour=red"}, "colour"),
    ({"options": "machine=2f8"}, "console"),
    ({"irq": "99"}, "irq=99"),
    ({"ports": "3ff-3f8"}, "ports=3ff-3f8"),
    ({"version": "2"}, "version 2"),
], ids=["option", "machine", "irq", "ports", "version"])
def xl_request_that_is_wrong_is_told_why(lab, mediator, make_guest, values, words):
    guest = make_guest()
    _ask(lab, guest.domid, **values)
    state, error = _answer(lab, mediator, guest.domid)
    assert state == "error" and words in error
    assert not mediator.has_console(guest.name)


def xl_request_that_was_withdrawn_leaves_no_node(lab, mediator, make_guest, forget):
    guest = make_guest()
    forget(guest.name)
    mediator.signal("STOP", mediator.supervisor())
    _ask(lab, guest.domid)
    folder = f"/libxl/{guest.domid}/ioreq-server"
    mediator.signal("CONT", mediator.supervisor())
    # Whenever mediatord sees the request, it must not write a node that is gone.
    lab.exec(["xenstore-rm", folder])
    mediator.wait_until(lambda: all(c["state"] in ("serving", "idle")
                                    for c in mediator.status()["consoles"]), "an end")
    assert lab.exec(["xenstore-ls", folder], check=False).returncode != 0


def xl_request_of_a_rebooted_guest_waits_for_its_predecessor(lab, mediator, make_guest, connect,
                                                             forget):
    first = make_guest(name="reborn", commands="init; print first life")
    forget("reborn")
    _ask(lab, first.domid)
    assert _answer(lab, mediator, first.domid)[0] == "running"
    client = connect()
    first.unpause(connect=False)
    client.wait_for("first life\r\n")
    # A stopped uart role takes long to end.
    role = mediator.uart_role("reborn")
    mediator.signal("STOP", role)
    lab.exec("xl destroy reborn")
    second = make_guest(name="reborn", commands="init; print second life")
    _ask(lab, second.domid)
    mediator.wait_until(lambda: mediator.status("reborn")["state"] == "ending", "the end")
    assert _read(lab, f"{_folder(second.domid)}/state") == "requested"
    mediator.signal("CONT", role)
    assert _answer(lab, mediator, second.domid) == ("running", None)
    second.unpause(connect=False)
    assert client.wait_for("second life\r\n") == b"first life\r\nsecond life\r\n"
    assert mediator.status("reborn")["domid"] == second.domid


def xl_request_that_fails_keeps_the_history_of_an_earlier_life(lab, mediator, make_guest,
                                                               connect, forget):
    first = make_guest(name="kept", commands="init; print to be kept")
    forget("kept")
    _ask(lab, first.domid)
    assert _answer(lab, mediator, first.domid)[0] == "running"
    client = connect()
    first.unpause(connect=False)
    client.wait_for("to be kept\r\n")
    first.destroy()
    second = make_guest(name="kept")
    _ask(lab, second.domid, options="machine=2f8")
    assert _answer(lab, mediator, second.domid)[0] == "error"
    assert mediator.status("kept")["state"] == "idle"
    assert connect().wait_for("to be kept\r\n") == b"to be kept\r\n"
    assert client.process.poll() is None


def xl_console_named_in_the_configuration_is_there_before_its_guest(
        lab, configured, mediator, make_guest, connect):
    configured('consoles = [ "guest=early,name=com1,tcp=1240" ]\n')
    client = connect(1240)
    assert mediator.status("early")["domid"] is None
    mediator.wait_until(lambda: mediator.status("early")["clients"] == 1, "the client")
    guest = make_guest(name="early", commands="init; print from the first byte")
    # The request says "com1" alone, so mediator.cfg gives the TCP port.
    _ask(lab, guest.domid)
    assert _answer(lab, mediator, guest.domid) == ("running", None)
    guest.unpause(connect=False)
    assert client.wait_for("byte\r\n") == b"from the first byte\r\n"
    guest.destroy()
    mediator.wait_until(lambda: mediator.status("early")["domid"] is None, "the end")
    # After unserve the console is still there, and another guest cannot have its TCP port.
    mediator.unserve("early")
    assert mediator.status("early")["state"] == "idle"
    make_guest(name="late")
    refused = mediator.control("serve", "late", "tcp=1240", check=False)
    assert refused.returncode == 1
    assert "belongs to console early/com1 of mediator.cfg" in refused.stderr
    assert client.process.poll() is None


def xl_guest_that_runs_unserved_is_told_of(lab, configured, mediator, make_guest):
    """E3.  Debian's xl knows no ioreq_server, and says nothing."""
    configured('consoles = [ "guest=bare,name=com1,tcp=1240" ]\n')
    log_bytes = len(mediator.log().encode())
    guest = make_guest(name="bare", create="/usr/sbin/xl create -p -q")
    guest.unpause()
    mediator.wait_until(lambda: f'domain {guest.domid}, "bare", runs without console bare/com1'
                        in mediator.log(log_bytes), "the warning", 120)


def xl_wrong_configuration_names_its_line(lab, mediator):
    lab.exec("cat > /root/wrong.cfg", input='nic = "none"\n\ncolour = "red"\n')
    done = lab.exec("mediatord -f /root/wrong.cfg", check=False, timeout=60)
    assert done.returncode == 1
    assert "/root/wrong.cfg:3" in done.stderr and "colour" in done.stderr
