# SPDX-License-Identifier: BSD-2-Clause
"""This file asks the host's Debian and its apt for sources, versions and packages.

It names no package archive: everything is taken from the host's own apt set-up.
"""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from .report import LabError

RELEASE = "bookworm"

# The packages that the lab needs on the host, each with the program (or the file) whose
# presence proves that it is installed.
HOST_PACKAGES = {
    "qemu-system-x86": "qemu-system-x86_64",
    "seabios": "/usr/share/seabios/bios-256k.bin",
    "mmdebstrap": "mmdebstrap",
    "dpkg": "dpkg-deb",
    "apt": "apt-get",
    "kmod": "depmod",
    "e2fsprogs": "mke2fs",
    "cpio": "cpio",
    "util-linux": "unshare",
    "iproute2": "ip",
    "openssh-client": "ssh",
    "netcat-openbsd": "nc",
}


def missing_host_packages():
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return [package for package, proof in HOST_PACKAGES.items()
            if not (os.path.exists(proof) if proof.startswith("/")
                    else shutil.which(proof, path=path))]


def require_host():
    """Stop early, with a message that says the cure, where the lab cannot work."""
    if os.geteuid() != 0:
        raise LabError("the lab makes device nodes, network namespaces and TAP "
                       "devices: run it as root")
    missing = missing_host_packages()
    if missing:
        raise LabError("this machine lacks Debian packages; cure: apt-get install -y "
                       "--no-install-recommends " + " ".join(missing))


def run(argv, what, **kwargs):
    """Run a program of the host and return its output.  If it fails, the last lines of its
    output become part of the error."""
    env = dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive")
    env["PATH"] = env.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    # The program has a session of its own, so that, if we are interrupted, it and its
    # children are killed before anyone removes the files that they write.
    child = subprocess.Popen([str(a) for a in argv], env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace", start_new_session=True, **kwargs)
    try:
        output = child.communicate()[0]
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    if child.returncode:
        tail = "\n  ".join(output.strip().splitlines()[-12:])
        raise LabError(f"cannot {what}: {argv[0]} exited {child.returncode}:\n  {tail}")
    return output


def candidate_versions(packages):
    """Return {package: the version that apt would install}, from the lists that apt
    already has."""
    text = run(["apt-cache", "policy", *packages], "ask apt for package versions")
    versions = {}
    for block in re.split(r"(?m)^(?=\S)", text):
        found = re.match(r"(\S+):\n.*?Candidate: (\S+)", block, re.S)
        if found and found[2] != "(none)":
            versions[found[1]] = found[2]
    unknown = [p for p in packages if p not in versions]
    if unknown:
        raise LabError(f"apt knows no package {', '.join(unknown)}; cure: apt-get update, "
                       f"with Debian {RELEASE} among the host's apt sources")
    return versions


def kernel_package():
    """Return the name of the kernel's package, on which linux-image-amd64 depends."""
    text = run(["apt-cache", "depends", "linux-image-amd64"], "find Debian's kernel")
    found = re.search(r"Depends: (linux-image-\d\S*)", text)
    if not found:
        raise LabError("apt knows no kernel behind linux-image-amd64; cure: apt-get update")
    return found[1]


def download(packages, folder):
    """Fetch {package: version} as .deb files and return their paths.  apt checks their hashes."""
    # apt would download as its own user, which cannot write to this folder, and would warn
    # of that; so it is told to download as root.
    run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root",
         *[f"{p}={v}" for p, v in packages.items()]],
        f"download {', '.join(packages)} (if it has gone from the archive: apt-get update)",
        cwd=folder)
    return sorted(Path(folder).glob("*.deb"))


def apt_sources():
    """Return the host's sources for our release, as [(file suffix, text)].

    apt has two forms, and both are handled: deb822 stanzas (*.sources) and one-line
    entries (sources.list).  A Debian that was installed from a CD has only the latter,
    and among them a "deb cdrom:" that no longer works.
    """
    etc = Path("/etc/apt")
    stanzas, lines = [], []
    for path in sorted((etc / "sources.list.d").glob("*.sources")):
        text = "\n".join(l for l in path.read_text().splitlines() if not l.startswith("#"))
        stanzas += filter(None, map(_stanza_for_us, re.split(r"\n\s*\n", text)))
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]:
        if path.exists():
            lines += [l.strip() for l in path.read_text().splitlines()
                      if _line_is_for_us(l.strip())]
    if not stanzas and not lines:
        raise LabError(f"no Debian {RELEASE} source in /etc/apt/sources.list or "
                       "/etc/apt/sources.list.d; add one and run apt-get update")
    return ([("sources", "\n\n".join(stanzas) + "\n")] if stanzas else []) + \
           ([("list", "\n".join(lines) + "\n")] if lines else [])


def _is_our_suite(suite):
    return suite in (RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security",
                     f"{RELEASE}/updates")


def _stanza_for_us(stanza):
    """Return the stanza without the suites of other releases, or None if nothing is left."""
    def field(name):
        found = re.search(rf"(?im)^{name}:[ \t]*(.*)$", stanza)
        return found[1].split() if found else []

    suites = [s for s in field("Suites") if _is_our_suite(s)]
    if (not suites or "main" not in field("Components") or "deb" not in field("Types")
            or field("Enabled")[:1] == ["no"] or "cdrom:" in stanza):
        return None
    stanza = re.sub(r"(?im)^Suites:.*$", "Suites: " + " ".join(suites), stanza)
    return re.sub(r"(?im)^Types:.*$", "Types: deb", stanza).strip()


def _line_is_for_us(line):
    found = re.match(r"deb\s+(?:\[[^]]*\]\s*)?(\S+)\s+(\S+)\s+(.*)", line)
    return bool(found and not found[1].startswith("cdrom:")
                and _is_our_suite(found[2]) and "main" in found[3].split())


def apt_options():
    """Return, as lines of an apt.conf, those settings of the host's apt that decide whether
    a download works at all: proxy, certificates, expired Release files."""
    text = run(["apt-config", "dump"], "read apt's configuration")
    return [l for l in text.splitlines()
            if re.match(r"Acquire::(https?::|Check-Valid-Until|Retries|ForceIPv4)", l)]
