#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""This program measures how fast a guest's console is: mediatord beside QEMU's serial
port, and beside what the exits alone cost, in one lab, by turns.

It boots the lab with xen-patch's hypervisor, first with two CPUs, one for dom0 and one
for guests.  For bare guests it then boots it with one CPU for all ("1cpu"), where no
role can look for requests before it sleeps and QEMU has no CPU of its own.  "posted"
and "shadow" are mediatord with all that this hypervisor offers; "stock" is mediatord as
on Debian's hypervisor; "floor" is a port that nobody serves.  Each round gives its own
ratios.  At the end come the counts that are the same on every machine
(bench_counts.py).  The program needs root, and a machine that does nothing else.

It prints a table with goals and writes DIRECTORY/bench.json and bench.svg; it reaches
no verdict."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))

from bench import bench_counts, bench_guest, bench_linux  # noqa: E402
from bench.report import Report, folder  # noqa: E402
from lab import Lab  # noqa: E402
from lab.mediator import Mediator  # noqa: E402

PARTS = "guest", "linux", "boot", "counts"
ROUNDS = 5
CPUS = 2, 1     # each machine has so many; all parts run on the first machine


def _built(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def measure_in_lab(parts, cpus, rounds, report, prefix=""):
    hypervisor = _built(TESTS.parent / "xen-patch/build", "xen")
    with tempfile.TemporaryDirectory() as image, Lab("bench", xen=hypervisor, cpus=cpus) as lab:
        _built("sh", TESTS / "guest/build.sh", image)
        mediator = Mediator(lab)
        mediator.start()
        if "guest" in parts:
            bench_guest.measure(lab, mediator, image, rounds, report, prefix)
        if "linux" in parts:
            bench_linux.measure(lab, mediator, report)
        if "boot" in parts:
            bench_linux.measure_boots(lab, mediator, report)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpus", type=int, choices=sorted(CPUS),
                        help="one machine only, with so many")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the bare guests")
    parser.add_argument("--long", action="store_true", help="Linux's boot time, too")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--output", type=folder, default=Path("."), metavar="DIRECTORY")
    options = parser.parse_args()
    parts = {options.only} if options.only else set(PARTS)
    if not options.long and not options.only:
        parts.discard("boot")
    report = Report()
    machines = [options.cpus] if options.cpus else CPUS
    if parts - {"counts"}:
        measure_in_lab(parts, machines[0], options.rounds, report)
    for cpus in machines[1:]:
        if "guest" in parts:
            measure_in_lab({"guest"}, cpus, options.rounds, report, f"{cpus}cpu.")
    if "counts" in parts:
        bench_counts.measure(report)
    print(report.table())
    report.write_json(options.output / "bench.json")
    report.write_chart(options.output / "bench.svg")


if __name__ == "__main__":
    main()
