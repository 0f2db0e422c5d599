# SPDX-License-Identifier: BSD-2-Clause
"""This test runs the test guest under plain QEMU and shows what the lab's tests rely on."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main_guest_does_what_it_is_told(tmp_path):
    subprocess.run(["sh", HERE / "build.sh", tmp_path], check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run([sys.executable, HERE / "selftest.py", tmp_path],
                          stdout=subprocess.PIPE, text=True)
    print(done.stdout)
    assert done.returncode == 0
