# SPDX-License-Identifier: BSD-2-Clause
"""Processes that outlive the program that started them, and their safe end.

A process id alone may belong to a stranger by the time it is used.  With the
start time it cannot be mistaken, and a pidfd keeps it so while we act.
"""

import os
import select
import signal
from pathlib import Path


def start_time(pid):
    """In clock ticks since boot; None if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def identify(pid):
    return {"pid": pid, "start": start_time(pid)}


def is_alive(who):
    return bool(who) and who["start"] is not None and start_time(who["pid"]) == who["start"]


def end(who, patience_s=5.0):
    """SIGTERM, then SIGKILL.  Nothing happens if it is gone already."""
    if not is_alive(who):
        return
    try:
        fd = os.pidfd_open(who["pid"])
    except ProcessLookupError:
        return
    try:
        if not is_alive(who):           # the pidfd may have caught a successor
            return
        for sig, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 10.0)):
            try:
                signal.pidfd_send_signal(fd, sig)
            except ProcessLookupError:
                return
            if select.select([fd], [], [], wait_s)[0]:
                break
    finally:
        os.close(fd)
    try:                                # reap it if it is our own child
        os.waitpid(who["pid"], os.WNOHANG)
    except ChildProcessError:
        pass
