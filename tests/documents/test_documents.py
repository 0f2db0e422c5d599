# SPDX-License-Identifier: BSD-2-Clause
"""These tests check what an operator reads and installs: the unit file, the manuals, the
help."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "plain" / "mediator"
MANUALS = ["mediator.cfg.5", "mediatord.8", "mediatorctl.1"]
# This is a value of systemd-analyze's measure, which goes up to 100.  It cannot be low,
# because mediatord drives ports, a card and namespaces.
EXPOSURE_MAX = 63


def _run(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120)


@pytest.fixture
def unit(tmp_path):
    """This is the unit file, changed to start the program that was built."""
    text = (BUILD / "mediatord.service").read_text()
    path = tmp_path / "mediatord.service"
    path.write_text(re.sub(r"^ExecStart=.*", f"ExecStart={BUILD / 'mediatord'}", text,
                           flags=re.M))
    return path


def xl_unit_file_is_right_for_systemd(unit):
    done = _run("systemd-analyze", "verify", "--man=no", unit)
    assert done.returncode == 0 and done.stderr == "", done.stderr


def xl_unit_file_exposes_no_more_than_it_must(unit):
    done = _run("systemd-analyze", "security", "--offline=yes",
                f"--threshold={EXPOSURE_MAX}", unit)
    print(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("program", ["mediatord", "mediatord-uart", "mediatord-net", "mediatorctl"])
def trust_programs_are_built_to_end_at_a_mistake(program):
    """A11: checks of libc's and the compiler's, an address that is new each time, and nothing
    that can be written and run, or is looked up later."""
    told = _run("readelf", "--wide", "--file-header", "--segments", "--dynamic", "--dyn-syms",
                BUILD / program).stdout
    assert re.search(r"__(memcpy|s?n?printf|vsnprintf|read|strcpy|vfprintf|fprintf)_chk", told)
    assert "__stack_chk_fail" in told
    assert re.search(r"Type: +DYN", told)
    assert "GNU_RELRO" in told and re.search(r"\(FLAGS(_1)?\) .*NOW", told)
    assert not re.search(r"(LOAD|GNU_STACK) .*RWE", told)


@pytest.mark.parametrize("manual", MANUALS)
def main_manual_has_no_warning(manual):
    done = _run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                ROOT / "mediator" / manual)
    assert done.returncode == 0 and done.stderr == "", done.stderr


@pytest.mark.parametrize("program, manual", [("mediatord", "mediatord.8"),
                                             ("mediatorctl", "mediatorctl.1")])
def main_manual_tells_every_option_of_the_help(program, manual):
    done = _run(BUILD / program, "--help")
    assert done.returncode == 0
    text = (ROOT / "mediator" / manual).read_text().replace("\\-", "-")
    text = re.sub(r"\\f[A-Z]", "", text)
    options = set(re.findall(r"--[a-z-]+", done.stdout))
    assert options
    missing = [option for option in sorted(options) if option not in text]
    assert not missing, f"{manual} lacks {missing}"


@pytest.mark.parametrize("program", ["mediatord", "mediatorctl"])
def main_wrong_option_is_refused_with_a_way_out(program):
    done = _run(BUILD / program, "--nonsense")
    assert done.returncode == 2
    assert f"{program} --help" in done.stderr
