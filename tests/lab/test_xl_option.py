# SPDX-License-Identifier: BSD-2-Clause
"""These tests are about the option ioreq_server of the patched xl: what a user may write,
what libxl says to the daemon, and that nothing is left behind when something goes wrong."""

import json
import re
import subprocess
import time

import pytest

from lab.guest import push_guest
from lab.ioreq_daemon import IoreqDaemon
from lab.mediator import ROOT

COM1 = 'ioreq_server = ["com1"]'
FULL = ('ioreq_server = ["name=com1, ports=3f8-3ff, irq=4, '
        'options=mode=passthrough;machine=3f8;tcp=1234"]')
# This is so long that a test in which xl waits for an answer would fail.
NO_TIMEOUT = "LIBXL_IOREQ_SERVER_TIMEOUT=3600 "
SHORT_TIMEOUT = "LIBXL_IOREQ_SERVER_TIMEOUT=3 "
# What xl said when it tried to destroy what libxl had destroyed already.
ALARMS = "Non-existant domain", "Unable to destroy guest", "Destruction of domain failed"


@pytest.fixture(autouse=True)
def no_mediatord(lab):
    """Stop mediatord, which would answer libxl, too."""
    lab.exec("for pid in $(pgrep -x mediatord); do kill $pid; done; "
             "while pgrep ^mediatord >/dev/null; do sleep 0.1; done", timeout=60)


@pytest.fixture
def daemon(lab):
    """daemon("running"), daemon("error", name, text) or daemon("silent") starts a daemon that
    answers so (tests/lab/fake_ioreq_daemon).  It is stopped after the test."""
    started = []

    def start(*how, **who):
        started.append(IoreqDaemon(lab, *how, **who))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="module")
def config(lab, guest_image):
    """config(more lines) returns the path, in dom0, of a guest's configuration with these
    lines."""
    path = push_guest(lab, guest_image, "option")
    here = lab.share / "guests/option.cfg"
    common = here.read_text()

    def config(more):
        here.write_text(f"{common}{more}\n")
        return path

    return config


def _wait_until(is_true, what, timeout=60.0):
    deadline = time.monotonic() + timeout
    while not is_true():
        assert time.monotonic() < deadline, \
            f"waited {timeout:.0f} s for {what() if callable(what) else what}"
        time.sleep(0.1)


def _traces(lab):
    """Return what a failed xl create might leave behind: domains (also dying ones), nodes in
    xenstore (but not those of daemons), device models and processes of xl."""
    return lab.exec("/usr/sbin/xl list | awk '{ print $1, $2 }'; xenstore-ls -f / | "
                    "grep -v ^/tool/ | grep -v /memory/ | sort; "
                    "pgrep -af 'qemu-system|xl.create' | cut -d' ' -f2-").stdout


@pytest.fixture
def fails(lab, patched_xl):
    """fails(config, words...) asserts that xl create fails, says all the words, and leaves
    nothing behind."""
    def fails(path, *words, environment=NO_TIMEOUT, during=lambda: None, is_gone=False):
        before = _traces(lab)
        creating = lab.popen(f"{environment}timeout 100 {patched_xl} create {path} 2>&1",
                             stdout=subprocess.PIPE, text=True)
        during()
        said = creating.communicate(timeout=130)[0]
        print(said)
        assert creating.returncode not in (0, 124)
        for word in words:
            assert word in said, said
        # G6.  The reason is the last word, unless somebody else has destroyed the domain:
        # then libxl finds nothing to destroy, and says so.
        assert is_gone or not any(alarm in said for alarm in ALARMS), said
        _wait_until(lambda: _traces(lab) == before,
                    lambda: f"nothing to be left: {before}\n---\n{_traces(lab)}", 20)
    return fails


# ---- without the option ----------------------------------------------------


