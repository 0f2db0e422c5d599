# SPDX-License-Identifier: BSD-2-Clause
"""A Soak is guests and clients that come and go for as long as one likes, and what must be as
it was when they have rested."""

import re

from .footprint import LSEVTCHN
from .mediator import BUILD

GUESTS = 8              # of which the first half stays
FIRST_PORT = 2001
PORTION = 300, 3000     # bytes
RSS_GROWTH_KIB = 256    # of one process
PROBE = "/root/domain_probe"


class Soak:
    def __init__(self, mediator, make_stream, dice):
        self.mediator, self.lab, self.dice = mediator, mediator.lab, dice
        self._make_stream = make_stream
        self.counts = {"guests": 0, "clients": 0, "portions": 0}
        self.lab.push(BUILD / "tests/lab/domain_probe", PROBE)
        self.streams = [self._make(place) for place in range(GUESTS)]
        self._actions = [self.write] * 10 + [self.end_connection] * 5 + [
            self.kill_client, self.attach_again, self.replace_guest]

    def _make(self, place):
        options = "mode=virtual" if place else "mode=passthrough;machine=3f8"
        self.counts["guests"] += 1
        one = self._make_stream(FIRST_PORT + place, options, self.dice.randrange(1 << 24),
                                f"soak{place}")
        return one

    def act(self):
        self.dice.choice(self._actions)()

    def _any(self):
        return self.dice.choice(self.streams)

    def _any_reader(self):
        self.counts["clients"] += 1
        return self.dice.choice(self._any().readers)

    # ---- what happens ----

    def write(self):
        self.counts["portions"] += 1
        self._any().move_on(self.dice.randrange(*PORTION))

    def end_connection(self):
        client = self._any_reader()
        self.dice.choice([client.reset, client.leave])()

    def kill_client(self):
        self._any_reader().kill()

    def attach_again(self):
        self.counts["clients"] += 1
        one = self._any()
        one.detach()
        one.attach()

    def replace_guest(self):
        place = self.dice.randrange(GUESTS // 2, GUESTS)
        one = self.streams[place]
        one.settle()
        one.finish()
        one.end()
        self.mediator.unserve(one.guest.name)
        one.guest.destroy()
        self.streams[place] = self._make(place)

    # ---- what must be flat ----

    def rest(self):
        """All has come, and no client is there; return the footprint."""
        for one in self.streams:
            one.settle()
            one.finish()
            one.let_clients_leave()
        return self._settled()

    def go_on(self):
        for one in self.streams:
            one.let_clients_come()

    def _settled(self):
        seen = []

        def is_settled():
            seen.append(self.footprint())
            return len(seen) > 1 and seen[-1] == seen[-2]

        self.mediator.wait_until(is_settled, "the footprint to settle", timeout=120)
        return seen[-1]

    def footprint(self):
        """Return a pair: {what: number}, of what has to be the same, and {role: KiB}, its
        resident memory, which may grow a little."""
        roles = self.mediator.roles()
        counts, resident = self._processes(roles)
        said = self.lab.exec(
            f"{PROBE}; {LSEVTCHN} 0 | wc -l; xenstore-ls -f / | wc -l; "
            "find /run/mediatord | wc -l; du -sk /run/mediatord | cut -f1; "
            "xl info free_memory").stdout.splitlines()
        counts.update((what, int(number)) for what, number in
                      re.findall(r"(\w+)=(\d+)", said[0]))
        counts.update(zip(("event channels", "nodes", "files", "KiB of files", "free MiB"),
                          map(int, said[1:])))
        return counts, resident

    def _processes(self, roles):
        counts, resident = {}, {}
        said = self.lab.exec("".join(
            f"ls /proc/{pid}/fd | wc -l; grep -E '^Vm(RSS|Lck):' /proc/{pid}/status; "
            for pid in roles.values())).stdout.splitlines()
        for name, descriptors, locked, rss in zip(roles, said[::3], said[1::3], said[2::3]):
            counts[f"{name}'s descriptors"] = int(descriptors)
            counts[f"{name}'s locked KiB"] = int(locked.split()[1])
            resident[name] = int(rss.split()[1])
        return counts, resident
