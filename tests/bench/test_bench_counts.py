# SPDX-License-Identifier: BSD-2-Clause
"""These tests show that `make bench-counts` still counts, and that no figure is far from
what it should be.  If bytes were lost, the counting itself would fail."""

import json

from bench import bench_counts
from bench.report import Report


def values_of(tmp_path, *counts):
    report = Report()
    bench_counts.measure(report, 1, counts)
    print(report.table())
    path = tmp_path / "bench-counts.json"
    report.write_json(path)
    results = json.loads(path.read_text())["results"]
    for line in results:
        assert set(line) == {"name", "value", "unit", "min", "max"}
        assert line["min"] <= line["value"] <= line["max"]
    return {line["name"]: line["value"] for line in results}


def speed_a_byte_takes_few_instructions(tmp_path):
    values = values_of(tmp_path, bench_counts.count_instructions)
    assert 0 < values["posted.instructions_per_byte"] < 600
    assert 0 < values["sync.instructions_per_access"] < 10000


def speed_posted_writes_and_accesses_reach_the_ring(tmp_path):
    values = values_of(tmp_path, lambda: bench_counts.count_calls(1 << 19, 2000))
    assert values["posted.syscalls_per_byte"] < 0.1
    # An access takes a system call for the guest's event.  A sleep adds the calls for the
    # sleep itself, for the event that ended it, and for one that came while that was masked.
    assert 1 <= values["sync.syscalls_per_access"] <= 1.1 + 4 * values["sync.sleeps_per_access"]


def speed_idle_roles_sleep(tmp_path):
    values = values_of(tmp_path, lambda: bench_counts.count_wakeups(2))
    assert values["idle64.wakeups_2s"] == 0


def speed_sixteen_guests_lose_nothing(tmp_path):
    values = values_of(tmp_path, lambda: bench_counts.count_cost(16, 1))
    assert values["scale.16.cpu_ms_per_mib"] > 0
    assert values["scale.16.pss_kib_per_guest"] > 0
