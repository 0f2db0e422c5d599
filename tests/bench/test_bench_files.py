# SPDX-License-Identifier: BSD-2-Clause
"""These tests show that a benchmark's files have a place before it measures."""

import json

import pytest

from bench import bench_lab, bench_net


def measure_nothing(report):
    report.add("nothing", 1, "")


def speed_bench_makes_the_folder_for_its_files(tmp_path, monkeypatch):
    """G7: it ended in a traceback after the measuring."""
    output = tmp_path / "a" / "b"
    monkeypatch.setattr("sys.argv", ["bench_lab", "--only=counts", f"--output={output}"])
    monkeypatch.setattr(bench_lab.bench_counts, "measure", measure_nothing)
    bench_lab.main()
    assert json.loads((output / "bench.json").read_text())["results"]
    assert (output / "bench.svg").exists()


@pytest.mark.parametrize("bench", [bench_lab, bench_net])
def speed_bench_without_a_place_for_its_files_does_not_begin(bench, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    output = tmp_path / "file" / "x" / "y"
    monkeypatch.setattr("sys.argv", ["bench", f"--output={output}"])
    with pytest.raises(SystemExit) as ended:
        bench.main()
    assert ended.value.code == 2
    assert "cannot make" in capsys.readouterr().err
