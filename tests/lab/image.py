# SPDX-License-Identifier: BSD-2-Clause
"""This file makes, of Debian packages, everything that the emulated machine boots from.

    root      dom0's file system as a folder       about 70 s
    kernel    vmlinuz, vmlinux and the modules     about 10 s
    xen       the hypervisor, an ELF file
    keys      how the host gets into dom0 by ssh
    disk      root + modules + our files, an ext4 image
    initrd    busybox and the disk's drivers

Each is an artefact of the cache (cache.py).  None needs a loop mount or a chroot of our own.
"""

import fnmatch
import gzip
import inspect
import json
import lzma
import os
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .cache import Cache, hash_of, hash_of_file
from .report import LabError, Progress

DOM0 = Path(__file__).resolve().parent / "dom0"
DISK_MB = 1600
XEN_PACKAGE = "xen-hypervisor-4.17-amd64"
# A new version of one of these packages makes a new root.  Security updates of all other
# packages come only with such a new root.
VERSIONED = ["xen-utils-4.17", "xen-utils-common", "xenstore-utils", "libxenmisc4.17",
             "qemu-system-xen", "seabios", "openssh-server", "libc6", "libev4"]
WITHOUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*",
           "/usr/share/info/*", "/usr/share/iso-codes/*", "/usr/share/xml/iso-codes/*"]
INITRD_MODULES = ["virtio_pci", "virtio_blk", "ext4", "crc32c_generic"]


@dataclass
class Image:
    """An Image holds the paths of what a lab boots from, and of what guests may want."""
    xen: Path
    vmlinux: Path       # dom0's kernel, unpacked: Xen need not do that under emulation
    vmlinuz: Path       # the same kernel as a bzImage, for kernel= of a guest
    initrd: Path
    disk: Path
    ssh_key: Path
    modules: Path       # .../lib/modules/VERSION, all of Debian's
    busybox: Path       # static
    versions: Path      # JSON: the packages that went into it


def lines_of(path):
    return [l for l in path.read_text().splitlines() if l and not l.startswith("#")]


def recipe(make):
    """Return the hash of a maker's source text, comments included.  It is part of the
    artefact's hash, so whoever edits the maker gets a new artefact."""
    return hash_of(inspect.getsource(make))


def build(progress=None, cache=None):
    """Make what the cache lacks, and return an Image."""
    progress = progress or Progress()
    cache = cache or Cache(progress)
    debian.require_host()
    packages = lines_of(DOM0 / "packages")
    kernel_package = debian.kernel_package()
    versions = debian.candidate_versions(
        sorted({*VERSIONED, XEN_PACKAGE, kernel_package}))

    def pick(names):
        return {name: versions[name] for name in sorted(names)}

    xen = cache.artefact("xen", {"packages": pick([XEN_PACKAGE]), "recipe": recipe(_make_xen)},
                         lambda out: _make_xen(out, pick([XEN_PACKAGE]), progress))
    kernel = cache.artefact(
        "kernel", {"packages": pick([kernel_package]), "recipe": recipe(_make_kernel)},
        lambda out: _make_kernel(out, pick([kernel_package]), progress))
    root = cache.artefact(
        "root", {"packages": packages, "versions": pick(VERSIONED), "without": WITHOUT,
                 "recipe": recipe(_make_root)},
        lambda out: _make_root(out, packages, progress))
    keys = cache.artefact("keys", {"recipe": recipe(_make_keys)}, _make_keys)
    initrd = cache.artefact(
        "initrd", {"root": root.name, "kernel": kernel.name, "modules": INITRD_MODULES,
                   "init": hash_of_file(DOM0 / "initrd-init"), "recipe": recipe(_make_initrd)},
        lambda out: _make_initrd(out, root, kernel, progress))
    ours = {name: hash_of_file(DOM0 / name)
            for name in ("start", "inittab", "sshd_config", "modules")}
    disk = cache.artefact(
        "disk", {"root": root.name, "kernel": kernel.name, "keys": hash_of_file(keys / "id"),
                 "files": ours, "mb": DISK_MB, "recipe": recipe(_make_disk)},
        lambda out: _make_disk(out, root, kernel, keys,
                               {**pick([XEN_PACKAGE, kernel_package])}, progress))
    return Image(xen=xen / "xen", vmlinux=kernel / "vmlinux", vmlinuz=kernel / "vmlinuz",
                 initrd=initrd / "initrd", disk=disk / "disk.img", ssh_key=keys / "id",
                 modules=_modules_of(kernel), busybox=root / "root/bin/busybox",
                 versions=disk / "versions.json")


