# SPDX-License-Identifier: BSD-2-Clause
"""These tests show the net role as its clients and its supervisor see it."""

import os
import re
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

from net_lab import (CLIENT, MEDIATOR, MISSED, PORT, Client, Lab,
                     assert_follows, read_all, run, stream, wait_until)

CLIENTS_MAX = 256


@pytest.fixture(name="lab")
def make_lab():
    with Lab() as lab:
        yield lab


def report(what, figure, goal, unit, is_less_better=True):
    """Prints a figure beside its goal and fails at ten times the goal."""
    print(f"{what}: {figure:.3g} {unit} (goal: {goal} {unit})")
    if is_less_better:
        assert figure < 10 * goal
    else:
        assert figure > goal / 10


def main_three_clients_read_the_same_bytes(lab):
    lab.start()
    clients = [Client(lab) for _ in range(3)]
    with lab.netcat("-d") as netcat:
        wait_until(lambda: lab.status().clients == 4)
        lab.write(300000, 1000000)
        for client in clients:
            assert client.read(300000) == stream(0, 300000)
        assert netcat.stdout.read(300000) == stream(0, 300000)
        netcat.terminate()


def main_late_client_sees_the_first_byte(lab):
    lab.start()
    lab.write(500000)
    assert Client(lab).read(500000) == stream(0, 500000)


def main_late_client_gets_what_replay_says(lab):
    lab.start(replay=1000)
    lab.write(5000)
    client = Client(lab)
    wait_until(lambda: lab.status().clients == 1)
    lab.write(10)
    assert client.read(1010) == stream(4000, 5010)


def main_stopped_client_is_told_exactly_what_it_missed(lab):
    lab.start(history=65536)
    stopped, reader = Client(lab, receive_bytes=4096), Client(lab)
    lab.begin_write(500000, 250000)
    reader.read_to_position(500000)
    lab.wait_write()
    before = stopped.waiting()
    stopped.read_to_position(500000)
    missed = assert_follows(stopped.data, 0, 500000)
    print(f"{before} bytes were buffered, {missed} missed")
    # Only on a very slow machine does the client that reads miss something, too.
    assert missed > 0
    assert missed + assert_follows(reader.data, 0, 500000) == lab.status().missed
    # The stopped client got what its machine had buffered and, when it went on,
    # the history.
    assert len(stopped.data) > before


def main_clients_that_reset_or_close_harm_nobody(lab):
    lab.start()
    clients = [Client(lab) for _ in range(9)]
    lab.begin_write(400000, 400000)
    for client in clients:
        client.read(20000)
    for client in clients[0:3]:
        client.reset()
    for client in clients[3:6]:
        client.close()
    lab.wait_write()
    read_all(clients[6:], 400000)
    for client in clients[6:]:
        assert client.data == stream(0, 400000)
    wait_until(lambda: lab.status().clients == 3)


def main_client_that_sends_its_fin_still_gets_output(lab):
    lab.start()
    with lab.netcat("-N", stdin=subprocess.DEVNULL) as netcat:
        wait_until(lambda: lab.status().clients == 1)
        lab.write(1000)
        assert netcat.stdout.read(1000) == stream(0, 1000)
        netcat.terminate()
    # nc has ended without a further segment; the next byte shows that it has gone.
    lab.write(1)
    wait_until(lambda: lab.status().clients == 0)


def main_256_clients_read_everything_and_the_257th_is_told(lab):
    lab.start()
    clients = [Client(lab) for _ in range(CLIENTS_MAX)]
    wait_until(lambda: lab.status().clients == CLIENTS_MAX)
    lab.begin_write(200000, 400000)
    for _ in range(20):
        assert Client(lab).read_to_end() == (
            b"\r\n[mediatord: 256 clients are connected already; "
            b"try again later]\r\n")
    read_all(clients, 200000)
    lab.wait_write()
    assert all(client.data == stream(0, 200000) for client in clients)
    clients.pop().close()
    lab.write(1)
    wait_until(lambda: lab.status().clients == CLIENTS_MAX - 1)
    assert Client(lab).read(200001) == stream(0, 200001)


def main_refused_client_may_talk_while_it_reads_why(lab):
    lab.start()
    clients = [Client(lab) for _ in range(CLIENTS_MAX)]
    late = Client(lab)
    late.socket.sendall(b"root\n" * 100)
    assert b"try again later" in late.read_to_end()
    assert lab.status().clients == len(clients)


