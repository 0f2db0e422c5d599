/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_uart.c - the model of an 8250 or 16550A, event by event
 *
 * Written from the data sheet and not from mediator/uart/: tests compare the
 * two with each other.  Sections are those of PC16550D.
 */
#include "fake-xen/fake_uart.h"

#include <linux/serial_reg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define CLOCK_HZ UINT64_C(1843200) /* 8.3 */
#define TIME_OUT_CHARACTERS 4u     /* 8.11 */
#define BYTE_ERRORS (UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)
#define MSR_LINES 0xf0u
#define MCR_BITS 0x1fu

void (*fake_uart_on_intr)(struct fake_uart *uart, bool level);

/* What is on the line stands last, is long, and nobody looks behind `written`.
 */
void fake_uart_power_on(struct fake_uart *uart)
{
    uint32_t base = atomic_load(&uart->base);

    memset((void *)uart, 0, offsetof(struct fake_uart, line));
    atomic_store(&uart->base, base);
}

/* ---- time ---- */

static uint64_t now_ns(const struct fake_uart *uart)
{
    struct timespec now;

    if (!uart->is_real_time)
        return atomic_load(&uart->clock_ns);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec;
}

uint64_t fake_uart_character_ns(const struct fake_uart *uart)
{
    unsigned int data = 5 + (uart->lcr & UART_LCR_WLEN8);
    unsigned int divisor = uart->dlm << 8 | uart->dll;
    unsigned int halves = 2 + 2 * data; /* of a bit's time */

    if (uart->lcr & UART_LCR_PARITY)
        halves += 2;
    if (!(uart->lcr & UART_LCR_STOP))
        halves += 2;
    else
        halves += data == 5 ? 3 : 4;
    /* A bit is 16 of the divided clock's.  No divisor is 0. */
    return halves * 8 * (divisor ? divisor : 1) * UINT64_C(1000000000) /
           CLOCK_HZ;
}

static uint64_t shifting_ns(const struct fake_uart *uart)
{
    return uart->takes_time ? fake_uart_character_ns(uart) : 0;
}

/* ---- interrupts: 8.6, table IV ---- */

static bool is_fifo_on(const struct fake_uart *uart)
{
    return uart->fcr & UART_FCR_ENABLE_FIFO;
}

static unsigned int trigger_level(const struct fake_uart *uart)
{
    static const uint8_t levels[4] = { 1, 4, 8, 14 };

    return is_fifo_on(uart) ? levels[uart->fcr >> 6] : 1;
}

static uint8_t pending(const struct fake_uart *uart)
{
    if ((uart->ier & UART_IER_RLSI) && uart->lsr_errors)
        return UART_IIR_RLSI;
    if ((uart->ier & UART_IER_RDI) && uart->is_timed_out)
        return UART_IIR_RX_TIMEOUT;
    if ((uart->ier & UART_IER_RDI) &&
        uart->received_count >= trigger_level(uart))
        return UART_IIR_RDI;
    if ((uart->ier & UART_IER_THRI) && uart->is_thre_pending)
        return UART_IIR_THRI;
    if ((uart->ier & UART_IER_MSI) && (uart->msr & ~MSR_LINES))
        return UART_IIR_MSI;
    return UART_IIR_NO_INT;
}

static void work_out_intr(struct fake_uart *uart)
{
    bool level = pending(uart) != UART_IIR_NO_INT;

    if (level == uart->intr)
        return;
    uart->intr = level;
    if (fake_uart_on_intr)
        fake_uart_on_intr(uart, level);
}

bool fake_uart_interrupts(const struct fake_uart *uart)
{
    return uart->intr && (uart->mcr & UART_MCR_OUT2) &&
           !(uart->mcr & UART_MCR_LOOP);
}

/* ---- the modem lines: 8.8, 8.9 ---- */