def _unpack(out, packages, progress):
    """Download packages, unpack them to out/x, and return that path."""
    progress.say("downloading " + ", ".join(f"{p} {v}" for p, v in packages.items()))
    debs = debian.download(packages, out)
    for deb in debs:
        debian.run(["dpkg-deb", "-x", deb, out / "x"], f"unpack {deb.name}")
        deb.unlink()
    return out / "x"


def _one_file(folder, pattern):
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise LabError(f"expected one {pattern} in {folder}, found {len(found)}: "
                       "did Debian's package change its layout?")
    return found[0]


def _make_xen(out, packages, progress):
    unpacked = _unpack(out, packages, progress)
    write_xen_elf(_one_file(unpacked, "boot/xen-4.17-amd64.gz"), out / "xen")
    shutil.rmtree(unpacked)


def write_xen_elf(source, target):
    """Write the hypervisor as a bare ELF file, which QEMU's multiboot loader wants.  The
    source is xen.gz or xen, as builds give it."""
    data = Path(source).read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:4] != b"\x7fELF":
        raise LabError(f"{source} is no hypervisor: need xen.gz or the ELF file xen")
    Path(target).write_bytes(data)


def _make_kernel(out, packages, progress):
    unpacked = _unpack(out, packages, progress)
    vmlinuz = _one_file(unpacked, "boot/vmlinuz-*")
    modules = _one_file(unpacked, "lib/modules/*")
    debian.run(["depmod", "-b", unpacked, modules.name], "index the kernel's modules")
    (out / "vmlinux").write_bytes(unpacked_kernel(vmlinuz.read_bytes()))
    vmlinuz.rename(out / "vmlinuz")
    (out / "lib/modules").mkdir(parents=True)
    modules.rename(out / "lib/modules" / modules.name)
    shutil.rmtree(unpacked)


def unpacked_kernel(bzimage):
    """Return the ELF file inside a bzImage.  (Linux's Documentation/x86/boot.rst, "The
    Real-Mode Kernel Header": payload_offset and payload_length.)"""
    setup_sectors = bzimage[0x1f1] or 4
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    # The xz stream says by itself where it ends; behind it are four bytes that say how long
    # the unpacked kernel is.
    elf = lzma.LZMADecompressor().decompress(bzimage[start:start + length])
    if elf[:4] != b"\x7fELF":
        raise LabError("Debian's kernel holds no ELF; was it packed by other than xz?")
    return elf


def _modules_of(kernel):
    return _one_file(kernel, "lib/modules/*")


def _make_root(out, packages, progress):
    progress.say("installing dom0's root file system (mmdebstrap, about 70 s)")
    sources = []
    for suffix, text in debian.apt_sources():
        path = out / f"host.{suffix}"
        path.write_text(text)
        sources.append(path)
    options = [f"--dpkgopt=path-exclude={w}" for w in WITHOUT]
    options += ["--dpkgopt=force-unsafe-io"]    # half-made roots are thrown away anyhow
    options += [f"--aptopt={o}" for o in debian.apt_options()]
    options += ['--aptopt=Acquire::Languages "none"']
    root = out / "root"
    # In namespaces of its own: its mounts are never seen from here, where a
    # failed build is removed, and its processes end with it.
    debian.run(["unshare", "--mount", "--mount-proc", "--pid", "--fork", "--kill-child",
                "mmdebstrap", "--quiet", "--mode=root", "--format=directory",
                "--variant=essential", f"--include={','.join(packages)}", *options,
                debian.RELEASE, root, *sources],
               "install dom0's root file system (see above; a 404 means: apt-get update)")
    # The host's sources are the host's business, and useless in there.
    for path in [*sources, *root.glob("etc/apt/sources.list*"),
                 root / "etc/apt/apt.conf.d/99mmdebstrap"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    listing = debian.run(["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W",
                          "-f", "${Package} ${Version}\\n"], "list dom0's packages")
    (out / "packages.json").write_text(
        json.dumps(dict(l.split() for l in listing.splitlines()), indent=1) + "\n")


def _make_keys(out):
    for name in ("id", "host"):
        debian.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab",
                    "-f", out / name], "make the lab's ssh keys")


