# SPDX-License-Identifier: BSD-2-Clause
"""Faults are what happens to mediatord, to what it needs and to its clients, while guests
write and clients type.  Each is at a random moment and for a random time, and is over when
its function returns; mediatord then has what it needs again, but may not be at work yet.

What cannot be had in the lab:
- xenstored killed and started again.  A real one has all nodes in its memory; and oxenstored
  4.17 ended by SIGTERM, which writes them to a file, and started again with --restart, answers
  nobody: it finds the domains' event channels gone ("evtchn pending failed").  Here it is
  stopped for seconds, and replaced by a live update; that it dies is tried on the fake Xen.
- the card pulled out by QEMU: it refuses to on the root complex ("Bus 'pcie.0' does not
  support hotplugging").  Linux removes the card from its bus here, and scans it again."""

import collections

RUN = "/run/mediatord"
RUN_SIZE = "3m"         # its files take less than half of it
XENSTORED = "/usr/lib/xen-4.17/bin/oxenstored"
DAY = 86400
WHILE_SECONDS = 1.0     # at most, that something stands still or is not there
STORE_SECONDS = 3.0     # at most, of xenstored; mediatord waits 2
BURST_BYTES = 300000    # more than the history and all buffers of TCP hold
SUPERVISOR, NET_ROLE = "supervisor", "net role"


def mount_small_run(mediator):
    """Start mediatord anew, with a file system of its own at /run/mediatord."""
    mediator.stop()
    mediator.lab.exec(f"mkdir -p {RUN} && mount -t tmpfs -o size={RUN_SIZE},mode=700 run {RUN}")
    mediator.start()


def unmount_small_run(mediator):
    mediator.stop()
    mediator.lab.exec(f"umount {RUN}")
    mediator.start()


def _until_gone(pid):
    """A shell line that ends when the process has been reaped."""
    return f"until [ ! -e /proc/{pid} ]; do sleep 0.05; done"


