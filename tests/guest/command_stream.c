/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_stream.c - the commands for long transfers: stream, recv, mirror
 */
#include "channel.h"
#include "command.h"
#include "cpu.h"
#include "memory.h"
#include "sha256.h"
#include "stream.h"
#include "timer.h"
#include "uart.h"
#include "uart_interrupt.h"

#define SHOWN_BYTES 64u

static int reply_memory(const char *name)
{
    return reply_error("%s: needs RAM up to %x; give the guest more memory",
                       name, STREAM_BUFFER + STREAM_BYTES);
}

/* Whether the word is "name=NUMBER", with name ending in '='; *value is the
 * number. */
static bool is_option(const char *word, const char *name, uint32_t *value)
{
    const char *text = text_after(word, name);
    uint64_t number;

    if (!text || !text_number(text, 10, UINT32_MAX, &number))
        return false;
    *value = (uint32_t)number;
    return true;
}

/* METHOD SEED COUNT, and perhaps options, which go to t. */
static bool parse_stream(struct words *words,
                         const struct stream_method **method, uint64_t *seed,
                         uint32_t *size, struct transmission *t)
{
    const char *word = words_take(words);

    *method = word ? stream_method_find(word) : NULL;
    if (!*method || !words_seed(words, seed) ||
        !words_decimal(words, size, UINT32_MAX))
        return false;
    while ((word = words_take(words)) != NULL)
        if (!is_option(word, "pause=", &t->pause_us) &&
            !is_option(word, "chunk=", &t->chunk))
            return false;
    return true;
}

/* The bytes are made and hashed before the clock starts.  A stream that is
 * longer than the buffer is sent in parts, and the clock stops between
 * them. */
static int run_stream(struct words *words)
{
    const struct stream_method *method;
    struct transmission t = { 0 };
    struct stream stream;
    struct sha256 sha;
    char digest[SHA256_TEXT];
    uint64_t seed, ticks = 0;
    uint32_t size, done = 0;
    bool is_through = true;

    if (!parse_stream(words, &method, &seed, &size, &t))
        return reply_usage();
    if (size % method->element || (method->chunk_max && t.chunk > 1))
        return reply_error("stream %s: needs a multiple of %u bytes%s",
                           method->name, method->element,
                           method->chunk_max ? " and takes no chunk" : "");

    if (!memory_has_stream_buffer())
        return reply_memory("stream");
    stream_start(&stream, seed);
    sha256_start(&sha);
    while (done < size && is_through) {
        uint64_t start;

        t.data = stream_buffer();
        t.size = size - done < STREAM_BYTES ? size - done : STREAM_BYTES;
        t.sent = 0;
        stream_fill(&stream, stream_buffer(), t.size);
        sha256_add(&sha, t.data, t.size);
        reply_note("stream sends from=%u bytes=%u", done, (uint32_t)t.size);
        start = rdtsc();
        is_through = method->send(&t);
        ticks += rdtsc() - start;
        done += t.sent;
    }
    if (!is_through)
        return reply_error("stream %s: no room at the UART within %u ms; "
                           "sent=%u lsr=%02x interrupts=%llu (see patience)",
                           method->name, uart_patience_ms(), done,
                           uart_read(UART_LSR), t.interrupts);
    sha256_text(&sha, digest);
    return reply_ok("stream method=%s count=%u sha256=%s ticks=%llu us=%llu "
                    "polls=%llu interrupts=%llu", method->name, done, digest,
                    ticks, timer_us(ticks), t.polls, t.interrupts);
}

static int reply_received(const uint8_t *bytes, uint32_t count,
                          uint32_t wanted, uint8_t lsr_errors, uint64_t ticks,
                          uint32_t interrupts)
{
    struct sha256 sha;
    char digest[SHA256_TEXT];

    sha256_start(&sha);
    sha256_add(&sha, bytes, count);
    sha256_text(&sha, digest);
    channel_printf("ok recv count=%u complete=%u lsr_errors=%02x us=%llu "
                   "interrupts=%u sha256=%s hex=", count, count == wanted,
                   lsr_errors, timer_us(ticks), interrupts, digest);
    for (uint32_t i = 0; i < count && i < SHOWN_BYTES; i++)
        channel_printf("%02x", bytes[i]);
    channel_printf("%s\n", count > SHOWN_BYTES ? "..." : "");
    return 0;
}

static int receive_by_polling(uint32_t count, uint32_t timeout_ms)
{
    struct deadline deadline = deadline_in_ms(timeout_ms);
    uint8_t *buffer = stream_buffer(), lsr_errors = 0;
    uint64_t start = rdtsc();
    uint32_t got = 0;

    while (got < count && !deadline_is_over(&deadline)) {
        uint8_t lsr = uart_read(UART_LSR);

        lsr_errors |= lsr & (UART_LSR_OE | UART_LSR_PE | UART_LSR_FE |
                             UART_LSR_BI);
        if (lsr & UART_LSR_DR)
            buffer[got++] = uart_read(UART_RX);
    }
    return reply_received(buffer, got, count, lsr_errors, rdtsc() - start, 0);
}

static int receive_by_interrupts(uint32_t count, uint32_t timeout_ms)
{
    struct deadline deadline = deadline_in_ms(timeout_ms);
    uint64_t start = rdtsc();

    uart_interrupt_receive_into(stream_buffer(), count);
    uart_interrupt_on(UART_IER_RDI | UART_IER_RLSI);
    while (uart_interrupt_received() < count && !deadline_is_over(&deadline))
        timer_nap(20);
    uart_interrupt_off();
    start = rdtsc() - start;
    reply_received(stream_buffer(), (uint32_t)uart_interrupt_received(), count,
                   uart_interrupt_counts()->lsr_errors, start,
                   uart_interrupt_counts()->interrupts);
    uart_interrupt_receive_into(NULL, 0);
    return 0;
}

static int run_recv(struct words *words)
{
    const char *method = words_take(words);
    uint32_t count, timeout_ms;

    if (!method || !words_decimal(words, &count, STREAM_BYTES) ||
        !words_decimal(words, &timeout_ms, UINT32_MAX))
        return reply_usage();
    if (!memory_has_stream_buffer())
        return reply_memory("recv");
    if (text_equal(method, "poll"))
        return receive_by_polling(count, timeout_ms);
    if (text_equal(method, "irq"))
        return receive_by_interrupts(count, timeout_ms);
    return reply_usage();
}

static int run_mirror(struct words *words)
{
    uint32_t count, timeout_ms, done = 0;
    struct deadline deadline;

    if (!words_decimal(words, &count, UINT32_MAX) ||
        !words_decimal(words, &timeout_ms, UINT32_MAX))
        return reply_usage();
    reply_note("mirror starts");
    deadline = deadline_in_ms(timeout_ms);
    while (done < count && !deadline_is_over(&deadline)) {
        if (!(uart_read(UART_LSR) & UART_LSR_DR))
            continue;
        uart_write(UART_TX, uart_read(UART_RX));
        done++;
    }
    return reply_ok("mirror count=%u complete=%u", done, done == count);
}

const struct command stream_commands[] = {
    { "stream", "outb|poll|fifo|outsb|outsw|outsl|irq SEED COUNT [pause=US] "
                "[chunk=BYTES]",
      "pseudo-random bytes of SEED (stream.py makes the same)", run_stream },
    { "recv", "poll|irq COUNT TIMEOUT_MS",
      "COUNT bytes from the console; 0 ms: no limit", run_recv },
    { "mirror", "COUNT TIMEOUT_MS",
      "send COUNT received bytes back, polling LSR.DR", run_mirror },
    { NULL, NULL, NULL, NULL },
};
