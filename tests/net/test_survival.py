# SPDX-License-Identifier: BSD-2-Clause
"""Faults of the net role at random moments, under streams both ways."""

import errno
import os
import random
import resource
import signal
import struct
import time
from pathlib import Path

import pytest

from net_lab import Client, Lab, run, stream, wait_until
from repetitions import repetitions

PORTION = 6000      # bytes that the guest writes around a fault
RATE = 60000        # a second
TYPED = 500         # bytes that the client types around a fault
HEAD_AT = 64        # in the in ring's file: mediator/shared/in_ring.h
MIB = 1 << 20
RUN_SIZE = "4m"     # of the file system of the role's directory, which takes less
DAY = 86400


def has_ended(pid):
    """Whether that child of the harness waits to be reaped."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(") ")[1][0] == "Z"


class SmallLab(Lab):
    """A Lab whose directory is a file system of its own, and whose net roles go by the
    time of day in a file (tests/unit/jumping_clock.h)."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.set_clock(0)
        run("mount", "-t", "tmpfs", "-o", f"size={RUN_SIZE},mode=700", "run", self.directory)

    def set_clock(self, seconds):
        # Written in place: the role has mapped it.
        with open(self.clock, "r+b" if self.clock.exists() else "wb") as clock:
            clock.write(struct.pack("q", seconds))

    def remove_directory(self):
        run("umount", self.directory)
        super().remove_directory()


class Survival:
    """The lab, its one client, and how far both streams have come."""

    def __init__(self, lab, dice):
        self.lab, self.dice = lab, dice
        self.written = self.typed = self.heard = 0
        self.client = None

    def connect(self):
        self.client = Client(self.lab)

    def pause(self, most):
        time.sleep(self.dice.uniform(0, most))

    def in_head(self):
        with open(Path(self.lab.directory, "1.in"), "rb") as file:
            return struct.unpack_from("Q", os.pread(file.fileno(), 8, HEAD_AT))[0]

    def begin(self):
        """Both sides begin a portion."""
        self.lab.begin_write(PORTION, RATE)
        self.client.socket.sendall(stream(self.typed, self.typed + TYPED))
        self.typed += TYPED

    def end(self, is_connected):
        """Compares what came of it.  A client whose connection broke reads all the
        history; what it typed last may be lost, but is not doubled."""
        written = self.lab.wait_write()
        assert written.nanoseconds < 10 * PORTION / RATE * 1e9, "the guest has waited"
        self.written += PORTION
        assert written.head == self.written
        if not is_connected:
            self.client.close()
            self.connect()
        assert self.client.read(self.written) == stream(0, self.written)
        if is_connected:
            wait_until(lambda: self.in_head() == self.heard + TYPED)
        count = self.in_head() - self.heard
        assert count <= TYPED
        if count:
            assert self.lab.tell("consume", 1, count) == f"consumed {self.heard + count}"
        came = Path(self.lab.directory, "1.input").read_bytes()
        begin = self.typed - TYPED
        assert came[self.heard:] == stream(begin, begin + count)
        self.heard += count

    # ---- what happens; each returns whether the connection has lasted ----

    def revive(self):
        assert self.lab.tell("start") == "ready"
        self.lab.add()

    def killed(self):
        assert self.lab.tell("kill") == "killed"
        self.revive()
        return False

    def stopped(self):
        pid = self.lab.role_pid()
        os.kill(pid, signal.SIGSTOP)
        self.pause(0.05)
        os.kill(pid, signal.SIGCONT)
        return True

    def cable_out(self):
        run("ip", "-n", self.lab.clients, "link", "set", "eth0", "down")
        self.pause(0.05)
        run("ip", "-n", self.lab.clients, "link", "set", "eth0", "up")
        return True

    def card_out(self):
        """The card leaves its bus: the role ends, and its successor finds it again."""
        pid = self.lab.role_pid()
        self.lab.unplug()
        wait_until(lambda: has_ended(pid))
        assert self.lab.tell("stop") == "stopped 1"
        assert self.lab.tell("start").startswith("failed")
        assert self.lab.tell("stop") == "stopped 1"
        self.lab.plug_in()
        self.revive()
        return False

    def short_of(self, what, most):
        """The successor is short of something at its start, more or less."""
        harness = self.lab.harness.pid      # the role inherits its limits
        before = resource.prlimit(harness, what)
        assert self.lab.tell("kill") == "killed"
        resource.prlimit(harness, what, (most, before[1]))
        answer = self.lab.tell("start")
        resource.prlimit(harness, what, before)
        print(f"    with {most}: {answer}")
        if answer == "ready":
            self.lab.add()
            return False
        ended = self.lab.tell("stop")
        assert int(ended.split()[1]) >= 0, f"{answer}: ended by a signal: {ended}"
        self.revive()
        return False

    def no_descriptors(self):
        # The harness needs two for the link.
        used = len(os.listdir(f"/proc/{self.lab.harness.pid}/fd"))
        return self.short_of(resource.RLIMIT_NOFILE, used + self.dice.randrange(2, 12))

    def no_memory(self):
        return self.short_of(resource.RLIMIT_DATA, self.dice.randrange(20 * MIB, 28 * MIB))

    def no_space(self):
        """The successor, who makes its page for status anew, has no space for it."""
        assert self.lab.tell("kill") == "killed"
        page, filler = (Path(self.lab.directory, name) for name in ("net.state", "filler"))
        page.unlink()
        with open(filler, "wb", buffering=0) as file, pytest.raises(OSError) as full:
            while True:
                file.write(bytes(4096))
        assert full.value.errno == errno.ENOSPC
        answer = self.lab.tell("start")
        assert answer.startswith("failed") and "No space" in answer, answer
        assert self.lab.tell("stop") == "stopped 1"
        filler.unlink()
        self.revive()
        return False

    def clock_set(self):
        self.lab.set_clock(self.dice.choice([-1, 0, 1]) * DAY)
        return True


FAULTS = (Survival.killed, Survival.stopped, Survival.cable_out, Survival.card_out,
          Survival.no_descriptors, Survival.no_memory, Survival.no_space,
          Survival.clock_set)


@pytest.fixture(name="lab")
def make_lab(tmp_path, monkeypatch):
    clock = tmp_path / "clock"
    monkeypatch.setenv("XSM_CLOCK", str(clock))
    with SmallLab(clock) as lab:
        yield lab


def trust_net_role_that_lost_the_news_of_its_card_ends(lab, tmp_path):
    """It was stopped while more was told of the card than its socket holds; the last
    of it was that the card is gone."""
    lab.start()
    pid = lab.role_pid()
    os.kill(pid, signal.SIGSTOP)
    batch = tmp_path / "batch"
    batch.write_text("".join(f"link set eth1 alias a{i}\n" for i in range(2000)))
    run("ip", "-n", lab.card, "-batch", str(batch))
    lab.unplug()
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: has_ended(pid))
    assert lab.tell("stop") == "stopped 1"


def trust_net_role_survives_faults_at_random(lab):
    """No guest waits, each client's output is whole, and nothing typed comes twice."""
    seed = int(os.environ.get("SEED", time.time_ns() % 2**31))
    print(f"seed {seed}")
    dice = random.Random(seed)
    lab.start()
    survival = Survival(lab, dice)
    survival.connect()
    faults = repetitions(16, 150)
    for i in range(faults):
        fault = FAULTS[i] if i < len(FAULTS) else dice.choice(FAULTS)
        print(f"{i}: {fault.__name__}")
        survival.begin()
        survival.pause(0.08)
        survival.end(fault(survival))
