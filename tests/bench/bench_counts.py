#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the uart role costs, counted so that no machine changes it.

On tests/fake-xen, for mode=virtual: instructions a byte and an access.  Prints
a table with goals and writes a JSON file; reaches no verdict."""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from net.net_lab import PROGRAMS  # noqa: E402

BENCH = PROGRAMS.parent / "bench"
RING = 510  # posted writes that one turn takes: POSTED_WRITES_MAX
FIFO = 16   # bytes that a guest's driver writes at once

GOALS = {
    "posted.instructions_per_byte": "60 or less",
}


def instructions(function, way, count, rounds):
    """Within `function`, and all that it calls, in all rounds."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "callgrind.out")
        ended = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--toggle-collect={function}",
             f"--callgrind-out-file={path}", BENCH / "role_count", directory, way, str(count),
             str(rounds)], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return int(re.search(r"^totals: (\d+)", path.read_text("ascii"), re.MULTILINE)[1])


def count_instructions():
    """{name: (value, unit)}, as all that count here.  Each comes from the
    difference of two runs: what only the first round costs is in both."""
    def each(function, way, count, things):
        more, less = (instructions(function, way, count, rounds) for rounds in (110, 10))
        return (more - less) / 100 / things, "instr."

    return {
        "posted.instructions_per_byte": each("posted_service_run", "posted", RING, RING),
        "posted.instructions_per_byte_of_16": each("posted_service_run", "posted", FIFO, FIFO),
        # A read of LSR and a write of THR are two.
        "sync.instructions_per_access": each("uart_service_serve", "sync", 10, 20),
    }


def measure(runs, counts):
    """What goes into the JSON file: the median of all runs, and their range."""
    results = []
    for count in counts:
        all_runs = [count() for _ in range(runs)]
        for name, (_, unit) in all_runs[0].items():
            values = [run[name][0] for run in all_runs]
            results.append({"name": name, "value": statistics.median(values), "unit": unit,
                            "min": min(values), "max": max(values)})
    return {"results": results}


def table(report):
    lines = [f"{'':36}{'median':>10}{'min':>10}{'max':>10}         goal"]
    for line in report["results"]:
        lines.append(f"{line['name']:36}{line['value']:10.4g}{line['min']:10.4g}"
                     f"{line['max']:10.4g} {line['unit']:7} {GOALS.get(line['name'], '')}")
    return "\n".join(line.rstrip() for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", default="bench-counts.json")
    options = parser.parse_args()
    report = measure(options.runs, [count_instructions])
    print(table(report))
    Path(options.json).write_text(json.dumps(report, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
