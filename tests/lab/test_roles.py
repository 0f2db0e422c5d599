# SPDX-License-Identifier: BSD-2-Clause
"""These tests show that each role has the rights and the handles that mediator/SECURITY.md
gives it, and no more."""

import json
import re

from lab.mediator import BUILD

# This program, which runs in dom0, prints what one needs to know of a process: the lines of
# its status, what each of its descriptors is, its nice value, and its mappings.
LOOK = r"""
import json, os, sys
pid = sys.argv[1]
fields = dict(line.rstrip("\n").split(":\t", 1) for line in open(f"/proc/{pid}/status")
              if ":\t" in line)
files = {fd: os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
print(json.dumps({"status": fields, "files": files,
                  "lock": open(f"/proc/{pid}/fdinfo/4").read(),
                  "nice": os.getpriority(os.PRIO_PROCESS, int(pid)),
                  "maps": open(f"/proc/{pid}/maps").read()}))
"""
COMMON = {"/dev/null", "/run/lab/mediatord.log", "/run/mediatord/lock"}


def _look(lab, pid):
    return json.loads(lab.exec(["python3", "-c", LOOK, str(pid)]).stdout)


def _uid(lab, user):
    return lab.exec(["id", "-u", user]).stdout.strip()


def _files(look):
    """Return the names of the files that the process has open, but for those that every role
    has, and without the numbers of sockets and the like."""
    names = {re.sub(r":\[?\d+\]?$", "", name) for name in look["files"].values()}
    return {name for name in names if name not in COMMON}


def _assert_confined(look, uid):
    status = look["status"]
    assert status["Uid"].split() == [uid] * 4
    assert status["Groups"].strip() == ""
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, f"{kind} {status[kind]}"
    assert status["Seccomp"].strip() == "2"
    assert status["NoNewPrivs"].strip() == "1"
    flags = int(re.search(r"^flags:\s*(\d+)$", look["lock"], re.M)[1], 8)
    assert flags & 3 == 0, "the lock can be written"


def main_uart_role_has_its_domain_and_its_console_only(console, lab, mediator):
    look = _look(lab, mediator.uart_role("shared"))
    _assert_confined(look, _uid(lab, "mediatord-uart"))
    assert look["nice"] == -5       # a guest waits for this role
    folder = "/run/mediatord/consoles/shared@com1/"
    assert _files(look) == {
        "socket", folder + "uart.wake",
        "/run/mediatord/net.wake", "/dev/xen/privcmd", "/dev/xen/evtchn"}
    # Only the net role writes to the in ring.
    assert re.search(r"r--s .*/shared@com1/in$", look["maps"], re.M)
    assert not re.search(r"rw-s .*/shared@com1/in$", look["maps"], re.M)


def main_net_role_has_the_card_and_the_rings_only(console, lab, mediator):
    look = _look(lab, mediator.net_role())
    _assert_confined(look, _uid(lab, "mediatord-net"))
    assert look["nice"] == 0
    files = _files(look)
    assert not any("xen" in name for name in files), files
    allowed = re.compile(r"socket|anon_inode|/run/mediatord/net\.wake$|/dev/uio\d+$"
                         rf"|/sys/devices/.*/{mediator.nic.removeprefix('pci:')}/config$"
                         r"|/run/mediatord/consoles/[^/]+/uart\.wake$")
    assert all(allowed.match(name) for name in files), files
    # Only the uart role writes to the out ring.
    assert re.search(r"r--s .*/shared@com1/out$", look["maps"], re.M)
    assert not re.search(r"rw-s .*/shared@com1/out$", look["maps"], re.M)


def main_supervisor_maps_no_ring_for_writing(console, lab, mediator):
    look = _look(lab, mediator.supervisor())
    assert look["status"]["Uid"].split() == ["0"] * 4
    assert not re.search(r"rw-s .*/consoles/", look["maps"], re.M)


def main_no_descriptor_of_the_supervisor_is_inherited(console, lab, mediator):
    """A role opens its own descriptors.  It has no control socket, no connection to
    xenstore, and no log but its standard error."""
    for pid in (mediator.uart_role("shared"), mediator.net_role()):
        names = set(_look(lab, pid)["files"].values())
        assert not any(name in ("/dev/xen/xenbus", "/dev/xen/gntdev") or "xenstored" in name
                       for name in names), names


def main_restricted_role_cannot_reach_another_domain(lab, console, make_guest):
    lab.push(BUILD / "tests/lab/restrict_probe", "/root/restrict_probe")
    other = make_guest()
    done = lab.exec(["/root/restrict_probe", str(console.domid), str(other.domid)],
                    check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("refused") == 5, done.stdout


def main_debians_xen_has_no_extensions(shared_guest, serve, connect, mediator, hypervisor):
    """F4: the role asks which attributes of ports Xen knows.  Debian's Xen does not know the
    question, and the console works without."""
    serve(shared_guest, "mode=virtual;tcp=1234")
    shared_guest.command("base 3f8")
    shared_guest.command("init")
    extensions = ["posted-writes", "shadow-registers"] if hypervisor else []
    assert mediator.status("shared")["xen"] == extensions
    client = connect()
    shared_guest.command("print without extensions")
    client.wait_for("without extensions\r\n")
