# SPDX-License-Identifier: BSD-2-Clause
"""These tests show what mediatorctl list and status print of what mediatord says.  They
need no network."""

import copy
import json
import subprocess
import types

import pytest

from attach_lab import MEDIATORCTL, SECONDS, STATUS, Control

CONSOLE = {**STATUS["consoles"][0], "ports": {"guest": "3f8-3ff", "machine": None, "tcp": 1234},
           "half_closed": 0, "missed": 0, "restarts": 1, "in_doubt": 0, "bytes": 1}
OTHER = {**CONSOLE, "guest": "g2", "clients": 3, "half_closed": 1}
SECOND = {**OTHER, "name": "com2"}
NETWORK = {"state": "ready", "address": "192.168.0.2/24", "nic": "netdev:eth1"}


@pytest.fixture(name="control")
def make_control(tmp_path):
    control = Control(types.SimpleNamespace(directory=tmp_path))
    control.status = copy.deepcopy({"consoles": [CONSOLE, OTHER, SECOND], "network": NETWORK})
    yield control
    control.close()


def run(control, *words):
    return subprocess.run([MEDIATORCTL, f"--directory={control.lab.directory}", *words],
                          capture_output=True, text=True, check=False, timeout=SECONDS)


def main_list_tells_clients_apart_that_may_have_gone(control):
    """G6"""
    lines = run(control, "list").stdout.splitlines()
    assert lines[0].endswith("CLIENTS")
    assert lines[1].startswith("g1 ") and lines[1].endswith("  1 client")
    assert lines[2].startswith("g2 ") and lines[2].endswith("  3 clients (1 half-closed)")


def main_status_counts_in_english(control):
    """G6: "1 clients"."""
    text = run(control, "status").stdout
    assert "1 byte written, 1 client, 0 bytes missed" in text
    assert "1 restart of its uart role" in text
    assert "3 clients (1 half-closed)" in text


def main_list_and_status_are_of_one_guest_or_console(control):
    """G6"""
    assert "network" in run(control, "status").stdout
    text = run(control, "status", "g2").stdout
    assert "g2/com1" in text and "g2/com2" in text and "g1" not in text
    assert text.startswith("g2/com1")
    assert run(control, "status", "g2", "com2").stdout.startswith("g2/com2")
    assert len(run(control, "list", "g2").stdout.splitlines()) == 3
    assert len(run(control, "list", "g2", "com1").stdout.splitlines()) == 2
    for words in ("--json", "g1"), ("g1", "--json"):
        status = json.loads(run(control, "status", *words).stdout)
        assert [console["guest"] for console in status["consoles"]] == ["g1"]
        assert status["network"] == NETWORK


@pytest.mark.parametrize("verb", ["list", "status"])
def main_guest_without_a_console_is_said_to_have_none(control, verb):
    done = run(control, verb, "g3")
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", 'mediatorctl: there is no console of "g3"\n')
    assert 'no console com3 of "g2"' in run(control, verb, "g2", "com3").stderr
    assert run(control, verb, "g2", "com1", "more").returncode == 2


def main_older_mediatord_says_nothing_of_half_closed_clients(control):
    for console in control.status["consoles"]:
        del console["half_closed"]
    assert run(control, "list").stdout.splitlines()[2].endswith("  3 clients")
