# SPDX-License-Identifier: BSD-2-Clause
"""xl create with ioreq_server, mediatord, nc: both halves together."""

import pytest

from lab.guest import push_guest

COM1 = 'ioreq_server = ["com1"]'


@pytest.fixture
def create(lab, mediator, make_guest, patched_xl):
    """create(name, commands, more): runs when it returns; its console goes
    after the test."""
    names = []

    def create(name, commands="init; print first byte", more=COM1):
        names.append(name)
        return make_guest(name=name, commands=commands, more=more,
                          create=f"{patched_xl} create -q")

    yield create
    for name in names:
        lab.exec([patched_xl, "destroy", name], check=False)
        if any(c["guest"] == name for c in mediator.status()["consoles"]):
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


def xl_client_stays_when_the_guest_reboots(create, connect, mediator):
    guest = create("again", "init; print another life")
    client = connect()
    client.wait_for("another life\r\n")
    first = guest.domid
    guest.connect()
    guest.agent.send("triplefault")
    assert client.wait_for("life\r\nanother life\r\n", timeout=120)
    mediator.wait_until(lambda: mediator.status("again")["domid"] not in (None, first),
                        "the next domid")
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
    assert not any(c["guest"] == "refused" for c in mediator.status()["consoles"])
