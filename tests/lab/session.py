# SPDX-License-Identifier: BSD-2-Clause
"""This file has class Lab, which is one lab from power-on to power-off, and its options."""

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import image as images
from . import process
from .cache import locked
from .dom0 import Dom0
from .machine import NIC_MODELS, SERIAL_KINDS, Machine
from .network import Network
from .report import LabError, Progress

READY = "lab: dom0 ready"
FAILED = re.compile(r"lab: FAILED: .*|\(XEN\) Panic on CPU.*|Kernel panic - .*|"
                    r"\(XEN\) Hardware Dom0 (?:crashed|halted).*|\(XEN\) Domain 0 crashed.*")


def run_home():
    return Path(os.environ.get("XSM_RUN", "/run/xen-serial-mediator-lab"))


@dataclass
class Options:
    """Options say how a lab is built.  All of them have a default."""
    name: str = "lab"
    com1: str = "file"              # the real 8250: "file", or "socket" (com1.sock)
    com3: str = "file"
    nic: str = "e1000"              # the mediator's card
    has_iommu: bool = True
    memory_mb: int = 4096
    dom0_mb: int = 1024
    dom0_vcpus: int = 1
    # With more than one CPU, dom0 is pinned to the first one and the guests to the others.
    # Where they may move between CPUs, the machine sooner or later freezes: both CPUs then
    # sit in HLT, as if an IPI had been lost.
    cpus: int = 1
    xen: str = ""                   # another hypervisor: xen.gz, or the ELF file
    xen_append: str = ""            # more of Xen's command line
    linux_append: str = ""          # more of dom0 Linux's
    qemu_arguments: list = field(default_factory=list)

    def check(self):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", self.name):
            raise LabError(f"bad lab name {self.name!r}: letters, digits, _ . -, at most 32")
        for name, value, allowed in (("com1", self.com1, SERIAL_KINDS),
                                     ("com3", self.com3, SERIAL_KINDS),
                                     ("nic", self.nic, NIC_MODELS)):
            if value not in allowed:
                raise LabError(f"bad {name} {value!r}: one of {', '.join(allowed)}")