def xl_runs_on_its_own_libraries(lab, patched_xl):
    prefix = "/usr/local/lib/xen-serial-mediator"
    used = lab.exec(f"ldd {prefix}/sbin/xl {prefix}/libexec/*").stdout
    xens = [line.split()[2] for line in used.splitlines() if line.startswith("\tlibx")]
    assert xens and all(path.startswith(prefix) for path in xens), used
    assert "not found" not in used


def xl_ordinary_guest_lives_as_ever(lab, patched_xl, make_guest):
    guest = make_guest(on_reboot="restart")
    guest.unpause()
    first = guest.domid
    assert guest.name in lab.exec([patched_xl, "list"]).stdout
    # A triple fault reboots the guest: xl, in the background, makes a new domain.
    guest.agent.send("triplefault again")
    _wait_until(lambda: guest.find_domid() not in (None, first), "the reboot")
    guest.disconnect()
    guest.connect()
    guest.command("print alive")
    lab.exec([patched_xl, "destroy", guest.name])
    assert not guest.is_alive()


# xl console runs until the script kills it.  Its input must not end before, so that is a FIFO
# that is open for writing, too.
READ_CONSOLE = """
rm -f /run/lab/in && mkfifo /run/lab/in
XL console -t serial pty <>/run/lab/in >/run/lab/out 2>&1 &
XL unpause pty
for i in $(seq 600); do grep -q 'xl console 30' /run/lab/out && break; sleep 0.1; done
kill $! && wait
cat /run/lab/out; rm /run/lab/in /run/lab/out
"""


def xl_console_shows_an_ordinary_guest(lab, patched_xl, guest_image):
    path = push_guest(lab, guest_image, "pty", "init; lines 30 shown by xl console",
                      more='serial = "pty"')
    lab.exec([patched_xl, "create", "-p", "-q", path])
    try:
        shown = lab.exec(READ_CONSOLE.replace("XL", patched_xl), timeout=100).stdout
        # Only the last line is looked for: the first ones may come before xl console has
        # opened the pty.
        assert "\nshown by xl console 30\n" in shown
    finally:
        lab.exec([patched_xl, "destroy", "pty"])


def xl_stock_and_patched_see_the_same_domains(lab, patched_xl, make_guest):
    for create, other in (("/usr/sbin/xl", patched_xl), (patched_xl, "/usr/sbin/xl")):
        guest = make_guest(create=f"{create} create -p -q")
        assert guest.name in lab.exec([other, "list"]).stdout
        assert (lab.exec(f"{other} list -l {guest.name}").stdout ==
                lab.exec(f"{create} list -l {guest.name}").stdout)
        lab.exec([other, "unpause", guest.name])
        guest.connect()
        lab.exec([other, "destroy", guest.name])
        assert not guest.is_alive()


@pytest.mark.parametrize("save", ["/usr/sbin/xl", "/usr/local/sbin/xl"],
                         ids=["stock", "patched"])
def xl_restores_an_ordinary_guest(lab, patched_xl, make_guest, save):
    guest = make_guest(create=f"{save} create -p -q")
    guest.unpause()
    first = guest.domid
    guest.command("base 2e8 3")
    guest.disconnect()
    lab.exec(f"{save} save {guest.name} /root/saved", timeout=120)
    assert not guest.is_alive()
    lab.exec(f"{patched_xl} restore /root/saved && rm /root/saved", timeout=120)
    assert guest.domid != first
    guest.connect()
    assert guest.command("uart")["base"] == "2e8"


# ---- what may be written ---------------------------------------------------


def _dry_run(lab, patched_xl, path):
    shown = json.loads(lab.exec([patched_xl, "-N", "create", path]).stdout)
    return shown["b_info"].get("ioreq_servers")


