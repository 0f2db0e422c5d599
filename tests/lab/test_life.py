# SPDX-License-Identifier: BSD-2-Clause
"""A domain's end, and many of them."""

import pytest

CYCLES = 10
WARM_UP = 2


def main_last_bytes_before_a_triple_fault_arrive(make_guest, serve, connect, wire):
    guest, at = make_guest(), wire.position()
    serve(guest)
    client = connect()
    guest.unpause()
    guest.agent.send("triplefault these are my last words")
    shown = client.wait_for("these are my last words\r\n")
    assert wire.wait_for(len(shown), at) == shown


def main_last_bytes_before_xl_destroy_arrive(lab, make_guest, serve, connect, mediator, seeds):
    guest = make_guest()
    serve(guest)
    client = connect()
    guest.unpause()
    guest.agent.send(f"stream outb {next(seeds)} 1000000")
    client.wait_for_bytes(100)
    lab.exec(["xl", "destroy", guest.name])
    mediator.wait_until(lambda: mediator.status(guest.name)["domid"] is None,
                        "the console to be idle")
    written = mediator.status(guest.name)["bytes"]
    shown = client.wait_for_bytes(written)
    # The connected client stays, and a new one sees the same.
    assert connect().wait_for_bytes(written) == shown
    assert len(shown) == written
    assert client.process.poll() is None


def main_a_console_goes_on_with_the_next_domain(lab, make_guest, serve, connect, mediator):
    guest = make_guest(name="again")
    serve(guest)
    client = connect()
    guest.unpause()
    guest.command("print first life")
    client.wait_for("first life\r\n")
    guest.destroy()
    mediator.wait_until(lambda: mediator.status("again")["domid"] is None, "the end")
    guest = make_guest(name="again")
    serve(guest)
    guest.unpause()
    guest.command("print second life")
    assert client.wait_for("second life\r\n") == b"first life\r\nsecond life\r\n"


def _footprint(lab, mediator):
    """What must not grow: descriptors and memory of the daemons, event channels
    of dom0, xenstore nodes, Xen's free memory."""
    pids = (mediator.supervisor(), mediator.net_role())
    counts = {}
    for name, pid in zip(("supervisor", "net"), pids):
        counts[f"{name}'s descriptors"] = int(lab.exec(f"ls /proc/{pid}/fd | wc -l").stdout)
    counts["event channels"] = int(lab.exec("lsevtchn 0 | wc -l").stdout)
    counts["xenstore nodes"] = int(lab.exec("xenstore-ls -f | wc -l").stdout)
    counts["Xen's free memory"] = int(lab.exec("xl info free_memory").stdout)
    rss = sum(int(lab.exec(f"grep VmRSS /proc/{pid}/status").stdout.split()[1])
              for pid in pids)
    return counts, rss


def _cycles(count, make_guest, connect, lab, mediator):
    def cycle():
        guest = make_guest(name="cycle", commands="init; print alive")
        mediator.serve("cycle", "tcp=1234")
        client = connect()
        guest.unpause(connect=False)
        client.wait_for("alive\r\n")
        client.leave()
        guest.destroy()
        mediator.wait_until(lambda: mediator.status("cycle")["domid"] is None, "the end")
        mediator.unserve("cycle")

    for _ in range(WARM_UP):
        cycle()
    before, rss_before = _settled(lab, mediator)
    for _ in range(count):
        cycle()
    mediator.wait_until(lambda: _footprint(lab, mediator)[0] == before,
                        f"all to be as before: {before}, {_footprint(lab, mediator)[0]}", 30)
    after, rss_after = _footprint(lab, mediator)
    print(f"{count} cycles: {after}; RSS {rss_before} -> {rss_after} KiB")
    assert after == before
    assert rss_after - rss_before <= 256


def _settled(lab, mediator):
    """A footprint that stays: a domain's last pages go a little later."""
    last = [None]

    def is_settled():
        now = _footprint(lab, mediator)
        last[0], same = now, now == last[0]
        return same

    mediator.wait_until(is_settled, "the footprint to settle")
    return last[0]


def main_ten_cycles_leave_everything_flat(make_guest, connect, lab, mediator):
    _cycles(CYCLES, make_guest, connect, lab, mediator)


@pytest.mark.slow
def main_a_hundred_cycles_leave_everything_flat(make_guest, connect, lab, mediator):
    _cycles(100, make_guest, connect, lab, mediator)
