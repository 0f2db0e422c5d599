# SPDX-License-Identifier: BSD-2-Clause
"""This file builds the UARTs' unit tests from the sources without the Makefile, so that
flags or sources can be others."""

import subprocess
from pathlib import Path

from sources import INCLUDES, source

UART_FILES = ("machine_receiver.c", "shadow_registers.c", "uart.c", "uart_passthrough.c",
              "uart_receiver.c", "uart_state.c", "uart_virtual.c", "uart_wire.c", "wire_tty.c")
OTHER_FILES = ("fault_point.c", "journal.c", "log.c", "out_ring.c", "printable.c",
               "shared_file.c", "uart_modes.c", "fake_machine.c", "fake_machine_ports.c",
               "fake_uart.c", "uart_fixture.c", "wire_fixture.c")
TESTS = ("test_uart_16750", "test_uart_drivers", "test_uart_passthrough",
         "test_uart_passthrough_input", "test_uart_passthrough_time", "test_uart_posted",
         "test_uart_receiver", "test_uart_virtual", "test_uart_wire", "test_uart_wire_settings")
FLAGS = ["-std=gnu11", "-g", "-w", *INCLUDES]


def compile_object(folder, path, flags):
    made = folder / (Path(path).stem + ".o")
    subprocess.run(["gcc", *FLAGS, *flags, "-c", "-o", made, path], check=True, cwd=folder)
    return made


class UartBuild:
    """A UartBuild compiles all files once, into `folder`; mutants share what is not changed."""

    def __init__(self, folder, flags=()):
        self.folder, self.flags = Path(folder), list(flags)
        self.common = [compile_object(self.folder, source(name), ["-O1"]) for name in OTHER_FILES]
        self.mains = {name: compile_object(self.folder, source(f"{name}.c"), ["-O1"])
                      for name in TESTS}
        self.uarts = {name: compile_object(self.folder, source(name), self.flags)
                      for name in UART_FILES}

    def programs(self, folder, changed=None):
        """Links the tests, one after the other, and yields their paths.  `changed` is
        {file's name: its text} of the files that are to be others."""
        objects = dict(self.uarts)
        for name, text in (changed or {}).items():
            (folder / name).write_text(text)
            objects[name] = compile_object(folder, folder / name, self.flags)
        for name, main in self.mains.items():
            made = folder / name
            subprocess.run(["gcc", *self.flags, "-o", made, main, *objects.values(),
                            *self.common, "-lcmocka"], check=True, cwd=folder)
            yield made
