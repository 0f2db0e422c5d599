# SPDX-License-Identifier: BSD-2-Clause
"""These tests measure how good the UARTs' unit tests are: which lines they run, and which
mistakes they notice (mutants.py)."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from sources import source
from unit.uart.mutants import MUTANTS, Mutant
from unit.uart.uart_build import UART_FILES, UartBuild

COVERAGE_MIN = 95.0


def uart_unit_tests_run_the_uarts_lines(tmp_path):
    build = UartBuild(tmp_path, ["--coverage", "-O0"])
    for program in build.programs(tmp_path):
        subprocess.run([program], check=True, capture_output=True)
    low = []
    for name in UART_FILES:
        said = subprocess.run(["gcov", "-n", "-o", tmp_path, name.replace(".c", ".gcda")],
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


def uart_mutants_are_found_in_the_sources():
    """Whoever changes a line that a mutant replaces is told here which mutant to adapt."""
    assert len(MUTANTS) >= 78
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    problems = []
    for mutant in MUTANTS:
        try:
            mutant.apply(source(mutant.file).read_text())
        except LookupError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("text, said", [("int a;\n", "0 times"), ("x();\nx();\n", "2 times")],
                         ids=["none", "two"])
def uart_mutant_without_its_text_says_so(text, said):
    mutant = Mutant("nothing", "no mistake", "uart.c", "x();\n", "y();\n")
    with pytest.raises(LookupError, match=f"mutant nothing: uart.c .*{said}.*mutants.py"):
        mutant.apply(text)


def uart_unit_tests_notice_every_mutant(build, tmp_path):
    """A mutant that no test notices is a mistake that nobody would see."""
    original = tmp_path / "original"
    original.mkdir()
    assert not any(map(fails, build.programs(original)))

    def first_to_notice(mutant):
        folder = tmp_path / mutant.name
        folder.mkdir()
        text = mutant.apply(source(mutant.file).read_text())
        return next((program.name for program in build.programs(folder, {mutant.file: text})
                     if fails(program)), None)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(MUTANTS, pool.map(first_to_notice, MUTANTS)))
    for mutant, program in found.items():
        print(f"{mutant.name}: {program or 'LIVES'}")
    survivors = [mutant.name for mutant, program in found.items() if not program]
    assert not survivors
