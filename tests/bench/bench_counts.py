#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""This program counts what the uart role costs, in units that are the same on every
machine.

It measures mode=virtual.  Callgrind counts the instructions of the hot path; the
kernel counts the system calls, wake-ups, processor time and memory of whole roles,
which run on tests/fake-xen.  The program needs root, because a role's own user
cannot look into the role.  On the fake Xen an event is a futex, and setting an
interrupt line is two system calls.

If the machine is too slow for the guests, they take longer: the figures say what a
byte costs, not how fast it went.  The program prints a table with goals and writes
a JSON file; it reaches no verdict."""

import argparse
import functools
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.report import Report  # noqa: E402
from bench.role_load import (  # noqa: E402
    BENCH, RoleLoad, count_syscalls, cpu_ms, pss_kib, wakeups)

PACE = 11520                # bytes a second: 115200 baud, 8N1
STREAM_BYTES = 4 << 20
ACCESSES = 100000
IDLE_ROLES = 64
SCALES = 1, 4, 16, 64, 256
RING = 510  # one turn takes so many posted writes: POSTED_WRITES_MAX
FIFO = 16   # a guest's driver writes so many bytes at once

GOALS = {
    "posted.instructions_per_byte": "33 or less",
    "posted.syscalls_per_byte": "0.01 or less",
    "sync.syscalls_per_access": "1, and 2 to 4 a sleep",
    "idle64.wakeups_60s": "0",
    "scale.256.pss_kib_per_guest": "under 512",
}


def instructions(function, way, count, rounds):
    """Returns how many instructions `function`, and all that it calls, takes in all
    rounds together."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "callgrind.out")
        ended = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--toggle-collect={function}",
             f"--callgrind-out-file={path}", BENCH / "role_count", directory, way, str(count),
             str(rounds)], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return int(re.search(r"^totals: (\d+)", path.read_text("ascii"), re.MULTILINE)[1])


def count_instructions():
    """Returns {name: (value, unit)}, as all count_*() do.  Each value comes from the
    difference of two runs, because what only the first round costs is in both."""
    def each(function, way, count, things):
        more, less = (instructions(function, way, count, rounds) for rounds in (110, 10))
        return (more - less) / 100 / things, "instr."

    return {
        "posted.instructions_per_byte": each("posted_output_run", "posted", RING, RING),
        "posted.instructions_per_byte_of_16": each("posted_output_run", "posted", FIFO, FIFO),
        # Each of the 10 is two accesses: a read of LSR and a write of THR.
        "sync.instructions_per_access": each("uart_requests_serve", "sync", 10, 20),
    }


def count_calls(stream_bytes=STREAM_BYTES, accesses=ACCESSES):
    with RoleLoad(1) as load:
        posted = count_syscalls(load.roles[0], lambda: load.tell("stream", stream_bytes))
    # An access is a read of LSR or a write of THR.  It depends on the machine whether
    # the role finds the next one without a sleep.
    with RoleLoad(1, "unpatched") as load:
        sync = count_syscalls(load.roles[0], lambda: load.tell("poll", accesses // 2))
    return {"posted.syscalls_per_byte": (posted.total() / stream_bytes, "calls"),
            "sync.syscalls_per_access": (sync.total() / accesses, "calls"),
            "sync.sleeps_per_access": (sync["ppoll"] / accesses, "sleeps")}


def count_wakeups(seconds=60):
    """Counts the wake-ups of roles whose guests have just written their last byte."""
    with RoleLoad(IDLE_ROLES) as load:
        load.tell("pace", FIFO, PACE)
        time.sleep(1)  # afterwards all roles sleep
        groups = load.role_folders(), load.others()
        before = [wakeups(group) for group in groups]
        time.sleep(seconds)
        roles, others = (wakeups(group) - count for group, count in zip(groups, before))
    return {f"idle{IDLE_ROLES}.wakeups_{seconds}s": (roles, ""),
            f"idle{IDLE_ROLES}.others_wakeups_{seconds}s": (others, "")}


def count_cost(guests, seconds=10):
    """Counts processor time and memory for guests that all write at the same time,
    each a FIFO's bytes at once."""
    each = int(PACE * seconds)
    with RoleLoad(guests) as load:
        before = cpu_ms(load.role_folders())
        took_ns, = load.tell("pace", each, PACE)
        spent = cpu_ms(load.role_folders()) - before
        pss = sum(map(pss_kib, load.role_folders())) / guests
    return {f"scale.{guests}.cpu_ms_per_mib": (spent / (guests * each / 2**20), "ms"),
            f"scale.{guests}.pss_kib_per_guest": (pss, "KiB"),
            f"scale.{guests}.bytes_per_s_per_guest": (each / int(took_ns) * 1e9, "bytes")}


def all_counts(seconds=10, idle_seconds=60):
    return [count_instructions, count_calls, lambda: count_wakeups(idle_seconds),
            *(functools.partial(count_cost, guests, seconds) for guests in SCALES)]


def measure(report, runs=3, counts=None):
    for count in counts or all_counts():
        for _ in range(runs):
            report.add_round(count(), GOALS)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of guest output each")
    parser.add_argument("--idle-seconds", type=int, default=60, help="of rest")
    parser.add_argument("--json", default="bench-counts.json")
    options = parser.parse_args()
    report = Report()
    measure(report, options.runs, all_counts(options.seconds, options.idle_seconds))
    print(report.table())
    report.write_json(Path(options.json))


if __name__ == "__main__":
    main()
