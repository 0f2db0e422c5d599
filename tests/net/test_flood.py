# SPDX-License-Identifier: BSD-2-Clause
"""These tests show that a client's session goes on while another machine attacks
the net role.  The session's rate is compared with what it was a moment before, in
the same run."""

import statistics
import time

import pytest

from flood import Flood, both, out_of_window, syns
from net_lab import CLIENT, Client, Lab, stream, wait_until
from raw_peer import RawPeer

HISTORY = 1 << 25
PIECE = 4000000
REPLAY = 1000
PHASES, PHASE_SECONDS = 5, 0.7
SYNS_A_SECOND = 1000


def read_on(lab, client, may_go_on):
    """Returns how many bytes a second the session gets.  It compares all bytes
    with what the guest writes."""
    read, seconds = 0, 0.0
    while may_go_on() or not read:
        begin, position = time.monotonic(), lab.status().head
        client.data = b""
        lab.begin_write(PIECE)
        data = client.read(PIECE)
        seconds += time.monotonic() - begin
        lab.wait_write()
        assert data == stream(position, position + PIECE)
        read += PIECE
    return read / seconds


def memory_kb(pid):
    """Returns the size of the process's address space, and how much of its memory
    is neither shared nor a file's, in kB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        status = dict(line.split(":", 1) for line in file)
    return int(status["VmSize"].split()[0]), int(status["RssAnon"].split()[0])


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        yield lab


def for_a_while():
    end = time.monotonic() + PHASE_SECONDS
    return lambda: time.monotonic() < end


def arrive_late(lab):
    """Returns how long a new client takes to get its history, in ms."""
    begin, position = time.monotonic(), lab.status().head
    late = Client(lab)
    assert late.read(REPLAY) == stream(position - REPLAY, position)
    late.close()
    return 1e3 * (time.monotonic() - begin)


def attack(lab, make_frames, rate):
    lab.start(history=HISTORY, replay=REPLAY)
    victim, peer = Client(lab), RawPeer(lab)
    wait_until(lambda: lab.status().clients == 1)
    frames = make_frames(peer, CLIENT, victim.socket.getsockname()[1])
    # After each frame has come once, lwIP has all the memory that they make it take.
    for frame in frames:
        peer.socket.send(frame)
    peer.forget()
    peer.find()
    memory = memory_kb(lab.role_pid())
    quiet, flooded, late, sent = [], [], [], 0
    for _ in range(PHASES):
        quiet.append(read_on(lab, victim, for_a_while()))
        with Flood(peer, frames, rate) as flood:
            flooded.append(read_on(lab, victim, for_a_while()))
            late.append(arrive_late(lab))
        sent += flood.sent
        peer.forget()
    memory_after = memory_kb(lab.role_pid())
    share = statistics.median(flooded) / statistics.median(quiet)
    print(f"{sent} frames, {rate} a second: the session has {100 * share:.0f} % of its "
          f"{statistics.median(quiet) / 1e6:.0f} MB/s (goal: 80 %), a new client all in "
          f"{max(late):.1f} ms; memory {memory[1]} kB, then {memory_after[1]} kB")
    assert sent > PHASES
    assert share > 0.1
    assert memory_after[0] == memory[0]
    assert memory_after[1] < memory[1] + 1024
    peer.close()
    assert "does not hold" not in lab.log()  # a failed assertion of lwIP's says this
    assert lab.tell("stop") == "stopped 0"


def main_session_keeps_its_rate_among_1000_syns_a_second(lab):
    attack(lab, syns, SYNS_A_SECOND)


def main_session_keeps_its_rate_among_segments_out_of_window(lab):
    attack(lab, out_of_window, SYNS_A_SECOND)


def main_session_keeps_its_rate_among_syns_and_segments(lab):
    """Both kinds of frames come at once, SYNS_A_SECOND of each."""
    attack(lab, both, 2 * SYNS_A_SECOND)
