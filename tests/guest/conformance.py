# SPDX-License-Identifier: BSD-2-Clause
"""This file compares what a guest saw of a UART with what conformance.txt says of it."""
import os
import re

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conformance.txt")
LINE = re.compile(r"(?:@(?P<uart>\w+) )?(?P<check>[\w-]+)(?P<values>(?: [0-9a-f]{2})+) {2,}\S")


def expected(uart, path=TABLE):
    """Returns {check: "values"} for "qemu", "virtual" or "passthrough"."""
    general, own = {}, {}
    with open(path) as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#") or not line.strip():
                continue
            match = LINE.match(line)
            if not match:
                raise ValueError("%s:%d: not CHECK VALUES and a reason: %s"
                                 % (path, number, line.rstrip()))
            if not match["uart"]:
                general[match["check"]] = match["values"].strip()
            elif match["uart"] == uart:
                own[match["check"]] = match["values"].strip()
    return {**general, **own}


def seen(reply):
    """Returns {check: "values"} of what the guest's `conform` answered."""
    lines = (note.split() for note in reply.notes)
    return {line[1]: " ".join(line[2:]) for line in lines if line[:1] == ["conform"]}


def differences(reply, uart):
    """Returns lines that say what differs, or none if the guest saw what it must."""
    want, have = expected(uart), seen(reply)
    return ["%s: %s, not %s" % (check, have.get(check), want.get(check))
            for check in {**want, **have} if have.get(check) != want.get(check)]
