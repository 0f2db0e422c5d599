# SPDX-License-Identifier: BSD-2-Clause
"""fuzz() builds a libFuzzer target and runs it on the corpus in the repository.

XSM_FUZZ_SECONDS=3600 in the environment makes it run for an hour, and with
XSM_FUZZ_KEEP=1 it adds inputs that reach new code to the corpus."""

import os
import re
import subprocess

from repetitions import repetitions

SECONDS = int(os.environ.get("XSM_FUZZ_SECONDS", repetitions(20, 60)))
SANITIZERS = ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"]


def fuzz(tmp_path, corpus, compiler_arguments):
    """Builds and runs the fuzzer; if it finds anything, fails with libFuzzer's own words."""
    fuzzer, new = tmp_path / "fuzzer", tmp_path / "new"
    new.mkdir()
    subprocess.run(["clang-14", "-O1", *SANITIZERS, "-o", fuzzer, *compiler_arguments],
                   check=True)
    kept = [corpus] if os.environ.get("XSM_FUZZ_KEEP") else [new, corpus]
    done = subprocess.run([fuzzer, f"-max_total_time={SECONDS}", "-max_len=2048",
                           "-print_final_stats=1", f"-artifact_prefix={tmp_path}/", *kept],
                          capture_output=True, text=True, check=False, errors="replace")
    for line in done.stderr.splitlines():
        if line.startswith("stat::") or re.search(r"\bDONE\b", line):
            print(line)
    assert done.returncode == 0, done.stderr[-8000:]
