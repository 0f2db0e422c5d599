# SPDX-License-Identifier: BSD-2-Clause
"""This test runs libFuzzer on port_access.c, which takes requests apart, and on both
UARTs."""

from fuzz.libfuzzer import fuzz
from sources import ROOT, source
from unit.uart.uart_build import FLAGS, UART_FILES

CORPUS = ROOT / "tests/fuzz/corpus"
SOURCES = (*UART_FILES, "fake_machine.c", "fake_machine_ports.c", "fake_uart.c", "fault_point.c",
           "fuzz_uart.c", "journal.c", "log.c", "out_ring.c", "port_access.c", "printable.c",
           "shared_file.c", "uart_modes.c")


def uart_fuzzer_finds_nothing(tmp_path):
    fuzz(tmp_path, CORPUS, [*FLAGS, *map(source, SOURCES)])
