# SPDX-License-Identifier: BSD-2-Clause
"""mode=virtual against QEMU's own 16550A; differences.md has what may differ."""

import os
import random
import shutil
import subprocess

from unit.uart_build import FLAGS, OTHER_FILES, ROOT, UART_FILES

OPERATIONS = 1000000
PROGRAM = ROOT / "build/plain/tests/differential/uart_qemu"
# In what a comparison alone can show: values, edges, bytes, time.
MUTANTS = ("05-", "07-", "12-", "15-", "19-", "20-", "22-")


def uart_virtual_equals_qemu_in_a_million_accesses():
    seed = int(os.environ.get("SEED", random.randrange(1 << 31)))
    print(f"seed {seed}")
    done = subprocess.run([PROGRAM, str(OPERATIONS), str(seed)], capture_output=True, text=True,
                          check=False, timeout=600)
    print(done.stdout)
    assert done.returncode == 0, done.stderr


def uart_comparison_with_qemu_notices_mutants(tmp_path):
    others = [ROOT / name for name in OTHER_FILES]
    for start in MUTANTS:
        mutant, = (ROOT / "tests/unit/mutants").glob(start + "*")
        folder = tmp_path / mutant.stem
        shutil.copytree(ROOT / "mediator", folder / "mediator")
        subprocess.run(["patch", "-s", "-p1", "-d", folder, "-i", mutant], check=True)
        program = folder / "uart_qemu"
        subprocess.run(["gcc", *FLAGS, "-O1", "-I", folder / "mediator", "-I",
                        ROOT / "tests/differential", "-o", program,
                        *(folder / "mediator" / name for name in UART_FILES), *others,
                        *(ROOT / "tests/differential").glob("*.c"), "-lcmocka"], check=True)
        done = subprocess.run([program, "20000", "1"], capture_output=True, text=True,
                              check=False, timeout=60)
        print(mutant.stem, done.stdout.splitlines()[-1:])
        assert done.returncode == 1, f"{mutant.stem} is not noticed"
