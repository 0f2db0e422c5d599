# SPDX-License-Identifier: BSD-2-Clause
"""A test guest (tests/guest) in the lab is an HVM domain that does what it is told."""

import itertools
import shlex
import subprocess
import time
from pathlib import Path

from guest.agent import Agent, GuestGone, GuestTimeout
from guest.patch import patch
from .report import LabError

CONFIG = """\
name = "{name}"
type = "hvm"
memory = {memory}
vcpus = {vcpus}
{cpus}
# QEMU's emulation of AMD SVM reports RDTSCP as RDTSC (tests/lab/README.md).
tsc_mode = "native"
vga = "none"
vnc = 0
usb = 0
# The guest's COM2 takes commands; its COM1 is nobody's until it is served.
serial = ["null", "unix:/run/lab/{name}.com2,server=on,wait=off"]
# "restart" would leave an xl that makes the guest anew behind a test's back.
on_reboot = "{on_reboot}"
{boot}
"""


_images = itertools.count()


def push_guest(lab, image_folder, name, commands="", by="elf", memory=32, more="",
               on_reboot="destroy", vcpus=1):
    """Put a guest's image and its configuration into the share; return the configuration's
    path in dom0.  `more` is further lines of the configuration.

    This takes no command in dom0, because tests make hundreds of guests.  Each image has a
    name of its own: under a used name, dom0 might find the pages of the earlier image in
    its cache."""
    source = Path(image_folder) / {"elf": "guest.elf", "floppy": "guest.img"}[by]
    image = f"guests/{name}-{next(_images)}.{by}"
    boot = (f'firmware_override = "/share/{image}"' if by == "elf" else
            f'device_model_args_hvm = ["-drive", "file=/share/{image},if=floppy,format=raw"]\n'
            'boot = "a"')
    (lab.share / "guests").mkdir(exist_ok=True)
    (lab.share / image).write_bytes(patch(source.read_bytes(), commands))
    config = f"guests/{name}.cfg"
    (lab.share / config).write_text(CONFIG.format(
        name=name, boot=boot, memory=memory, vcpus=vcpus, on_reboot=on_reboot,
        cpus=lab.guest_cpus) + more + "\n")
    return f"/share/{config}"


class Guest:
    """A Guest is a domain, which is created paused.  A test serves its console, then calls
    unpause()."""

    def __init__(self, lab, image_folder, name, commands="", by="elf", memory=32, more="",
                 on_reboot="destroy", vcpus=1, create="xl create -p -q"):
        """With by="elf" Xen starts the guest program in the place of hvmloader, which takes
        2 s; with by="floppy" hvmloader and SeaBIOS start it, as any guest, in 6 s."""
        self.lab = lab
        self.name = name
        self.was_destroyed = False
        self._channel = None
        self._agent = None
        self.config = push_guest(lab, image_folder, name, commands, by, memory, more,
                                 on_reboot, vcpus)
        done = lab.exec(f"{create} {self.config}", check=False, timeout=120)
        if done.returncode:
            raise LabError(f"{create} {self.config} exited {done.returncode}:\n{done.stderr}"
                           f"{self._why_not_created()}")

    def _why_not_created(self):
        """Return what the guest's device model, Xen and dom0's kernel said last."""
        return self.lab.exec(f"xl list; tail -n 20 /var/log/xen/qemu-dm-{self.name}.log; "
                             "xl dmesg | tail -n 20; dmesg | tail -n 20", check=False).stdout

    @property
    def domid(self):
        return int(self.lab.exec(["xl", "domid", self.name]).stdout)

    def find_domid(self):
        """Return the domid, or None while the guest has no domain, as during a reboot."""
        done = self.lab.exec(["xl", "domid", self.name], check=False)
        return int(done.stdout) if done.returncode == 0 else None

    def unpause(self, connect=True):
        self.lab.exec(["xl", "unpause", self.name])
        if connect:
            self.connect()

    def connect(self, patience=120):
        """Connect self.agent to the guest's command channel, its COM2.  When the domain has
        just been made anew, the device model of the old domain, which is about to end, may
        answer first; the connection is then made again."""
        deadline = time.monotonic() + patience
        while True:
            self._channel = self.lab.popen(
                f"socat -t 100000 - UNIX:/run/lab/{shlex.quote(self.name)}.com2,"
                "retry=600,interval=0.1",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            self._agent = Agent(self._channel.stdout, self._channel.stdin)
            try:
                self._agent.sync(patience)
                return
            except GuestGone:
                self.disconnect()
                if time.monotonic() > deadline:
                    raise

    @property
    def agent(self):
        if self._channel and self._channel.poll() is not None:
            # The connection to dom0 was lost.  The socat in dom0 must end, or it would keep
            # the guest's COM2 for itself.
            self.lab.exec(f"pkill -f '[U]NIX:/run/lab/{self.name}.com2'", check=False)
            self.disconnect()
            self.connect()
        return self._agent

    def command(self, text, timeout=120):
        try:
            return self.agent.command(text, timeout)
        except GuestTimeout as silence:
            raise GuestTimeout(f"{silence}\n{self._why_silent()}") from silence

    def _why_silent(self):
        """Return what Xen knows of the guest's vCPUs, VMCBs and timers."""
        try:
            return self.lab.exec(f"xl vcpu-list {self.name}; xl debug-keys qva; sleep 1; "
                                 "xl dmesg | tail -n 300", check=False, timeout=60).stdout
        except (OSError, LabError, subprocess.SubprocessError) as problem:
            return f"nor could Xen be asked: {problem}"

    def is_alive(self):
        return self.find_domid() is not None

    def destroy(self):
        # A domain that ended by itself is destroyed by the xl that made it, perhaps at this
        # very moment: an error of xl destroy says nothing.
        done = self.lab.exec(f"xl destroy {self.name}; for i in $(seq 300); do "
                             f"xl domid {self.name} >/dev/null 2>&1 || exit 0; sleep 0.2; done; "
                             "exit 1", check=False)
        if done.returncode:
            raise LabError(f"{self.name} is not destroyed: {done.stderr}")
        self.was_destroyed = True
        self.disconnect()

    def disconnect(self):
        if self._channel:
            self._channel.stdin.close()
            self._channel.kill()
            self._channel.wait()
            self._channel.stdout.close()
            self._channel = None