def main_half_closed_clients_give_way_to_new_ones(lab):
    lab.start()
    clients = [Client(lab) for _ in range(CLIENTS_MAX)]
    clients[100].socket.shutdown(socket.SHUT_WR)
    clients[0].socket.sendall(b"after it\n")
    wait_until(lambda: not clients[0].unacknowledged())
    new = Client(lab)
    lab.write(10)
    assert new.read(10) == stream(0, 10)
    assert clients[7].read(10) == stream(0, 10)
    with pytest.raises(ConnectionResetError):
        clients[100].read(10)


def main_killed_net_role_leaves_no_gap_in_the_history(lab):
    lab.start()
    lab.begin_write(900000, 600000)
    for i in range(4):
        client = Client(lab)
        assert client.read(40000 * (i + 1)) == stream(0, 40000 * (i + 1))
        assert lab.tell("kill") == "killed"
        lab.restart()
        # The new process does not know the old connection, and resets it.
        with pytest.raises(ConnectionError):
            client.socket.sendall(b"?")
            while client.socket.recv(1 << 16):
                pass
    client = Client(lab)
    lab.wait_write()
    assert client.read(900000) == stream(0, 900000)


def main_writer_waits_for_nobody(lab):
    lab.start()
    head, alone_ns, _, signals = lab.write(20000000)
    assert head == 20000000
    assert signals == 0  # without a client there is nobody to wake
    stopped = Client(lab, receive_bytes=4096)
    wait_until(lambda: lab.status().clients == 1)
    _, stopped_ns, longest_ns, signals = lab.write(20000000)
    stopped.close()
    print(f"20 MB alone {alone_ns / 1e6:.0f} ms, with a stopped client "
          f"{stopped_ns / 1e6:.0f} ms, {signals} signals, 64 bytes took "
          f"{longest_ns / 1e6:.1f} ms at most")
    assert signals < 1000
    assert stopped_ns < 10 * alone_ns + 1e9


def main_dead_net_role_holds_up_no_writer(lab):
    lab.start()
    client = Client(lab)
    lab.write(10)
    client.read(10)
    wait_until(lambda: lab.status().net_sleeps != 0)  # the net role sleeps
    assert lab.tell("kill") == "killed"
    assert lab.write(5000000).signals <= 1


def main_lone_byte_arrives_within_milliseconds(lab):
    lab.start()
    client, delays = Client(lab), []
    for i in range(50):
        wait_until(lambda: lab.status().net_sleeps != 0)
        begin = time.monotonic()
        lab.begin_write(1)
        client.read(i + 1)
        delays.append(time.monotonic() - begin)
        lab.wait_write()
    delays.sort()
    print(f"best {delays[0] * 1e3:.2f} ms, worst {delays[-1] * 1e3:.2f} ms")
    report("median delay of a byte", delays[25] * 1e3, 2, "ms")


def main_an_answer_to_what_is_typed_goes_at_once(lab):
    lab.start()
    client, delays = Client(lab), []
    for i in range(50):
        client.socket.sendall(b"x")
        wait_until(lambda: client.unacknowledged() == 0 and lab.status().net_sleeps != 0)
        begin = time.monotonic()
        lab.begin_write(1)
        client.read(i + 1)
        delays.append(time.monotonic() - begin)
        lab.wait_write()
    report("median delay of an answer", sorted(delays)[25] * 1e3, 0.5, "ms")
    # The timer for which the net role gathers bytes takes 1 ms, and never ends
    # that early: so the answer did not wait for it.
    assert min(delays) < 0.0008


def main_115200_baud_make_few_segments_and_fewer_wake_ups(lab):
    lab.start()
    client = Client(lab)
    lab.begin_write(23040, 11520)
    assert client.read(23040) == stream(0, 23040)
    signals = lab.wait_write().signals
    print(f"{23040 / client.segments_received():.1f} bytes a segment")
    assert client.segments_received() < 23040 / 4
    report("wake-ups by the writer in 2 s", signals, 200, "")


def main_the_longer_a_stream_the_fewer_its_segments(lab):
    """The fewer segments there are, the more of dom0's processor is left to the
    uart role."""
    lab.start()
    client, begin = Client(lab), time.monotonic()
    lab.begin_write(23040, 11520)
    assert client.read(23040) == stream(0, 23040)
    seconds = time.monotonic() - begin
    lab.wait_write()
    print(f"{client.segments_received()} segments in {seconds:.2f} s")
    # Behind the first two segments, which gather for 1 and for 2 ms, there is one
    # every 4 ms.  A timer counts from when the loop woke, so it may end a little
    # early.
    assert client.segments_received() <= seconds / 0.003 + 10


def sleeps_of(pid):
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[1])


