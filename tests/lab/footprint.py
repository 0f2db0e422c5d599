# SPDX-License-Identifier: BSD-2-Clause
"""What must not grow while guests come and go."""

LSEVTCHN = "/usr/lib/xen-4.17/bin/lsevtchn"
WARM_UP = 2
RSS_GROWTH_KIB = 256


def rss_kib(lab, pids):
    """The memory of these processes together."""
    lines = lab.exec("cat " + " ".join(f"/proc/{pid}/status" for pid in pids)).stdout
    return sum(int(line.split()[1]) for line in lines.splitlines() if line.startswith("VmRSS"))


def footprint(lab, mediator):
    """(descriptors of the daemons, event channels of dom0, xenstore nodes and
    Xen's free memory; the daemons' memory in KiB)"""
    pids = {"supervisor": mediator.supervisor(), "net": mediator.net_role()}
    counts = {f"{name}'s descriptors": int(lab.exec(f"ls /proc/{pid}/fd | wc -l").stdout)
              for name, pid in pids.items()}
    counts["event channels"] = lab.exec(f"{LSEVTCHN} 0").stdout.count("\n")
    counts["xenstore nodes"] = int(lab.exec("xenstore-ls -f / | wc -l").stdout)
    counts["Xen's free memory"] = int(lab.exec("xl info free_memory").stdout)
    return counts, rss_kib(lab, pids.values())


def _settled(lab, mediator):
    """A footprint that stays: a domain's last pages go a little later."""
    last = [None]

    def is_settled():
        now = footprint(lab, mediator)
        last[0], same = now, now == last[0]
        return same

    mediator.wait_until(is_settled, "the footprint to settle")
    return last[0]


def live_once(make_guest, connect, mediator, options):
    """A guest whose console is served with those options comes, speaks and goes."""
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
    """cycle(), done so many times after a warm-up, leaves everything as it was."""
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
