#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""This program runs the test guest under plain QEMU, without Xen, and tries every command.

    selftest.py OUTDIR [WORD...]     OUTDIR is what build.sh made; with WORDs, only the
                                     checks run whose name contains one

It prints TAP and exits with 1 if a check failed.  It takes about a minute.
"""
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent import GuestError, GuestTimeout  # noqa: E402
from conformance import differences         # noqa: E402
from patch import patch, show               # noqa: E402
from selftest_machine import Machine, Tap   # noqa: E402
from stream import stream, stream_sha256    # noqa: E402


def expect(is_true, *what):
    if not is_true:
        raise AssertionError(*what)


def expect_error(agent, command, part):
    try:
        reply = agent.command(command)
    except GuestError as error:
        expect(part in str(error), command, str(error))
    else:
        raise AssertionError("%s: no error but %r" % (command, reply))


# Checks on one running machine are called check_*(m); m is a Machine.

def check_version_says_how_it_started(m):
    reply = m.agent.command("version")
    expect(reply["start"] == m.how, reply)
    expect(reply["memory_mib"] == "32", reply)
    expect(reply["timer_irq"] == "1", reply)
    expect(reply.number("tsc_per_ms") > 1000, reply)


def check_uart_is_untouched_until_the_first_command(m):
    expect(m.agent.command("in 1 3fb")["value"] in ("00", "03"))
    expect(m.agent.command("in 1 3ff")["value"] == "00")
    m.com1.take(0, 0)


def check_conform_finds_what_qemus_uart_is_known_to_do(m):
    found = differences(m.agent.command("conform", timeout=60), "qemu")
    expect(not found, found)


def check_print_lines_and_bytes_reach_the_other_end(m):
    m.agent.command("print hello  nonce-1")
    expect(m.com1.take(16) == b"hello  nonce-1\r\n")
    expect(m.agent.command("lines 3 p q")["count"] == "3")
    expect(m.com1.take(21) == b"p q 1\r\np q 2\r\np q 3\r\n")
    m.agent.command("bytes 00ff 0d 41")
    expect(m.com1.take(4) == b"\x00\xff\rA")


def check_sha256_agrees_at_every_padding(m):
    for count in (0, 1, 55, 56, 63, 64, 65, 119, 120, 1000):
        m.agent.command("fill 400000 %d seed=%d" % (count, count))
        expect(m.agent.command("sha 400000 %d" % count)["sha256"]
               == stream_sha256(count, count), count)


def send_stream(m, peer, method, seed, count, options="", timeout=120):
    reply = m.agent.command("stream %s %d %d %s" % (method, seed, count, options),
                            timeout)
    data = peer.take(count)
    expect(reply["sha256"] == stream_sha256(seed, count), "guest's hash", reply)
    expect(data == stream(seed, count), "bytes at the other end differ")
    expect(reply.number("us") > 0, reply)
    return reply


def use_com3(m):
    """Chooses COM3, whose output is a file, for methods that do not look at LSR."""
    m.agent.command("base 3e8")
    m.agent.command("init")
    return m.com3


def use_com1(m):
    m.agent.command("base 3f8")
    m.agent.command("init")
    return m.com1


def check_each_polite_stream_method_sends_what_its_seed_says(m):
    peer = use_com1(m)
    for seed, method in enumerate(("poll", "fifo", "irq")):
        for count in (1, 17, 4095, 65536):
            reply = send_stream(m, peer, method, seed, count)
            if method == "poll":
                expect(reply.number("polls") >= count, reply)
            if method == "fifo":
                expect(reply.number("polls") >= (count + 15) // 16, reply)
            expect((reply.number("interrupts") > 0) == (method == "irq"), reply)


def check_each_blind_stream_method_sends_what_its_seed_says(m):
    peer = use_com3(m)
    for seed, method in enumerate(("outb", "outsb")):
        for count in (1, 17, 4095, 65536, 1 << 20):
            reply = send_stream(m, peer, method, seed, count)
            expect(reply["polls"] == reply["interrupts"] == "0", reply)
    use_com1(m)


def check_seed_zero_and_the_largest_seed_work(m):
    for seed in (0x9E3779B97F4A7C15, (1 << 64) - 1):
        send_stream(m, m.com1, "poll", seed, 100)


def check_chunk_and_pause_are_kept(m):
    reply = send_stream(m, m.com1, "fifo", 3, 100, "chunk=4 pause=2000")
    expect(reply.number("us") >= 25 * 2000, reply)
    expect(reply.number("polls") >= 25, reply)
    send_stream(m, m.com1, "irq", 3, 100, "chunk=1")
    expect_error(m.agent, "stream poll 1 10 chunk=4", "takes no chunk")
    peer = use_com3(m)
    reply = send_stream(m, peer, "outsb", 3, 10000, "chunk=1000 pause=1000")
    expect(reply.number("us") >= 10 * 1000, reply)
    use_com1(m)


def check_stream_longer_than_the_buffer_is_sent_in_parts(m):
    peer = use_com3(m)
    reply = send_stream(m, peer, "outsb", 11, (4 << 20) + 12345, timeout=300)
    expect(len(reply.notes) == 2, reply.notes)
    use_com1(m)


def check_wide_rep_reaches_the_neighbour_registers(m):
    m.agent.command("fill 400000 8 seed=1")
    m.agent.command("stream outsw 5 8")
    expect(m.com1.take(4) == stream(5, 8)[0::2])
    expect_error(m.agent, "stream outsw 5 7", "multiple of 2")
    m.agent.command("outs 2 3fe 400000 3")
    expect(m.agent.command("in 1 3ff")["value"] == "%02x" % stream(1, 8)[5])
    m.agent.command("init")


def check_registers_by_in_and_out(m):
    agent = m.agent
    agent.command("out 1 3ff a5")
    expect(agent.command("in 1 3ff")["value"] == "a5")
    agent.command("out 1 3fb 0x83")
    agent.command("out 2 3f8 1234")
    expect(agent.command("in 2 3f8")["value"] == "1234")
    agent.command("out 1 3fb 3")
    m.com1.take(0, 0)
    reply = agent.command("uart")
    expect((reply["dll"], reply["dlm"], reply["lcr"], reply["scr"])
           == ("34", "12", "03", "a5"), reply)
    expect(len(agent.command("in 4 3fc")["value"]) == 8)
    expect_error(agent, "out 1 3f8 100", "usage")
    expect_error(agent, "in 3 3f8", "usage")
    expect_error(agent, "in 1 12345", "usage")
    agent.command("init")


def check_rep_outs_and_ins_take_any_address_both_ways(m):
    agent = m.agent
    agent.command("poke 500000 41 42 43 4445")
    reply = agent.command("outs 1 3f8 500000 5")
    expect((reply["pointer"], reply["left"]) == ("500005", "0"), reply)
    expect(m.com1.take(5) == b"ABCDE")
    reply = agent.command("outs 1 3f8 500004 5 df")
    expect(reply["pointer"] == "4fffff", reply)
    expect(m.com1.take(5) == b"EDCBA")
    agent.command("out 1 3ff 5a")
    agent.command("fill 500000 16 0")
    agent.command("ins 1 3ff 500004 3")
    agent.command("ins 1 3ff 50000a 2 df")
    expect(agent.command("peek 500000 12")["hex"]
           == "000000005a5a5a00005a5a00")
    expect(agent.command("outs 1 80 e0000000 5")["left"] == "0")
    agent.command("fill 400000 9000 seed=77")
    agent.command("outs 1 3e8 400000 9000")
    expect(m.com3.take(9000) == stream(77, 9000))


def check_program_memory_is_kept_from_fill_and_poke(m):
    expect_error(m.agent, "fill 100000 4 0", "is the program")
    expect_error(m.agent, "poke 17ffff 00", "is the program")
    expect_error(m.agent, "fill 0 2000000 0", "is the program")


def check_waitlsr_says_whether_it_came(m):
    reply = m.agent.command("waitlsr 60 60 1000")
    expect((reply["came"], reply["lsr"]) == ("1", "60"), reply)
    reply = m.agent.command("waitlsr 1 1 300")
    expect(reply["came"] == "0", reply)
    expect(250000 < reply.number("us") < 600000, reply)
    expect(0.25 < reply.seconds < 3, reply.seconds)


def check_clock_runs_at_the_right_speed(m):
    reply = m.agent.command("sleep 2000")
    expect(1.9 < reply.seconds < 3, reply.seconds)


def check_one_thre_interrupt_for_an_empty_transmitter(m):
    m.agent.command("init")
    reply = m.agent.command("irqtest")
    expect(reply["interrupts"] == "1" and reply["iir"] == "c2,c1", reply)


def check_input_arrives_by_polling_and_by_interrupt(m):
    for seed, method in enumerate(("poll", "irq")):
        m.agent.send("recv %s 3000 20000" % method)
        m.com1.send(stream(seed, 3000))
        reply = m.agent.reply(30)
        expect(reply["complete"] == "1", reply)
        expect(reply["sha256"] == stream_sha256(seed, 3000), reply)
        expect(reply["lsr_errors"] == "00", reply)
        expect(reply["hex"] == stream(seed, 64).hex() + "...", reply)
    reply = m.agent.command("recv poll 1 200")
    expect((reply["count"], reply["complete"]) == ("0", "0"), reply)


def check_irq_on_logs_what_an_idle_guest_receives(m):
    m.agent.command("irq on")
    m.com1.send(b"typed")
    time.sleep(0.5)
    reply = m.agent.command("irq log")
    expect(reply["hex"] == b"typed".hex(), reply)
    expect(reply["iir"].startswith(("c4", "cc")), reply)
    reply = m.agent.command("irq count")
    expect(reply.number("interrupts") > 0 and reply["stuck"] == "0", reply)
    m.agent.command("irq off")


def check_mirror_sends_back_what_is_typed(m):
    m.agent.send("mirror 5 10000")
    m.agent.wait_note("mirror starts")
    m.com1.send(b"there")
    expect(m.agent.reply()["complete"] == "1")
    expect(m.com1.take(5) == b"there")


def check_duplex_sends_and_counts_what_is_typed(m):
    m.agent.command("init")
    # None of these seeds' first 60 bytes makes a string, which this UART is too slow for.
    for part, seed in enumerate((7, 9), start=1):
        m.com1.send(stream(3, 2000)[1000 * (part - 1):1000 * part])
        reply = m.agent.command(f"duplex {seed} 60 {1000 * part} 20000")
        expect((reply["sent"], reply["received"]) == ("60", str(1000 * part)), reply)
        expect(reply["sha256"] == stream_sha256(3, 1000 * part), reply)
        expect(reply["lsr_errors"] == "00", reply)
        expect(m.com1.take(60) == stream(seed, 60))


def check_guest_waits_while_nobody_reads(m):
    m.com1.stop_reading()
    try:
        m.agent.command("patience 1500")
        # The bytes that are in the reader thread's recv() already still pass.
        expect_error(m.agent, "stream poll 9 2000000", "no room at the UART")
        m.agent.command("patience 60000")
        m.agent.send("print through")
        try:
            m.agent.reply(1)
            raise AssertionError("print went through although nobody reads")
        except GuestTimeout:
            pass
    finally:
        m.com1.go_on_reading()
    m.agent.reply(30)
    data = m.com1.wait_for(b"through\r\n")
    expect(data[:-9] == stream(9, len(data) - 9), "bytes were lost")


def check_base_selects_another_uart(m):
    use_com3(m)
    m.agent.command("print on com3")
    expect(m.com3.take(9) == b"on com3\r\n")
    send_stream(m, m.com3, "irq", 1, 1000)
    use_com1(m)
    m.com1.take(0, 0)
    expect_error(m.agent, "base 3f8 0", "timer")


def check_every_processor_can_hammer(m):
    for _ in range(2):      # it must be possible to start the processors again
        reply = m.agent.command("hammer 2 42 4")
        expect(reply["processors"] == "4" and reply.number("fewest") > 0, reply)
    expect_error(m.agent, "hammer 1 1 9", "wrong arguments")


def check_balloon_needs_xen(m):
    expect_error(m.agent, "balloon 4", "no Xen")


def check_hammering_leaves_a_guest_that_works(m):
    reply = m.agent.command("hammer 2 42")
    expect(reply.number("accesses") > 1000 and reply.number("reps") > 10, reply)
    m.agent.command("in 1 3f8")
    m.agent.command("print after the hammer")
    m.com1.wait_for(b"after the hammer\r\n")
    m.agent.command("irqtest")


def check_mistakes_are_answered_not_obeyed(m):
    agent = m.agent
    expect_error(agent, "nonsense", "no command nonsense")
    for wrong in ("stream", "stream x 1 2", "stream poll 1", "stream poll 1 2 3",
                  "lines x", "bytes 4", "bytes", "peek 400000 1025",
                  "waitlsr 100 0 1", "irq", "irq maybe", "patience 4294967296",
                  "fill 400000 1", "fill 400000 1 100", "outs 1 3f8 0 1 up"):
        expect_error(agent, wrong, "usage: ")
    expect_error(agent, "echo " + 5000 * "x", "4096 bytes")
    expect(agent.command("echo a=1  b").text == "echo a=1  b")


def check_help_names_every_command(m):
    reply = m.agent.command("help")
    expect(len(reply.notes) == reply.number("commands") >= 30, reply.notes)
    expect(m.agent.command("help stream").notes[0].startswith("stream outb|"))
    expect_error(m.agent, "help nonsense", "no command")


def check_replies_are_copied_to_port_e9(m):
    m.agent.command("echo for-the-log")
    # QEMU may write the file after the reply's last byte.
    deadline = time.monotonic() + 30
    while "ok echo for-the-log\n" not in m.read_debug_log():
        expect(time.monotonic() < deadline, m.read_debug_log())
        time.sleep(0.02)


def check_reset_ends_the_run(m):
    m.agent.command("reset")
    m.wait_exit()


# Checks that start machines of their own are called start_*(out).

def start_with_commands_then_listen(out):
    for how in ("floppy", "elf", "rom"):
        with Machine(out, how, "print hello nonce-%s; echo x" % how) as m:
            m.com1.wait_for(b"hello nonce-%s\r\n" % how.encode())
            m.agent.command("echo still there")


def start_with_commands_and_halt(out):
    with Machine(out, "floppy", "print a; sleep 300;print b;halt", False) as m:
        m.com1.wait_for(b"a\r\nb\r\n")
        time.sleep(1)
        expect(m.process.poll() is None)
        expect("ok halt\n" in m.read_debug_log(), m.read_debug_log())


def start_without_com2_shows_the_demo(out):
    with Machine(out, "elf", has_com2=False) as m:
        data = m.com1.wait_for(b"line 2\r\n")
        expect(data.startswith(b"mediator test guest: hello"), data)
        expect("start=multiboot com2=no" in m.read_debug_log())


def start_and_triple_fault_with_last_words(out):
    with Machine(out, "elf") as m:
        m.agent.command("triplefault last words")
        m.wait_exit()
        m.com1.wait_for(b"last words\r\n")


def start_text_can_be_patched_over_and_taken_away(out):
    with open(os.path.join(out, "guest.elf"), "rb") as file:
        image = file.read()
    other = patch(image, "print " + 249 * "x")
    expect(show(other) == "print " + 249 * "x" and len(other) == len(image))
    expect(patch(other, "") == image)
    for wrong in (256 * "x", "a\nb", "\u00e4"):
        try:
            patch(image, wrong)
        except ValueError:
            continue
        raise AssertionError("patched in %r" % wrong)


def checks_of(prefix):
    return [(name, function) for name, function in globals().items()
            if name.startswith(prefix)]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out, tap = sys.argv[1], Tap(sys.argv[2:])
    # With one way to start, all checks run; with the others, only those that may differ.
    parts = ("version", "untouched", "print", "polite", "interrupt", "clock", "reset")
    for how, name in (("elf", "multiboot"), ("floppy", "floppy"), ("rom", "xen")):
        wanted = [(check, function) for check, function in checks_of("check_")
                  if tap.wants(how + ": " + check) and
                  (how == "elf" or any(part in check for part in parts))]
        if not wanted:
            continue
        with Machine(out, how) as m:
            m.how = name
            for check, function in wanted:
                tap.run(how + ": " + check[len("check_"):], function, m)
    for name, function in checks_of("start_"):
        if tap.wants(name):
            tap.run(name, function, out)
    print("1..%d" % tap.count)
    sys.exit(1 if tap.failed else 0)


if __name__ == "__main__":
    main()
