# SPDX-License-Identifier: BSD-2-Clause
"""In these tests guests and clients are hostile.  Their console still works afterwards."""

import time

import pytest

from lab.footprint import RSS_GROWTH_KIB, rss_kib
from repetitions import repetitions

HAMMER_SECONDS = repetitions(20, 120)
FLOOD_SECONDS = repetitions(15, 60)
FIFO_BYTES = 16
PAGES = 256


@pytest.fixture
def make_virtual(make_guest, serve):
    """make_virtual(TCP port, **how) returns a guest that runs, with a virtual UART."""
    def make(port, **how):
        guest = make_guest(**how)
        serve(guest, f"mode=virtual;tcp={port}")
        guest.unpause()
        return guest
    return make


def _still_works(guest, client, mediator):
    """Assert that what the guest prints still arrives, behind all the rest, and that its uart
    role was never started again."""
    guest.command("init")
    guest.command("print still here")
    client.wait_for("still here\r\n", timeout=120)
    status = mediator.status(guest.name)
    assert (status["restarts"], status["in_doubt"]) == (0, 0)
    assert len(client.wait_for_bytes(status["bytes"])) == status["bytes"]


def uart_virtual_four_processors_hammer_every_port(make_virtual, connect, mediator, seeds):
    guest, client = make_virtual(1234, vcpus=4), connect()
    guest.command("init")
    said = guest.command(f"hammer {HAMMER_SECONDS} {next(seeds)} 4",
                         timeout=HAMMER_SECONDS + 120)
    # Every request was answered: a processor whose request is not would not come back, and
    # would have made no access.
    assert said["processors"] == "4" and said.number("fewest") > 0
    print(f"{said['accesses']} accesses, {said['reps']} of them rep, in {HAMMER_SECONDS} s")
    _still_works(guest, client, mediator)


@pytest.mark.parametrize("mode", ["virtual", "passthrough"])
def uart_memory_goes_away_under_rep_outs(make_guest, serve, connect, mediator, mode):
    guest = make_guest(vcpus=2)
    serve(guest, f"mode={mode};tcp=1234")
    guest.unpause()
    client = connect()
    guest.command("init")
    guest.command(f"fill 400000 {PAGES * 4096} 2e")
    said = guest.command(f"balloon {PAGES}", timeout=600)
    assert said.number("given") == PAGES
    _still_works(guest, client, mediator)
    # The uart role read bytes of the guest's memory, or ff, which an absent page reads as,
    # and nothing else.
    assert set(client.received()) - set(b"still here\r\n") <= {0x2e, 0xff}


def uart_flood_of_input_closes_the_window(make_virtual, connect, lab, mediator):
    """A client sends as much as TCP takes to a guest that does not read.  Nobody else
    notices."""
    guest, other = make_virtual(1234), make_virtual(1235)
    for each in (guest, other):
        each.command("init")
    client, neighbour = connect(), connect(1235)
    pids = [mediator.net_role(), mediator.uart_role(guest.name)]
    with open("/dev/zero", "rb") as zeros:
        flood = lab.client(["nc", "192.168.0.2", "1234"], stdin=zeros)
    try:
        mediator.wait_until(lambda: mediator.status(guest.name)["clients"] == 2, "the flood")
        mediator.wait_until(lambda: mediator.status(guest.name)["typed"] > 0, "its first bytes")
        before, end, lines = rss_kib(lab, pids), time.monotonic() + FLOOD_SECONDS, 0
        while time.monotonic() < end:
            lines += 1
            other.command(f"print line {lines}")
            neighbour.wait_for(f"line {lines}\r\n")
            guest.command(f"print line {lines}")
            client.wait_for(f"line {lines}\r\n")
        grown = rss_kib(lab, pids) - before
        typed = mediator.status(guest.name)["typed"]
    finally:
        flood.terminate()
        flood.communicate()
    print(f"{lines} lines each meanwhile; {typed} bytes fed; RSS {grown:+d} KiB")
    assert typed <= FIFO_BYTES
    assert grown <= RSS_GROWTH_KIB
    # The guest can still read what was put into its receiver.
    assert guest.command("recv poll 16 60000", timeout=120)["complete"] == "1"
    _still_works(guest, client, mediator)
