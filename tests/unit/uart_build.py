# SPDX-License-Identifier: BSD-2-Clause
"""Builds the UARTs' unit tests straight from the sources, with other flags or
with changed sources than the Makefile."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UART_FILES = ("shadow_registers.c", "uart.c", "uart_passthrough.c", "uart_receiver.c",
              "uart_virtual.c", "uart_wire.c", "wire_tty.c")
OTHER_FILES = [f"mediator/{name}.c" for name in (
    "journal", "log", "out_ring", "shared_file", "uart_modes")] + [
    "tests/fake-xen/fake_machine.c", "tests/fake-xen/fake_machine_ports.c",
    "tests/unit/uart_fixture.c", "tests/unit/wire_fixture.c"]
TESTS = ("test_uart_16750", "test_uart_passthrough", "test_uart_passthrough_input",
         "test_uart_posted", "test_uart_receiver", "test_uart_virtual", "test_uart_wire",
         "test_uart_wire_settings")
FLAGS = ["-std=gnu11", "-g", "-w", "-I", str(ROOT / "tests/unit"), "-I",
         str(ROOT / "tests/fake-xen")]


def compile_objects(folder, sources, include, flags):
    """One object a source, named for it."""
    objects = []
    for source in sources:
        objects.append(folder / (Path(source).stem + ".o"))
        subprocess.run(["gcc", *FLAGS, "-I", include, *flags, "-c", "-o", objects[-1], source],
                       check=True, cwd=folder)
    return objects


class UartBuild:
    """folder: where objects go; the same for all that is not mutated."""

    def __init__(self, folder, flags=()):
        self.folder, self.flags = Path(folder), list(flags)
        self.common = compile_objects(self.folder, [ROOT / name for name in OTHER_FILES],
                                      ROOT / "mediator", ["-O1"])
        self.mains = compile_objects(self.folder, [ROOT / f"tests/unit/{name}.c" for name in TESTS],
                                     ROOT / "mediator", ["-O1"])

    def programs(self, folder, mediator):
        """Links the tests with the UARTs found in `mediator`."""
        uarts = compile_objects(folder, [Path(mediator) / name for name in UART_FILES],
                                mediator, self.flags)
        made = []
        for name, main in zip(TESTS, self.mains):
            made.append(folder / name)
            subprocess.run(["gcc", *self.flags, "-o", made[-1], main, *uarts, *self.common,
                            "-lcmocka"], check=True, cwd=folder)
        return made