def main_acknowledgements_of_a_stream_wake_nobody(lab):
    lab.start()
    client = Client(lab)
    lab.begin_write(23040, 11520)
    client.read(2304)  # the handshake and the first segments are over
    segments, sleeps = client.segments_received(), sleeps_of(lab.role_pid())
    assert client.read(23040) == stream(0, 23040)
    segments = client.segments_received() - segments
    sleeps = sleeps_of(lab.role_pid()) - sleeps
    lab.wait_write()
    print(f"{sleeps} wake-ups for {segments} segments")
    assert sleeps < 1.3 * segments  # lwIP's timers wake the net role, too


def main_one_client_reads_fast(lab):
    lab.start(history=1 << 26)
    lab.write(60000000)
    begin = time.monotonic()
    client = Client(lab)
    data = client.read(60000000)
    seconds = time.monotonic() - begin
    assert data == stream(0, 60000000)
    report("one client", 60 / seconds, 100, "MB/s", False)


def main_typed_bytes_are_acknowledged_at_once(lab):
    lab.start()
    client, delays = Client(lab), []
    for _ in range(20):
        begin = time.monotonic()
        client.socket.sendall(b"r")
        client.socket.sendall(b"o")  # by Nagle's algorithm it waits until "r" is acknowledged
        wait_until(lambda: client.unacknowledged() == 0)
        delays.append(time.monotonic() - begin)
    report("two characters", sorted(delays)[10] * 1e3, 5, "ms")


def main_input_flood_is_taken_and_thrown_away(lab):
    lab.start(access="ro")
    client = Client(lab)
    client.socket.sendall(b"x" * 5000000)
    lab.write(100)
    assert client.read(100) == stream(0, 100)


def main_removed_console_closes_its_clients_and_frees_its_port(lab):
    lab.start()
    client = Client(lab)
    wait_until(lambda: lab.status().clients == 1)
    lab.write(100000)
    lab.tell("remove", 1)
    assert client.read_to_end() == stream(0, 100000)
    lab.tell("console", 2, 65536)
    lab.add(2)
    lab.write(10, console=2)
    assert Client(lab).read(10) == stream(0, 10)


def main_console_that_is_added_again_counts_its_own_clients(lab):
    lab.start()
    stopped = Client(lab, receive_bytes=4096)
    lab.write(500000)
    lab.tell("remove", 1)  # the net role waits for `stopped`, which has not read everything
    lab.add()
    client = Client(lab)
    wait_until(lambda: lab.status().clients == 1)
    stopped.reset()
    client.close()
    last = Client(lab)
    wait_until(lambda: lab.status().clients == 1)
    assert last.read(500000) == stream(0, 500000)


def main_message_that_means_nothing_is_refused_and_its_descriptors_closed(lab):
    lab.start()
    lab.write(10)
    client = Client(lab)
    client.read(10)
    before = len(os.listdir(f"/proc/{lab.role_pid()}/fd"))
    assert lab.tell("nonsense", 1) == "ok"
    wait_until(lambda: "client of kind 4711 means nothing here" in lab.log())
    assert lab.log().count("from the supervisor means nothing here") == 4
    assert len(os.listdir(f"/proc/{lab.role_pid()}/fd")) == before
    lab.write(10)
    assert client.read(20) == stream(0, 20)
    assert lab.status().clients == 1


def main_ping_is_answered_asleep_and_in_a_stream(lab):
    """By this the supervisor finds a net role that hangs (B8)."""
    lab.start()
    assert lab.tell("ping") == "pong"
    client = Client(lab)
    lab.begin_write(900000, rate=3000000)
    for _ in range(20):
        assert lab.tell("ping") == "pong"
    assert client.read(900000) == stream(0, 900000)
    lab.wait_write()


def main_taken_port_is_refused_by_its_owners_number(lab):
    lab.start()
    lab.tell("console", 2, 65536)
    answer = lab.tell("add", 2, PORT, 0)
    assert answer == f"failed TCP port {PORT} is taken by console 1"
    assert "console 1 listens already" in lab.tell("add", 1, 1235, 0)


def main_64_consoles_listen_each_for_itself(lab):
    lab.start()
    for i in range(2, 65):
        lab.tell("console", i, 4096)
        lab.add(i, 2000 + i)
        lab.write(i, console=i)
    lab.tell("console", 65, 4096)
    assert "no more can" in lab.tell("add", 65, 3000, 0)
    for i in range(2, 65):
        client = Client(lab, 2000 + i)
        assert client.read(i) == stream(0, i)
        client.close()


def main_console_among_64_moves_while_its_client_lingers(lab):
    lab.start()
    for i in range(2, 65):
        lab.tell("console", i, 4096)
        lab.add(i, 2000 + i)
    client = Client(lab, receive_bytes=4096)
    wait_until(lambda: lab.status().clients == 1)  # the net role has accepted it
    lab.write(50000)
    lab.tell("remove", 1)
    lab.add(port=1235)
    assert client.read_to_end() == stream(0, 50000)


