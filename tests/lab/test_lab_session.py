# SPDX-License-Identifier: BSD-2-Clause
"""These tests use the lab as an operator does, before a mediator runs there and has the
card."""

import os
import struct
import subprocess
import time

import pytest

from lab import Lab, LabError
from lab.mediator import BUILD

pytestmark = pytest.mark.bare_lab

# This guest writes "hello" to Xen's debug port e9 and to COM1, then spins; it does not halt,
# because Xen powers off a guest that halts with interrupts off.
GUEST = (b"\xbe\x20\x00\x10\x00"                    # mov   $0x100020, %esi
         b"\xac\x84\xc0\x74\x09"                    # 1: lodsb; test %al,%al; jz 2f
         b"\xe6\xe9\x66\xba\xf8\x03\xee\xeb\xf2"    # out e9; mov $3f8,%dx; out; jmp 1b
         b"\xf3\x90\xeb\xfc").ljust(0x20, b"\x90") + b"hello\n\0"   # 2: pause; jmp 2b


def guest_elf():
    """Return GUEST as a 32-bit ELF file that is loaded at 1 MiB.  xl starts it in the place
    of hvmloader (firmware_override), and its first byte comes 1.6 s after xl create."""
    header = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 2, 3, 1, 0x100000, 52, 0, 0,
                         52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, 0x1000, 0x100000, 0x100000, len(GUEST), len(GUEST), 5, 0x1000)
    return (header + segment).ljust(0x1000, b"\0") + GUEST


# The configuration names vcpus because otherwise xl 4.17 reserves too little memory for a
# tiny guest.
GUEST_CONFIG = """\
type = "hvm"
name = "hello"
vcpus = 1
memory = 16
vga = "none"
vnc = 0
usb = 0
tsc_mode = "native"
firmware_override = "/root/hello.elf"
serial = "file:/share/guest-com1.log"
"""


def main_lab_dom0_is_dom0(lab):
    assert "Domain-0" in lab.exec("xl list").stdout
    assert "I/O virtualisation enabled" in lab.exec("xl dmesg").stdout


def main_lab_exec_passes_input_output_and_exit_code(lab):
    assert lab.exec("cat", input="to and fro\n").stdout == "to and fro\n"
    assert lab.exec(["printf", "%s", "a b"]).stdout == "a b"
    assert lab.exec("exit 3", check=False).returncode == 3
    with pytest.raises(LabError, match="exited 3"):
        lab.exec("exit 3")


def main_lab_a_command_past_its_timeout_ends_in_dom0_too(lab):
    with pytest.raises(subprocess.TimeoutExpired):
        lab.exec("sleep 1234", timeout=1)
    time.sleep(1)
    # pgrep may find the shell that runs it, and must find nothing else.
    assert lab.exec("pgrep -f 'sleep 1234'; true").stdout.count("\n") <= 1


def main_lab_files_go_in_and_come_back(lab, tmp_path):
    (tmp_path / "sent").write_bytes(os.urandom(1 << 20))
    lab.push(tmp_path / "sent", "/root/new/folder/received")
    lab.pull("/root/new/folder/received", tmp_path / "returned")
    assert (tmp_path / "returned").read_bytes() == (tmp_path / "sent").read_bytes()


def main_lab_a_second_up_is_refused(lab):
    with pytest.raises(LabError, match="is up already"):
        Lab(lab.name).up()


def main_lab_a_client_reaches_the_mediators_card(lab):
    name, pci = lab.nic()
    assert (name, pci) == ("eth1", "0000:00:02.0")
    assert lab.exec(f"ip -4 address show {name}").stdout == ""
    lab.exec(f"ip address add 192.168.0.2/24 dev {name} && ip link set {name} up")
    try:
        # Without -q and -N: with them nc closes its connection when its own input has ended,
        # and loses what the client sends after that.
        server = lab.popen("echo from dom0 | timeout 120 nc -l -p 1234", stdout=subprocess.PIPE)
        out = b""
        for _ in range(20):                     # the card may have no link yet
            client = lab.client(["nc", "-w3", "192.168.0.2", "1234"])
            out = client.communicate(b"from client\n", timeout=30)[0]
            if out:
                break
            time.sleep(0.5)
        assert out == b"from dom0\n"
        assert server.communicate(timeout=180)[0] == b"from client\n"
    finally:                                # mediatord takes no card that has an address
        lab.exec(f"ip address flush dev {name} && ip link set {name} down")


def main_lab_what_dom0_writes_to_com1_leaves_the_machine(lab):
    lab.exec("echo on the wire > /dev/ttyS0")
    lab.wait_for("on the wire", log=lab.com1_log, timeout=20)


def main_lab_com3_is_a_socket_when_asked_for(lab):
    nc = subprocess.Popen(["nc", "-U", str(lab.com3_socket)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE)
    time.sleep(0.5)
    lab.exec("echo on wire three > /dev/ttyS2")
    assert nc.stdout.readline().strip() == b"on wire three"
    nc.terminate()
    nc.communicate()


def main_lab_an_hvm_guest_runs(lab, tmp_path):
    (tmp_path / "hello.elf").write_bytes(guest_elf())
    lab.push(tmp_path / "hello.elf", "/root/")
    lab.exec("cat > /root/hello.cfg", input=GUEST_CONFIG)
    before = len(lab.console())
    lab.exec("xl create /root/hello.cfg", timeout=60)
    lab.wait_for(") hello", after=before, timeout=60)       # "(d1) hello"
    lab.wait_for("hello", log=lab.share / "guest-com1.log", timeout=60)
    lab.exec("xl destroy hello")


def main_lab_dom0_keeps_its_sse_registers_beside_a_guest_that_uses_them(lab, make_guest):
    """If dom0's processes lost their SSE registers, encrypted connections would break and
    copies would have other bytes in them."""
    guest = make_guest("sse")
    guest.unpause()
    lab.push(BUILD / "tests/lab/sse_probe", "/root/sse_probe")
    probe = lab.popen("/root/sse_probe 10", stdout=subprocess.PIPE, text=True)
    guest.command("sse 8000")
    said = probe.communicate(timeout=60)[0]
    print(said)
    assert said.startswith("intact ")


def main_lab_the_monitor_answers(lab):
    assert "running" in lab.monitor("info status")
