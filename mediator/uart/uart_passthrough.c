/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_passthrough.c - a real 8250
 *
 * Each access of the guest goes to the device, but for two registers.  The
 * device's interrupt cannot reach the guest (its interrupt line ends in dom0's
 * kernel, which may share it with another port).  So the device's own IER
 * stays 0, and IIR is worked out here from what the guest wrote and from what
 * was seen in the device's LSR and MSR.
 *
 * The device's serial line is the guest's.  With input=loopback a plug on it
 * connects its transmitter to its receiver, and it is the clients' instead:
 * what they type is sent, comes back, and is received.
 *
 * Register names and bits: <linux/serial_reg.h>, PC16550D section 8.0.
 */
#include "uart/uart_passthrough.h"

#include <linux/serial_reg.h>

#include "uart/fault_point.h"
#include "uart/journal.h"
#include "uart/machine_ports.h"
#include "uart/machine_receiver.h"
#include "uart/uart_receiver.h"

#define LSR_TRANSMITTER (UART_LSR_THRE | UART_LSR_TEMT)

#define POLL_INTERVAL_MAX_NS 50000000u
/* A FIFO of 16 and the shift register drain in this many character times;
 * a transmitter that takes longer is stalled, and polling backs off. */
#define POLLS_BEFORE_BACKOFF 20u
/* 16 characters at 115200 baud take 1.4 ms. */
#define RECEIVE_INTERVAL_NS 1000000u
#define MODEM_INTERVAL_NS 10000000u
#define AT_ONCE_NS 1u
/* A byte that did not come back through the plug after this many character
 * times never will. */
#define PLUG_CHARACTERS 100u

static void observe_msr(struct uart *uart)
{
    uint8_t deltas = uart->state->msr & UART_MSR_ANY_DELTA;

    uart->state->msr = machine_ports_read(uart->machine, UART_MSR) | deltas;
}

/* ---- time ---- */

/* The device cannot tell us when its transmitter becomes empty, so it is
 * polled, but only while the guest waits to be interrupted for that. */
static bool waits_for_thre(const struct uart_state *state)
{
    return state->is_transmitting && (state->ier & UART_IER_THRI);
}

static uint64_t transmitter_due_ns(const struct uart *uart)
{
    uint64_t interval = uart_character_ns(uart->state);

    if (uart->poll_count > POLLS_BEFORE_BACKOFF) {
        unsigned int doublings = uart->poll_count - POLLS_BEFORE_BACKOFF;

        interval <<= doublings < 16 ? doublings : 16;
    }
    return interval < POLL_INTERVAL_MAX_NS ? interval : POLL_INTERVAL_MAX_NS;
}

static void schedule_poll(struct uart *uart)
{
    const struct uart_state *state = uart->state;
    uint64_t interval = uart_receiver_due_ns(state);

    if (waits_for_thre(state))
        uart_bring_forward(&interval, transmitter_due_ns(uart));
    else
        uart->poll_count = 0;
    if (machine_receiver_is_plugged(uart, state) && state->transmitter > 0)
        uart_bring_forward(&interval, uart_character_ns(state));
    else if (machine_receiver_is_heard(uart))
        uart_bring_forward(&interval, RECEIVE_INTERVAL_NS);
    if (state->ier & UART_IER_MSI)
        uart_bring_forward(&interval, MODEM_INTERVAL_NS);
    uart->poll_interval_ns = interval;
}

static void passthrough_poll(struct uart *uart)
{
    struct uart_state *state = uart->state;
    uint8_t lsr = machine_receiver_observe_lsr(uart);
    bool has_more;

    if (waits_for_thre(state))
        uart->poll_count++;
    /* A byte a poll: the commit and another poll follow at once.  One that
     * came in the time that has passed puts the time-out off, also while it
     * waits behind DLAB. */
    has_more = machine_receiver_take_one(uart, lsr);
    if (!machine_receiver_is_hidden(uart, lsr))
        uart_receiver_pass_time(state, uart->poll_interval_ns);
    if (machine_receiver_is_plugged(uart, state) && state->transmitter > 0)
        state->transmitter--;
    if (state->ier & UART_IER_MSI)
        observe_msr(uart);
    schedule_poll(uart);
    if (has_more)
        uart->poll_interval_ns = AT_ONCE_NS;
}

/* ---- writes ---- */

static void write_thr(struct uart *uart, uint8_t value)
{
    struct uart_state *state = uart->state;

    /* The source goes away before it can come again: an edge-triggered
     * interrupt controller must see the line fall. */
    state->is_thre_pending = false;
    uart_update_irq(uart);

    if (machine_receiver_is_plugged(uart, state)) {
        uart_transmit(uart, uart_frame(state, value));
        state->is_thre_pending = true;
        return;
    }
    if (journal_enter_device(uart->journal))
        machine_ports_write(uart->machine, UART_TX, value);
    fault_point(FAULT_DEVICE_DONE);
    state->is_transmitting = true;

    /* In loop mode the byte goes to the receiver, not to the serial line. */
    if (!uart_is_loop(state))
        uart_transmit(uart, uart_frame(state, value));

    uart->poll_count = 0;
    if (state->ier & UART_IER_THRI)
        machine_receiver_observe_lsr(uart);
}

