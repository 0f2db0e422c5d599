# SPDX-License-Identifier: BSD-2-Clause
"""These tests show what becomes of a console when its domain ends: the last bytes arrive,
the next domain goes on with the console, and many cycles leave nothing behind."""

import pytest

from lab.footprint import assert_flat, live_once
from repetitions import repetitions

CYCLES = repetitions(3, 10)


def main_last_bytes_before_a_triple_fault_arrive(make_guest, serve, connect, wire):
    guest, at = make_guest(), wire.position()
    serve(guest)
    client = connect()
    guest.unpause()
    guest.agent.send("triplefault these are my last words")
    shown = client.wait_for("these are my last words\r\n")
    assert wire.wait_for(len(shown), at) == shown


def main_last_bytes_before_xl_destroy_arrive(lab, make_guest, serve, connect, mediator, seeds):
    guest = make_guest()
    serve(guest)
    client = connect()
    guest.unpause()
    guest.agent.send(f"stream outb {next(seeds)} 1000000")
    client.wait_for_bytes(100)
    lab.exec(["xl", "destroy", guest.name])
    mediator.wait_until(lambda: mediator.status(guest.name)["domid"] is None,
                        "the console to be idle")
    written = mediator.status(guest.name)["bytes"]
    shown = client.wait_for_bytes(written)
    # The connected client stays connected, and a new one sees the same bytes.
    assert connect().wait_for_bytes(written) == shown
    assert len(shown) == written
    assert client.process.poll() is None


def main_a_console_goes_on_with_the_next_domain(lab, make_guest, serve, connect, mediator):
    guest = make_guest(name="again")
    serve(guest)
    client = connect()
    guest.unpause()
    guest.command("print first life")
    client.wait_for("first life\r\n")
    guest.destroy()
    mediator.wait_until(lambda: mediator.status("again")["domid"] is None, "the end")
    guest = make_guest(name="again")
    serve(guest)
    guest.unpause()
    guest.command("print second life")
    assert client.wait_for("second life\r\n") == b"first life\r\nsecond life\r\n"


def main_cycles_leave_everything_flat(make_guest, connect, lab, mediator):
    assert_flat(lambda: live_once(make_guest, connect, mediator, "tcp=1234"), CYCLES, lab, mediator)


@pytest.mark.slow
def main_a_hundred_cycles_leave_everything_flat(make_guest, connect, lab, mediator):
    assert_flat(lambda: live_once(make_guest, connect, mediator, "tcp=1234"), 100, lab, mediator)
