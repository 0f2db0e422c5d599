# SPDX-License-Identifier: BSD-2-Clause
"""This file runs uart roles on the fake Xen, with guests that write (role_load.c), and
reads what the kernel counts of them."""

import collections
import os
import re
import subprocess
import tempfile
from pathlib import Path

from net.net_lab import PROGRAMS

BENCH = PROGRAMS.parent / "bench"


class RoleLoad:
    """A RoleLoad runs `count` guests and their uart roles.  Each command asserts that
    nothing was lost."""

    def __init__(self, count, xen="patched"):
        environment = dict(os.environ, FAKE_UART_ROLE=str(PROGRAMS.parent /
                                                          "uart-role/fake-uart-role"))
        self.process = subprocess.Popen([BENCH / "role_load", xen], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=environment)
        self.roles = [int(word) for word in self.tell("start", count)]

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        self.process.stdin.close()
        status = self.process.wait()
        assert kind or status == 0, "a role failed, or broke a rule of Xen's"

    def tell(self, *words):
        """Gives a command and returns the words of its answer."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split() or ["died"]
        assert answer[0] in ("started", "done"), " ".join(answer)
        return answer[1:]

    def others(self):
        """Returns the threads that stand for the supervisor, the net role, the guests and
        the hypervisor."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        return [task for other in [pid, *map(int, children)] if other not in self.roles
                for task in Path(f"/proc/{other}/task").iterdir()]

    def role_folders(self):
        return [Path(f"/proc/{pid}") for pid in self.roles]


def wakeups(folders):
    """Returns how often these threads have gone to sleep so far, in order to wait."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                             Path(folder, "status").read_text("ascii"), re.MULTILINE)[1])
               for folder in folders)


def cpu_ms(folders):
    """Returns the processor time of these threads in ms.  It is the scheduler's count,
    which is not rounded to ticks."""
    return sum(int(Path(folder, "schedstat").read_text("ascii").split()[0])
               for folder in folders) / 1e6


def pss_kib(folder):
    """Returns the memory of a role, without the console's history and without the files
    that stand for Xen."""
    total, is_counted = 0, True
    for line in Path(folder, "smaps").read_text("utf-8").splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            path = words[5] if len(words) > 5 else ""
            is_counted = not path.endswith("/out") and not (
                "/fake-xen." in path and "/run." not in path)
        elif words[0] == "Pss:" and is_counted:
            total += int(words[1])
    return total


def count_syscalls(pid, work):
    """Returns {name: how many} of the system calls that the process makes while work()
    runs."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as output:
        with subprocess.Popen(["strace", "-c", "-U", "calls,name", "-o", output.name,
                               "-p", str(pid)], stderr=subprocess.PIPE, text=True) as strace:
            try:
                line = strace.stderr.readline()
                assert "attached" in line, line
                work()
            finally:
                strace.terminate()  # strace then lets go of the process
                strace.wait()
        found = re.findall(r"^\s*(\d+)\s+(\w+)$", output.read(), re.MULTILINE)
        return collections.Counter({name: int(calls) for calls, name in found
                                    if name != "total"})
