# SPDX-License-Identifier: BSD-2-Clause
"""These tests compare mode=virtual, and the model of the machine's UART, with QEMU's own
16550A, and mode=passthrough over that model with the model alone.  differences.md lists
what may differ."""

import os
import random
import re
import subprocess

import pytest

from repetitions import repetitions
from sources import ROOT, source
from unit.uart.mutants import MUTANTS
from unit.uart.uart_build import OTHER_FILES, UART_FILES, compile_object

OPERATIONS = 1000000
PROGRAMS = ROOT / "build/plain/tests/differential"
HERE = ROOT / "tests/differential"
COMPARISON = ("machine_comparison.c", "uart_machine.c")
# These mutants change what a comparison can see: values, edges, bytes, time.
SEEN_BESIDE_QEMU = ("iir-no-fifo-bits", "trigger-14-is-16", "rbr-keeps-timeout",
                    "switch-keeps-bytes", "thre-line-stays", "loop-reaches-ring",
                    "ier-thre-no-raise")
SEEN_BESIDE_THE_MACHINE = ("device-ier", "unasked-line", "errors-stay-behind",
                           "dlab-is-no-matter", "two-fifos", "rbr-does-not-look",
                           "iir-does-not-look", "loop-keeps-the-line",
                           "reset-raises-nothing", "mcr-raises-nothing",
                           "clients-get-all-bits")


def seed():
    chosen = int(os.environ.get("SEED", random.randrange(1 << 31)))
    print(f"seed {chosen}")
    return str(chosen)


def run(program, *arguments, timeout=600):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False,
                          timeout=timeout)
    print(done.stdout)
    return done


def compare(program, *arguments):
    done = run(PROGRAMS / program, *arguments, seed())
    assert done.returncode == 0, done.stderr


def uart_virtual_equals_qemu_in_a_million_accesses():
    compare("uart_qemu", "virtual", str(OPERATIONS))


def uart_machine_model_equals_qemu():
    compare("uart_qemu", "machine", str(repetitions(200000, OPERATIONS)))


def uart_passthrough_equals_the_machine_in_a_million_accesses():
    compare("uart_machine", str(OPERATIONS))


# ---- the table ------------------------------------------------------------------

def passthrough_rows():
    text = (HERE / "differences.md").read_text()
    table = text[text.index("# Where mode=passthrough"):]
    return re.findall(r"^\| ([a-z][a-z-]+) \| [^|]*\d", table, re.MULTILINE)


def uart_comparison_allows_the_rows_of_the_table_only():
    text = "".join((HERE / name).read_text() for name in COMPARISON)
    named = set(re.findall(r'\brow\("([a-z-]+)"\)', text))
    assert named == set(passthrough_rows())


@pytest.mark.parametrize("row", passthrough_rows())
def uart_row_of_passthrough_is_needed(row):
    """Without what the row allows, some run finds a difference."""
    found = [run(PROGRAMS / "uart_machine", "100000", str(chosen), row, timeout=60).returncode
             for chosen in range(1, 4)]
    assert set(found) <= {0, 1} and 1 in found, f"nothing needs the row {row}"


# ---- the comparisons notice mistakes ----------------------------------------------

@pytest.fixture(name="objects", scope="module")
def make_objects(tmp_path_factory):
    """{a C file's name: its object}, without mistakes."""
    folder = tmp_path_factory.mktemp("objects")
    paths = {name: source(name) for name in (*UART_FILES, *OTHER_FILES)}
    paths.update({path.name: path for path in HERE.glob("*.c")})
    return {name: compile_object(folder, path, ["-O1"]) for name, path in paths.items()}


def notices(name, folder, objects, without, *arguments):
    """Does the comparison, built with that mutant, find a difference?"""
    mutant = next(mutant for mutant in MUTANTS if mutant.name == name)
    changed = folder / mutant.file
    changed.write_text(mutant.apply(source(mutant.file).read_text()))
    made = {**objects, mutant.file: compile_object(folder, changed, ["-O1"])}
    program = folder / "comparison"
    subprocess.run(["gcc", "-o", program,
                    *(path for file, path in made.items() if file not in without),
                    "-lcmocka"], check=True)
    return run(program, *arguments, timeout=60).returncode == 1


@pytest.mark.parametrize("name", SEEN_BESIDE_QEMU)
def uart_comparison_with_qemu_notices(name, objects, tmp_path):
    assert notices(name, tmp_path, objects, COMPARISON, "virtual", "20000", "1")


@pytest.mark.parametrize("name", SEEN_BESIDE_THE_MACHINE)
def uart_comparison_with_the_machine_notices(name, objects, tmp_path):
    assert notices(name, tmp_path, objects, ("uart_qemu.c", "qtest.c"), "300000", "1")
