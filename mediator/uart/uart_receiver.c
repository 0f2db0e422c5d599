/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_receiver.c - the receive FIFO, its trigger level and its time-out
 */
#include "uart/uart_receiver.h"

#include <linux/serial_reg.h>
#include <string.h>

#define TIMEOUT_CHARACTERS 4u /* 8.11 */

static bool is_fifo_on(const struct uart_state *state)
{
    return state->fcr & UART_FCR_ENABLE_FIFO;
}

unsigned int uart_receiver_room(const struct uart_state *state)
{
    return uart_fifo_bytes(state) - state->receiver.count;
}

/* 8.4: a byte's errors show in LSR when it comes to the top of the FIFO. */
static void reveal_top(struct uart_state *state)
{
    struct uart_receiver *receiver = &state->receiver;

    if (receiver->count == 0)
        return;
    state->lsr_errors |= receiver->errors[receiver->first];
    receiver->errors[receiver->first] = 0;
}

void uart_receiver_put(struct uart_state *state, uint8_t byte, uint8_t errors)
{
    struct uart_receiver *receiver = &state->receiver;
    unsigned int at;

    if (uart_receiver_room(state) == 0) {
        state->lsr_errors |= UART_LSR_OE;
        /* 8.4: the FIFO keeps what it has, RBR alone is overwritten. */
        if (is_fifo_on(state))
            return;
        receiver->count = 0;
    }
    at = (receiver->first + receiver->count) % UART_FIFO_BYTES_MAX;
    receiver->bytes[at] = byte;
    receiver->errors[at] = errors & UART_LSR_BYTE_ERRORS;
    receiver->count++;
    receiver->was_touched = true;
    receiver->reads = 0;
    reveal_top(state);
}

bool uart_receiver_is_triggered(const struct uart_state *state)
{
    /* FCR6-7, 8.5; TL16C750, "FIFO control register" */
    static const uint8_t levels[2][4] = { { 1, 4, 8, 14 }, { 1, 16, 32, 56 } };
    bool is_wide = state->fcr & UART_FCR7_64BYTE;
    unsigned int level = is_fifo_on(state) ? levels[is_wide][state->fcr >> 6]
                                           : 1;

    return state->receiver.count >= level;
}

uint8_t uart_receiver_read_rbr(struct uart_state *state)
{
    struct uart_receiver *receiver = &state->receiver;
    uint8_t byte;

    if (receiver->count == 0)
        return 0;
    byte = receiver->bytes[receiver->first];
    receiver->first = (receiver->first + 1) % UART_FIFO_BYTES_MAX;
    receiver->count--;
    receiver->was_touched = true;
    receiver->reads = 0;
    receiver->is_timed_out = false;
    reveal_top(state);
    return byte;
}

static bool has_error_in_fifo(const struct uart_state *state)
{
    const struct uart_receiver *receiver = &state->receiver;
    unsigned int i;

    if (!is_fifo_on(state))
        return false;
    for (i = 0; i < receiver->count; i++)
        if (receiver->errors[(receiver->first + i) % UART_FIFO_BYTES_MAX])
            return true;
    return state->lsr_errors & UART_LSR_BYTE_ERRORS;
}

uint8_t uart_receiver_peek_lsr(const struct uart_state *state)
{
    uint8_t lsr = state->lsr_errors;

    if (state->receiver.count > 0)
        lsr |= UART_LSR_DR;
    if (has_error_in_fifo(state))
        lsr |= UART_LSR_FIFOE;
    return lsr;
}

uint8_t uart_receiver_read_lsr(struct uart_state *state)
{
    uint8_t lsr = uart_receiver_peek_lsr(state);

    state->lsr_errors = 0;
    uart_receiver_note_read(state);
    return lsr;
}

void uart_receiver_note_read(struct uart_state *state)
{
    if (state->receiver.reads < UINT8_MAX)
        state->receiver.reads++;
}

bool uart_receiver_is_waited_for(const struct uart_state *state)
{
    return state->receiver.reads >= 2;
}

void uart_receiver_write_fcr(struct uart_state *state, uint8_t value,
                             bool is_width_writable)
{
    const uint8_t kept = UART_FCR_ENABLE_FIFO | UART_FCR_DMA_SELECT |
                         UART_FCR7_64BYTE | UART_FCR_TRIGGER_MASK;
    bool is_reset;

    if (!is_width_writable)
        value = (value & ~UART_FCR7_64BYTE) | (state->fcr & UART_FCR7_64BYTE);
    /* 8.5: without bit 0 the others are not programmed. */
    if (!(value & UART_FCR_ENABLE_FIFO))
        value = 0;
    is_reset = (value & UART_FCR_CLEAR_RCVR) ||
               ((value ^ state->fcr) &
                (UART_FCR_ENABLE_FIFO | UART_FCR7_64BYTE));
    state->fcr = value & kept;
    if (is_reset)
        memset(&state->receiver, 0, sizeof(state->receiver));
}

static bool is_timing(const struct uart_state *state)
{
    return is_fifo_on(state) && state->receiver.count > 0 &&
           !state->receiver.is_timed_out;
}

void uart_receiver_pass_time(struct uart_state *state, uint64_t elapsed_ns)
{
    struct uart_receiver *receiver = &state->receiver;

    if (!is_timing(state))
        return;
    receiver->idle_ns = receiver->was_touched ? 0
                                              : receiver->idle_ns + elapsed_ns;
    receiver->was_touched = false;
    if (receiver->idle_ns >= TIMEOUT_CHARACTERS * uart_character_ns(state))
        receiver->is_timed_out = true;
}

void uart_receiver_time_out(struct uart_state *state)
{
    if (is_timing(state))
        state->receiver.is_timed_out = true;
}

uint64_t uart_receiver_due_ns(const struct uart_state *state)
{
    const struct uart_receiver *receiver = &state->receiver;
    uint64_t timeout_ns;

    if (!is_timing(state))
        return 0;
    timeout_ns = TIMEOUT_CHARACTERS * uart_character_ns(state);
    if (receiver->was_touched || receiver->idle_ns >= timeout_ns)
        return timeout_ns;
    return timeout_ns - receiver->idle_ns;
}
