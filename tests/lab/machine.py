# SPDX-License-Identifier: BSD-2-Clause
"""This file starts the emulated machine and talks to it: QEMU's command line, its process
and its monitor.

COM1 is "the real 8250" and COM3 a second one.  Xen's console is on COM2, so that Xen
leaves the others to dom0.  The mediator's card is 00:02.0, behind the IOMMU.
"""

import json
import socket
import subprocess
import time

from . import process
from .network import DOM0_TAP, NIC_TAP
from .report import LabError

NIC_MODELS = ("e1000", "e1000e")
SERIAL_KINDS = ("file", "socket")
# Each minus switches off a feature that QEMU's emulation gets wrong; this is the symptom
# of each:
#   smap     dom0 dies early, "Unhandled: vec 14, #PF[0001]"
#   monitor  Xen dies of #GP in mwait_idle_with_hints
#   rdtscp   HVM guests reset, "SVM Insn len emulation failed ... 0f 01 f9"
CPU = "EPYC,-smap,-monitor,-rdtscp"


def quoted(path):
    """Return the path as it stands inside a QEMU option, where a comma is written twice."""
    return str(path).replace(",", ",,")


def serial_arguments(name, kind, folder):
    """Return QEMU's arguments for one COM port.  A port that writes to a file never waits;
    one that writes to a socket waits while the program at its other end does not read."""
    log = quoted(folder / f"{name}.log")
    if kind == "file":
        backend = f"file,id={name},path={log}"
    else:
        backend = (f"socket,id={name},path={quoted(folder / name)}.sock,server=on,wait=off,"
                   f"logfile={log},logappend=off")
    return ["-chardev", backend, "-serial", f"chardev:{name}"]


def command_line(image, options, folder):
    # guest_loglvl=all shows all that guests write to port e9, at whatever rate.
    # bootscrub=0 keeps Xen from clearing its memory at boot: that would make the host
    # provide all of the machine's memory.
    # eager-fpu makes Xen switch the FPU with the vCPU.  By default it hands the FPU over at
    # its first use, but the emulation loses that trap, and dom0's processes then find a
    # guest's SSE registers in the place of theirs: ssh connections broke, and bytes that
    # were copied changed.
    xen = ("console=com2 com2=115200,8n1 cpuidle=0 spec-ctrl=eager-fpu "
           "bootscrub=0 conring_size=1m "
           "loglvl=all guest_loglvl=all "
           f"dom0_mem={options.dom0_mb}M,max:{options.dom0_mb}M "
           f"dom0_max_vcpus={options.dom0_vcpus} {options.xen_append}")
    if options.cpus > 1:
        xen += " dom0_vcpus_pin"
    # dom0's kernel is unpacked already: to unpack it under emulation takes seconds.
    linux = f"{quoted(image.vmlinux)} console=hvc0 root=/dev/vda rw loglevel=5 mitigations=off"
    if options.linux_append:
        linux += " " + options.linux_append.replace(",", ",,")
    argv = ["qemu-system-x86_64", "-name", f"lab {options.name}", "-machine", "q35",
            "-accel", "tcg,thread=multi", "-cpu", CPU, "-smp", str(options.cpus),
            "-m", str(options.memory_mb), "-nodefaults", "-no-reboot", "-display", "none",
            "-kernel", folder / "xen", "-append", " ".join(xen.split()),
            "-initrd", f"{linux},{quoted(image.initrd)}"]
    if options.has_iommu:       # this stands before the cards, or it would get a later slot
        argv += ["-device", "amd-iommu"]
    argv += ["-netdev", f"tap,id=nic,ifname={NIC_TAP},script=no,downscript=no",
             "-device", f"{options.nic},netdev=nic,addr=2,romfile=,mac=52:54:00:00:00:02",
             "-drive", f"file={quoted(image.disk)},id=disk,format=raw,if=none,snapshot=on",
             "-device", "virtio-blk-pci,drive=disk,addr=3",
             "-netdev", f"tap,id=dom0,ifname={DOM0_TAP},script=no,downscript=no",
             "-device", "virtio-net-pci,netdev=dom0,addr=4,romfile=,mac=52:54:00:00:00:01",
             "-fsdev", f"local,id=share,path={quoted(folder / 'share')},security_model=none",
             "-device", "virtio-9p-pci,fsdev=share,mount_tag=share,addr=5",
             "-qmp", f"unix:{quoted(folder / 'qmp.sock')},server=on,wait=off"]
    argv += serial_arguments("com1", options.com1, folder)
    argv += serial_arguments("xen-console", "file", folder)
    argv += serial_arguments("com3", options.com3, folder)
    return [str(a) for a in argv] + list(options.qemu_arguments)


class Machine:
    def __init__(self, folder, network):
        self.folder = folder
        self.network = network

    def start(self, image, options):
        """Start QEMU and return what identifies its process (process.py)."""
        argv = self.network.wrap(command_line(image, options, self.folder))
        (self.folder / "qemu.cmd").write_text("\n".join(argv) + "\n")
        with open(self.folder / "qemu.log", "wb") as log:
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=log, start_new_session=True)
        return process.identify(child.pid)

    def last_words(self):
        try:
            lines = (self.folder / "qemu.log").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        # QEMU always warns that the CPU model has features that the emulation lacks.
        return "\n  ".join([l for l in lines if "warning: TCG doesn't support" not in l][-20:])

    def monitor(self, command, timeout_s=20.0):
        """Give QEMU's human monitor a command and return what it prints."""
        try:
            return self._ask(command, time.monotonic() + timeout_s)
        except OSError as e:
            raise LabError(f"QEMU's monitor at {self.folder}/qmp.sock does not answer: {e}; "
                           "is the lab up? `lab status` tells") from e

    def _ask(self, command, deadline):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(max(0.1, deadline - time.monotonic()))
            sock.connect(str(self.folder / "qmp.sock"))
            stream = sock.makefile("rw")

            def call(execute, **arguments):
                stream.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
                stream.flush()
                for line in stream:         # events may come before the answer
                    answer = json.loads(line)
                    if "return" in answer:
                        return answer["return"]
                    if "error" in answer:
                        raise LabError(f"QEMU refuses {execute}: {answer['error']['desc']}")
                # `quit` is not answered: QEMU ends the connection.
                return ""

            stream.readline()               # QMP's greeting
            call("qmp_capabilities")
            return call("human-monitor-command", **{"command-line": command})
