# SPDX-License-Identifier: BSD-2-Clause
"""How good the UARTs' unit tests are: which lines they run, which mistakes
they notice (mutants/: each patch is one)."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from unit.uart_build import ROOT, UART_FILES, UartBuild

MUTANTS = sorted((ROOT / "tests/unit/mutants").glob("*.patch"))
COVERAGE_MIN = 95.0


def uart_unit_tests_run_the_uarts_lines(tmp_path):
    build = UartBuild(tmp_path, ["--coverage", "-O0"])
    for program in build.programs(tmp_path, ROOT / "mediator"):
        subprocess.run([program], check=True, capture_output=True)
    low = []
    for name in UART_FILES:
        said = subprocess.run(["gcov", "-n", "-o", tmp_path, Path(name).stem + ".gcda"],
                              check=True, capture_output=True, text=True, cwd=tmp_path).stdout
        lines = re.search(re.escape(name) + r"'\nLines executed:([\d.]+)% of (\d+)", said)
        print(f"{name}: {lines[1]} % of {lines[2]} lines")
        if float(lines[1]) < COVERAGE_MIN:
            low.append(name)
    assert not low


@pytest.fixture(name="build", scope="module")
def make_build(tmp_path_factory):
    return UartBuild(tmp_path_factory.mktemp("uart"), ["-O1"])


def fails(program):
    try:
        return subprocess.run([program], capture_output=True, check=False,
                              timeout=60).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def uart_unit_tests_notice_every_mutant(build, tmp_path):
    """A mutant that lives is a mistake that nobody would see."""
    assert len(MUTANTS) >= 20
    original = tmp_path / "original"
    original.mkdir()
    assert not any(map(fails, build.programs(original, ROOT / "mediator")))
    survivors = []
    for mutant in MUTANTS:
        folder = tmp_path / mutant.stem
        shutil.copytree(ROOT / "mediator", folder / "mediator")
        subprocess.run(["patch", "-s", "-p1", "-d", folder, "-i", mutant], check=True)
        found = [program.name for program in build.programs(folder, folder / "mediator")
                 if fails(program)]
        print(f"{mutant.stem}: {', '.join(found) or 'LIVES'}")
        if not found:
            survivors.append(mutant.stem)
    assert not survivors
