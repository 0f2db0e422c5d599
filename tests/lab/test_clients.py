# SPDX-License-Identifier: BSD-2-Clause
"""Clients come, go, stop and fall behind.  These tests show that neither the guest nor
another client notices."""

import re


from guest.stream import stream
from lab.client import reset_after_first_byte
from repetitions import repetitions

NOTICE = re.compile(rb"\r\n\[mediatord: (\d+) bytes missed\]\r\n")
CLIENTS_MAX = 256


def main_three_clients_get_the_same_whatever_others_do(console, connect, lab, seeds):
    seed, count = next(seeds), 32768
    three = [connect() for _ in range(3)]
    leaving, stopped = connect(), connect()
    resetting = reset_after_first_byte(lab)
    console.command("print begin")
    for client in (*three, leaving, stopped):
        client.wait_for("begin\r\n")
    leaving.leave()
    stopped.stop()
    console.command(f"stream outsb {seed} {count}", timeout=300)
    wanted = b"begin\r\n" + stream(seed, count)
    for client in three:
        assert client.wait_for_bytes(len(wanted)) == wanted
    assert resetting.wait(30) == 0
    stopped.wake()
    assert stopped.wait_for_bytes(len(wanted)) == wanted


def main_a_stopped_client_is_told_how_much_it_missed(shared_guest, serve, connect, mediator,
                                                     seeds):
    serve(shared_guest, "history=64K")
    shared_guest.command("init")
    seed, count = next(seeds), 60000
    awake, stopped = connect(), connect()
    shared_guest.command("print begin")
    stopped.wait_for("begin\r\n")
    stopped.stop()
    # This is more than the 64 KiB of history and what TCP holds on both sides.
    for part in range(4):
        shared_guest.command(f"stream outsb {seed + part} {count}", timeout=300)
        awake.wait_for_bytes(len(b"begin\r\n") + (part + 1) * count, timeout=120)
    shared_guest.command("print end")
    whole = awake.wait_for("end\r\n")
    stopped.wake()
    shown = stopped.wait_for("end\r\n")
    notices = list(NOTICE.finditer(shown))
    assert notices, "the stopped client missed nothing"
    assert sum(int(n[1]) for n in notices) == mediator.status("shared")["missed"]
    # What it got and what it was told that it missed, put together, are all the bytes.
    position, at = 0, 0
    for notice in notices:
        piece = shown[at:notice.start()]
        assert piece == whole[position:position + len(piece)]
        position += len(piece) + int(notice[1])
        at = notice.end()
    assert shown[at:] == whole[position:]
    print(f"{len(notices)} notices, {sum(int(n[1]) for n in notices)} bytes missed")


def main_no_client_and_the_guest_does_not_wait(console, mediator, connect, seeds):
    seed = next(seeds)
    console.command(f"stream outsb {seed} 50000", timeout=300)
    assert mediator.status("shared")["clients"] == 0
    assert connect().wait_for_bytes(50000, timeout=120) == stream(seed, 50000)


def main_two_guests_have_a_console_each(make_guest, serve, connect, wire, cable, seeds):
    # Each guest sees its COM1 at 3f8; behind them are two ports of the machine.
    guests = [make_guest(), make_guest()]
    at = wire.position()
    serve(guests[0], "machine=3f8;tcp=1234")
    serve(guests[1], "machine=3e8;tcp=1235")
    clients = [connect(1234), connect(1235)]
    com3_at = cable.position()
    pairs = [(guest, next(seeds)) for guest in guests]
    for guest, _ in pairs:
        guest.unpause()
    for guest, seed in pairs:
        guest.agent.send(f"stream poll {seed} 2048")
    for guest, _ in pairs:
        guest.agent.reply(timeout=300)
    for client, (_, seed) in zip(clients, pairs):
        assert client.wait_for_bytes(2048) == stream(seed, 2048)
    assert wire.wait_for(2048, at) == stream(pairs[0][1], 2048)
    assert cable.wait_for(2048, com3_at) == stream(pairs[1][1], 2048)


