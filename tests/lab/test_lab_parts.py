# SPDX-License-Identifier: BSD-2-Clause
"""These tests show of the lab's parts what can be shown without booting a machine."""

import json
import subprocess
import threading
import time
import types

import pytest

from lab import debian, image, process
from lab.cache import Cache
from lab.dom0 import Dom0
from lab.machine import command_line
from lab.report import LabError, Progress
from lab.session import Lab, Options


@pytest.fixture
def cache(tmp_path):
    return Cache(Progress(), tmp_path)


def main_lab_an_artefact_is_made_once(cache):
    made = []

    def make(out):
        made.append(out)
        (out / "thing").write_text("x")

    first = cache.artefact("thing", {"version": 1}, make)
    assert cache.artefact("thing", {"version": 1}, make) == first
    assert len(made) == 1
    assert (first / "thing").read_text() == "x"
    assert json.loads((first / "inputs.json").read_text()) == {"version": 1}


def main_lab_other_inputs_make_another_artefact(cache):
    def make(out):
        pass

    assert (cache.artefact("thing", {"version": 1}, make)
            != cache.artefact("thing", {"version": 2}, make))


def main_lab_a_failed_build_leaves_nothing(cache):
    def make(out):
        (out / "half").write_text("x")
        raise LabError("no")

    with pytest.raises(LabError):
        cache.artefact("thing", {}, make)
    assert [p.name for p in cache.home.iterdir() if not p.name.endswith(".lock")] == []


def main_lab_two_builds_side_by_side_make_it_once(cache):
    made = []

    def make(out):
        made.append(out)
        time.sleep(0.3)

    threads = [threading.Thread(target=cache.artefact, args=("thing", {}, make))
               for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(made) == 1


def main_lab_apt_sources_keep_debian_of_our_release_only():
    ours = debian._stanza_for_us("Types: deb deb-src\nURIs: http://mirror.invalid/debian\n"
                                 "Suites: bookworm sid bookworm-updates\nComponents: main")
    assert "Types: deb\n" in ours
    assert "Suites: bookworm bookworm-updates" in ours
    assert debian._stanza_for_us("Types: deb\nURIs: http://x.invalid\nSuites: nodistro\n"
                                 "Components: main") is None
    assert debian._line_is_for_us("deb [signed-by=/k] http://m.invalid/debian bookworm main")
    assert not debian._line_is_for_us("deb cdrom:[Debian 12]/ bookworm main")
    assert not debian._line_is_for_us("# deb http://m.invalid/debian bookworm main")
    assert not debian._line_is_for_us("deb-src http://m.invalid/debian bookworm main")


def main_lab_modules_come_after_what_they_need(tmp_path):
    (tmp_path / "modules.dep").write_text("a.ko: b.ko c.ko\nb.ko: c.ko\nc.ko:\nd.ko:\n")
    assert image.dependencies(tmp_path, lambda p: p == "a.ko") == ["c.ko", "b.ko", "a.ko"]


def main_lab_a_process_is_ended_only_if_it_is_the_one_we_started():
    child = subprocess.Popen(["sleep", "60"])
    try:
        stranger = {**process.identify(child.pid), "start": 1}
        process.end(stranger)
        assert child.poll() is None
        process.end(process.identify(child.pid))
        assert process.start_time(child.pid) is None
    finally:
        child.kill()


# What a kept connection of ssh does, as far as this host sees it.
SSH = """#!/bin/sh
folder=${0%/*}
case " $* " in
*" -O exit "*) kill "$(cat $folder/master)" ;;
*" -nTN "*) echo $$ >$folder/master; : >$folder/ssh.sock; exec sleep 60 ;;
esac
"""


def main_lab_connection_ends_with_the_machine(tmp_path, monkeypatch):
    """G7: `lab exec` hung for nine minutes when QEMU had died."""
    (tmp_path / "ssh").write_text(SSH)
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    network = types.SimpleNamespace(wrap=lambda argv: argv)
    with subprocess.Popen(["sleep", "60"]) as qemu:
        dom0 = Dom0(tmp_path, network, "key", process.identify(qemu.pid))
        dom0.connect()
        master = json.loads((tmp_path / "ssh.json").read_text())
        try:
            time.sleep(0.1)
            assert process.is_alive(master)
            qemu.kill()
            qemu.wait()
            deadline = time.monotonic() + 30
            while process.is_alive(master):
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            process.end(master)


def main_lab_the_iommu_comes_before_the_cards(tmp_path):
    nothing = image.Image(*["x"] * 9)
    argv = command_line(nothing, Options(), tmp_path)
    cards = [argv[i + 1] for i, a in enumerate(argv) if a == "-device"]
    assert cards[0] == "amd-iommu"
    assert cards[1].startswith("e1000,")
    assert argv.count("-serial") == 3


@pytest.mark.parametrize("options", [{"name": "../x"}, {"nic": "ne2k"}, {"com1": "tcp"}])
def main_lab_wrong_options_are_refused_by_name(options):
    with pytest.raises(LabError, match="bad "):
        Lab(**options)


def main_lab_that_is_down_says_how_to_start_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XSM_RUN", str(tmp_path))
    with pytest.raises(LabError, match="lab up --name nowhere"):
        Lab("nowhere").exec("true")
