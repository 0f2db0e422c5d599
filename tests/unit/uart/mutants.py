# SPDX-License-Identifier: BSD-2-Clause
"""This file lists mistakes that the UARTs' unit tests must notice, each by itself.

A mutant is one such mistake.  It names its file without the folder, so that the file may
move.  Its old text must stand in that file exactly once; test_uart_quality.py says of
which mutant it does not."""

from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    mistake: str
    file: str
    old: str
    new: str

    def apply(self, text):
        """Returns the file's text with the mistake in it."""
        count = text.count(self.old)
        if count != 1:
            raise LookupError(f"mutant {self.name}: {self.file} holds its old text {count} "
                              f"times, not once; adapt tests/unit/uart/mutants.py:\n{self.old}")
        return text.replace(self.old, self.new)


MUTANTS = [
    Mutant("rlsi-after-rdi", "line status no longer goes first",
           "uart.c", """\
    if ((state->ier & UART_IER_RLSI) && state->lsr_errors)
        return UART_IIR_RLSI;
    if ((state->ier & UART_IER_RDI) && state->receiver.is_timed_out)
        return UART_IIR_RX_TIMEOUT;
""", """\
    if ((state->ier & UART_IER_RDI) && state->receiver.is_timed_out)
        return UART_IIR_RX_TIMEOUT;
    if ((state->ier & UART_IER_RLSI) && state->lsr_errors)
        return UART_IIR_RLSI;
"""),
    Mutant("msi-needs-no-ier", "modem status interrupts though it is not enabled",
           "uart.c", """\
    if ((state->ier & UART_IER_MSI) && (state->msr & UART_MSR_ANY_DELTA))
""", """\
    if ((state->msr & UART_MSR_ANY_DELTA))
"""),
    Mutant("iir-keeps-thre", "reading IIR does not acknowledge THRE",
           "uart.c", """\
        state->is_thre_pending = false;
""", """\
        ;
"""),
    Mutant("iir-clears-thre-always", "reading IIR acknowledges THRE whatever it shows",
           "uart.c", """\
    if (uart_pending(state) == UART_IIR_THRI)
""", """\
    if (true)
"""),
    Mutant("iir-no-fifo-bits", "IIR shows no FIFO",
           "uart.c", """\
        iir |= UART_IIR_FIFO_BITS;
""", """\
        iir |= 0;
"""),
    Mutant("no-parity-bit", "the parity bit takes no time",
           "uart_state.c", """\
    if (state->lcr & UART_LCR_PARITY)
        bits++;
""", """\
    if (state->lcr & UART_LCR_PARITY)
        ;
"""),
    Mutant("trigger-14-is-16", "the highest trigger level is the FIFO's size",
           "uart_receiver.c", """\
    static const uint8_t levels[2][4] = { { 1, 4, 8, 14 }, { 1, 16, 32, 56 } };
""", """\
    static const uint8_t levels[2][4] = { { 1, 4, 8, 16 }, { 1, 16, 32, 56 } };
"""),
    Mutant("trigger-off-by-one", "the interrupt comes one byte late",
           "uart_receiver.c", """\
    return state->receiver.count >= level;
""", """\
    return state->receiver.count > level;
"""),
    Mutant("fifo-overrun-overwrites", "an overrun empties the FIFO",
           "uart_receiver.c", """\
        if (is_fifo_on(state))
            return;
""", """\
"""),
    Mutant("no-overrun-flag", "an overrun is not told",
           "uart_receiver.c", """\
        state->lsr_errors |= UART_LSR_OE;
""", """\
"""),
    Mutant("errors-at-once", "a byte's errors show before it is on top",
           "uart_receiver.c", """\
    receiver->errors[at] = errors & UART_LSR_BYTE_ERRORS;
""", """\
    receiver->errors[at] = 0;
    state->lsr_errors |= errors & UART_LSR_BYTE_ERRORS;
"""),
    Mutant("rbr-keeps-timeout", "reading RBR leaves the time-out pending",
           "uart_receiver.c", """\
    receiver->is_timed_out = false;
""", """\
"""),
    Mutant("lsr-keeps-errors", "reading LSR clears nothing",
           "uart_receiver.c", """\
    state->lsr_errors = 0;
""", """\
"""),
    Mutant("fcr-without-enable", "resets are programmed without FCR bit 0",
           "uart_receiver.c", """\
    if (!(value & UART_FCR_ENABLE_FIFO))
        value = 0;
""", """\
"""),
    Mutant("switch-keeps-bytes", "switching the FIFO keeps what is in it",
           "uart_receiver.c", """\
    is_reset = (value & UART_FCR_CLEAR_RCVR) ||
               ((value ^ state->fcr) &
                (UART_FCR_ENABLE_FIFO | UART_FCR7_64BYTE));
""", """\
    is_reset = (value & UART_FCR_CLEAR_RCVR);
"""),
    Mutant("timeout-not-put-off", "bytes that come and go do not put the time-out off",
           "uart_receiver.c", """\
    receiver->idle_ns = receiver->was_touched ? 0
                                              : receiver->idle_ns + elapsed_ns;
""", """\
    receiver->idle_ns = receiver->idle_ns + elapsed_ns;
"""),
    Mutant("timeout-after-3", "the time-out is one character early",
           "uart_receiver.c", """\
#define TIMEOUT_CHARACTERS 4u /* 8.11 */
""", """\
#define TIMEOUT_CHARACTERS 3u /* 8.11 */
"""),
    Mutant("bit-7-without-fifo", "LSR bit 7 is set without FIFO",
           "uart_receiver.c", """\
    if (!is_fifo_on(state))
        return false;
""", """\
"""),
    Mutant("thre-line-stays", "the line does not fall between two THRE interrupts",
           "uart_virtual.c", """\
    state->is_thre_pending = false;
    uart_update_irq(uart);

""", """\
    state->is_thre_pending = false;

"""),
    Mutant("loop-reaches-ring", "loop mode sends to the clients",
           "uart_virtual.c", """\
    else
        uart_transmit(uart, uart_frame(state, value));
""", """\
    uart_transmit(uart, uart_frame(state, value));
"""),
    Mutant("thre-while-one-waits", "THRE with a byte in THR",
           "uart_virtual.c", """\
    return uart->state->transmitter <= 1 &&
""", """\
    return uart->state->transmitter <= 2 &&
"""),
    Mutant("ier-thre-no-raise", "enabling THRE raises nothing",
           "uart_virtual.c", """\
    if ((set & UART_IER_THRI) && is_thre(uart))
        state->is_thre_pending = true;
""", """\
"""),
    Mutant("ier-thre-each-write", "each write of IER raises THRE",
           "uart_virtual.c", """\
    uint8_t set = value & ~state->ier;
""", """\
    uint8_t set = value;
"""),
    Mutant("msr-read-keeps-deltas", "reading MSR clears nothing",
           "uart_virtual.c", """\
    state->msr &= ~UART_MSR_ANY_DELTA;
""", """\
"""),
    Mutant("teri-on-both-edges", "TERI also when RI begins",
           "uart_virtual.c", """\
    if (now & UART_MSR_RI)
        deltas &= ~UART_MSR_TERI;
""", """\
"""),
    Mutant("loop-rts-is-dsr", "loop mode swaps RTS and DTR",
           "uart_virtual.c", """\
    return (state->mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
           (state->mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
""", """\
    return (state->mcr & UART_MCR_DTR ? UART_MSR_CTS : 0) |
           (state->mcr & UART_MCR_RTS ? UART_MSR_DSR : 0) |
"""),
    Mutant("rts-ignored", "rts=on does not hold input back",
           "uart_virtual.c", """\
    if (uart->options.needs_rts && !(state->mcr & UART_MCR_RTS))
""", """\
    if (0)
"""),
    Mutant("input-in-loop", "clients type into loop mode",
           "uart_virtual.c", """\
    if (is_loop(state))
        return 0;
""", """\
"""),
    Mutant("device-ier", "the device's own interrupts are enabled",
           "uart_passthrough.c", """\
        write_ier(uart, value);
        return;
""", """\
        write_ier(uart, value);
        break;
"""),
    Mutant("unasked-line", "the line is heard unasked",
           "machine_receiver.c", """\
    return machine_receiver_is_heard(uart) && (lsr & UART_LSR_DR);
""", """\
    return lsr & UART_LSR_DR;
"""),
    Mutant("thr-twice", "a byte in doubt is sent again",
           "uart_passthrough.c", """\
    if (journal_enter_device(uart->journal))
        machine_ports_write(uart->machine, UART_TX, value);
""", """\
    journal_enter_device(uart->journal);
    machine_ports_write(uart->machine, UART_TX, value);
"""),
    Mutant("errors-stay-behind", "an error of the line stays with the next byte too",
           "machine_receiver.c", """\
    state->line_errors = 0;
""", """\
"""),
    Mutant("plug-two-at-a-time", "a second byte is sent before the first came back",
           "uart_passthrough.c", """\
        return state->transmitter == 0 && !uart_is_dlab(state) &&
               uart_receiver_room(state) > 0;
""", """\
        return !uart_is_dlab(state) && uart_receiver_room(state) > 0;
"""),
    Mutant("typed-is-a-divisor", "a typed byte goes into the divisor",
           "uart_passthrough.c", """\
        return state->transmitter == 0 && !uart_is_dlab(state) &&
               uart_receiver_room(state) > 0;
""", """\
        return state->transmitter == 0 && uart_receiver_room(state) > 0;
"""),
    Mutant("dlab-is-no-matter", "the divisor is received as a byte",
           "machine_receiver.c", """\
    return is_for_guest(uart, lsr) && !uart_is_dlab(uart->state) &&
           has_place(uart->state);
""", """\
    return is_for_guest(uart, lsr) &&
           has_place(uart->state);
"""),
    Mutant("two-fifos", "in loop mode the device's FIFO comes on top of the guest's",
           "machine_receiver.c", """\
    return uart_is_loop(state) || uart_receiver_room(state) > 0;
""", """\
    return uart_receiver_room(state) > 0;
"""),
    Mutant("line-overruns", "a byte of the line overruns the guest's receiver",
           "machine_receiver.c", """\
    return uart_is_loop(state) || uart_receiver_room(state) > 0;
""", """\
    return true;
"""),
    Mutant("look-takes-one", "a look takes one byte only",
           "machine_receiver.c", """\
    for (taken = 0; taken < LOOK_BYTES_MAX && can_take(uart, lsr); taken++) {
""", """\
    for (taken = 0; taken < 1 && can_take(uart, lsr); taken++) {
"""),
    Mutant("look-never-ends", "a device that is gone is read for ever",
           "machine_receiver.c", """\
    for (taken = 0; taken < LOOK_BYTES_MAX && can_take(uart, lsr); taken++) {
""", """\
    for (taken = 0; can_take(uart, lsr); taken++) {
"""),
    Mutant("rbr-does-not-look", "RBR by itself does not look at the device",
           "uart_passthrough.c", """\
        (uart_is_loop(uart->state) || uart->state->receiver.count == 0))
        machine_receiver_look(uart);
""", """\
        (uart_is_loop(uart->state) || uart->state->receiver.count == 0))
        ;
"""),
    Mutant("iir-does-not-look", "IIR by itself does not see an empty THR",
           "uart_passthrough.c", """\
        (is_low && waits_for_thre(uart->state)))
""", """\
        0)
"""),
    Mutant("iir-sees-no-modem-line", "IIR by itself does not see a modem line",
           "uart_passthrough.c", """\
        uart_pending(uart->state) == UART_IIR_NO_INT)
        observe_msr(uart);
""", """\
        uart_pending(uart->state) == UART_IIR_NO_INT)
        ;
"""),
    Mutant("lsr-hides-dlab-byte", "LSR does not tell of a byte that waits behind DLAB",
           "uart_passthrough.c", """\
        value |= UART_LSR_DR;
""", """\
        ;
"""),
    Mutant("loop-keeps-the-line", "what came from the line is received in loop mode",
           "machine_receiver.c", """\
    if (!machine_receiver_is_heard(uart))
        machine_receiver_discard(uart);
""", """\
"""),
    Mutant("loop-forgets-dlab", "DLAB does not come back when loop mode begins",
           "machine_receiver.c", """\
    if (lcr & UART_LCR_DLAB)
        machine_ports_write(uart->machine, UART_LCR, lcr);
""", """\
"""),
    Mutant("reset-raises-nothing", "a transmitter that was emptied does not interrupt",
           "uart_passthrough.c", """\
        state->is_transmitting = false;
        state->is_thre_pending = true;
    }
""", """\
        state->is_transmitting = false;
    }
"""),
    Mutant("reset-moves-errors", "an error moves to a byte behind a reset",
           "uart_passthrough.c", """\
    if (machine_receiver_is_heard(uart) && (is_switched || (value & resets)))
        machine_receiver_take_over(uart);
""", """\
"""),
    Mutant("mcr-raises-nothing", "MCR makes no modem interrupt in loop mode",
           "uart_passthrough.c", """\
    /* 8.8: in loop mode these bits are the modem lines. */
    if (uart->state->ier & UART_IER_MSI)
        observe_msr(uart);
""", """\
"""),
    Mutant("time-out-before-the-byte", "time passes before the byte that came in it is seen",
           "uart_passthrough.c", """\
    has_more = machine_receiver_take_one(uart, lsr);
    if (!machine_receiver_is_hidden(uart, lsr))
        uart_receiver_pass_time(state, uart->poll_interval_ns);
""", """\
    uart_receiver_pass_time(state, uart->poll_interval_ns);
    has_more = machine_receiver_take_one(uart, lsr);
"""),
    Mutant("time-out-while-hidden", "time passes for a byte that waits behind DLAB",
           "uart_passthrough.c", """\
    if (!machine_receiver_is_hidden(uart, lsr))
        uart_receiver_pass_time(state, uart->poll_interval_ns);
""", """\
    uart_receiver_pass_time(state, uart->poll_interval_ns);
"""),
    Mutant("clients-get-all-bits", "clients get more bits than the frame has",
           "uart_passthrough.c", """\
    if (!uart_is_loop(state))
        uart_transmit(uart, uart_frame(state, value));
""", """\
    if (!uart_is_loop(state))
        uart_transmit(uart, value);
"""),
    Mutant("old-guests-byte", "a new guest receives what came before it",
           "uart_passthrough.c", """\
    if (machine_receiver_is_heard(uart))
        machine_receiver_discard(uart);
    machine_ports_read(machine, UART_MSR);
""", """\
    machine_ports_read(machine, UART_MSR);
"""),
    Mutant("wire-full-is-thre", "THRE while the wire is full",
           "uart_virtual.c", """\
    return uart->state->transmitter <= 1 &&
           !uart_wire_is_waiting(uart, uart->state);
""", """\
    return uart->state->transmitter <= 1;
"""),
    Mutant("wire-thre-not-raised", "no interrupt when the wire takes more",
           "uart_virtual.c", """\
    uart_wire_send(uart);
    note_thre(uart, was_thre);
""", """\
    uart_wire_send(uart);
    (void)was_thre;
"""),
    Mutant("wire-ff-is-lost", "the byte ff does not come in",
           "uart_wire.c", """\
        return *byte != MARK_OF_ERROR;
""", """\
        return false;
"""),
    Mutant("wire-half-a-divisor", "half a divisor is set",
           "uart_wire.c", """\
    if (uart_is_dlab(state) || divisor == 0)
""", """\
    if (divisor == 0)
"""),
    Mutant("wire-doubt-sends-again", "a byte in doubt is sent again",
           "uart_wire.c", """\
    if (uart->wire && !uart->journal->is_input_in_doubt)
        uart->state->wire_offset++;
""", """\
    (void)uart;
"""),
    Mutant("wire-input-doubt-skips-output", "input in doubt costs a byte of output",
           "uart_wire.c", """\
    if (uart->wire && !uart->journal->is_input_in_doubt)
""", """\
    if (uart->wire)
"""),
    Mutant("wire-temt-early", "TEMT before the kernel has sent all",
           "uart_virtual.c", """\
    if (uart->state->transmitter == 0 && uart_wire_is_drained(uart))
""", """\
    if (uart->state->transmitter == 0)
"""),
    Mutant("wire-loop-keeps-lines", "DTR and RTS stay up in loop mode",
           "uart_wire.c", """\
    uint8_t up = state->mcr & UART_MCR_LOOP ? 0 : state->mcr & which;
""", """\
    uint8_t up = state->mcr & which;
"""),
    Mutant("wire-lost-blocks", "a lost wire makes the guest wait",
           "uart_wire.c", """\
    if (uart->wire->tty.is_lost) {
        skip_to(uart, state->out_offset);
        return;
    }
""", """\
"""),
    Mutant("wire-parity-is-odd", "even parity is odd",
           "wire_tty.c", """\
        if (!(frame & UART_LCR_EPAR))
""", """\
        if (frame & UART_LCR_EPAR)
"""),
    Mutant("wire-settings-forgotten", "what a predecessor has kept is overwritten",
           "wire_tty.c", """\
    if (before->is_kept && before->device == found.st_rdev)
        return 0;
""", """\
"""),
    Mutant("wire-reset-drops", "a transmit reset says THRE for a wire that waits",
           "uart_virtual.c", """\
        state->transmitter = 1;
    if (is_thre(uart))
        state->is_thre_pending = true;
""", """\
        state->transmitter = 1;
    state->is_thre_pending = true;
"""),
    Mutant("wire-old-bytes", "a new domain sends an old one's bytes",
           "uart_virtual.c", """\
    state->wire_offset = state->out_offset;
""", """\
"""),
    Mutant("wire-lines-unasked", "lines are looked at all the time",
           "uart_virtual.c", """\
    return uart->wire && (uart->state->ier & UART_IER_MSI);
""", """\
    return uart->wire;
"""),
    Mutant("run-behind-dlab-is-data", "a run behind DLAB is data",
           "uart_virtual.c", """\
    if (uart_is_dlab(state)) {
        state->dll = bytes[count - 1];
        schedule_poll(uart);
        return;
    }
""", """\
"""),
    Mutant("run-keeps-line-up", "the line does not fall for a run",
           "uart_virtual.c", """\
    }
    state->is_thre_pending = false;
    uart_update_irq(uart);
""", """\
    }
"""),
    Mutant("run-in-loop-is-sent", "a run in loop mode reaches the ring",
           "uart_virtual.c", """\
    if (is_loop(state))
        for (i = 0; i < count; i++)
            uart_receiver_put(state, bytes[i], 0);
    else
""", """\
"""),
    Mutant("lsr-shown-with-errors", "LSR is shown while it has errors, which reading would clear",
           "uart_virtual.c", """\
    return !is_loop(state) && state->lsr_errors == 0 &&
           state->transmitter == 0;
""", """\
    return !is_loop(state) && state->transmitter == 0;
"""),
    Mutant("iir-shown-while-posted", "IIR is shown while a posted byte may interrupt",
           "uart_virtual.c", """\
    default: return !(state->ier & UART_IER_THRI);
""", """\
    default: return true;
"""),
    Mutant("msr-shown-with-deltas", "MSR is shown with its deltas",
           "uart_virtual.c", """\
        return !(state->msr & UART_MSR_ANY_DELTA);
""", """\
        return true;
"""),
    Mutant("posted-divisor-late", "a posted divisor does not change the next poll",
           "uart_virtual.c", """\
        state->dll = bytes[count - 1];
        schedule_poll(uart);
""", """\
        state->dll = bytes[count - 1];
"""),
    Mutant("shadow-stays", "the page goes on showing what is hidden",
           "shadow_registers.c", """\
        if (uart->ops->peek(uart, state, offset, &value))
            entry = IOREQ_SHADOW_VALID | value;
""", """\
        if (!uart->ops->peek(uart, state, offset, &value))
            continue;
        entry = IOREQ_SHADOW_VALID | value;
"""),
    Mutant("width-without-dlab", "the width of the FIFOs is writable without DLAB",
           "uart_virtual.c", """\
                            uart->options.is_16750 && uart_is_dlab(state));
""", """\
                            uart->options.is_16750);
"""),
    Mutant("wide-triggers-narrow", "the wide FIFO has the narrow one's triggers",
           "uart_receiver.c", """\
    static const uint8_t levels[2][4] = { { 1, 4, 8, 14 }, { 1, 16, 32, 56 } };
""", """\
    static const uint8_t levels[2][4] = { { 1, 4, 8, 14 }, { 1, 4, 8, 14 } };
"""),
    Mutant("lsr-shown-without-the-byte", "LSR is shown without DR",
           "uart_virtual.c", """\
    *value = uart_receiver_peek_lsr(state) | UART_LSR_THRE | UART_LSR_TEMT;
""", """\
    *value = UART_LSR_THRE | UART_LSR_TEMT;
"""),
    Mutant("iir-shown-with-thri", "IIR is shown though reading it takes the interrupt away",
           "uart_virtual.c", """\
    case UART_IIR_THRI: return false; /* 8.6: reading takes it away */
""", """\
    case UART_IIR_THRI: return true;
"""),
]
