# SPDX-License-Identifier: BSD-2-Clause
"""libFuzzer on request dispatch and both UARTs, from the corpus that is kept.

Longer, with what is found added to the corpus: XSM_FUZZ_SECONDS=3600 and
XSM_FUZZ_KEEP=1 in the environment."""

import os
import re
import subprocess

from unit.uart_build import FLAGS, ROOT, UART_FILES

CORPUS = ROOT / "tests/fuzz/corpus"
SECONDS = int(os.environ.get("XSM_FUZZ_SECONDS", "60"))
SOURCES = [*(f"mediator/{name}" for name in UART_FILES),
           *(f"mediator/{name}.c" for name in ("journal", "log", "out_ring", "port_access",
                                               "shared_file", "uart_modes")),
           "tests/fake-xen/fake_machine.c", "tests/fake-xen/fake_machine_ports.c",
           "tests/fuzz/fuzz_uart.c"]


def uart_fuzzer_finds_nothing(tmp_path):
    fuzzer, new = tmp_path / "fuzz_uart", tmp_path / "new"
    new.mkdir()
    subprocess.run(["clang-14", *FLAGS, "-O1", "-I", ROOT / "mediator",
                    "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined",
                    "-o", fuzzer, *(ROOT / name for name in SOURCES)], check=True)
    kept = [CORPUS] if os.environ.get("XSM_FUZZ_KEEP") else [new, CORPUS]
    done = subprocess.run([fuzzer, f"-max_total_time={SECONDS}", "-max_len=2048",
                           "-print_final_stats=1", f"-artifact_prefix={tmp_path}/", *kept],
                          capture_output=True, text=True, check=False, errors="replace")
    for line in done.stderr.splitlines():
        if line.startswith("stat::") or re.search(r"\bDONE\b", line):
            print(line)
    assert done.returncode == 0, done.stderr[-8000:]
