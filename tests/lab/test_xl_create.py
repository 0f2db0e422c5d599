# SPDX-License-Identifier: BSD-2-Clause
"""These tests run xl create with the option ioreq_server, mediatord, and nc: libxl's half and
mediatord's half work together."""

import pytest

from lab.footprint import assert_flat
from lab.guest import push_guest
from repetitions import repetitions

CYCLES = repetitions(3, 10)
COM1 = 'ioreq_server = ["com1"]'


@pytest.fixture
def create(lab, mediator, make_guest, patched_xl):
    """create(name, commands, more) makes a guest, which runs when create() returns.  After
    the test, the guest and its console are removed."""
    names = set()

    def create(name, commands="init; print first byte", more=COM1, **how):
        names.add(name)
        return make_guest(name=name, commands=commands, more=more,
                          create=f"{patched_xl} create -q", **how)

    yield create
    for name in names:
        lab.exec([patched_xl, "destroy", name], check=False)
        if mediator.has_console(name):
            mediator.wait_until(lambda: mediator.status(name)["domid"] is None, "the end")
            mediator.unserve(name)


def xl_create_is_all_it_takes(create, connect, mediator):
    guest = create("plain")
    assert mediator.status("plain")["domid"] == guest.domid
    assert connect().wait_for("first byte\r\n") == b"first byte\r\n"


def xl_options_reach_mediatord(create, connect, wire):
    at = wire.position()
    create("options", more='ioreq_server = ["com1,options=mode=passthrough;machine=3f8;tcp=1250"]')
    shown = connect(1250).wait_for("first byte\r\n")
    assert shown == b"first byte\r\n" and wire.wait_for(len(shown), at) == shown


@pytest.fixture
def early(configured):
    """mediator.cfg names the console early/com1, on TCP port 1240."""
    configured('consoles = [ "guest=early,name=com1,tcp=1240" ]\n')


def xl_client_that_was_there_before_the_guest_sees_its_first_byte(early, create, connect,
                                                                  mediator):
    client = connect(1240)
    mediator.wait_until(lambda: mediator.status("early")["clients"] == 1, "the client")
    guest = create("early")
    assert client.wait_for("byte\r\n", timeout=120) == b"first byte\r\n"
    assert mediator.status("early")["domid"] == guest.domid


def xl_client_stays_over_every_kind_of_reboot(create, connect, mediator, lab, patched_xl):
    guest = create("phoenix", "init; print another life",
                   more=f'{COM1}\non_crash = "restart"\n',
                   on_reboot="restart")
    client, shown, domids = connect(), b"", [guest.domid]

    def shows(text):
        nonlocal shown
        shown += text
        assert client.wait_for_bytes(len(shown), timeout=120) == shown

    def is_served_anew():
        mediator.wait_until(lambda: mediator.status("phoenix")["domid"] not in (None, domids[-1]),
                            "the next domid")
        domids.append(mediator.status("phoenix")["domid"])
        assert guest.domid == domids[-1]

    def obeys(command):
        guest.connect()
        guest.agent.send(command)
        guest.disconnect()

    shows(b"another life\r\n")
    obeys("reset")
    shows(b"another life\r\n")
    is_served_anew()
    obeys("triplefault last words")
    shows(b"last words\r\nanother life\r\n")
    is_served_anew()
    lab.exec([patched_xl, "destroy", "phoenix"])
    lab.exec([patched_xl, "create", "-q", guest.config], timeout=120)
    shows(b"another life\r\n")
    is_served_anew()
    assert client.process.poll() is None


@pytest.mark.parametrize("options, words", [
    ("colour=red", "colour"),
    ("machine=2f8", "console=com2"),
], ids=["unknown", "machine"])
def xl_create_fails_with_mediatords_reason(lab, mediator, make_guest, patched_xl, guest_image,
                                           options, words):
    path = push_guest(lab, guest_image, "refused",
                      more=f'ioreq_server = ["com1,options={options}"]')
    done = lab.exec([patched_xl, "create", path], check=False, timeout=120)
    assert done.returncode != 0
    assert 'ioreq server "com1": ' in done.stderr and words in done.stderr
    assert lab.exec("xl domid refused", check=False).returncode != 0
    assert not mediator.has_console("refused")


def xl_mediatord_killed_while_xl_waits(lab, mediator, guest_image, patched_xl):
    """xl gives up, and nothing is left behind, neither then nor when mediatord runs again."""
    path = push_guest(lab, guest_image, "orphan", more=COM1)
    supervisor = mediator.supervisor()
    mediator.signal("STOP", supervisor)
    try:
        done = lab.exec([patched_xl, "create", path], check=False, timeout=120)
    finally:
        mediator.signal("KILL", supervisor)
        mediator.start()
    assert done.returncode != 0 and "ioreq server" in done.stderr, done.stderr
    assert lab.exec("xl domid orphan", check=False).returncode != 0
    mediator.wait_until(lambda: not any(c["guest"] == "orphan" and c["domid"]
                                        for c in mediator.status()["consoles"]), "no console")
    assert lab.exec("xenstore-ls -f /libxl | grep ioreq-server", check=False).stdout == ""


def _cycle(create, connect, mediator):
    guest = create("cycle")
    client = connect()
    client.wait_for("byte\r\n")
    client.leave()
    guest.destroy()
    mediator.wait_until(lambda: mediator.status("cycle")["domid"] is None, "the end")
    mediator.unserve("cycle")


def xl_cycles_leave_everything_flat(create, connect, lab, mediator):
    assert_flat(lambda: _cycle(create, connect, mediator), CYCLES, lab, mediator)


@pytest.mark.slow
def xl_a_hundred_cycles_leave_everything_flat(create, connect, lab, mediator):
    assert_flat(lambda: _cycle(create, connect, mediator), 100, lab, mediator)
