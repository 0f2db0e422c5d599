# SPDX-License-Identifier: BSD-2-Clause
"""source() finds a source file by its name.  Tests that compile some files by themselves
name them without their folders, so that a file may move."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = "mediator", "lwip-port", "tests"
INCLUDES = [f"-I{ROOT / folder}" for folder in FOLDERS]


def source(name):
    """Returns the path of the one file of that name.  The first of FOLDERS that has such a
    file counts.  Files of tests/guest, which belong to another program, do not count."""
    for folder in FOLDERS:
        found = [path for path in (ROOT / folder).rglob(name)
                 if ROOT / "tests/guest" not in path.parents]
        if len(found) == 1:
            return found[0]
        if found:
            break
    raise LookupError(f"{name} is to be one file, and is {found}")
