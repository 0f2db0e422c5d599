/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream.c - the generator, and the ways to send what it makes
 */
#include "stream.h"

#include "cpu.h"
#include "text.h"
#include "timer.h"
#include "uart.h"
#include "uart_interrupt.h"

#define REP_CHUNK 4095 /* fits in one page even behind an odd address */

void stream_start(struct stream *stream, uint64_t seed)
{
    stream->state = seed ^ 0x9e3779b97f4a7c15u;
    if (!stream->state)
        stream->state = 1;
    stream->bytes_in_word = 0;
}

uint64_t stream_next64(struct stream *stream)
{
    uint64_t x = stream->state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    stream->state = x;
    return x * 0x2545f4914f6cdd1du;
}

void stream_fill(struct stream *stream, uint8_t *out, size_t size)
{
    while (size--) {
        if (!stream->bytes_in_word) {
            stream->word = stream_next64(stream);
            stream->bytes_in_word = 8;
        }
        *out++ = (uint8_t)stream->word;
        stream->word >>= 8;
        stream->bytes_in_word--;
    }
}

static void pause_after_burst(const struct transmission *t)
{
    if (t->pause_us)
        timer_spin_us(t->pause_us);
}

static bool send_outb(struct transmission *t)
{
    for (; t->sent < t->size; t->sent++) {
        uart_write(UART_TX, t->data[t->sent]);
        pause_after_burst(t);
    }
    return true;
}

/* Waits for LSR.THRE before each burst: one of 1 byte is the method poll, one
 * of 16 is fifo. */
static bool send_bursts(struct transmission *t, uint32_t burst)
{
    while (t->sent < t->size) {
        uint32_t count = burst;

        if (!uart_wait_lsr(UART_LSR_THRE, UART_LSR_THRE, &t->polls, NULL))
            return false;
        while (count-- && t->sent < t->size)
            uart_write(UART_TX, t->data[t->sent++]);
        pause_after_burst(t);
    }
    return true;
}

static bool send_poll(struct transmission *t)
{
    return send_bursts(t, 1);
}

static bool send_fifo(struct transmission *t)
{
    uint32_t depth = uart_use_fifo();

    return send_bursts(t, t->chunk ? t->chunk : depth);
}

static bool send_rep(struct transmission *t, unsigned int element)
{
    uint32_t chunk = t->chunk ? t->chunk : REP_CHUNK;

    chunk = chunk < element ? element : chunk & ~(element - 1);
    while (t->sent < t->size) {
        uint32_t bytes = t->size - t->sent < chunk ? t->size - t->sent : chunk;

        rep_outs(element, uart_base(), (uint32_t)(t->data + t->sent),
                 bytes / element, false);
        t->sent += bytes;
        pause_after_burst(t);
    }
    return true;
}

static bool send_outsb(struct transmission *t)
{
    return send_rep(t, 1);
}

static bool send_outsw(struct transmission *t)
{
    return send_rep(t, 2);
}

static bool send_outsl(struct transmission *t)
{
    return send_rep(t, 4);
}

static bool send_irq(struct transmission *t)
{
    uint32_t depth = uart_use_fifo();
    struct deadline deadline = deadline_in_ms(uart_patience_ms());
    size_t left = t->size, before = t->size;

    uart_interrupt_transmit(t->data, t->size, t->chunk ? t->chunk : depth,
                            t->pause_us);
    uart_interrupt_on(UART_IER_THRI);
    while ((left = uart_interrupt_untransmitted()) != 0) {
        if (left != before) {
            before = left;
            deadline = deadline_in_ms(uart_patience_ms());
        } else if (deadline_is_over(&deadline)) {
            break;
        }
        timer_nap(20);
    }
    uart_interrupt_off();
    left = uart_interrupt_untransmitted();
    uart_interrupt_transmit(NULL, 0, 0, 0);
    t->sent = t->size - left;
    t->interrupts += uart_interrupt_counts()->interrupts;
    return left == 0;
}

const struct stream_method stream_methods[] = {
    { "outb", "bare outb, no look at LSR", 1, 1, send_outb },
    { "poll", "LSR.THRE before every byte", 1, 1, send_poll },
    { "fifo", "LSR.THRE, then 16 bytes", 1, 0, send_fifo },
    { "outsb", "rep outsb, 4095 bytes each", 1, 0, send_outsb },
    { "outsw", "rep outsw: every 2nd byte goes to base+1", 2, 0, send_outsw },
    { "outsl", "rep outsl: 4 registers an element", 4, 0, send_outsl },
    { "irq", "THRE interrupts, 16 bytes each", 1, 0, send_irq },
    { NULL, NULL, 0, 0, NULL },
};

const struct stream_method *stream_method_find(const char *name)
{
    for (const struct stream_method *m = stream_methods; m->name; m++) {
        if (text_equal(m->name, name))
            return m;
    }
    return NULL;
}