@pytest.mark.parametrize("option, expected", [
    ('["com1"]', [{"name": "com1", "ports": {"first": 0x3f8, "number": 8}, "irq": 4}]),
    ('["name=com2"]', [{"name": "com2", "ports": {"first": 0x2f8, "number": 8}, "irq": 3}]),
    ('["com1, options=tcp=1234", "name=x,ports=100-1FF,irq=15"]', [
        {"name": "com1", "ports": {"first": 0x3f8, "number": 8}, "irq": 4,
         "options": "tcp=1234"},
        {"name": "x", "ports": {"first": 0x100, "number": 0x100}, "irq": 15}]),
    ('["name=com1,ports=3f8-3ff,irq=4,options=mode=passthrough;machine=3f8;tcp=1234"]', [
        {"name": "com1", "ports": {"first": 0x3f8, "number": 8}, "irq": 4,
         "options": "mode=passthrough;machine=3f8;tcp=1234"}]),
    ('["com1,daemon=fake"]', [{"name": "com1", "ports": {"first": 0x3f8, "number": 8}, "irq": 4,
                               "daemon": "fake"}]),
    ('["com1"]\ntype = "pvh"\nkernel = "/boot/x"', [      # E7
        {"name": "com1", "ports": {"first": 0x3f8, "number": 8}}]),
    ("[]", []),
], ids=["name", "com2", "two", "full", "daemon", "pvh", "none"])
def xl_dry_run_shows_what_was_written(lab, patched_xl, config, option, expected):
    assert (_dry_run(lab, patched_xl, config(f"ioreq_server = {option}")) or []) == expected


@pytest.mark.parametrize("option, words", [
    ('"com1"', ("ioreq_server", "must be a list")),
    ('[["com1"]]', ("ioreq_server", "not a string")),
    ('["com1,colour=red"]', ("colour=red", "known are")),
    ('["com1,com2"]', ("com2", "known are")),
    ('[""]', ("name= is missing",)),
    ('["name=com1/x,ports=3f8-3ff,irq=4"]', ("com1/x", "letters")),
    ('["com1,daemon=a/b"]', ("daemon \"a/b\"", "letters")),
    ('["com1"]\nioports = ["3fc-3fd"]', ("3f8-3ff", "3fc-3fd of ioports")),
    ('["com7"]', ("ports= is missing", "com1 to com4")),
    ('["com7,ports=3f8-3ff"]', ("irq= is missing",)),
    ('["com1,ports=3ff-3f8"]', ("3ff-3f8", "first is beyond the last")),
    ('["com1,ports=fff8-10007"]', ("fff8-10007", "beyond ffff")),
    ('["com1,ports=3f8"]', ("\"3f8\"", "FIRST-LAST")),
    ('["com1,ports=3f8-3fx"]', ("3f8-3fx", "FIRST-LAST")),
    ('["com1,irq=99"]', ("irq \"99\"", "1 to 15")),
    ('["com1,irq=0"]', ("irq \"0\"", "1 to 15")),
    ('["com1,irq=4x"]', ("irq \"4x\"", "1 to 15")),
    ('["com1,options=%s"]' % ("x" * 1024), ("com1", "longer than 1023")),
    ('["com1", "name=x,ports=3ff-400,irq=5"]', ("\"x\"", "3ff-400", "3f8-3ff", "com1")),
    ('["com1", "com1,ports=100-107"]', ("two ioreq servers", "com1")),
    ('["com1"]\nserial = "pty"', ("3f8-3ff", "serial port 0", "pty", "none")),
    ('["com2"]\nserial = ["none", "pty"]', ("2f8-2ff", "serial port 1", "pty", "none")),
    ('["com1"]\ntype = "pv"\nkernel = "/boot/vmlinuz"', ("not for PV guests",)),
], ids=["string", "list", "key", "second-name", "empty", "name", "daemon", "ioports", "unknown-ports", "unknown-irq",
        "backwards", "beyond", "one-port", "no-number", "irq-99", "irq-0", "irq-4x",
        "options", "overlap", "same-name", "serial", "serial-list", "pv"])
def xl_bad_value_is_refused(config, fails, option, words):
    fails(config(f"ioreq_server = {option}"), *words)