static void work_out_msr(struct fake_uart *uart)
{
    uint8_t now = atomic_load(&uart->lines) & MSR_LINES;
    uint8_t was = uart->msr & MSR_LINES, deltas;

    if (uart->mcr & UART_MCR_LOOP)
        now = (uart->mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
              (uart->mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
              (uart->mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
              (uart->mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0);
    deltas = (now ^ was) >> 4;
    /* RI's is the trailing edge only. */
    if (now & UART_MSR_RI)
        deltas &= ~UART_MSR_TERI;
    uart->msr = now | (uart->msr & ~MSR_LINES) | deltas;
}

/* ---- the receiver: 8.4, 8.5, 8.11 ---- */

/* The errors of the character on top show in LSR. */
static void reveal_top(struct fake_uart *uart)
{
    if (uart->received_count == 0)
        return;
    uart->lsr_errors |= uart->errors[0];
    uart->errors[0] = 0;
}

static void take_in(struct fake_uart *uart, uint8_t byte, uint8_t errors,
                    uint64_t at_ns)
{
    unsigned int size = is_fifo_on(uart) ? FAKE_RECEIVE_FIFO : 1;

    if (uart->received_count == size) {
        uart->lsr_errors |= UART_LSR_OE;
        if (is_fifo_on(uart))
            return; /* it stays in the shift register */
        uart->received_count = 0;
    }
    uart->received[uart->received_count] = byte;
    uart->errors[uart->received_count] = errors & BYTE_ERRORS;
    uart->received_count++;
    uart->touched_ns = at_ns;
    reveal_top(uart);
}

/* Loop mode disconnects the receiver from the line. */
static void take_arrival(struct fake_uart *uart)
{
    uint32_t tail = atomic_load(&uart->arrivals_tail);
    const struct fake_arrival *arrival =
        &uart->arrivals[tail % FAKE_ARRIVALS];

    if (!(uart->mcr & UART_MCR_LOOP))
        take_in(uart, arrival->byte, arrival->errors, arrival->at_ns);
    atomic_store(&uart->arrivals_tail, tail + 1);
}

static void empty_receiver(struct fake_uart *uart)
{
    uart->received_count = 0;
    uart->is_timed_out = false;
    memset(uart->errors, 0, sizeof(uart->errors));
}

static uint8_t read_rbr(struct fake_uart *uart)
{
    uint8_t byte = uart->received[0];

    if (uart->received_count == 0)
        return 0;
    uart->received_count--;
    memmove(uart->received, uart->received + 1, uart->received_count);
    memmove(uart->errors, uart->errors + 1, uart->received_count);
    uart->is_timed_out = false;
    uart->touched_ns = now_ns(uart);
    reveal_top(uart);
    return byte;
}

static void note_time_out(struct fake_uart *uart, uint64_t at_ns)
{
    if (is_fifo_on(uart) && uart->received_count > 0 &&
        at_ns >= uart->touched_ns +
                     TIME_OUT_CHARACTERS * fake_uart_character_ns(uart))
        uart->is_timed_out = true;
}

/* ---- the transmitter: 8.4, 8.11 ---- */

static void load_shift_register(struct fake_uart *uart, uint64_t at_ns)
{
    if (uart->is_shifting || uart->waiting_count == 0)
        return;
    uart->shifted = uart->waiting[0];
    uart->waiting_count--;
    memmove(uart->waiting, uart->waiting + 1, uart->waiting_count);
    uart->is_shifting = true;
    uart->shifted_ns = at_ns + shifting_ns(uart);
    if (uart->waiting_count == 0)
        uart->is_thre_pending = true;
}

static void put_on_line(struct fake_uart *uart, uint8_t byte, uint64_t at_ns)
{
    uint64_t sent = atomic_load(&uart->sent);

    uart->sent_bytes[sent % FAKE_SENT] = byte;
    atomic_store(&uart->sent, sent + 1);
    if (uart->has_plug)
        take_in(uart, byte, 0, at_ns);
}

/* 8.1: a frame has 5 to 8 data bits.  8.8: in loop mode the receiver gets it,
 * and the pin stays where it is. */
static void end_shifting(struct fake_uart *uart)
{
    uint8_t byte = uart->shifted &
                   (0xff >> (UART_LCR_WLEN8 - (uart->lcr & UART_LCR_WLEN8)));
    uint64_t at_ns = uart->shifted_ns;

    uart->is_shifting = false;
    if (uart->mcr & UART_MCR_LOOP)
        take_in(uart, byte, 0, at_ns);
    else
        put_on_line(uart, byte, at_ns);
    load_shift_register(uart, at_ns);
}

static void write_thr(struct fake_uart *uart, uint8_t value)
{
    unsigned int size = is_fifo_on(uart) ? FAKE_TRANSMIT_FIFO : 1;
    uint64_t written = atomic_load(&uart->written);

    uart->is_thre_pending = false;
    work_out_intr(uart);
    if (uart->waiting_count == size) {
        atomic_fetch_add(&uart->overruns, 1);
        return;
    }
    uart->line[written % FAKE_LINE_BYTES] = value;
    atomic_store(&uart->written, written + 1);
    uart->waiting[uart->waiting_count++] = value;
    load_shift_register(uart, now_ns(uart));
}

/* ---- events ---- */

void fake_uart_catch_up(struct fake_uart *uart)
{
    uint64_t now = now_ns(uart);

    for (;;) {
        uint32_t tail = atomic_load(&uart->arrivals_tail);
        uint64_t arrived_ns = UINT64_MAX, shifted_ns = UINT64_MAX;

        if (tail != atomic_load(&uart->arrivals_head))
            arrived_ns = uart->arrivals[tail % FAKE_ARRIVALS].at_ns;
        if (uart->is_shifting && !atomic_load(&uart->is_stalled))
            shifted_ns = uart->shifted_ns;
        if (arrived_ns > now && shifted_ns > now)
            break;
        note_time_out(uart, arrived_ns < shifted_ns ? arrived_ns : shifted_ns);
        if (arrived_ns <= shifted_ns)
            take_arrival(uart);
        else
            end_shifting(uart);
        work_out_intr(uart);
    }
    note_time_out(uart, now);
    work_out_msr(uart);
    work_out_intr(uart);
}

void fake_uart_pass_time(struct fake_uart *uart, uint64_t ns)
{
    atomic_fetch_add(&uart->clock_ns, ns);
    fake_uart_catch_up(uart);
}

/* ---- accesses ---- */

static uint8_t read_iir(struct fake_uart *uart)
{
    uint8_t value = pending(uart);

    if (value == UART_IIR_THRI)
        uart->is_thre_pending = false;
    return value | (is_fifo_on(uart) ? 0xc0 : 0);
}

static uint8_t read_lsr(struct fake_uart *uart)
{
    uint8_t lsr = uart->lsr_errors;
    unsigned int i;

    if (uart->received_count > 0)
        lsr |= UART_LSR_DR;
    if (uart->waiting_count == 0)
        lsr |= UART_LSR_THRE;
    if (uart->waiting_count == 0 && !uart->is_shifting)
        lsr |= UART_LSR_TEMT;
    if (is_fifo_on(uart) && (lsr & BYTE_ERRORS))
        lsr |= UART_LSR_FIFOE;
    for (i = 0; is_fifo_on(uart) && i < uart->received_count; i++)
        if (uart->errors[i])
            lsr |= UART_LSR_FIFOE;
    uart->lsr_errors = 0;
    return lsr;
}

static uint8_t read_msr(struct fake_uart *uart)
{
    uint8_t value = uart->msr;

    uart->msr &= MSR_LINES;
    return value;
}

/* 8.5: without bit 0 the others are not programmed; switching the FIFOs
 * empties them.  The shift registers are not cleared. */
static void write_fcr(struct fake_uart *uart, uint8_t value)
{
    bool is_switched;

    if (uart->is_8250)
        return;
    if (!(value & UART_FCR_ENABLE_FIFO))
        value = 0;
    is_switched = (value ^ uart->fcr) & UART_FCR_ENABLE_FIFO;
    uart->fcr = value;
    if (is_switched || (value & UART_FCR_CLEAR_RCVR))
        empty_receiver(uart);
    if (is_switched || (value & UART_FCR_CLEAR_XMIT)) {
        uart->waiting_count = 0;
        uart->is_thre_pending = true;
    }
}

/* 8.7: enabling the interrupt of an empty THR raises it. */
static void write_ier(struct fake_uart *uart, uint8_t value)
{
    uint8_t set = value & ~uart->ier;

    uart->ier = value & 0x0f;
    if ((set & UART_IER_THRI) && uart->waiting_count == 0)
        uart->is_thre_pending = true;
}

static bool is_divisor(const struct fake_uart *uart, unsigned int offset)
{
    return (uart->lcr & UART_LCR_DLAB) && offset <= UART_DLM;
}

static void write_divisor(struct fake_uart *uart, unsigned int offset,
                          uint8_t value)
{
    uint32_t count = atomic_fetch_add(&uart->divisors, 1);

    uart->divisor_bytes[count % FAKE_DIVISORS] = value;
    if (offset == UART_DLL)
        uart->dll = value;
    else
        uart->dlm = value;
}

static uint8_t read_register(struct fake_uart *uart, unsigned int offset)
{
    if (is_divisor(uart, offset))
        return offset == UART_DLL ? uart->dll : uart->dlm;
    switch (offset) {
    case UART_RX: return read_rbr(uart);
    case UART_IER: return uart->ier;
    case UART_IIR: return read_iir(uart);
    case UART_LCR: return uart->lcr;
    case UART_MCR: return uart->mcr;
    case UART_LSR: return read_lsr(uart);
    case UART_MSR: return read_msr(uart);
    default: return uart->scr;
    }
}

static void write_register(struct fake_uart *uart, unsigned int offset,
                           uint8_t value)
{
    if (is_divisor(uart, offset)) {
        write_divisor(uart, offset, value);
        return;
    }
    switch (offset) {
    case UART_TX: write_thr(uart, value); break;
    case UART_IER: write_ier(uart, value); break;
    case UART_FCR: write_fcr(uart, value); break;
    case UART_LCR: uart->lcr = value; break;
    case UART_MCR: uart->mcr = value & MCR_BITS; break;
    case UART_SCR: uart->scr = value; break;
    default: break; /* LSR and MSR are for reading: 8.4, 8.9 */
    }
}

uint8_t fake_uart_in(struct fake_uart *uart, unsigned int offset)
{
    uint8_t value;

    atomic_fetch_add(&uart->reads[offset & 7], 1);
    if (uart->is_absent)
        return 0xff;
    fake_uart_catch_up(uart);
    value = read_register(uart, offset);
    work_out_intr(uart);
    return value;
}

void fake_uart_out(struct fake_uart *uart, unsigned int offset, uint8_t value)
{
    atomic_fetch_add(&uart->writes[offset & 7], 1);
    if (uart->is_absent)
        return;
    fake_uart_catch_up(uart);
    write_register(uart, offset, value);
    fake_uart_catch_up(uart);
}

/* ---- the outside ---- */

void fake_uart_stall(struct fake_uart *uart, bool is_stalled)
{
    atomic_store(&uart->is_stalled, is_stalled);
}

/* What does not even fit in here has overrun the FIFO long ago. */
void fake_uart_receive_wrong(struct fake_uart *uart, uint8_t byte,
                             uint8_t errors)
{
    uint32_t head = atomic_load(&uart->arrivals_head);

    if (head - atomic_load(&uart->arrivals_tail) == FAKE_ARRIVALS)
        return;
    uart->arrivals[head % FAKE_ARRIVALS] = (struct fake_arrival){
        .at_ns = now_ns(uart), .byte = byte, .errors = errors,
    };
    atomic_store(&uart->arrivals_head, head + 1);
}

void fake_uart_receive(struct fake_uart *uart, uint8_t byte)
{
    fake_uart_receive_wrong(uart, byte, 0);
}

void fake_uart_set_lines(struct fake_uart *uart, uint8_t lines)
{
    atomic_store(&uart->lines, lines);
}
