# SPDX-License-Identifier: BSD-2-Clause
"""libFuzzer on request dispatch and both UARTs."""

from fuzz.libfuzzer import fuzz
from unit.uart_build import FLAGS, ROOT, UART_FILES

CORPUS = ROOT / "tests/fuzz/corpus"
SOURCES = [*(f"mediator/{name}" for name in UART_FILES),
           *(f"mediator/{name}.c" for name in ("journal", "log", "out_ring", "port_access",
                                               "shared_file", "uart_modes")),
           "tests/fake-xen/fake_machine.c", "tests/fake-xen/fake_machine_ports.c",
           "tests/fuzz/fuzz_uart.c"]


def uart_fuzzer_finds_nothing(tmp_path):
    fuzz(tmp_path, CORPUS,
         [*FLAGS, "-I", ROOT / "mediator", *(ROOT / name for name in SOURCES)])
