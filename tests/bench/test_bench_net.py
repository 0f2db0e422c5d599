# SPDX-License-Identifier: BSD-2-Clause
"""This test shows that `make bench-net` still measures.  It does not judge the figures."""

import json

from bench import bench_net


def speed_bench_net_runs(tmp_path):
    report = bench_net.measure(runs=1, seconds=2)  # it asserts that all bytes arrived
    print(report.table())
    path = tmp_path / "bench-net.json"
    report.write_json(path)
    results = json.loads(path.read_text())["results"]
    assert [line["name"] for line in results] == [
        prefix + name for prefix in ("", "article_") for name in (
            "paced_bytes_a_segment", "paced_share_within_5_ms", "saturated_bytes_a_segment",
            "saturated_rate")]
    for line in results:
        assert set(line) == {"name", "value", "unit", "min", "max"}
        assert line["min"] <= line["value"] <= line["max"]
        assert line["value"] > 0 or line["unit"] == "%"
