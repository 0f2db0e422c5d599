# SPDX-License-Identifier: BSD-2-Clause
"""A Linux guest in the lab is Debian's own kernel with a busybox as its user space.  Its
COM1 is its console, and its PV console is a shell for the test.  In a guest without PV
drivers (xen_nopv) the shell is on COM2."""

import os
import select
import shlex
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from . import debian
from .report import LabError

# nowatchdog and the like are there because an emulated processor is slow.
COMMAND_LINE = ("console=ttyS0,115200 nokaslr maxcpus=1 lpj=4000000 mitigations=off nowatchdog "
                "panic=-1")
CONFIG = """\
name = "{name}"
type = "{kind}"
memory = {memory}
vcpus = 1
{cpus}
tsc_mode = "native"
{devices}
kernel = "/root/linux/vmlinuz"
ramdisk = "/root/linux/initramfs"
cmdline = "{command_line}"
{more}
"""
DEVICES = """\
vga = "none"
vnc = 0
usb = 0
serial = ["none", "unix:/run/lab/{name}.com2,server=on,wait=off"]"""
INIT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
# What `xl shutdown` makes the kernel call.
mkdir -p /sbin
printf '#!/bin/busybox sh\\nexec /bin/busybox poweroff -f\\n' >/sbin/poweroff
chmod +x /sbin/poweroff
echo "init: this is user space"
tty=/dev/hvc0
[ -e $tty ] || tty=/dev/ttyS1
# Held open, so that the settings stay.
exec 3<>$tty
stty -F $tty raw -echo
while :; do
    read -r line <&3
    (eval "$line") >&3 2>&1
done
"""


def pack_initramfs(image, path, files=None):
    """Make an initramfs.  `files` is {name: bytes} of files that the guest has in /."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in ("bin", "dev", "proc", "sys", "tmp"):
            (tree / name).mkdir()
        shutil.copy(image.busybox, tree / "bin/busybox")
        (tree / "init").write_text(INIT)
        (tree / "init").chmod(0o755)
        for name, data in (files or {}).items():
            (tree / name).write_bytes(data)
        debian.run(["sh", "-c", f"find . | cpio --quiet -o -H newc -R 0:0 > {path}"],
                   "pack the guest's initramfs", cwd=tree)


def push_linux(lab, image, files=None):
    """Copy the kernel and an initramfs into dom0; one copy is enough for all guests of a
    lab.  `files` are those of pack_initramfs()."""
    with tempfile.TemporaryDirectory() as folder:
        linux = Path(folder) / "linux"
        linux.mkdir()
        shutil.copy(image.vmlinuz, linux / "vmlinuz")
        pack_initramfs(image, linux / "initramfs", files)
        lab.push(linux, "/root/")


class LinuxGuest:
    """A LinuxGuest writes its configuration to dom0 as /root/NAME.cfg; create() makes the
    domain."""

    def __init__(self, lab, name, more="", append="", memory=192, kind="hvm"):
        self._has_pv_console = "xen_nopv" not in append
        self.lab = lab
        self.name = name
        self._channel = None
        config = CONFIG.format(name=name, memory=memory, more=more, kind=kind, cpus=lab.guest_cpus,
                               devices=DEVICES.format(name=name) if kind == "hvm" else "",
                               command_line=f"{COMMAND_LINE} {append}".strip())
        lab.exec(f"cat > /root/{name}.cfg", input=config)

    def create(self, *options, xl="xl"):
        self.lab.exec([xl, "create", "-q", *options, f"/root/{self.name}.cfg"], timeout=180)

    @property
    def domid(self):
        return int(self.lab.exec(["xl", "domid", self.name]).stdout)

    def connect(self, timeout=300):
        """Wait for the guest's shell, so that run() works.  After a reboot this is to be
        called again."""
        self.disconnect()
        shell = f"UNIX:/run/lab/{shlex.quote(self.name)}.com2"
        if self._has_pv_console:
            shell = (f"$(xenstore-read /local/domain/{self.domid}/console/tty)"
                     ",raw,echo=0")
        self._channel = self.lab.popen(
            f"socat -t 100000 - {shell}",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._unread = b""
        deadline = time.monotonic() + timeout
        # The shell may not run yet when the first lines are sent.
        while True:
            try:
                self.run("true", timeout=20)
                return
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise

    def run(self, command, timeout=60):
        """Run a shell line in the guest and return its output; raise LabError if it fails."""
        mark = f"done-{uuid.uuid4().hex[:8]}"
        self._channel.stdin.write(f"({command}) 2>&1; echo {mark}'' $?\n".encode())
        output = self._read_until(f"{mark} ".encode(), timeout)
        status = self._read_until(b"\n", timeout).strip()
        if status != b"0":
            raise LabError(f"in {self.name}, {command!r} exited {status.decode()}: "
                           f"{output.decode(errors='replace')}")
        return output

    def _read_until(self, text, timeout):
        deadline = time.monotonic() + timeout
        while text not in self._unread:
            left = deadline - time.monotonic()
            ready = select.select([self._channel.stdout], [], [], max(left, 0))[0]
            if not ready:
                raise TimeoutError(f"{self.name}'s shell did not say {text!r} within "
                                   f"{timeout:.0f} s, but {self._unread[-200:]!r}")
            data = os.read(self._channel.stdout.fileno(), 65536)
            if not data:
                raise LabError(f"{self.name}'s shell is gone")
            self._unread += data
        before, _, self._unread = self._unread.partition(text)
        return before

    def disconnect(self):
        if self._channel:
            self._channel.stdin.close()
            self._channel.kill()
            self._channel.wait()
            self._channel.stdout.close()
            self._channel = None

    def is_alive(self):
        return self.lab.exec(["xl", "domid", self.name], check=False).returncode == 0

    def destroy(self, xl="xl"):
        self.disconnect()
        self.lab.exec([xl, "destroy", self.name], check=False)
        deadline = time.monotonic() + 60
        while self.is_alive():
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} is not destroyed")
            time.sleep(0.2)
