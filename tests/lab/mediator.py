# SPDX-License-Identifier: BSD-2-Clause
"""This file handles mediatord in the lab's dom0 as an operator does: by its command line,
signals, mediator.cfg, log and mediatorctl."""

import json
import os
import re
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MEDIATOR_BUILD", ROOT / "build" / "plain"))
LOG = "/run/lab/mediatord.log"
USERS = ("mediatord-uart", "mediatord-net")


class Mediator:
    def __init__(self, lab, build=BUILD):
        self.lab = lab
        for program in ("mediatord", "mediatord-uart", "mediatord-net", "mediatorctl"):
            lab.push(build / "mediator" / program, f"/usr/sbin/{program}")
        lab.exec("".join(f"id -u {user} >/dev/null 2>&1 || useradd --system --no-create-home "
                         f"--shell /usr/sbin/nologin {user};" for user in USERS))
        self.nic = "pci:" + lab.nic()[1]

    def start(self, options=""):
        """Start mediatord, and return when it answers mediatorctl."""
        self.lab.exec(f"setsid mediatord --nic={self.nic} {options} >>{LOG} 2>&1 </dev/null & "
                      "for i in $(seq 600); do mediatorctl list >/dev/null 2>&1 && exit 0; "
                      f"sleep 0.1; done; cat {LOG}; exit 1", timeout=90)

    def stop(self):
        self.signal("TERM", self.supervisor())
        self.wait_until(lambda: not self.processes(), "mediatord to end")

    def configure(self, text):
        """Start mediatord anew, with text as its mediator.cfg."""
        self.lab.exec("cat > /root/mediator.cfg", input=text)
        self.stop()
        self.start("-f /root/mediator.cfg")

    def unconfigure(self):
        """Start mediatord anew without a mediator.cfg, and remove the consoles that the
        earlier one named."""
        self.stop()
        self.start()
        for console in self.status()["consoles"]:
            if console["state"] == "idle":
                self.unserve(console["guest"])

    def log(self, after=0):
        """Return mediatord's log without its first `after` bytes."""
        return self.lab.exec(f"tail -c +{after + 1} {LOG}").stdout

    def pids_and_log_bytes(self):
        """Return the pids of all roles that run, and how long the log is by now."""
        *pids, log_bytes = self.lab.exec(f"pgrep ^mediatord; stat -c %s {LOG}").stdout.split()
        return list(map(int, pids)), int(log_bytes)

    def processes(self):
        """Return {pid: command line} of all roles that run."""
        lines = self.lab.exec("pgrep -a ^mediatord", check=False).stdout.splitlines()
        return {int(line.split()[0]): line.split(None, 1)[1] for line in lines}

    def roles(self):
        """Return {name: pid} of all roles that run; the name is "supervisor", "net role" or,
        of a uart role, its guest's."""
        names = {}
        for pid, line in self.processes().items():
            label = re.search(r" --label=(\S+)/", line)
            if label:
                names[label[1]] = pid
            elif line.startswith("mediatord-net "):
                names["net role"] = pid
            elif re.match(r"\S*mediatord ", line):
                names["supervisor"] = pid
            # Else it has ended, and only waits for its parent.
        return names

    def supervisor(self):
        return self._one(lambda line: re.match(r"\S*mediatord ", line + " "))

    def uart_role(self, guest):
        return self._one(lambda line: f"--label={guest}/" in line)

    def net_role(self):
        return self._one(lambda line: line.startswith("mediatord-net"))

    def _one(self, is_it):
        """Wait for the one process; a role that dies again and again is started again after
        a pause."""
        found = []

        def is_there():
            found[:] = [pid for pid, line in self.processes().items() if is_it(line)]
            return len(found) == 1

        self.wait_until(is_there,
                        lambda: f"one process, not {len(found)}, among {self.processes()}")
        return found[0]

    def signal(self, name, pid):
        self.lab.exec(f"kill -{name} {pid}")

    def control(self, *words, check=True):
        """Run `mediatorctl WORDS` and return a CompletedProcess."""
        return self.lab.exec(["mediatorctl", *words], check=check, timeout=60)

    def serve(self, guest, options):
        self.control("serve", guest, options)

    def unserve(self, guest):
        self.control("unserve", guest)

    def status(self, guest=None):
        """Return the whole status, or, for a guest, that of its one console."""
        status = json.loads(self.control("status", "--json").stdout)
        if guest is None:
            return status
        found = [c for c in status["consoles"] if c["guest"] == guest]
        assert len(found) == 1, f"no one console of {guest} in {status}"
        return found[0]

    def has_console(self, guest):
        return any(c["guest"] == guest for c in self.status()["consoles"])

    def wait_until(self, is_true, what, timeout=60.0):
        deadline = time.monotonic() + timeout
        while not is_true():
            assert time.monotonic() < deadline, \
                f"waited {timeout:.0f} s for {what() if callable(what) else what}"
            time.sleep(0.1)

    def wait_until_output_rests(self, guest, timeout=60.0):
        """Wait until the guest has written something and, since the last look, nothing more;
        return how many bytes it has written."""
        seen = []

        def rests():
            seen.append(self.status(guest)["bytes"])
            return len(seen) > 1 and seen[-1] == seen[-2] > 0

        self.wait_until(rests, f"the output of {guest} to rest", timeout)
        return seen[-1]
