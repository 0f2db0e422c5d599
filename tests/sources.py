# SPDX-License-Identifier: BSD-2-Clause
"""Where a source file stands.  Tests that compile some files by themselves name
them without their folders, so that a file may move."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = "mediator", "lwip-port", "tests"
INCLUDES = [f"-I{ROOT / folder}" for folder in FOLDERS]


def source(name):
    """Of several files of that name the first folder's; never tests/guest's, which
    are another program's."""
    for folder in FOLDERS:
        found = [path for path in (ROOT / folder).rglob(name)
                 if ROOT / "tests/guest" not in path.parents]
        if len(found) == 1:
            return found[0]
        if found:
            break
    raise LookupError(f"{name} is to be one file, and is {found}")
