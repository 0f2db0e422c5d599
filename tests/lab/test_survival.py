# SPDX-License-Identifier: BSD-2-Clause
"""In these tests all goes on, whatever happens to mediatord and to what it needs."""

import hashlib
import os
import random
import time

import pytest

from guest.stream import stream
from lab.survival_faults import Faults, mount_small_run, unmount_small_run
from lab.survival_soak import RSS_GROWTH_KIB, Soak
from lab.survival_stream import SurvivalStream
from repetitions import repetitions

FAULTS = int(os.environ.get("XSM_FAULTS", "0")) or repetitions(36, 1000)
PORTION = 300, 3000     # bytes that a guest writes around a fault
ON_TOP = 8              # of so many faults, one is waited for; the others come on top


@pytest.fixture
def small_run(mediator):
    """mediatord's files are on a file system of their own, of which little is free."""
    mount_small_run(mediator)
    yield
    unmount_small_run(mediator)


@pytest.fixture
def make_stream(lab, mediator, make_guest, small_run, tmp_path):
    streams = []

    def make(port, options, seed, name=None):
        one = SurvivalStream(lab, mediator, make_guest(name), port, options, seed, tmp_path)
        streams.append(one)
        return one

    yield make
    if not lab.is_running():
        print(f"the machine has ended: {lab.machine.last_words()}\n" +
              "\n".join(lab.console().splitlines()[-40:]))
    for one in streams:
        one.end()
    if not mediator.processes():
        mediator.start()
    for one in streams:
        if mediator.has_console(one.guest.name):
            mediator.unserve(one.guest.name)


def trust_a_served_guest_survives_faults_at_random(mediator, make_stream, wire, seeds):
    """Two guests, one with a virtual UART and one on the machine's, and the same faults."""
    seed, since = next(seeds), wire.position()
    print(f"XSM_SEED={seed} repeats the faults")
    dice = random.Random(seed)
    virtual = make_stream(1234, "mode=virtual", seed)
    machine = make_stream(1235, "mode=passthrough;machine=3f8", seed + 1)
    streams = [virtual, machine]
    faults = Faults(mediator, streams, dice)
    first = dice.sample(faults.kinds, len(faults.kinds))
    started = time.monotonic()
    for i in range(FAULTS):
        kind = first[i] if i < len(first) else dice.choice(faults.kinds)
        print(f"{time.monotonic() - started:.1f} s, {i}: {kind.__name__}")
        for one in streams:
            one.move_on(dice.randrange(*PORTION))
        faults.cause(kind)
        if i == FAULTS - 1 or dice.randrange(ON_TOP) == 0:
            for one in streams:
                one.settle()
    seconds = time.monotonic() - started
    for one in streams:
        in_doubt = mediator.status(one.guest.name)["in_doubt"]
        connections, missed = one.finish()
        print(f"{one.guest.name}: {len(one.wanted)} bytes written, {one.typed} typed; "
              f"{connections} connections, {missed} bytes missed and told; {in_doubt} accesses "
              f"in doubt in {faults.deaths[one.guest.name]} deaths at most; the longest portion "
              f"took {one.longest:.1f} s")
        # No device, no doubt; and a death leaves one access at most of which nobody knows.
        assert in_doubt <= (0 if one is virtual else faults.deaths[one.guest.name])
    missing = machine.missing_on(wire, since, in_doubt)
    print(f"{missing} bytes are missing on the serial line")
    assert missing <= in_doubt
    print(f"{FAULTS} faults in {seconds:.0f} s: " +
          ", ".join(f"{count} {name}" for name, count in sorted(faults.counts.items())))


# ---- an hour ----

SOAK_SECONDS = int(os.environ.get("XSM_SOAK_SECONDS", "3600"))
LOOKS = 6 if SOAK_SECONDS >= 600 else 2      # at the footprint, from the settled beginning to the end


@pytest.mark.slow
def trust_soak_leaves_everything_flat(mediator, make_stream, seeds):
    """Eight guests and 32 clients come and go."""
    seed = next(seeds)
    print(f"XSM_SEED={seed} repeats what happens")
    soak = Soak(mediator, make_stream, random.Random(seed))
    before, rss_before = None, None
    for look in range(LOOKS + 1):
        # The first piece only warms up.
        until = time.monotonic() + SOAK_SECONDS / LOOKS * (1 if look else 0.5)
        while time.monotonic() < until:
            soak.act()
        counts, rss = soak.rest()
        print(f"{soak.counts}; {counts}; resident KiB: {rss}")
        if look == 0:
            before, rss_before = counts, rss
        if look < LOOKS:
            soak.go_on()
    assert counts == before
    assert {name: kib for name, kib in rss.items()
            if kib - rss_before[name] > RSS_GROWTH_KIB} == {}


# ---- xenstored stands still ----

ANSWER_SECONDS = 20     # is ten times what an answer may take


def trust_a_stopped_xenstored_holds_up_nobody(lab, mediator, make_guest, serve, virtual, connect,
                                              seeds):
    other, client, seed = make_guest(), connect(), next(seeds)
    took, wanted = {}, b""

    def ask(*words):
        started = time.monotonic()
        done = mediator.control(*words, check=False)
        took[words[0]] = time.monotonic() - started
        return done

    lab.exec("kill -STOP $(cat /run/xenstore.pid)")
    try:
        for part in range(3):
            started = time.monotonic()
            said = virtual.command(f"stream outb {seed + part} 500")
            took["500 bytes"] = max(took.get("500 bytes", 0), time.monotonic() - started)
            wanted += stream(seed + part, 500)
            assert said["sha256"] == hashlib.sha256(wanted[-500:]).hexdigest()
            assert client.wait_for_bytes(len(wanted)) == wanted
            if part == 0:
                assert ask("serve", other.name, "mode=virtual;tcp=1235").returncode == 1
                mediator.signal("KILL", mediator.uart_role("shared"))
            assert ask("status").returncode == 0
            assert ask("list").returncode == 0
    finally:
        lab.exec("kill -CONT $(cat /run/xenstore.pid)")
    print(", ".join(f"{what}: {seconds:.1f} s" for what, seconds in took.items()))
    assert max(took.values()) < ANSWER_SECONDS
    # All of it works again, without anybody's help.
    mediator.wait_until(lambda: mediator.control("serve", other.name, "mode=virtual;tcp=1235",
                                                 check=False).returncode == 0, "xenstored")
    try:
        other.unpause()
        other.command("init")
        other.command("print here")
        connect(1235).wait_for("here\r\n")
    finally:
        mediator.unserve(other.name)
