# SPDX-License-Identifier: BSD-2-Clause
"""These tests kill a role while the guest writes a stream.  The stream goes on, and every
byte is on the serial line and in the history once, but for those that are in doubt."""

import random

from guest.stream import bytes_missing, stream
from repetitions import repetitions

KILLS = repetitions(4, 10)


def _check(mediator, wire, at, connect, wanted, kills):
    """Assert that the history, as a client gets it, has all bytes, and that the serial line
    lacks no more bytes than are in doubt and has none twice."""
    in_doubt = mediator.status("shared")["in_doubt"]
    assert in_doubt <= kills
    assert connect().wait_for_bytes(len(wanted), timeout=120) == wanted
    got = wire.wait_for(len(wanted) - in_doubt, at)
    missing = bytes_missing(wanted, got)
    print(f"{kills} kills: {missing} bytes missing on the wire, {in_doubt} in doubt")
    assert missing is not None, "the wire has bytes twice, or other ones"
    assert missing <= in_doubt


def _kill_under_stream(console, mediator, wire, connect, seeds, method, find, after):
    seed, at = next(seeds), wire.position()
    chance = random.Random(seed)
    count = 0
    wanted = b""
    for kill in range(KILLS):
        part = seed * 100 + kill
        bytes_before = mediator.status("shared")["bytes"]
        size = 12000 if method == "outsb" else 1500
        console.agent.send(f"stream {method} {part} {size}")
        # The role is killed at a random moment of the stream's first half.
        wait = bytes_before + chance.randrange(size // 2)
        mediator.wait_until(lambda: mediator.status("shared")["bytes"] >= wait, "the stream")
        mediator.signal("KILL", find())
        after()
        console.agent.reply(timeout=300)
        wanted += stream(part, size)
        count += size
    _check(mediator, wire, at, connect, wanted, KILLS)


def main_uart_role_killed_under_outb_loses_nothing(console, mediator, wire, connect, seeds):
    _kill_under_stream(console, mediator, wire, connect, seeds, "outb",
                       lambda: mediator.uart_role("shared"), lambda: None)
    assert mediator.status("shared")["restarts"] == KILLS


def main_uart_role_killed_under_rep_outsb_loses_nothing(console, mediator, wire, connect,
                                                        seeds):
    _kill_under_stream(console, mediator, wire, connect, seeds, "outsb",
                       lambda: mediator.uart_role("shared"), lambda: None)


def main_net_role_killed_is_not_noticed_by_the_guest(console, mediator, wire, connect, seeds):
    _kill_under_stream(console, mediator, wire, connect, seeds, "poll", mediator.net_role,
                       lambda: None)
    assert mediator.status()["network"]["restarts"] == KILLS
    assert mediator.status("shared")["in_doubt"] == 0


def main_supervisor_killed_and_all_started_again(console, mediator, wire, connect, seeds):
    _kill_under_stream(console, mediator, wire, connect, seeds, "outb", mediator.supervisor,
                       mediator.start)


def main_all_killed_at_once_and_started_again(console, mediator, wire, connect, seeds):
    def kill_all():
        mediator.lab.exec("pkill -KILL ^mediatord")
        mediator.start()

    _kill_under_stream(console, mediator, wire, connect, seeds, "outb", mediator.net_role,
                       kill_all)
