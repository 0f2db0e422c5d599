# SPDX-License-Identifier: BSD-2-Clause
"""These tests run xen-patch/build as its user does, and check what it made.  They need no
lab."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lab.mediator import ROOT

XEN_PATCH = ROOT / "xen-patch"


def _build(*words, **how):
    return subprocess.run([XEN_PATCH / "build", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **how)


@pytest.fixture(scope="session")
def made():
    done = _build("tools")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def xl_build_tells_its_usage():
    done = _build("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: build")
    for wrong in (["nonsense"], ["source"], ["install", "a", "b"]):
        done = _build(*wrong)
        assert done.returncode == 2 and done.stderr.startswith("usage: build")


def xl_build_finds_what_was_built(made):
    done = _build("tools")
    assert done.stdout.strip() == made and done.stderr == ""


def xl_build_says_what_is_missing(tmp_path):
    """The script asks for a version of Xen's source that apt does not have and that is not
    in the cache."""
    copy = tmp_path / "copy"
    for folder in ("xen-patch", "lwip-port"):
        shutil.copytree(ROOT / folder, copy / folder)
    script = copy / "xen-patch/build"
    script.write_text(re.sub(r"(?m)^version=.*", "version=4.17.0-0nonsense1", script.read_text()))
    done = subprocess.run([script, "source", tmp_path / "xen"], capture_output=True, text=True,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(tmp_path),
                               "XSM_CACHE": str(tmp_path / "cache")})
    assert done.returncode == 1
    assert "4.17.0-0nonsense1" in done.stderr and "Cure: put its" in done.stderr
    assert list((tmp_path / "cache").glob("xen-patch.*")) == []


def xl_build_installs_below_its_prefix_only(made, tmp_path):
    assert _build("install", str(tmp_path)).returncode == 0
    files = [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if not p.is_dir()]
    allowed = re.compile(r"usr/local/(lib/xen-serial-mediator/|sbin/xl$|"
                         r"share/man/man5/xl\.cfg\.5$)")
    assert files and all(allowed.match(name) for name in files), files


def xl_package_needs_no_library_of_xen(made):
    depends = subprocess.run(["dpkg-deb", "--field", f"{made}/xen-serial-mediator-xl.deb",
                              "Depends"], check=True, capture_output=True, text=True).stdout
    assert "xen-utils-4.17" in depends and "libc6" in depends
    assert "libxen" not in depends


def xl_manual_describes_the_option(made):
    page = Path(f"{made}/root/usr/local/share/man/man5/xl.cfg.5").read_text()
    assert "ioreq_server=[" in page and "LIBXL_IOREQ_SERVER_TIMEOUT" in page
    assert not re.search(r"@\w+@", page)       # configure has filled in all of these
    assert "POD ERRORS" not in page


def xl_patches_are_fit_for_the_list():
    names = (XEN_PATCH / "patches/series").read_text().split()
    assert names == sorted(p.name for p in (XEN_PATCH / "patches").glob("*.patch"))
    for name in names:
        text = (XEN_PATCH / "patches" / name).read_text()
        header = text.split("\n---\n")[0]
        assert re.search(r"(?m)^Subject: \[PATCH\] \S+: ", header), name
        assert re.search(r"(?m)^Signed-off-by: ", header), name
        text = header.split("\n\n", 1)[1].split("Signed-off-by")[0]
        # A tag such as Fixes: is one line, however long.
        assert [line for line in text.splitlines()
                if len(line) > 75 and not line.startswith("Fixes: ")] == [], name
