/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_receiver.c - LSR and RBR of the machine's UART, each byte behind a
 * mark in the journal
 *
 * Sections are those of PC16550D.
 */
#include "uart/machine_receiver.h"

#include <linux/serial_reg.h>

#include "uart/fault_point.h"
#include "uart/journal.h"
#include "uart/machine_ports.h"
#include "uart/uart_receiver.h"

/* What one look takes from the device: a FIFO, and the character that came in
 * meanwhile.  A device that is gone says for ever that it has one more. */
#define LOOK_BYTES_MAX (UART_FIFO_BYTES + 1u)

/* Reading LSR clears its error bits in the device: what is seen here is kept
 * for the guest's own read, or for the byte that it belongs to. */
uint8_t machine_receiver_observe_lsr(struct uart *uart)
{
    struct uart_state *state = uart->state;
    uint8_t lsr = machine_ports_read(uart->machine, UART_LSR);

    if (machine_receiver_is_heard(uart)) {
        state->lsr_errors |= lsr & UART_LSR_OE;
        state->line_errors |= lsr & UART_LSR_BYTE_ERRORS;
    }
    /* The guest's own bytes do not use the transmitter: it looks idle. */
    if (machine_receiver_is_plugged(uart, state))
        lsr |= UART_LSR_THRE | UART_LSR_TEMT;
    if (state->is_transmitting && (lsr & UART_LSR_THRE)) {
        state->is_transmitting = false;
        state->is_thre_pending = true;
    }
    return lsr;
}

/* In loop mode the guest's FIFO and the device's are one: a byte without room
 * overruns it, as the guest counts on.  One of the serial line waits in the
 * device, which loses less than a real receiver. */
static bool has_place(const struct uart_state *state)
{
    return uart_is_loop(state) || uart_receiver_room(state) > 0;
}

static bool is_for_guest(const struct uart *uart, uint8_t lsr)
{
    return machine_receiver_is_heard(uart) && (lsr & UART_LSR_DR);
}

/* 8.3: DLAB hides RBR. */
bool machine_receiver_is_hidden(const struct uart *uart, uint8_t lsr)
{
    return is_for_guest(uart, lsr) && uart_is_dlab(uart->state);
}

/* May the byte that LSR tells of be taken? */
static bool can_take(const struct uart *uart, uint8_t lsr)
{
    return is_for_guest(uart, lsr) && !uart_is_dlab(uart->state) &&
           has_place(uart->state);
}

/* Takes the byte that LSR has told of.  A commit must follow before the next
 * one is taken, so that a death leaves one byte in doubt at most.  Returns
 * whether it was taken. */
static bool take_byte(struct uart *uart)
{
    struct uart_state *state = uart->state;
    uint8_t byte;

    if (!journal_enter_input(uart->journal))
        return false;
    byte = machine_ports_read(uart->machine, UART_RX);
    fault_point(FAULT_DEVICE_DONE);
    uart_receiver_put(state, byte, state->line_errors);
    state->line_errors = 0;
    if (machine_receiver_is_plugged(uart, state))
        state->transmitter = 0;
    return true;
}

bool machine_receiver_take_one(struct uart *uart, uint8_t lsr)
{
    return can_take(uart, lsr) && take_byte(uart) && has_place(uart->state);
}

/* Makes current what the access under way has done so far. */
static void commit_part(struct uart *uart)
{
    uart_update_irq(uart);
    journal_commit(uart->journal, journal_units_done(uart->journal));
    uart->state = &journal_work(uart->journal)->uart;
}

uint8_t machine_receiver_look(struct uart *uart)
{
    uint8_t lsr = machine_receiver_observe_lsr(uart);
    unsigned int taken;

    for (taken = 0; taken < LOOK_BYTES_MAX && can_take(uart, lsr); taken++) {
        if (taken > 0)
            commit_part(uart);
        if (!take_byte(uart) || !has_place(uart->state))
            break;
        lsr = machine_receiver_observe_lsr(uart);
    }
    return lsr;
}

void machine_receiver_take_over(struct uart *uart)
{
    const struct journal *journal = uart->journal;

    /* The predecessor came further than this. */
    if (journal->is_device_in_doubt && !journal->is_input_in_doubt)
        return;
    machine_receiver_look(uart);
    commit_part(uart);
}

/* To do this twice is harmless. */
void machine_receiver_discard(struct uart *uart)
{
    unsigned int i;

    for (i = 0; i < LOOK_BYTES_MAX &&
                (machine_ports_read(uart->machine, UART_LSR) & UART_LSR_DR);
         i++)
        machine_ports_read(uart->machine, UART_RX);
}

/* What the device has belongs to what was before: the guest gets it now, or
 * nobody does.  DLAB is put aside for that; if the process dies, its successor
 * runs this again to the end, where it comes back. */
void machine_receiver_turn(struct uart *uart)
{
    uint8_t lcr = uart->state->lcr;
    unsigned int taken;

    if (lcr & UART_LCR_DLAB)
        machine_ports_write(uart->machine, UART_LCR, lcr & ~UART_LCR_DLAB);
    if (!machine_receiver_is_heard(uart))
        machine_receiver_discard(uart);
    for (taken = 0;
         taken < LOOK_BYTES_MAX && machine_receiver_is_heard(uart) &&
         (machine_receiver_observe_lsr(uart) & UART_LSR_DR); taken++) {
        if (taken > 0)
            commit_part(uart);
        if (!take_byte(uart))
            break;
    }
    if (lcr & UART_LCR_DLAB)
        machine_ports_write(uart->machine, UART_LCR, lcr);
}