class Lab:
    """A Lab is a machine with real Xen.

    Lab(name, **options) names a lab, which may be up or not; options are the fields of
    Options.  As a context manager the lab is up inside and down afterwards.

    These files are in .folder: .com1_log, .com3_log, .console_log (Xen's and dom0's),
    .com1_socket and .com3_socket (if the options ask for sockets), .share (dom0's /share).
    """

    def __init__(self, name="lab", **options):
        self.options = Options(name=name, **options)
        self.options.check()
        self.name = name
        self.folder = run_home() / name
        self.share = self.folder / "share"
        self.com1_log = self.folder / "com1.log"
        self.com3_log = self.folder / "com3.log"
        self.console_log = self.folder / "xen-console.log"
        self.com1_socket = self.folder / "com1.sock"
        self.com3_socket = self.folder / "com3.sock"
        self._lock = run_home() / f".{name}.lock"
        self._post_mortem = run_home() / f"{name}.failed-console.log"
        self.network = Network(name)
        self.machine = Machine(self.folder, self.network)
        self.state = self._load()
        self._dom0 = None

    def __enter__(self):
        self.up()
        self.dom0.start_agent()
        return self

    def __exit__(self, *exc):
        self._dom0.end_agent()
        self.down()

    # ---- power -----------------------------------------------------------

    def up(self, timeout=240.0):
        """Build what is missing, power on, and return when dom0 answers."""
        progress = Progress()
        image = images.build(progress)
        with self._locked(progress):
            self.state = self._load()
            if self.is_running():
                raise LabError(f"lab {self.name} is up already (QEMU is process "
                               f"{self.state['qemu']['pid']}); cure: `lab down --name "
                               f"{self.name}`, or another --name")
            self._clear()           # remove what a killed program may have left
            self._post_mortem.unlink(missing_ok=True)
            try:
                self._power_on(image, progress, timeout)
            except BaseException:   # Ctrl-C, too, is to leave nothing behind
                self._save_post_mortem(progress)
                self._clear()
                raise
        progress.say(f"lab {self.name} is up; dom0 answers")

    def _power_on(self, image, progress, timeout):
        self.share.mkdir(parents=True, mode=0o755)
        self.state = {"options": asdict(self.options), "image": {
            k: str(v) for k, v in vars(image).items()}}
        self._save()
        if self.options.xen:
            images.write_xen_elf(self.options.xen, self.folder / "xen")
        else:
            (self.folder / "xen").symlink_to(image.xen)
        self.network.up()
        progress.say(f"power on: lab {self.name}")
        self.state["qemu"] = self.machine.start(image, self.options)
        self._save()
        self._wait_for_dom0(progress, time.monotonic() + timeout)
        progress.say("dom0 is ready; first ssh connection")
        self.dom0.connect()
        self.dom0.exec("true")

    def _wait_for_dom0(self, progress, deadline):
        while True:
            console = self.console()
            if READY in console:
                return
            failed = FAILED.search(console)
            if failed:
                raise LabError(f"dom0 did not start: {failed[0]}\n  {self._tail(console)}")
            if not self.is_running():
                raise LabError("QEMU ended before dom0 was ready: "
                               f"{self.machine.last_words() or 'the machine was reset'}\n  "
                               f"{self._tail(console)}")
            if time.monotonic() > deadline:
                raise LabError("dom0 is not ready in time; the console's end:\n  "
                               + self._tail(console))
            progress.still(lambda: "still waiting for dom0, last console line: "
                           + self._tail(console, 1))
            time.sleep(0.1)

    def down(self):
        """Power off at once and remove every trace; if the lab is down, this does no harm.
        dom0's disk is a snapshot, so nothing needs a clean shutdown."""
        with self._locked():
            self.state = self._load()
            self._clear()
            self._post_mortem.unlink(missing_ok=True)
            self._lock.unlink(missing_ok=True)

    def is_running(self):
        return process.is_alive(self.state.get("qemu"))

    @property
    def guest_cpus(self):
        """This line of a guest's configuration gives the guest all CPUs but dom0's."""
        return f'cpus = "1-{self.options.cpus - 1}"' if self.options.cpus > 1 else ""

    # ---- dom0 ------------------------------------------------------------

    @property
    def dom0(self):
        self._require_running()
        if not self._dom0:
            self._dom0 = Dom0(self.folder, self.network, self.state["image"]["ssh_key"],
                              self.state["qemu"])
        return self._dom0

    def exec(self, cmd, check=True, timeout=None, input=None):
        """Run cmd (a shell line, or a list) in dom0; see Dom0.exec."""
        return self.dom0.exec(cmd, check=check, timeout=timeout, input=input)

    def popen(self, cmd, **popen):
        return self.dom0.popen(cmd, **popen)

    def push(self, local, remote):
        self.dom0.push(local, remote)

    def pull(self, remote, local):
        self.dom0.pull(remote, local)

    def nic(self):
        """Return the interface name and the PCI address of the mediator's card as dom0 first
        saw it, such as ("eth1", "0000:00:02.0")."""
        return tuple(self.exec("cat /run/lab/nic").stdout.split())

    # ---- outside dom0 ----------------------------------------------------

    def client(self, argv, **popen):
        """Start argv where the mediator's clients are, for example ["nc", "192.168.0.2",
        "1234"].  Return a subprocess.Popen, with pipes unless `popen` says otherwise."""
        self._require_running()
        for stream in ("stdin", "stdout", "stderr"):
            popen.setdefault(stream, subprocess.PIPE)
        return subprocess.Popen(self.network.wrap(argv), **popen)

    def monitor(self, command):
        """Give QEMU's monitor a command, such as "info pci", and return what it prints."""
        self._require_running()
        return self.machine.monitor(command)

    def console(self):
        """Return what Xen and dom0 wrote to their console, COM2."""
        try:
            return self.console_log.read_text(errors="replace").replace("\r", "")
        except OSError:
            return ""

    def wait_for(self, text, log=None, after=0, timeout=60.0):
        """Wait until text is in a log (by default the console's) behind its first `after`
        characters; return all of the log behind those."""
        log = Path(log or self.console_log)
        deadline = time.monotonic() + timeout
        while True:
            found = log.read_text(errors="replace").replace("\r", "")[after:]
            if text in found:
                return found
            if not self.is_running():
                raise LabError(f"lab {self.name} ended while waiting for {text!r} in {log}")
            if time.monotonic() > deadline:
                raise LabError(f"no {text!r} in {log} within {timeout:.0f} s; its end:\n  "
                               + self._tail(found))
            time.sleep(0.05)

    def image(self):
        """Return the paths of what the lab boots from, by the names of Image's fields."""
        return dict(self.state.get("image", {}))

    # ---- state -----------------------------------------------------------

    def _require_running(self):
        if not self.is_running():
            self.state = self._load()
        if not self.is_running():
            raise LabError(f"lab {self.name} is not up; cure: `lab up --name {self.name}`")

    def _locked(self, progress=None):
        run_home().mkdir(parents=True, exist_ok=True)
        return locked(self._lock, lambda: progress and progress.say(
            f"waiting: another program starts or stops lab {self.name}"))

    def _load(self):
        try:
            return json.loads((self.folder / "state.json").read_text())
        except (OSError, ValueError):
            return {}

    def _save(self):
        half = self.folder / f".state.{os.getpid()}"
        half.write_text(json.dumps(self.state, indent=1) + "\n")
        half.rename(self.folder / "state.json")

    def _clear(self):
        Dom0(self.folder, self.network, None).disconnect()
        process.end(self.state.get("qemu"))
        self.network.down()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.state = {}

    def _save_post_mortem(self, progress):
        """Keep the console's log of a lab that did not come up, so that one can see why."""
        if self.console():
            shutil.copy(self.console_log, self._post_mortem)
            progress.say(f"the console of the failed start is kept in {self._post_mortem}")

    @staticmethod
    def _tail(text, lines=15):
        return "\n  ".join([l for l in text.splitlines() if l.strip()][-lines:])


def labs():
    """Return the labs of which files are there, whether they are up or dead."""
    home = run_home()
    names = {p.parent.name for p in home.glob("*/state.json")}
    names |= {p.name.removesuffix(".failed-console.log")
              for p in home.glob("*.failed-console.log")}
    return [Lab(name) for name in sorted(names)]
