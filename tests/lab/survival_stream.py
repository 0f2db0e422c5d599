# SPDX-License-Identifier: BSD-2-Clause
"""A SurvivalStream is a guest and its clients, who send each other streams of bytes through
its console, whatever happens to mediatord.  Both streams are made from seeds, so each end
knows what must come next.

They move by portions: move_on() lets both sides send one more, settle() waits until all has
come and compares it.  Three clients read by TCP, one of them types, and a mediatorctl attach
in dom0 reads, too."""

import hashlib
import queue
import re
import threading
import time

from guest.stream import bytes_missing, stream
from .survival_client import SurvivalClient

NOTICE = re.compile(rb"\r\n\[mediatord: (\d+) bytes missed\]\r\n")
NOTICE_BYTES_MAX = 64
FEW_BYTES = 8           # fewer may stand in a stream twice
TYPED_PORTION = 150
FIRST_PORTION = 100     # bytes, so that there is something to compare with
PORTIONS_WAITING = 8    # at most: who says what is written waits for the guest
SETTLE_SECONDS = 120    # is ten times what it takes
HISTORY = "64K"
ATTACHED = "/run/lab/attached"


def _is_begin_of_notice(data):
    text = b"\r\n[mediatord: "
    return data.startswith(text) or text.startswith(data)


def place_of(wanted, shown, has_ended):
    """Return where `shown` ends in `wanted`, and how many bytes it says were missed.  It may
    begin anywhere, goes on without a gap but for what its notices say, and, if its connection
    has ended, may end within a notice.  None, if it is too short to tell."""
    place, at, missed = None, 0, 0
    for notice in [*NOTICE.finditer(shown), None]:
        piece = shown[at:notice.start() if notice else len(shown)]
        if place is None and len(piece) >= FEW_BYTES:
            place = wanted.find(piece[:NOTICE_BYTES_MAX])
            assert place >= 0, f"{piece[:NOTICE_BYTES_MAX]!r} was never written"
        if place is not None:
            same = wanted[place:place + len(piece)]
            if same != piece:
                differs = next((i for i, (a, b) in enumerate(zip(piece, same)) if a != b),
                               len(same))
                assert not notice and has_ended and _is_begin_of_notice(piece[differs:]), (
                    f"at {place + differs} of {len(wanted)} bytes came "
                    f"{piece[differs:differs + 40]!r}, not {same[differs:differs + 40]!r}")
                piece = piece[:differs]
            place += len(piece)
        if notice:
            missed += int(notice[1])
            place = place + int(notice[1]) if place is not None else None
            at = notice.end()
    return place, missed