static void write_ier(struct uart *uart, uint8_t value)
{
    const uint8_t of_receiver = UART_IER_RDI | UART_IER_RLSI;
    uint8_t set = value & UART_IER_BITS & ~uart->state->ier, lsr = 0;

    if ((set & UART_IER_THRI) ||
        ((set & of_receiver) && machine_receiver_is_heard(uart)))
        lsr = machine_receiver_look(uart);
    uart->state->ier = value & UART_IER_BITS;
    /* Enabling the interrupt of an empty transmitter raises it at once. */
    if ((set & UART_IER_THRI) && (lsr & UART_LSR_THRE))
        uart->state->is_thre_pending = true;
    if (set & UART_IER_MSI)
        observe_msr(uart);
}

static void write_fcr(struct uart *uart, uint8_t value)
{
    const uint8_t resets = UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT;
    bool is_on = value & UART_FCR_ENABLE_FIFO;
    bool is_switched = is_on != (bool)(uart->state->fcr &
                                       UART_FCR_ENABLE_FIFO);
    struct uart_state *state;

    /* 8.4: errors that show in LSR stay when their byte is thrown away. */
    if (machine_receiver_is_heard(uart) && (is_switched || (value & resets)))
        machine_receiver_take_over(uart);
    state = uart->state;
    /* Emptying a FIFO twice could lose bytes that came in between. */
    if (!(value & resets) || journal_enter_device(uart->journal))
        machine_ports_write(uart->machine, UART_FCR, value);
    /* An 8250 has no FCR. */
    if (!state->has_fifo)
        return;
    uart_receiver_write_fcr(state, value, false);
    if (is_switched || (is_on && (value & UART_FCR_CLEAR_RCVR)))
        state->line_errors = 0;
    /* 8.5: THR is empty again, which is an interrupt. */
    if (is_switched || (is_on && (value & UART_FCR_CLEAR_XMIT))) {
        state->is_transmitting = false;
        state->is_thre_pending = true;
    }
}

static void write_lcr(struct uart *uart, uint8_t value)
{
    /* What stands in RBR now cannot be taken while DLAB is set. */
    if ((value & UART_LCR_DLAB) && !uart_is_dlab(uart->state) &&
        machine_receiver_is_heard(uart))
        machine_receiver_look(uart);
    uart->state->lcr = value;
    machine_ports_write(uart->machine, UART_LCR, value);
}

static void write_mcr(struct uart *uart, uint8_t value)
{
    if ((value ^ uart->state->mcr) & UART_MCR_LOOP)
        machine_receiver_turn(uart);
    uart->state->mcr = value;
    machine_ports_write(uart->machine, UART_MCR, value);
    /* 8.8: in loop mode these bits are the modem lines. */
    if (uart->state->ier & UART_IER_MSI)
        observe_msr(uart);
}

static void write_register(struct uart *uart, unsigned int offset,
                           uint8_t value)
{
    struct uart_state *state = uart->state;

    if (uart_is_dlab(state) && offset <= UART_DLM) {
        if (offset == UART_DLL)
            state->dll = value;
        else
            state->dlm = value;
        machine_ports_write(uart->machine, offset, value);
        return;
    }
    switch (offset) {
    case UART_TX:
        write_thr(uart, value);
        return;
    case UART_IER:
        write_ier(uart, value);
        return;
    case UART_FCR:
        write_fcr(uart, value);
        return;
    case UART_LCR:
        write_lcr(uart, value);
        return;
    case UART_MCR:
        write_mcr(uart, value);
        return;
    case UART_SCR:
        state->scr = value;
        break;
    }
    machine_ports_write(uart->machine, offset, value);
}

static void passthrough_write(struct uart *uart, unsigned int offset,
                              uint8_t value)
{
    write_register(uart, offset, value);
    schedule_poll(uart);
}

/* ---- reads ---- */

static uint8_t read_lsr(struct uart *uart)
{
    uint8_t lsr = machine_receiver_look(uart);
    uint8_t value = (lsr & LSR_TRANSMITTER) |
                    uart_receiver_read_lsr(uart->state);

    if (machine_receiver_is_hidden(uart, lsr))
        value |= UART_LSR_DR;
    return value;
}

/* A guest that reads RBR by itself must not wait for our next poll to see a
 * byte that the device has already. */
static uint8_t read_rbr(struct uart *uart)
{
    if (machine_receiver_is_heard(uart) &&
        (uart_is_loop(uart->state) || uart->state->receiver.count == 0))
        machine_receiver_look(uart);
    return uart_receiver_read_rbr(uart->state);
}

