# SPDX-License-Identifier: BSD-2-Clause
"""These tests are about a hypervisor that posts writes and answers reads from shadow
registers: mediatord makes use of that, and a guest sees no difference.  The other
test_uart_*.py run on this hypervisor, too."""

import os
import random

import pytest

from guest.conformance import differences
from guest.stream import stream
from lab.client import Client
from lab.footprint import assert_flat, live_once
from lab.guest import Guest
from lab.mediator import Mediator
from lab.session import Lab
from repetitions import repetitions

KILLS = repetitions(4, 10)
CYCLES = repetitions(3, 10)
STREAM_BYTES = repetitions(2048, 4096)
PARALLEL_STREAMS = 60


@pytest.fixture
def unposted(shared_guest, serve):
    """This is the shared guest, served with posted=off, that is, as on Debian's hypervisor."""
    serve(shared_guest, "mode=virtual;tcp=1234;posted=off")
    shared_guest.command("init")
    return shared_guest


def uart_status_tells_what_xen_does(virtual, mediator):
    assert mediator.status("shared")["xen"] == ["posted-writes", "shadow-registers"]


def uart_passthrough_asks_xen_for_nothing(console, mediator):
    assert mediator.status("shared")["xen"] == []


def uart_unposted_works_as_well(unposted, mediator, connect, seeds):
    assert mediator.status("shared")["xen"] == []
    found = differences(unposted.command("conform", timeout=300), "virtual")
    assert not found, "\n".join(found)
    client, wanted = connect(), b""
    for method, count in (("outb", STREAM_BYTES), ("poll", STREAM_BYTES), ("irq", STREAM_BYTES),
                          ("outsb", 64 * STREAM_BYTES)):
        seed = next(seeds)
        unposted.command(f"stream {method} {seed} {count}", timeout=300)
        wanted += stream(seed, count)
        assert client.wait_for_bytes(len(wanted), timeout=120) == wanted


def uart_posted_role_killed_under_outb_loses_nothing(virtual, mediator, connect, seeds):
    """What is in Xen's ring when the role is killed waits there for the successor."""
    seed, size, wanted = next(seeds), 20000, b""
    chance, client = random.Random(seed), connect()
    for kill in range(KILLS):
        virtual.agent.send(f"stream outb {seed + kill} {size}")
        wait = len(wanted) + chance.randrange(size // 2)
        mediator.wait_until(lambda: mediator.status("shared")["bytes"] >= wait, "the stream")
        mediator.signal("KILL", mediator.uart_role("shared"))
        virtual.agent.reply(timeout=300)
        wanted += stream(seed + kill, size)
        assert client.wait_for_bytes(len(wanted), timeout=120) == wanted
    status = mediator.status("shared")
    assert (status["restarts"], status["in_doubt"]) == (KILLS, 0)
    assert status["xen"] == ["posted-writes", "shadow-registers"]


def uart_posted_last_words_before_a_triple_fault_arrive(make_guest, serve, connect):
    guest = make_guest()
    serve(guest, "mode=virtual;tcp=1234")
    client = connect()
    guest.unpause()
    guest.agent.send("triplefault these are my last words")
    client.wait_for("these are my last words\r\n")


def uart_posted_cycles_leave_everything_flat(make_guest, connect, lab, mediator):
    """Xen's page of shadow registers goes with the ioreq server."""
    assert_flat(lambda: live_once(make_guest, connect, mediator, "mode=virtual;tcp=1234"),
                CYCLES, lab, mediator)


@pytest.mark.slow
def uart_posted_writes_are_taken_once_while_the_guest_runs(hypervisor, guest_image, seeds):
    """Xen and the uart role can change the ring's pointers at the same time only where the
    guest and dom0 have a CPU each.  Before the patch 0007-ioreq-pointers-once, about one of
    ten streams had bytes twice."""
    with Lab(f"check-two-{os.getpid()}", cpus=2, xen=hypervisor) as lab:
        mediator = Mediator(lab)
        mediator.start()
        guest = Guest(lab, guest_image, "shared")
        guest.unpause()
        mediator.serve("shared", "mode=virtual;tcp=1234")
        guest.command("init")
        with Client(lab) as client:
            for number in range(PARALLEL_STREAMS):
                seed, at = next(seeds), number * 65536
                guest.command(f"stream outb {seed} 65536", timeout=120)
                shown = client.wait_for_bytes(at + 65536)[at:]
                assert shown == stream(seed, 65536), f"stream {number}"
