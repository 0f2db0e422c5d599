# SPDX-License-Identifier: BSD-2-Clause
"""These tests ask for what cannot be done.  It is refused with a message that names the
cure and an exit status that is not 0, and nothing is left behind."""

import json
import subprocess

import pytest

from guest.stream import stream
from lab.footprint import LSEVTCHN
from lab.guest import Guest
from lab.mediator import BUILD

MARK = "---- others"
TRACES = f"""
mediatorctl status --json; echo {MARK}
ls /run/mediatord/consoles
pgrep -a ^mediatord | cut -d' ' -f2- | sort
grep serial /proc/ioports; cat /sys/class/tty/ttyS*/type
{LSEVTCHN} 0 | wc -l
"""


def _traces(lab):
    """Return what a refused request might leave behind: consoles, folders, processes, ports
    that Linux no longer has, and ioreq servers (which one sees by their event channels)."""
    status, others = lab.exec(TRACES).stdout.split(MARK)
    return json.loads(status)["consoles"], others


@pytest.fixture(scope="module")
def nobodys_guest(lab, guest_image):
    """This guest is paused, and its console is never served."""
    guest = Guest(lab, guest_image, "unserved")
    yield guest
    guest.destroy()


@pytest.fixture
def refused(lab, mediator, nobodys_guest):
    """refused(options, words...) asserts that `mediatorctl serve` with these options fails,
    that its message has all the words, and that it leaves no trace."""
    def refused(options, *words, name=None):
        before = _traces(lab)
        done = mediator.control("serve", name or nobodys_guest.name, options, check=False)
        assert done.returncode == 1, done
        for word in words:
            assert word in done.stderr, done.stderr
        mediator.wait_until(lambda: _traces(lab) == before,
                            lambda: f"nothing to be left: {before}, {_traces(lab)}", 20)

    return refused


def main_a_port_of_xens_console_is_refused(refused):
    refused("machine=2f8", "2f8", "Xen", "console", "machine=")


def main_a_tty_that_is_open_is_refused(refused, lab):
    lab.exec("sleep 1000 </dev/ttyS0 >/dev/null 2>&1 & echo $! >/run/lab/opener")
    try:
        refused("machine=3f8", "ttyS0", "in use by sleep", "machine=")
    finally:
        lab.exec("kill $(cat /run/lab/opener)")


def main_dom0s_own_console_is_refused(refused):
    refused("machine=2e8", "ttyS3", "console=ttyS3")


def main_a_machine_port_has_one_console(refused, console):
    refused("machine=3f8;tcp=1299", "shared/com1", "machine=", "unserve")


def main_a_tcp_port_has_one_console(refused, console):
    refused("machine=3e8;tcp=1234", "shared/com1", "tcp=", "unserve")


def main_a_guest_is_served_once(refused, console):
    refused("", "shared/com1", "already", name="shared")


@pytest.mark.parametrize("options, words", [
    ("mode=nonsense", ("mode=nonsense", "passthrough")),
    ("colour=red", ("colour", "known are")),
    ("ports=3ff-3f8", ("ports=3ff-3f8", "3f8-3ff")),
    ("irq=99", ("irq=99", "0 to 15")),
    ("tcp=0", ("tcp=0", "65535")),
    ("history=1", ("history=1", "4K")),
], ids=["mode", "unknown", "ports", "irq", "tcp", "history"])
def main_a_bad_option_is_refused(refused, options, words):
    refused(options, *words)


def main_a_guest_that_is_not_there_is_refused(refused):
    refused("", "nobody", "xl list", name="nobody")


def main_a_second_mediatord_is_refused(mediator, lab):
    before = mediator.processes()
    done = lab.exec(f"mediatord --nic={mediator.nic}", check=False, timeout=60)
    assert done.returncode == 1
    assert "running already" in done.stderr and str(mediator.supervisor()) in done.stderr
    assert mediator.processes() == before


def main_no_xen_under_it_is_said(tmp_path):
    """This test runs on the host, which has no Xen."""
    done = subprocess.run([BUILD / "mediator/mediatord", "--nic=none",
                           f"--directory={tmp_path}/run"], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 1
    assert "no Xen under this kernel" in done.stderr and "dom0" in done.stderr


def main_no_mediatord_is_said(tmp_path):
    done = subprocess.run([BUILD / "mediator/mediatorctl", f"--directory={tmp_path}", "list"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "systemctl start mediatord" in done.stderr


def main_an_idle_tty_is_taken_and_given_back(lab, make_guest, mediator):
    def ports():
        return lab.exec("grep serial /proc/ioports", check=False).stdout

    before = ports()
    assert "03f8-03ff" in before
    guest = make_guest()
    mediator.serve(guest.name, "")
    try:
        assert "03f8-03ff" not in ports()
    finally:
        mediator.unserve(guest.name)
    assert ports() == before
    # Linux can use the tty again: what is written to it leaves the machine.
    lab.exec("echo given back >/dev/ttyS0")
    lab.wait_for("given back", log=lab.com1_log)


def main_a_stopped_mediatord_keeps_its_guests(console, connect, mediator):
    """This is an upgrade: the guest waits, and goes on with the next mediatord."""
    client = connect()
    console.agent.send("stream outb 77 3000")
    client.wait_for_bytes(100)
    mediator.stop()
    mediator.start()
    console.agent.reply(timeout=120)
    assert connect().wait_for_bytes(3000) == stream(77, 3000)
    assert mediator.status("shared")["in_doubt"] == 0


def main_a_corrupt_in_ring_is_refused_and_the_guest_lives(console, connect, lab, mediator):
    # The in ring's head is 64 bytes behind the beginning of its header.
    lab.exec("printf '\\377\\377\\377\\377\\377\\377\\377\\377' | dd of=/run/mediatord/consoles/"
             "shared@com1/in bs=1 seek=64 conv=notrunc 2>/dev/null")
    console.command("print still alive")
    assert connect().wait_for("still alive\r\n")
    mediator.wait_until(lambda: "in ring's index is corrupt" in mediator.log(), "the message")


def main_a_state_of_another_version_is_refused_and_the_guest_lives(console, connect, lab,
                                                                   mediator):
    lab.exec("printf '\\143' | dd of=/run/mediatord/consoles/shared@com1/state bs=1 seek=8 "
             "conv=notrunc 2>/dev/null")
    mediator.signal("KILL", mediator.uart_role("shared"))
    console.command("print still alive")
    assert connect().wait_for("still alive\r\n")
    assert "state refused: version 99" in mediator.log()