/* The same for IIR; but what is looked at is only what could change it. */
static uint8_t read_iir(struct uart *uart)
{
    uint8_t shown = uart_pending(uart->state);
    bool is_low = shown == UART_IIR_NO_INT || shown == UART_IIR_MSI;

    if ((machine_receiver_is_heard(uart) && shown != UART_IIR_RLSI) ||
        (is_low && waits_for_thre(uart->state)))
        machine_receiver_look(uart);
    if ((uart->state->ier & UART_IER_MSI) &&
        uart_pending(uart->state) == UART_IIR_NO_INT)
        observe_msr(uart);
    return uart_read_iir(uart->state);
}

static uint8_t read_msr(struct uart *uart)
{
    uint8_t msr;

    observe_msr(uart);
    msr = uart->state->msr;
    uart->state->msr &= ~UART_MSR_ANY_DELTA;
    return msr;
}

static uint8_t read_register(struct uart *uart, unsigned int offset)
{
    if (uart_is_dlab(uart->state) && offset <= UART_DLM)
        return machine_ports_read(uart->machine, offset);
    switch (offset) {
    case UART_RX:
        return read_rbr(uart);
    case UART_IER:
        return uart->state->ier;
    case UART_IIR:
        return read_iir(uart);
    case UART_LSR:
        return read_lsr(uart);
    case UART_MSR:
        return read_msr(uart);
    default: /* LCR, MCR, SCR */
        return machine_ports_read(uart->machine, offset);
    }
}

static uint8_t passthrough_read(struct uart *uart, unsigned int offset)
{
    uint8_t value = read_register(uart, offset);

    schedule_poll(uart);
    return value;
}

/* ---- input ---- */

/* Client input goes into the receive FIFO that the guest sees, which stands
 * between the guest and the device's own FIFO. */
static unsigned int receive_room(const struct uart *uart,
                                 const struct uart_state *state)
{
    if (uart_is_loop(state))
        return 0;
    if (uart->options.needs_rts && !(state->mcr & UART_MCR_RTS))
        return 0;
    /* One byte is on its way through the plug at a time: none can be lost.
     * 8.3: while DLAB is set THR is the divisor. */
    if (machine_receiver_is_plugged(uart, state))
        return state->transmitter == 0 && !uart_is_dlab(state) &&
               uart_receiver_room(state) > 0;
    return uart_receiver_room(state);
}

static void send_through_plug(struct uart *uart, uint8_t byte)
{
    if (journal_enter_device(uart->journal))
        machine_ports_write(uart->machine, UART_TX, byte);
    fault_point(FAULT_DEVICE_DONE);
    uart->state->transmitter = PLUG_CHARACTERS;
}

static void receive(struct uart *uart, uint8_t byte, uint8_t errors)
{
    if (machine_receiver_is_plugged(uart, uart->state) && !errors)
        send_through_plug(uart, byte);
    else
        uart_receiver_put(uart->state, uart_frame(uart->state, byte), errors);
    schedule_poll(uart);
}

/* 115200 8n1, no FIFO, all modem lines off: a guest that writes to THR
 * without setting up anything is heard. */
static int reset(struct uart *uart)
{
    struct machine_ports *machine = uart->machine;
    struct uart_state *state = uart->state;
    int rc = machine_ports_probe(machine);
    uint8_t iir;

    if (rc)
        return rc;
    state->lcr = UART_LCR_WLEN8;
    state->dll = 1;
    state->dlm = 0;

    machine_ports_write(machine, UART_LCR, UART_LCR_DLAB | state->lcr);
    machine_ports_write(machine, UART_DLL, state->dll);
    machine_ports_write(machine, UART_DLM, state->dlm);
    machine_ports_write(machine, UART_LCR, state->lcr);
    machine_ports_write(machine, UART_IER, 0);
    machine_ports_write(machine, UART_MCR, 0);

    /* A 16550A shows two bits in IIR when its FIFOs are on. */
    machine_ports_write(machine, UART_FCR, UART_FCR_ENABLE_FIFO);
    iir = machine_ports_read(machine, UART_IIR);
    state->has_fifo = (iir & UART_IIR_FIFO_BITS) == UART_IIR_FIFO_BITS;
    machine_ports_write(machine, UART_FCR, 0);

    /* What came before this guest is not meant for it. */
    if (machine_receiver_is_heard(uart))
        machine_receiver_discard(uart);
    machine_ports_read(machine, UART_MSR);
    return 0;
}

const struct uart_ops uart_passthrough = {
    .mode = "passthrough",
    .reset = reset,
    .read = passthrough_read,
    .write = passthrough_write,
    .receive_room = receive_room,
    .receive = receive,
    .poll = passthrough_poll,
};
