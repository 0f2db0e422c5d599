# SPDX-License-Identifier: BSD-2-Clause
"""This file ends processes that outlive the program that started them.

By the time a process id is used, it may belong to another process.  The process id and the
start time together name one process, and a pidfd makes sure that it stays that one until
we have sent our signal.
"""

import os
import select
import signal
from pathlib import Path


def start_time(pid):
    """Return when the process started, in clock ticks since boot, or None if there is no
    such process."""
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
    """End the process with SIGTERM, or with SIGKILL if that does not help.  If it has ended
    already, nothing happens."""
    if not is_alive(who):
        return
    try:
        fd = os.pidfd_open(who["pid"])
    except ProcessLookupError:
        return
    try:
        if not is_alive(who):           # the pidfd may be of a later process with this pid
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
    try:                                # if it is our own child, no zombie is to stay
        os.waitpid(who["pid"], os.WNOHANG)
    except ChildProcessError:
        pass