@pytest.mark.parametrize("serial", ['"none"', '"null"', '["none", "pty"]'],
                         ids=["none", "null", "second"])
def xl_serial_elsewhere_is_no_overlap(lab, patched_xl, config, daemon, serial):
    daemon("running")
    lab.exec(f"{patched_xl} create -p -q {config(f'{COM1}{chr(10)}serial = {serial}')}",
             timeout=120)
    lab.exec([patched_xl, "destroy", "option"])


# ---- libxl and the daemon --------------------------------------------------


def xl_without_a_daemon_fails_in_time(config, fails):
    fails(config(COM1), "no ioreq server daemon is running; waiting up to 3 seconds",
          "systemctl start mediatord", environment=SHORT_TIMEOUT)


def xl_daemon_that_stopped_is_none(config, fails, daemon):
    daemon("running").stop()
    fails(config(COM1), "no ioreq server daemon is running", environment=SHORT_TIMEOUT)


def xl_daemon_that_was_killed_is_none(lab, config, fails, daemon):
    """E2.  Its node is still there."""
    killed = daemon("running")
    killed.kill()
    assert lab.exec(["xenstore-read", killed.presence]).stdout.strip() == str(killed.pid)
    fails(config(COM1), "no ioreq server daemon is running (see", environment=SHORT_TIMEOUT)


@pytest.mark.parametrize("is_killed", [False, True], ids=["none", "killed"])
def xl_daemon_that_comes_is_waited_for(lab, patched_xl, config, daemon, is_killed):
    """E2.  A guest that reboots while its daemon is started again must not be lost."""
    if is_killed:
        daemon("running").kill()
    creating = lab.popen(f"{NO_TIMEOUT}timeout 100 {patched_xl} create -q {config(COM1)} 2>&1",
                         stdout=subprocess.PIPE, text=True)
    try:
        # That ends with xl, in 100 s at the latest.
        assert any("no ioreq server daemon is running; waiting up to 3600 seconds" in line
                   for line in creating.stdout)
        assert lab.exec("/usr/sbin/xl domid option", check=False).returncode != 0
        daemon("running")
        assert creating.communicate(timeout=130)[0] == "" and creating.returncode == 0
    finally:
        lab.exec([patched_xl, "destroy", "option"], check=False)


def xl_daemon_that_is_meant_is_asked(lab, patched_xl, config, fails, daemon):
    """E8.  Where there are two, one must be named."""
    daemon("running", name="first")
    lab.exec(f"xenstore-write /tool/ioreq-server/second/version 1 /tool/ioreq-server/second 1")
    try:
        fails(config(COM1), "more than one daemon", "\"first\"", "\"second\"")
        fails(config('ioreq_server = ["com1,daemon=third"]'),
              "ioreq server daemon \"third\" is not running", environment=SHORT_TIMEOUT)
        path = config('ioreq_server = ["com1,daemon=first"]')
        lab.exec(f"{patched_xl} create -p -q {path}", timeout=120)
        lab.exec([patched_xl, "destroy", "option"])
    finally:
        lab.exec("xenstore-rm /tool/ioreq-server/second")


@pytest.mark.parametrize("version, said", [("2", "version 2"), ("", "version 0")],
                         ids=["two", "none"])
def xl_daemon_of_another_version_is_refused(config, fails, daemon, version, said):
    """E8."""
    daemon("running", version=version)
    fails(config(COM1), '"fake" speaks ' + said, "libxl version 1")


