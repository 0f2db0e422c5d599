# SPDX-License-Identifier: BSD-2-Clause
"""These tests compare mode=virtual with QEMU's own 16550A.  differences.md lists what may
differ."""

import os
import random
import subprocess

from sources import ROOT, source
from unit.uart.mutants import MUTANTS
from unit.uart.uart_build import FLAGS, OTHER_FILES, UART_FILES

OPERATIONS = 1000000
PROGRAM = ROOT / "build/plain/tests/differential/uart_qemu"
# These mutants change what a comparison can see: values, edges, bytes, time.
COMPARABLE = ("iir-no-fifo-bits", "trigger-14-is-16", "rbr-keeps-timeout", "switch-keeps-bytes",
              "thre-line-stays", "loop-reaches-ring", "ier-thre-no-raise")


def uart_virtual_equals_qemu_in_a_million_accesses():
    seed = int(os.environ.get("SEED", random.randrange(1 << 31)))
    print(f"seed {seed}")
    done = subprocess.run([PROGRAM, str(OPERATIONS), str(seed)], capture_output=True, text=True,
                          check=False, timeout=600)
    print(done.stdout)
    assert done.returncode == 0, done.stderr


def uart_comparison_with_qemu_notices_mutants(tmp_path):
    by_name = {mutant.name: mutant for mutant in MUTANTS}
    for name in COMPARABLE:
        mutant, folder = by_name[name], tmp_path / name
        folder.mkdir()
        changed = folder / mutant.file
        changed.write_text(mutant.apply(source(mutant.file).read_text()))
        program = folder / "uart_qemu"
        subprocess.run(["gcc", *FLAGS, "-O1", "-o", program, changed,
                        *(source(file) for file in (*UART_FILES, *OTHER_FILES)
                          if file != mutant.file),
                        *(ROOT / "tests/differential").glob("*.c"), "-lcmocka"], check=True)
        done = subprocess.run([program, "20000", "1"], capture_output=True, text=True,
                              check=False, timeout=60)
        print(name, done.stdout.splitlines()[-1:])
        assert done.returncode == 1, f"{name} is not noticed"
