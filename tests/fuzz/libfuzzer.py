# SPDX-License-Identifier: BSD-2-Clause
"""fuzz() builds a libFuzzer target and runs it on the corpus in the repository.

XSM_FUZZ_SECONDS=3600 in the environment makes it run for an hour, and with
XSM_FUZZ_KEEP=1 it adds inputs that reach new code to the corpus.  seeds.py makes what
some of the corpora began with."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from repetitions import repetitions

SANITIZERS = ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"]
MEMORY = Path("/dev/shm")


def seconds(usual):
    return int(os.environ.get("XSM_FUZZ_SECONDS", repetitions(usual, 60)))


def fuzz(tmp_path, corpus, compiler_arguments, usual=20):
    """Builds the fuzzer and runs it for `usual` seconds, in an empty folder that it may put
    files in; if it finds anything, fails with libFuzzer's own words."""
    fuzzer, new = tmp_path / "fuzzer", tmp_path / "new"
    new.mkdir()
    subprocess.run(["clang-14", "-O1", *SANITIZERS, "-o", fuzzer, *compiler_arguments],
                   check=True)
    kept = [corpus] if os.environ.get("XSM_FUZZ_KEEP") else [new, corpus]
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        done = subprocess.run([fuzzer, f"-max_total_time={seconds(usual)}", "-max_len=2048",
                               "-print_final_stats=1", f"-artifact_prefix={tmp_path}/",
                               *kept], capture_output=True, text=True, check=False,
                              errors="replace", cwd=folder)
    for line in done.stderr.splitlines():
        if line.startswith("stat::") or re.search(r"\bDONE\b", line):
            print(line)
    assert done.returncode == 0, done.stderr[-8000:]
