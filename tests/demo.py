#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots real Xen in an emulated machine, starts mediatord in its dom0, creates
an HVM guest, serves its COM1 and shows the guest's console by the real
`nc 192.168.0.2 1234`.  `./demo` builds what this needs and calls it.

Exit status: 0 if nc showed the line that the guest printed for this run."""

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

from lab.client import Client                                       # noqa: E402
from lab.guest import Guest                                         # noqa: E402
from lab.mediator import Mediator                                   # noqa: E402
from lab.report import LabError                                     # noqa: E402
from lab.session import Lab                                         # noqa: E402

NAME = "demo"
GUEST = "g1"
OPTIONS = "mode=passthrough;machine=3f8;tcp=1234"
PATIENCE_SECONDS = 180


def say(text=""):
    print(text, flush=True)


def show_until(client, text):
    """Prints what nc shows, as it comes, until `text` is in it."""
    shown, deadline = b"", time.monotonic() + PATIENCE_SECONDS
    while text not in shown:
        if time.monotonic() > deadline:
            raise LabError(f"nc did not show {text.decode()!r} within {PATIENCE_SECONDS} s")
        now = client.received()
        sys.stdout.write(now[len(shown):].decode(errors="replace").replace("\r", ""))
        sys.stdout.flush()
        shown = now
        time.sleep(0.05)
    return shown


def run(lab, folder, stay):
    nonce = f"nonce-{secrets.token_hex(8)}"
    last = b"this is line 8\r\n"
    subprocess.run(["sh", TESTS / "guest/build.sh", folder], check=True,
                   stdout=subprocess.DEVNULL)

    say("\n== in dom0: start mediatord; its card is eth1, its address 192.168.0.2")
    mediator = Mediator(lab)
    mediator.start()

    say(f"== in dom0: xl create -p {GUEST}.cfg; mediatorctl serve {GUEST} '{OPTIONS}'")
    guest = Guest(lab, folder, GUEST, by="floppy",
                  commands=f"init; print Hello from {GUEST}, {nonce}; lines 8 this is line"
                           + ("; demo" if stay else ""))
    mediator.serve(GUEST, OPTIONS)

    say("== on the management network: nc 192.168.0.2 1234")
    say(f"== in dom0: xl unpause {GUEST}; the BIOS takes some seconds\n")
    with Client(lab) as client:
        guest.unpause(connect=False)
        shown = show_until(client, last)
    if nonce.encode() not in shown:
        raise LabError(f"nc did not show {nonce}, which the guest printed")

    came = lab.com1_log.read_bytes()
    if shown not in came:
        raise LabError("what nc showed did not come out of the machine's COM1")
    say(f"\n== nc showed {len(shown)} bytes, with this run's {nonce} among them;")
    say("== the same bytes came out of the machine's own COM1.  mediatorctl status:\n")
    say(mediator.control("status").stdout)


def how_to_go_on():
    lab = f"{TESTS / 'lab/lab'}"
    say("The lab is still up.  Go on by hand:\n"
        f"  {lab} client --name {NAME} nc 192.168.0.2 1234   the guest's console\n"
        f"  {lab} exec --name {NAME} mediatorctl status      ask mediatord\n"
        f"  {lab} shell --name {NAME}                        a shell in dom0\n"
        f"  {lab} log --name {NAME} --com1                   the machine's COM1\n"
        f"  {lab} down --name {NAME}                         the end, without a trace")


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stay", action="store_true",
                        help="leave the lab running and say how to go on by hand")
    options = parser.parse_args()
    # Ended by a signal, it takes the lab down as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lab = Lab(NAME)
    stays = False
    try:
        lab.up()
        try:
            with tempfile.TemporaryDirectory() as folder:
                run(lab, folder, options.stay)
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
