#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""This program shows what mediatord does.  It boots real Xen in an emulated machine,
starts mediatord in its dom0, creates HVM guests by `xl create`, with the option
ioreq_server for their COM1, and shows their consoles by the real `nc 192.168.0.2
1234`: first a tiny guest's, then a Debian kernel's.  `./demo` builds what this
program needs and calls it.

The exit status is 0 if nc showed the line that the guest printed for this run, and
the kernel's boot."""

import argparse
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))
sys.dont_write_bytecode = True

from lab import image as images                                     # noqa: E402
from lab.client import Client                                       # noqa: E402
from lab.guest import Guest                                         # noqa: E402
from lab.linux_guest import LinuxGuest, push_linux                  # noqa: E402
from lab.mediator import Mediator                                   # noqa: E402
from lab.report import LabError                                     # noqa: E402
from lab.session import Lab                                         # noqa: E402

NAME = "demo"
GUEST = "g1"
XL = "/usr/local/sbin/xl"
MEDIATOR_CFG = """\
    nic = "pci:0000:00:02.0"
    consoles = [ "guest=g1,name=com1,tcp=1234",
                 "guest=debian,name=com1,tcp=1235,machine=3e8" ]
"""
PATIENCE_SECONDS = 180
LINUX_PATIENCE_SECONDS = 600


def say(text=""):
    print(text, flush=True)


def show_until(client, text, patience=PATIENCE_SECONDS):
    """Prints what nc shows as it comes, until `text` is in it."""
    shown, deadline = b"", time.monotonic() + patience
    while text not in shown:
        if time.monotonic() > deadline:
            raise LabError(f"nc did not show {text.decode()!r} within {patience} s")
        now = client.received()
        sys.stdout.write(now[len(shown):].decode(errors="replace").replace("\r", ""))
        sys.stdout.flush()
        shown = now
        time.sleep(0.05)
    return shown


def install_xl(lab):
    built = subprocess.run([TESTS.parent / "xen-patch/build", "deb"], check=True, text=True,
                           stdout=subprocess.PIPE)
    lab.push(built.stdout.strip(), "/root/xl.deb")
    lab.exec("dpkg --install /root/xl.deb", timeout=120)


def start_mediatord(lab):
    say(f"\n== in dom0: /etc/xen/mediator.cfg\n{MEDIATOR_CFG}")
    say("== in dom0: mediatord; its address is 192.168.0.2")
    mediator = Mediator(lab)
    lab.exec("cat > /etc/xen/mediator.cfg", input=MEDIATOR_CFG)
    mediator.start()
    return mediator


def show_tiny_guest(lab, folder, stay):
    nonce = f"nonce-{secrets.token_hex(8)}"
    say("\n== on the management network: nc 192.168.0.2 1234; there is no guest yet")
    with Client(lab, 1234) as client:
        say(f"== in dom0: xl create {GUEST}.cfg, which says: ioreq_server = [ \"com1\" ]; "
            "the BIOS takes some seconds\n")
        Guest(lab, folder, GUEST, by="floppy", more='ioreq_server = [ "com1" ]',
              create=f"{XL} create -q",
              commands=f"init; print Hello from {GUEST}, {nonce}; lines 8 this is line"
                       + ("; demo" if stay else ""))
        shown = show_until(client, b"this is line 8\r\n")
    if nonce.encode() not in shown:
        raise LabError(f"nc did not show {nonce}, which the guest printed")
    if shown not in lab.com1_log.read_bytes():
        raise LabError("what nc showed did not come out of the machine's COM1")
    say(f"\n== nc showed {len(shown)} bytes, with this run's {nonce} among them;")
    say("== the same bytes came out of the machine's own COM1")


def show_linux(lab):
    """Shows Debian's kernel as a guest, on the machine's other UART."""
    push_linux(lab, images.build())
    options = "com1,options=machine=3e8;tcp=1235"
    guest = LinuxGuest(lab, "debian", more=f'ioreq_server = [ "{options}" ]')
    say("\n== on the management network: nc 192.168.0.2 1235")
    with Client(lab, 1235) as client:
        say(f"== in dom0: xl create debian.cfg, which says: ioreq_server = [ \"{options}\" ]; "
            "its kernel unpacks itself for half a minute\n")
        guest.create(xl=XL)
        shown = show_until(client, b"init: this is user space\r\n", LINUX_PATIENCE_SECONDS)
    say(f"\n== nc showed {len(shown)} bytes, from the kernel's first to user space's")


def run(lab, folder, options):
    subprocess.run(["sh", TESTS / "guest/build.sh", folder], check=True,
                   stdout=subprocess.DEVNULL)
    install_xl(lab)
    mediator = start_mediatord(lab)
    show_tiny_guest(lab, folder, options.stay)
    if not options.tiny:
        show_linux(lab)
    say("\n== in dom0: mediatorctl status\n")
    say(mediator.control("status").stdout)


def how_to_go_on():
    lab = f"{TESTS / 'lab/lab'}"
    say("The lab is still up.  Go on by hand:\n"
        f"  {lab} client --name {NAME} nc 192.168.0.2 1234   the tiny guest's console\n"
        f"  {lab} client --name {NAME} nc 192.168.0.2 1235   the Debian guest's\n"
        f"  {lab} exec --name {NAME} mediatorctl status      ask mediatord\n"
        f"  {lab} shell --name {NAME}                        a shell in dom0\n"
        f"  {lab} log --name {NAME} --com1                   the machine's COM1\n"
        f"  {lab} down --name {NAME}                         the end, without a trace")


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stay", action="store_true",
                        help="leave the lab running and say how to go on by hand")
    parser.add_argument("--tiny", action="store_true",
                        help="without the Debian kernel, which takes some minutes to boot")
    options = parser.parse_args()
    # A SIGTERM ends the program as Ctrl-C does, so that it takes the lab down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lab = Lab(NAME)
    stays = False
    try:
        lab.up()
        try:
            with tempfile.TemporaryDirectory() as folder:
                run(lab, folder, options)
            stays = options.stay
        finally:
            if not stays:
                lab.down()
    except (LabError, TimeoutError, subprocess.SubprocessError) as problem:
        print(f"demo: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if stays:
        how_to_go_on()
    else:
        say("== done; ./demo --stay leaves it running")
    return 0


if __name__ == "__main__":
    sys.exit(main())