def xl_guest_runs_when_its_daemon_says_so(lab, make_guest, patched_xl, daemon):
    asked = daemon("running")
    guest = make_guest(more=FULL, create=f"{patched_xl} create -q")
    guest.connect()
    requests = asked.requests(guest.domid)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                        requests["0"].pop("generation"))
    assert requests == {"0": {
        "version": "1", "daemon": "fake", "name": "com1", "ports": "3f8-3ff", "irq": "4",
        "options": "mode=passthrough;machine=3f8;tcp=1234", "state": "requested"}}
    # When the daemon saw the request, QEMU had its ioreq server, and the domain was paused
    # and had run no instruction.
    state, qemu = asked.domain(guest.domid)
    assert "p" in state and qemu == "running"
    shown = json.loads(lab.exec([patched_xl, "list", "-l", guest.name]).stdout)
    assert shown[0]["config"]["b_info"]["ioreq_servers"][0]["name"] == "com1"
    node = f"/libxl/{guest.domid}/ioreq-server"
    assert lab.exec(f"xenstore-exists {node}", check=False).returncode == 0
    lab.exec([patched_xl, "destroy", guest.name])
    assert lab.exec(f"xenstore-exists {node}", check=False).returncode == 1


def xl_guest_cannot_read_its_request(lab, make_guest, patched_xl, daemon):
    daemon("running")
    guest = make_guest(more=COM1, create=f"{patched_xl} create -p -q")
    nodes = lab.exec(f"xenstore-ls -fp /libxl/{guest.domid}/ioreq-server").stdout.splitlines()
    assert len(nodes) == 9 and all(node.endswith("(n0)") for node in nodes), nodes


def xl_reboot_asks_again(lab, make_guest, patched_xl, daemon):
    asked = daemon("running")
    guest = make_guest(more=FULL, on_reboot="restart",
                       create=f"{patched_xl} create -q")
    guest.connect()
    first = guest.domid
    guest.agent.send("triplefault again")
    second = asked.wait_for_request(besides=[first])
    before, after = asked.requests(first)["0"], asked.requests(second)["0"]
    assert before.pop("generation") != after.pop("generation")      # E6
    assert before == after
    guest.disconnect()
    _wait_until(lambda: guest.find_domid() == second, "the new domain")
    guest.connect()
    guest.command("print alive")


def xl_daemons_error_is_the_users_message(config, fails, daemon):
    daemon("error", "com1", "machine port 3f8 belongs to another; use machine=2f8")
    fails(config(COM1), '"com1": machine port 3f8 belongs to another; use machine=2f8')


def xl_one_of_two_that_fails_is_named(config, fails, daemon):
    daemon("error", "second", "no")
    fails(config('ioreq_server = ["com1", "name=second,ports=100-107,irq=5"]'), '"second": no')


def xl_no_answer_is_waited_for_as_long_as_told(config, fails, daemon):
    asked = daemon("silent")
    fails(config(COM1), "no ioreq server daemon answered within 3 seconds",
          '"fake" does not say that it serves "com1"', environment=SHORT_TIMEOUT)
    assert len(asked.domids()) == 1


def xl_daemon_killed_while_xl_waits(config, fails, daemon):
    asked = daemon("silent")

    def kill():
        asked.wait_for_request()
        asked.kill()

    fails(config(COM1), "no ioreq server daemon answered within 10 seconds", environment="",
          during=kill)


def xl_domain_destroyed_while_xl_waits(lab, config, fails, daemon):
    asked = daemon("silent")
    fails(config(COM1), "destroyed while waiting", is_gone=True,
          during=lambda: lab.exec(f"/usr/sbin/xl destroy {asked.wait_for_request()}"))


def xl_device_added_by_stock_xl_costs_no_console(lab, make_guest, patched_xl, daemon):
    """E3.  Debian's xl writes the stored configuration anew, without ioreq_servers.  What
    list -l shows is what the xl that waits for the guest's reboot goes by, too."""
    daemon("running")
    guest = make_guest(more=FULL, create=f"{patched_xl} create -q")
    guest.connect()
    first = guest.domid
    lab.exec(f"truncate -s 1M /root/disk && "
             f"/usr/sbin/xl block-attach {guest.name} format=raw,vdev=hdd,target=/root/disk; "
             f"! grep -q ioreq_servers /var/lib/xen/userdata-d.{first}.*.libxl-json")
    shown = json.loads(lab.exec([patched_xl, "list", "-l", guest.name]).stdout)
    assert shown[0]["config"]["b_info"]["ioreq_servers"] == [{
        "name": "com1", "ports": {"first": 0x3f8, "number": 8}, "irq": 4, "daemon": "fake",
        "options": "mode=passthrough;machine=3f8;tcp=1234"}]


