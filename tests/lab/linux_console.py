# SPDX-License-Identifier: BSD-2-Clause
"""This file compares what a Linux guest says it wrote to its console with what a client
was shown."""

import re

from guest.stream import stream
from repetitions import repetitions

BOOT_SECONDS = 400
FILE = stream(4711, 64 << 10)   # push_linux() is given it; check_user_space() sends from it
SENT = FILE[:repetitions(16, 64) << 10]     # at least four times what the driver's buffer holds


def _shown_lines(shown):
    return shown.decode(errors="replace").replace("\r\n", "\n").split("\n")


def _without_time(line):
    return re.sub(r"^\[ *\d+\.\d+\] ", "", line)


def _kernel_lines(raw):
    """Yield those lines of `dmesg -r` that go to the console; debug messages (level 7) do
    not."""
    for line in raw.decode(errors="replace").splitlines():
        level = re.match(r"<(\d+)>", line)
        if not level or int(level[1]) & 7 < 7:
            yield _without_time(re.sub(r"^<\d+>", "", line))


def check_boot_log(guest, client):
    """Assert that each line of dmesg was shown whole, once and in order."""
    said = list(_kernel_lines(guest.run("dmesg -r", timeout=120)))
    shown = [_without_time(line) for line in _shown_lines(client.received())]
    at = 0
    for line in said:
        assert line in shown[at:], f"{line!r} is not in nc's output behind line {at}"
        at = shown.index(line, at) + 1
    print(f"{len(said)} lines of dmesg in {len(client.received())} bytes")


def check_user_space(guest, client):
    """Assert that what user space writes is shown; for this the guest's driver needs the
    THRE interrupt.  The guest has FILE as /file."""
    guest.run("echo Hello > /dev/ttyS0")
    client.wait_for("Hello\r\n")
    # The kernel must not print its messages in between.
    guest.run("dmesg -n 1; stty -F /dev/ttyS0 raw")
    before = len(client.received())
    guest.run(f"head -c {len(SENT)} /file > /dev/ttyS0", timeout=600)
    shown = client.wait_for_bytes(before + len(SENT), timeout=120)[before:]
    same = next((i for i, (a, b) in enumerate(zip(shown, SENT)) if a != b), len(SENT))
    assert shown == SENT, f"from byte {same} on: {shown[same:same + 40]}, not {SENT[same:same + 40]}"
