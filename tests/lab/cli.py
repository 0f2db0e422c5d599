# SPDX-License-Identifier: BSD-2-Clause
"""This is the program `lab`.  Each verb is a function, whose docstring is the verb's help."""

import argparse
import json
import os
import signal
import subprocess
import sys

from . import debian
from . import image as images
from .machine import NIC_MODELS, SERIAL_KINDS
from .report import LabError
from .session import Lab, Options, labs

DESCRIPTION = """\
Boots real Xen 4.17 with a Debian 12 dom0 in an emulated machine (QEMU, no KVM)
and runs commands in it."""

EPILOG = """\
an operator's session:
  lab up                          build what is missing (once), power on
  lab exec xl info                run a command in dom0; its exit code is lab's
  lab push ./mediatord /usr/sbin/ copy a file into dom0
  lab client nc 192.168.0.2 1234  be a client on the mediator's network
  lab log -f                      follow Xen's and dom0's console
  lab down                        power off, remove every trace

exit codes: 0 done; 1 failed, the message says how to cure it; 2 wrong usage;
3 (status) not up; exec, shell and client: the command's own.
environment: XSM_LAB default lab name; XSM_CACHE, XSM_RUN folders;
XSM_LAB_QUIET=1 no progress lines."""


def build(args):
    """Make the image: everything that `up` would make, and no more. Needs root
    and the packages that `lab packages` lists. Prints the paths as JSON."""
    image = images.build()
    print(json.dumps({k: str(v) for k, v in vars(image).items()}, indent=1))


def packages(args):
    """Print the Debian packages that the host needs, one a line."""
    names = debian.missing_host_packages() if args.missing else debian.HOST_PACKAGES
    for name in names:
        print(name)


def up(args):
    """Power on a lab, building what is missing, and wait until dom0 answers."""
    lab = Lab(args.name, com1=args.com1, com3=args.com3, nic=args.nic,
              has_iommu=not args.no_iommu, memory_mb=args.memory, dom0_mb=args.dom0_memory,
              dom0_vcpus=args.dom0_vcpus, xen=args.xen, xen_append=args.xen_append,
              linux_append=args.linux_append, qemu_arguments=args.qemu)
    lab.up(timeout=args.timeout)


def down(args):
    """Power a lab off at once and remove its processes, namespace and files."""
    for lab in labs() if args.all else [Lab(args.name)]:
        lab.down()


def execute(args):
    """Run a command in dom0. One word is a shell line; several are taken as they
    are. Standard input goes along; the exit code is the command's."""
    lab = Lab(args.name)
    cmd = args.command[0] if len(args.command) == 1 else args.command
    return _become(lab.dom0.command(cmd, args.timeout, tty=args.tty))


def shell(args):
    """An interactive shell in dom0."""
    return _become(Lab(args.name).dom0.command("exec bash -il", tty=sys.stdin.isatty()))


def push(args):
    """Copy a file or folder into dom0."""
    Lab(args.name).push(args.local, args.remote)


def pull(args):
    """Copy a file or folder out of dom0."""
    Lab(args.name).pull(args.remote, args.local)


def client(args):
    """Run a command where the mediator's clients are: in the lab's network
    namespace, as 192.168.0.1. The mediator is 192.168.0.2."""
    lab = Lab(args.name)
    lab._require_running()
    return _become(lab.network.wrap(args.command))


def monitor(args):
    """Give QEMU's monitor a command, such as: info pci, info irq, system_reset."""
    print(Lab(args.name).monitor(" ".join(args.command)).replace("\r", ""), end="")


def log(args):
    """Print the console of Xen and dom0 (COM2), or with --com1, --com3 what was
    written to those ports."""
    lab = Lab(args.name)
    path = lab.com1_log if args.com1 else lab.com3_log if args.com3 else lab.console_log
    if not path.exists():
        raise LabError(f"no {path}: lab {args.name} is not up; cure: `lab up --name {args.name}`")
    return _become(["tail", "-n", "+1", *(["-f"] if args.follow else []), str(path)])


def nic(args):
    """Print the interface name and the PCI address of the mediator's card."""
    print(*Lab(args.name).nic())


def status(args):
    """Print one line a lab, and for one lab (--name) its details as JSON.
    Exit code 3: that lab is not up."""
    if args.details:
        lab = Lab(args.details)
        print(json.dumps({"name": lab.name, "is_running": lab.is_running(),
                          "namespace": lab.network.namespace, "folder": str(lab.folder),
                          **lab.state}, indent=1))
        return 0 if lab.is_running() else 3
    for lab in labs():
        print(lab.name, "up" if lab.is_running() else "dead: `lab down` clears it",
              lab.folder)
    return 0


