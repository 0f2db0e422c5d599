# SPDX-License-Identifier: BSD-2-Clause
"""This file measures what must not grow while guests come and go, and asserts that it
does not."""

LSEVTCHN = "/usr/lib/xen-4.17/bin/lsevtchn"
WARM_UP = 2
RSS_GROWTH_KIB = 256


def rss_kib(lab, pids):
    """Return the resident memory of these processes together, in KiB."""
    lines = lab.exec("cat " + " ".join(f"/proc/{pid}/status" for pid in pids)).stdout
    return sum(int(line.split()[1]) for line in lines.splitlines() if line.startswith("VmRSS"))


def footprint(lab, mediator):
    """Return a pair.  The first is {what: number} for the descriptors of the supervisor and
    of the net role, dom0's event channels, xenstore's nodes and Xen's free memory; the
    second is the resident memory of the two roles in KiB."""
    pids = {"supervisor": mediator.supervisor(), "net": mediator.net_role()}
    counts = {f"{name}'s descriptors": int(lab.exec(f"ls /proc/{pid}/fd | wc -l").stdout)
              for name, pid in pids.items()}
    counts["event channels"] = lab.exec(f"{LSEVTCHN} 0").stdout.count("\n")
    counts["xenstore nodes"] = int(lab.exec("xenstore-ls -f / | wc -l").stdout)
    counts["Xen's free memory"] = int(lab.exec("xl info free_memory").stdout)
    return counts, rss_kib(lab, pids.values())


def _settled(lab, mediator):
    """Return the footprint once it is the same twice: Xen frees a domain's last pages a
    little after its end."""
    last = [None]

    def is_settled():
        now = footprint(lab, mediator)
        last[0], same = now, now == last[0]
        return same

    mediator.wait_until(is_settled, "the footprint to settle")
    return last[0]


def live_once(make_guest, connect, mediator, options):
    """Make a guest, serve its console with these options, have it print something, destroy
    it, and remove its console."""
    guest = make_guest(name="cycle", commands="init; print alive")
    mediator.serve("cycle", options)
    client = connect()
    guest.unpause(connect=False)
    client.wait_for("alive\r\n")
    client.leave()
    guest.destroy()
    mediator.wait_until(lambda: mediator.status("cycle")["domid"] is None, "the end")
    mediator.unserve("cycle")


def assert_flat(cycle, count, lab, mediator):
    """Assert that cycle(), called `count` times after a warm-up, leaves everything as it was."""
    for _ in range(WARM_UP):
        cycle()
    before, rss_before = _settled(lab, mediator)
    for _ in range(count):
        cycle()
    after, rss_after = {}, 0

    def is_as_before():
        nonlocal after, rss_after
        after, rss_after = footprint(lab, mediator)
        return after == before

    mediator.wait_until(is_as_before, lambda: f"all to be as before: {before}, now {after}", 30)
    print(f"{count} cycles: {after}; RSS {rss_before} -> {rss_after} KiB")
    assert rss_after - rss_before <= RSS_GROWTH_KIB