class Faults:
    def __init__(self, mediator, streams, dice):
        self.mediator, self.lab, self.streams, self.dice = mediator, mediator.lab, streams, dice
        self.card = mediator.nic.removeprefix("pci:")
        self.counts = collections.Counter()
        self.deaths = collections.Counter()     # of each guest's uart role, at most
        self.kinds = [
            self.uart_role_killed, self.uart_role_stopped, self.net_role_killed,
            self.net_role_stopped, self.supervisor_killed, self.supervisor_stopped,
            self.restarted_in_good_order, self.all_killed, self.run_full,
            self.no_descriptors, self.no_memory, self.killed_for_memory, self.clock_set,
            self.xenstored_stopped, self.xenstored_replaced, self.card_removed,
            self.cable_out, self.client_killed, self.client_reset, self.client_stopped]

    def cause(self, kind):
        self.counts[kind.__name__.replace("_", " ")] += 1
        self._roles = self.mediator.roles()
        kind()
        if SUPERVISOR not in self.mediator.roles():
            self.mediator.start()

    # ---- who ----

    def _guest(self):
        return self.dice.choice(self.streams).guest.name

    def _reader(self):
        return self.dice.choice(self.dice.choice(self.streams).readers)

    def _pid(self, name):
        """A role that is about to be started again is waited for."""
        def is_there():
            self._roles = self.mediator.roles()
            return name in self._roles

        if name not in self._roles:
            self.mediator.wait_until(
                is_there, lambda: f"{name} to run, not only {self.mediator.processes()}")
        return self._roles[name]

    def _note_death(self, name):
        """Also of a role that its supervisor takes along."""
        for stream in self.streams:
            if name in (SUPERVISOR, stream.guest.name):
                self.deaths[stream.guest.name] += 1

    def _a_role(self):
        return self.dice.choice([NET_ROLE, self._guest()])

    # ---- how ----

    def _while(self, begin, end, longest=WHILE_SECONDS, victim=True):
        """Between `begin` and `end`, which are shell lines, a role is killed, or none."""
        name = self.dice.choice([None, self._a_role()]) if victim else None
        kill = ""
        if name:
            kill = f"kill -KILL {self._pid(name)}; "
            self._note_death(name)
        self.lab.exec(f"{begin}; sleep {self._seconds(0.2)}; {kill}sleep "
                      f"{self._seconds(longest)}; {end}", timeout=120)

    def _seconds(self, most):
        return f"{self.dice.uniform(0, most):.2f}"

    def _kill(self, name):
        self._note_death(name)
        pid = self._pid(name)
        self.lab.exec(f"sleep {self._seconds(0.2)}; kill -KILL {pid}; {_until_gone(pid)}")

    def _stop(self, name, victim=False):
        pid = self._pid(name)
        self._while(f"kill -STOP {pid}", f"kill -CONT {pid} 2>/dev/null || true",
                    victim=victim)

    # ---- mediatord's processes ----

    def uart_role_killed(self):
        self._kill(self._guest())

    def uart_role_stopped(self):
        self._stop(self._guest())

    def net_role_killed(self):
        self._kill(NET_ROLE)

    def net_role_stopped(self):
        self._stop(NET_ROLE)

    def supervisor_killed(self):
        self._kill(SUPERVISOR)

    def supervisor_stopped(self):
        self._stop(SUPERVISOR, victim=True)

    def restarted_in_good_order(self):
        self.mediator.stop()

    def all_killed(self):
        self._note_death(SUPERVISOR)
        self.lab.exec(f"sleep {self._seconds(0.2)}; pids=$(pgrep ^mediatord); kill -KILL $pids; "
                      f"for pid in $pids; do {_until_gone('$pid')}; done")

    # ---- what it needs ----

    def run_full(self):
        """A role, or all of mediatord, that ends meanwhile is started again by who has no
        space either."""
        self._while(f"dd if=/dev/zero of={RUN}/filler bs=4k 2>&1 | grep -q 'No space'",
                    f"rm {RUN}/filler")

    def no_descriptors(self):
        pid = self._pid(self.dice.choice([SUPERVISOR, self._a_role()]))
        self._while(
            f"used=$(ls /proc/{pid}/fd | wc -l); before=$(prlimit -p {pid} -n -o SOFT "
            f"--noheadings); prlimit -p {pid} --nofile=$((used + {self.dice.randrange(3)})):",
            f"prlimit -p {pid} --nofile=$before: 2>/dev/null || true")

    def no_memory(self):
        """All that is mapped, or what is its own, is as much as it may have."""
        pid = self._pid(self.dice.choice([SUPERVISOR, self._a_role()]))
        field, limit = self.dice.choice([("VmSize", "as"), ("VmData", "data")])
        self._while(
            f"kib=$(sed -n 's/^{field}:[^0-9]*//p' /proc/{pid}/status | cut -d' ' -f1); "
            f"before=$(prlimit -p {pid} --{limit} -o SOFT --noheadings); "
            f"prlimit -p {pid} --{limit}=$((kib * 1024)):",
            f"prlimit -p {pid} --{limit}=$before: 2>/dev/null || true")

    def killed_for_memory(self):
        """By the kernel's OOM killer, which is asked to look for somebody."""
        name = self.dice.choice([SUPERVISOR, self._a_role()])
        pid = self._pid(name)
        self._note_death(name)
        self.lab.exec(f"dmesg -n 1; echo 1000 >/proc/{pid}/oom_score_adj; "
                      f"echo f >/proc/sysrq-trigger; {_until_gone(pid)}")

    def clock_set(self):
        days = self.dice.choice([-1, 1]) * DAY
        self._while(f"date -s @$(($(date +%s) + {days})) >/dev/null",
                    f"date -s @$(($(date +%s) - {days})) >/dev/null")

    def xenstored_stopped(self):
        self._while("kill -STOP $(cat /run/xenstore.pid)",
                    "kill -CONT $(cat /run/xenstore.pid)", longest=STORE_SECONDS)

    def xenstored_replaced(self):
        """By a live update, the one way in which it can be."""
        self._while(f"xenstore-control live-update {XENSTORED} >/dev/null", "true")

    # ---- the network ----

    def card_removed(self):
        self._while(f"echo 1 >/sys/bus/pci/devices/{self.card}/remove",
                    "echo 1 >/sys/bus/pci/rescan", victim=False)

    def cable_out(self):
        self.lab.monitor("set_link nic off")
        self._while("true", "true")
        self.lab.monitor("set_link nic on")

    def client_killed(self):
        self._reader().kill()

    def client_reset(self):
        self._reader().reset()

    def client_stopped(self):
        """So much is written meanwhile that it misses some."""
        stream = self.streams[0]
        client = self.dice.choice(stream.readers)
        client.stop()
        stream.write(BURST_BYTES)
        stream.wait_for_guest()
        client.wake()