def main_net_role_that_is_stopped_says_goodbye(lab):
    lab.start()
    client = Client(lab)
    wait_until(lambda: lab.status().clients == 1)  # the net role has accepted it
    lab.write(50000)
    assert lab.tell("stop") == "stopped 0"
    assert client.read_to_end() == stream(0, 50000)


def main_net_role_without_supervisor_says_goodbye(lab):
    lab.start()
    client = Client(lab)
    wait_until(lambda: lab.status().clients == 1)  # the net role has accepted it
    lab.write(50000)
    assert lab.tell("hangup") == "stopped 0"
    assert client.read_to_end() == stream(0, 50000)


def main_net_role_stops_in_spite_of_a_stopped_client(lab):
    lab.start()
    stopped = Client(lab, receive_bytes=4096)
    wait_until(lambda: lab.status().clients == 1)
    lab.write(500000)
    begin = time.monotonic()
    assert lab.tell("stop") == "stopped 0"
    report("stopping", time.monotonic() - begin, 3.2, "s")
    stopped.close()


def main_linux_has_no_address_on_the_card(lab):
    lab.start()
    text = subprocess.run(["ip", "-n", lab.card, "address", "show", "eth1"],
                          capture_output=True, text=True, check=True).stdout
    assert "inet" not in text
    assert "state UP" in text


def main_ping_is_answered(lab):
    lab.start()
    with lab.socket(socket.AF_INET, socket.SOCK_RAW,
                    socket.IPPROTO_ICMP) as icmp:
        icmp.settimeout(10)
        head = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
        total = sum(struct.unpack("!4H", head)) + sum(
            struct.unpack("!16H", b"consoles" * 4))
        total = (total & 0xffff) + (total >> 16)
        packet = head[:2] + struct.pack("!H", 0xffff - total) + head[4:]
        icmp.sendto(packet + b"consoles" * 4, (MEDIATOR, 0))
        answer = icmp.recv(2000)
    assert answer.endswith(b"consoles" * 4)
    assert answer[20] == 0


def main_missing_card_is_named(lab):
    lab.start_harness(nic=f"netdev:eth9,netns={lab.card}")
    assert lab.tell("start").startswith(
        "failed there is no network interface eth9")


def main_card_that_dom0_uses_is_refused(lab):
    run("ip", "-n", lab.dom0, "address", "add", "10.9.8.7/24", "dev", "eth1")
    answer = lab.tell("start")
    assert "eth1 carries dom0's address 10.9.8.7" in answer
    run("ip", "-n", lab.dom0, "address", "flush", "dev", "eth1")
    lab.tell("kill")
    lab.start()


def main_port_of_a_bridge_is_refused(lab):
    run("ip", "-n", lab.dom0, "link", "add", "xenbr0", "type", "bridge")
    run("ip", "-n", lab.dom0, "link", "set", "eth1", "master", "xenbr0")
    assert "eth1 is a port of xenbr0" in lab.tell("start")


def main_unknown_user_is_named(lab):
    lab.start_harness(user="nobody-at-all")
    assert "there is no user nobody-at-all" in lab.tell("start")


def main_unplugged_cable_is_survived(lab):
    lab.start()
    client = Client(lab)
    run("ip", "-n", lab.clients, "link", "set", "eth0", "down")
    lab.write(1000)
    run("ip", "-n", lab.clients, "link", "set", "eth0", "up")
    assert client.read(1000) == stream(0, 1000)


def main_net_role_holds_no_right_it_does_not_need(lab):
    lab.start()
    name = "net_role_test"
    pids = [pid for pid in os.listdir("/proc") if pid.isdigit() and
            lab.directory in command_line(pid) and
            os.path.basename(command_line(pid)[0]) == name]
    assert len(pids) == 1
    with open(f"/proc/{pids[0]}/status", encoding="ascii") as file:
        status = dict(line.split(":", 1) for line in file)
    assert status["CapEff"].strip() == "0" * 16
    assert status["CapPrm"].strip() == "0" * 16
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"
    assert "0" not in status["Uid"].split()
    os.kill(int(pids[0]), signal.SIGTERM)
    assert lab.tell("hangup") == "stopped 0"


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode(errors="replace").split("\0")
    except OSError:
        return [""]


def main_client_address_is_the_tests_own(lab):
    """This is about the lab itself: what the tests send stays in its namespaces."""
    lab.start()
    assert Client(lab).socket.getsockname()[0] == CLIENT