class SurvivalStream:
    def __init__(self, lab, mediator, guest, port, options, seed, folder):
        self.lab, self.mediator, self.guest, self.seed = lab, mediator, guest, seed
        self.folder = folder / f"{guest.name}-{seed}"
        self.folder.mkdir()
        self.port = port
        mediator.serve(guest.name, f"{options};tcp={port};history={HISTORY}")
        self._portions = queue.Queue()
        self._count = 0
        self.wanted = b""               # what the guest was told to write
        self.typed_stream = b""
        self.typed = self.heard = 0
        self.longest = 0.0              # that a portion took, in seconds
        self._problem = None
        self._crowds = 0
        self.let_clients_come()
        guest.unpause()
        guest.command("base 3f8")
        guest.command("init")
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        self.write(FIRST_PORTION)

    # ---- the clients ----

    def let_clients_come(self):
        self._crowds += 1
        self.typist, *self.readers = [
            SurvivalClient(self.lab, self.port, self.folder / f"{name}-{self._crowds}")
            for name in ("typist", "reader", "other")]
        self.attached = f"{ATTACHED}-{self.guest.name}"
        self.attach()

    def attach(self):
        """Start mediatorctl attach; an earlier one is over."""
        self._is_attached_from_begin = not self.wanted
        self.lab.exec(f"setsid mediatorctl attach --read-only {self.guest.name} "
                      f">{self.attached} 2>{self.attached}.errors </dev/null & "
                      f"echo $! >{self.attached}.pid")

    def detach(self):
        self.lab.exec(f"kill $(cat {self.attached}.pid)", check=False)

    def let_clients_leave(self):
        """All of them, and mediatord knows it."""
        for client in (self.typist, *self.readers):
            client.end()
        self.detach()
        # The connection of a client that has gone ends when it is sent something.
        self.write(1)
        self.wait_for_guest()
        self.mediator.wait_until(lambda: self.mediator.status(self.guest.name)["clients"] == 0,
                                 "the clients to be gone")

    # ---- the guest ----

    def _work(self):
        while (portion := self._portions.get()) is not None:
            try:
                self._send(*portion)
            except BaseException as problem:      # the test's thread raises it
                self._problem = problem
            self._portions.task_done()

    def _send(self, seed, count, until, timeout_ms):
        said = self.guest.command(f"duplex {seed} {count} {until} {timeout_ms}",
                                  timeout=SETTLE_SECONDS)
        self.longest = max(self.longest, said.seconds)
        self.heard = said.number("received")
        assert said.number("sent") == count
        assert said["lsr_errors"] == "00", "what was typed was overrun"
        assert said["sha256"] == hashlib.sha256(self.typed_stream[:self.heard]).hexdigest(), \
            f"what was typed was lost, doubled or changed within {self.heard} bytes"

    def check(self):
        if self._problem:
            raise AssertionError(f"{self.guest.name}: {self._problem}") from self._problem

    def write(self, count):
        """The guest writes so many bytes more, once it has written what it was told to."""
        seed = self.seed * 10000 + self._count
        self._count += 1
        self.wanted += stream(seed, count)
        self._portions.put((seed, count, 0, 0))

    def wait_for_guest(self):
        self._portions.join()
        self.check()

    # ---- the typist ----

    def _accepted(self):
        """How many typed bytes the net role has ever put into the in ring."""
        path = f"/run/mediatord/consoles/{self.guest.name}@com1/in"
        return int(self.lab.exec(f"od -An -tu8 -j64 -N8 {path}").stdout)

    def type_on(self, count):
        """Type the next `count` bytes, but only if all before has arrived, or cannot arrive
        any more and was typed again."""
        is_lost = self.typist.has_lost_what_was_typed()
        accepted = self._accepted()
        assert accepted <= self.typed, f"{accepted} bytes typed of {self.typed}"
        if accepted < self.typed:
            if is_lost:
                self.typist.type(self.typed_stream[accepted:self.typed])
            return
        self.typed += count
        if self.typed > len(self.typed_stream):
            self.typed_stream = stream(self.seed, 2 * self.typed)
        if count:
            self.typist.type(self.typed_stream[accepted:self.typed])

    def move_on(self, count):
        if self._portions.unfinished_tasks > PORTIONS_WAITING:
            self.wait_for_guest()
        self.check()
        self.write(count)
        self.type_on(TYPED_PORTION)

    # ---- all has come ----

    def settle(self):
        deadline = time.monotonic() + SETTLE_SECONDS
        self.wait_for_guest()
        while not (self._is_heard() and self._is_shown()):
            assert time.monotonic() < deadline, self._state()
            time.sleep(0.1)

    def _is_heard(self):
        if self.heard < self.typed:
            self.type_on(0)
            self._portions.put((0, 0, self.typed, 1000))
            self.wait_for_guest()
        return self.heard == self.typed

    def _is_shown(self):
        return all(self._has_all(client) for client in (self.typist, *self.readers))

    def _has_all(self, client):
        shown = client.last_connection()
        return place_of(self.wanted, shown, False)[0] == len(self.wanted)

    def _state(self):
        places = [place_of(self.wanted, client.last_connection(), True)[0]
                  for client in (self.typist, *self.readers)]
        return (f"{self.guest.name} wrote {len(self.wanted)} bytes, the clients have {places}; "
                f"typed {self.typed}, accepted {self._accepted()}, heard {self.heard}; "
                f"{self.mediator.control('status', check=False).stdout}")

    def finish(self):
        """Compare all that every client was ever shown.  Return how many connections there
        were, and how many bytes they were told that they missed."""
        connections = missed = 0
        for client in (self.typist, *self.readers):
            shown = client.connections()
            for number, data in enumerate(shown, start=1):
                missed += place_of(self.wanted, data, number < len(shown))[1]
            connections += len(shown)
        return connections, missed + self._finish_attached()

    def _finish_attached(self):
        def has_all():
            self.lab.pull(self.attached, self.folder / "attached")
            shown[:] = place_of(self.wanted, (self.folder / "attached").read_bytes(), False)
            return shown[0] == len(self.wanted)

        shown = []
        self.mediator.wait_until(
            has_all, lambda: f"mediatorctl attach to show {len(self.wanted)} bytes, not "
            f"{shown}: {self.lab.exec(f'cat {self.attached}.errors').stdout}")
        data = (self.folder / "attached").read_bytes()
        if self._is_attached_from_begin and not NOTICE.search(data):
            # It went on where it was, each time: no byte came twice.
            assert hashlib.sha256(data).digest() == hashlib.sha256(self.wanted).digest()
        return shown[1]

    def missing_on(self, wire, since, in_doubt):
        """How many bytes the machine's serial line lacks; it has none twice."""
        got = wire.wait_for(len(self.wanted) - in_doubt, since)
        missing = bytes_missing(self.wanted, got)
        assert missing is not None, "the serial line has bytes twice, or other ones"
        return missing

    def end(self):
        for client in (self.typist, *self.readers):
            client.end()
        if self.lab.is_running():
            self.detach()
        self._portions.put(None)
        self._thread.join(SETTLE_SECONDS)
