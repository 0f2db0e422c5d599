# SPDX-License-Identifier: BSD-2-Clause
"""This file starts and asks tests/lab/fake_ioreq_daemon, which answers libxl in the place
of mediatord."""

import shlex
import shutil
import time
from pathlib import Path

FOLDER = "/run/lab/ioreq-daemon"
PROGRAM = Path(__file__).resolve().parent / "fake_ioreq_daemon"


class IoreqDaemon:
    def __init__(self, lab, *how, name="fake", version="1"):
        self.lab = lab
        self.presence = f"/tool/ioreq-server/{name}"
        shutil.copy(PROGRAM, lab.share)
        started = lab.exec(
            f"rm -rf {FOLDER}; FAKE_NAME={name} FAKE_VERSION={version} "
            f"setsid /share/fake_ioreq_daemon {shlex.join(how)} "
            ">/run/lab/ioreq-daemon.log 2>&1 </dev/null & "
            f"for i in $(seq 600); do [ -e {FOLDER}/ready ] && "
            f"exec xenstore-read {self.presence}; sleep 0.1; done; "
            "cat /run/lab/ioreq-daemon.log; exit 1")
        self.pid = int(started.stdout)

    def stop(self):
        """End the daemon in an orderly way, so that its presence node goes, too.  If the
        daemon has ended already, this does no harm."""
        self.lab.exec(f"kill {self.pid} 2>/dev/null; while [ -e /proc/{self.pid} ]; "
                      f"do sleep 0.1; done; xenstore-rm {self.presence} 2>/dev/null; "
                      f"rm -rf {FOLDER}", check=False, timeout=60)

    def kill(self):
        """Kill the daemon together with its xenstore-watch.  Its presence node stays in
        xenstore."""
        self.lab.exec(f"kill -KILL -{self.pid}; while [ -e /proc/{self.pid} ]; "
                      "do sleep 0.1; done", timeout=60)

    def domids(self):
        """Return the domids of the domains whose requests it saw."""
        names = self.lab.exec(f"ls {FOLDER}").stdout.split()
        return sorted(int(n.split(".")[0]) for n in names if n.endswith(".domain"))

    def wait_for_request(self, besides=(), timeout=60.0):
        """Wait until a domain not in `besides` has asked for an ioreq server; return its domid."""
        deadline = time.monotonic() + timeout
        while True:
            new = set(self.domids()) - set(besides)
            if new:
                return new.pop()
            assert time.monotonic() < deadline, f"no request within {timeout:.0f} s"
            time.sleep(0.1)

    def requests(self, domid):
        """Return the domain's requests as {index: {node: value}}, as they were when the
        daemon saw them."""
        servers = {}
        for line in self.lab.exec(f"cat {FOLDER}/{domid}.requests").stdout.splitlines():
            node, value = line.strip().split(" = ")
            if not line.startswith(" "):
                servers[node] = current = {}
            else:
                current[node] = value.strip('"')
        return servers

    def domain(self, domid):
        """Return the domain's state in xl list and QEMU's state, as they were when the
        daemon saw its requests."""
        lines = self.lab.exec(f"cat {FOLDER}/{domid}.domain").stdout.splitlines()
        return lines[1].split()[-2], lines[2]
