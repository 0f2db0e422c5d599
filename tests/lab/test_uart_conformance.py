# SPDX-License-Identifier: BSD-2-Clause
"""These tests run the same program on three UARTs.  Each register does what the data sheet
says, but for the differences that tests/guest/conformance.txt lists."""

from guest.conformance import differences


def _conforms(guest, uart):
    found = differences(guest.command("conform", timeout=300), uart)
    assert not found, "\n".join(found)


def uart_virtual_conforms(mediator, shared_guest, serve):
    serve(shared_guest, "mode=virtual;tcp=1234")
    _conforms(shared_guest, "virtual")
    # All of this was in loop mode, in which no byte leaves the UART.
    assert mediator.status("shared")["bytes"] == 0


def uart_passthrough_conforms(mediator, console, wire):
    at = wire.position()
    _conforms(console, "passthrough")
    assert mediator.status("shared")["bytes"] == 0
    assert wire.position() == at


def uart_qemus_conforms(make_guest):
    """This guest has no ioreq server but QEMU's."""
    guest = make_guest()
    guest.unpause()
    _conforms(guest, "qemu")
