# SPDX-License-Identifier: BSD-2-Clause
"""In these tests all goes on, whatever happens to mediatord and to what it needs."""

import os
import random
import time

import pytest

from lab.survival_faults import Faults, mount_small_run, unmount_small_run
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