def dependencies(modules, wanted):
    """Return the paths, below `modules`, of the wanted modules and of all modules that they
    need, in the order in which they can be loaded.  wanted(path) says whether a module is
    wanted."""
    needs = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
    order = []
    for path in needs:
        if wanted(path):
            # modules.dep lists last what all the others of a line need.
            order += [p for p in [*reversed(needs[path]), path] if p not in order]
    return order


def _make_initrd(out, root, kernel, progress):
    progress.say("packing the initrd")
    modules = _modules_of(kernel)
    tree = out / "tree"
    for folder in ("bin", "dev", "proc", "root", "modules"):
        (tree / folder).mkdir(parents=True)
    shutil.copy(root / "root/bin/busybox", tree / "bin/busybox")
    shutil.copy(DOM0 / "initrd-init", tree / "init")
    (tree / "init").chmod(0o755)
    order = []
    for name in INITRD_MODULES:
        order += [p for p in dependencies(modules, lambda path: Path(path).name == f"{name}.ko")
                  if p not in order]
    for path in order:
        shutil.copy(modules / path, tree / "modules")
    (tree / "modules/order").write_text("".join(f"{Path(p).name}\n" for p in order))
    # Not compressed: what is cheap on disk is dear under emulation.
    debian.run(["sh", "-c", "find . | cpio --quiet -o -H newc -R 0:0 > ../initrd"],
               "pack the initrd", cwd=tree)
    shutil.rmtree(tree)


def _make_disk(out, root, kernel, keys, versions, progress):
    progress.say("making dom0's disk")
    tree = out / "tree"
    debian.run(["cp", "-a", "--reflink=auto", root / "root", tree], "copy dom0's root")
    modules = _modules_of(kernel)
    target = tree / "lib/modules" / modules.name
    patterns = ["kernel/" + p for p in lines_of(DOM0 / "modules")]
    for path in dependencies(modules, lambda path: any(fnmatch.fnmatch(path, p)
                                                       for p in patterns)):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(modules / path, target / path)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        shutil.copy(modules / name, target / name)
    debian.run(["depmod", "-b", tree, modules.name], "index dom0's modules")
    shutil.copy(kernel / "vmlinuz", tree / "boot/vmlinuz")

    (tree / "sbin/init").unlink(missing_ok=True)
    (tree / "sbin/init").symlink_to("/bin/busybox")
    for applet in ("poweroff", "reboot", "halt"):
        (tree / "sbin" / applet).unlink(missing_ok=True)
        (tree / "sbin" / applet).symlink_to("/bin/busybox")
    shutil.copy(DOM0 / "inittab", tree / "etc/inittab")
    lab = tree / "usr/lib/lab"
    lab.mkdir()
    for name in ("start", "sshd_config"):
        shutil.copy(DOM0 / name, lab / name)
    (lab / "start").chmod(0o755)
    for stale in tree.glob("etc/ssh/ssh_host_*"):
        stale.unlink()
    shutil.copy(keys / "host", tree / "etc/ssh/ssh_host_ed25519_key")
    (tree / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(keys / "id.pub", tree / "root/.ssh/authorized_keys")
    for path, text in {"etc/hostname": "dom0\n", "etc/resolv.conf": "",
                       "etc/hosts": "127.0.0.1 localhost\n192.168.100.2 dom0\n",
                       "etc/fstab": "", "etc/machine-id": "0" * 31 + "1\n"}.items():
        (tree / path).unlink(missing_ok=True)
        (tree / path).write_text(text)
    (tree / "share").mkdir()

    debian.run(["mke2fs", "-q", "-t", "ext4", "-d", tree, "-r", "1", "-m", "0",
                "-O", "^has_journal", "-E", "lazy_itable_init=1",
                out / "disk.img", f"{DISK_MB}M"], "make dom0's file system")
    shutil.rmtree(tree)
    packages = json.loads((root / "packages.json").read_text())
    (out / "versions.json").write_text(json.dumps({**versions, **packages}, indent=1) + "\n")
    os.chmod(out / "disk.img", 0o444)