MANY_CLIENTS = r"""
import socket, sys
def read(connection, text):
    got = b""
    while len(got) < len(text) and (data := connection.recv(len(text) - len(got))):
        got += data
    assert got == text, got
count = int(sys.argv[1])
many = [socket.create_connection(("192.168.0.2", 1234), timeout=60) for _ in range(count)]
for one in many:
    read(one, b"begin\r\n")
late = socket.create_connection(("192.168.0.2", 1234), timeout=60)
refusal = b""
while True:                     # it is told why, and closed by FIN
    data = late.recv(1000)
    if not data:
        break
    refusal += data
assert b"256 clients are connected already" in refusal, refusal
print("refused", flush=True)
sys.stdin.readline()
for one in many:
    read(one, b"end\r\n")
many.pop().close()
again = socket.create_connection(("192.168.0.2", 1234), timeout=60)
read(again, b"begin\r\nend\r\n")
print("done", flush=True)
"""


def main_256_clients_and_the_257th_is_refused_politely(console, lab, mediator):
    console.command("print begin")
    many = lab.client(["/usr/bin/python3", "-c", MANY_CLIENTS, str(CLIENTS_MAX)], text=True)
    try:
        line = many.stdout.readline()
        assert line == "refused\n", line + many.stderr.read()
        assert mediator.status("shared")["clients"] == CLIENTS_MAX
        console.command("print end")
        many.stdin.write("\n")
        many.stdin.flush()
        line = many.stdout.readline()
        assert line == "done\n", line + many.stderr.read()
    finally:
        many.kill()
        many.communicate()
    # A FIN may come from a client that still reads, so mediatord keeps the connections.
    # The next byte that it sends shows that the clients are gone.
    console.command("print are you there")
    mediator.wait_until(lambda: mediator.status("shared")["clients"] == 0,
                        "the clients to be gone")


STALL_SECONDS = repetitions(20, 60)
CPU_SECONDS_MAX = STALL_SECONDS / 20


def cpu_seconds(lab, pid):
    """Return the user and system time of a process in dom0, together, in seconds."""
    fields = lab.exec(f"cat /proc/{pid}/stat").stdout.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _serve_on_cable(shared_guest, serve):
    """Serve the shared guest's COM1 on the machine's COM3, which the cable is in."""
    serve(shared_guest, "machine=3e8;tcp=1235")
    shared_guest.command("base 3f8")
    shared_guest.command("init")


def main_a_full_wire_makes_its_guest_wait_and_nobody_else(
        shared_guest, make_guest, serve, connect, lab, mediator, cable, seeds):
    _serve_on_cable(shared_guest, serve)
    other = make_guest()
    serve(other)
    other.unpause()
    client, other_client = connect(1235), connect(1234)
    seed, count = next(seeds), 4096
    at = cable.position()
    cable.stall()
    try:
        role = mediator.uart_role("shared")
        # The guest writes when the THRE interrupt comes, so the uart role must find out by
        # itself when the serial line takes more.
        shared_guest.command("patience 0")
        shared_guest.agent.send(f"stream irq {seed} {count}")
        written = mediator.wait_until_output_rests("shared")
        assert written < count
        before = cpu_seconds(lab, role)
        lab.exec(f"sleep {STALL_SECONDS // 2}")
        other.command("print other lives")
        other_client.wait_for("other lives\r\n")
        lab.exec(f"sleep {STALL_SECONDS // 2}")
        used = cpu_seconds(lab, role) - before
        assert mediator.status("shared")["bytes"] == written
        assert client.wait_for_bytes(written) == stream(seed, count)[:written]
        print(f"{written} bytes until the guest waited; {used:.2f} s of CPU in "
              f"{STALL_SECONDS} s")
        assert used < CPU_SECONDS_MAX
    finally:
        cable.go_on()
    shared_guest.agent.reply(timeout=300)
    shared_guest.command("patience 60000")
    assert client.wait_for_bytes(count) == stream(seed, count)
    assert cable.wait_for(count, at) == stream(seed, count)


def main_a_guest_that_polls_sees_a_full_wire_as_thre_0(shared_guest, serve, cable, connect):
    _serve_on_cable(shared_guest, serve)
    client = connect(1235)
    cable.stall()
    try:
        # As on bare metal, each OUT writes its byte to THR, whatever the serial line does;
        # clients get the byte at once.
        shared_guest.command("stream outb 1 2048", timeout=120)
        assert client.wait_for_bytes(2048) == stream(1, 2048)
        said = shared_guest.command("waitlsr 20 20 1000")
        assert said["came"] == "0", "THRE is set although the wire takes nothing"
    finally:
        cable.go_on()
    assert shared_guest.command("waitlsr 20 20 30000", timeout=60)["came"] == "1"