# ---- save and migrate ------------------------------------------------------


@pytest.fixture
def served(make_guest, patched_xl, daemon):
    daemon("running")
    guest = make_guest(more=COM1, create=f"{patched_xl} create -q")
    guest.connect()
    return guest


def _is_untouched(lab, guest, domid):
    guest.command("print alive")
    assert guest.domid == domid
    assert "s" not in lab.exec(f"/usr/sbin/xl list {domid}").stdout.split()[-2]


def xl_save_is_refused(lab, patched_xl, served):
    domid = served.domid
    lab.exec("echo precious >/root/saved")
    done = lab.exec([patched_xl, "save", served.name, "/root/saved"], check=False, timeout=120)
    assert done.returncode == 1
    assert served.name in done.stderr and "neither saved nor migrated" in done.stderr
    assert lab.exec("cat /root/saved; rm /root/saved").stdout == "precious\n"
    _is_untouched(lab, served, domid)


def _migrate(lab, patched_xl, guest):
    """Migrate the guest to a receiver that only shows that it was started.  Return the
    CompletedProcess, and whether the receiver was started."""
    lab.exec("rm -f /run/lab/receiver")
    done = lab.exec([patched_xl, "migrate", "-s", "touch /run/lab/receiver #", guest.name,
                     "nowhere"], check=False, timeout=120)
    assert done.returncode == 1
    return done, lab.exec("[ -e /run/lab/receiver ]", check=False).returncode == 0


def xl_migrate_is_refused(lab, patched_xl, served, make_guest):
    domid = served.domid
    done, was_started = _migrate(lab, patched_xl, served)
    assert served.name in done.stderr and "neither saved nor migrated" in done.stderr
    assert not was_started
    _is_untouched(lab, served, domid)
    # With a guest without ioreq servers, xl starts the receiver.
    assert _migrate(lab, patched_xl, make_guest())[1]


def xl_libxl_itself_refuses_to_save(lab, patched_xl, make_guest):
    """libxl refuses for all its users.  Here it is not xl that refuses, because the stored
    configuration has no ioreq_server."""
    guest = make_guest()
    guest.unpause()
    lab.exec(f"xenstore-write /libxl/{guest.domid}/ioreq-server/0/name com1")
    domid = guest.domid
    done = lab.exec([patched_xl, "save", guest.name, "/root/saved"], check=False, timeout=120)
    assert done.returncode == 1
    assert "has ioreq servers, whose state cannot be saved" in done.stderr
    _is_untouched(lab, guest, domid)


def xl_domain_whose_servers_cannot_be_listed_is_not_saved(lab, patched_xl, make_guest, tmp_path):
    """E4.  Only ENOENT means that there are none.  The configuration that is saved is given,
    so that it is libxl_domain_suspend() that looks."""
    library = tmp_path / "no_directory.so"
    subprocess.run(["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library,
                    ROOT / "tests/lab/no_directory.c"], check=True)
    lab.push(library, "/root/no_directory.so")
    guest = make_guest()
    guest.unpause()
    domid = guest.domid
    done = lab.exec(f"LD_PRELOAD=/root/no_directory.so {patched_xl} save {guest.name} /root/saved "
                    f"{guest.config}", check=False, timeout=120)
    assert done.returncode == 1
    assert f"unable to list /libxl/{domid}/ioreq-server in xenstore" in done.stderr
    assert "Input/output error" in done.stderr
    _is_untouched(lab, guest, domid)