def _become(argv):
    """Replace this process by the command, which so gets our terminal, our signals and
    our exit code."""
    sys.stdout.flush()
    os.execvp(argv[0], argv)


def parser():
    top = argparse.ArgumentParser(prog="lab", description=DESCRIPTION, epilog=EPILOG,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    default = Options()

    def verb(name, function, named=True):
        sub = verbs.add_parser(name, help=" ".join(function.__doc__.split(".")[0].split()),
                               description=" ".join(function.__doc__.split()))
        sub.set_defaults(function=function)
        if named:
            sub.add_argument("--name", "-n", default=os.environ.get("XSM_LAB", default.name),
                             help="the lab's name (default: $XSM_LAB or %(default)s)")
        return sub

    verb("build", build, named=False)
    sub = verb("packages", packages, named=False)
    sub.add_argument("--missing", action="store_true", help="only those that are not there")

    sub = verb("up", up)
    for port, what in (("com1", "COM1, the real 8250"), ("com3", "COM3, a second one at 3e8")):
        sub.add_argument(f"--{port}", choices=SERIAL_KINDS, default="file",
                         help=f"wire of {what}; socket: {port}.sock in the lab's folder, "
                         f"what is written also goes to {port}.log (default: file)")
    sub.add_argument("--nic", choices=NIC_MODELS, default=default.nic,
                     help="the mediator's card (default: %(default)s)")
    sub.add_argument("--no-iommu", action="store_true", help="a machine without AMD-Vi")
    sub.add_argument("--xen", default="", metavar="FILE",
                     help="another hypervisor: xen.gz or the ELF file xen")
    sub.add_argument("--xen-append", default="", metavar="WORDS", help="more of Xen's command line")
    sub.add_argument("--linux-append", default="", metavar="WORDS", help="more of dom0 Linux's")
    sub.add_argument("--memory", type=int, default=default.memory_mb, metavar="MB",
                     help="the machine's memory (default: %(default)s)")
    sub.add_argument("--dom0-memory", type=int, default=default.dom0_mb, metavar="MB",
                     help="dom0's part of it (default: %(default)s)")
    sub.add_argument("--dom0-vcpus", type=int, default=default.dom0_vcpus, metavar="N",
                     help="(default: %(default)s)")
    sub.add_argument("--qemu", action="append", default=[], metavar="ARGUMENT",
                     help="one more argument for QEMU, such as --qemu=-device --qemu=edu")
    sub.add_argument("--timeout", type=float, default=240.0, metavar="SECONDS",
                     help="for dom0's start (default: %(default)s)")

    sub = verb("down", down)
    sub.add_argument("--all", action="store_true", help="every lab of this machine")
    sub = verb("exec", execute)
    sub.add_argument("--timeout", type=float, metavar="SECONDS",
                     help="end the command in dom0 then, exit code 124")
    sub.add_argument("--tty", "-t", action="store_true", help="give it a terminal")
    sub.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    verb("shell", shell)
    sub = verb("push", push)
    sub.add_argument("local")
    sub.add_argument("remote")
    sub = verb("pull", pull)
    sub.add_argument("remote")
    sub.add_argument("local")
    sub = verb("client", client)
    sub.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    sub = verb("monitor", monitor)
    sub.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    sub = verb("log", log)
    sub.add_argument("--follow", "-f", action="store_true")
    sub.add_argument("--com1", action="store_true")
    sub.add_argument("--com3", action="store_true")
    verb("nic", nic)
    sub = verb("status", status, named=False)
    sub.add_argument("--name", "-n", dest="details", metavar="NAME")
    return top


def main(argv=None):
    top = parser()
    args = top.parse_args(argv)
    if getattr(args, "command", None) is not None:
        if args.command[:1] == ["--"]:
            args.command = args.command[1:]
        if not args.command:
            top.error(f"{args.verb}: which command?")
    # A SIGTERM unwinds as Ctrl-C does, so that `up` cleans up after itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return args.function(args) or 0
    except LabError as e:
        print(f"lab: {e}", file=sys.stderr)
    except subprocess.CalledProcessError as e:
        print(f"lab: {e}", file=sys.stderr)
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130
    return 1
