/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_duplex.c - the command for a stream each way at the same time
 *
 * What is received is counted and hashed from the guest's start on, over all
 * of these commands: so a test compares it with all that was typed, whichever
 * command happened to take it.
 */
#include "command.h"
#include "cpu.h"
#include "memory.h"
#include "sha256.h"
#include "stream.h"
#include "timer.h"
#include "uart.h"

#define STRING_ONE_OF 32u /* so many writes, the next one is a string */
#define STRING_UNIT   4u  /* a string is up to 255 times as long */
#define LSR_ERRORS    (UART_LSR_OE | UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

static struct sha256 received;
static bool has_begun;
static uint8_t lsr_errors;

/* Takes a byte, if there is one.  Returns what LSR said. */
static uint8_t receive(void)
{
    uint8_t lsr = uart_read(UART_LSR), byte;

    lsr_errors |= lsr & LSR_ERRORS;
    if (lsr & UART_LSR_DR) {
        byte = uart_read(UART_RX);
        sha256_add(&received, &byte, 1);
    }
    return lsr;
}

/* Sends one byte, or a string, which is not for a serial line that is slow.
 * The bytes themselves say which, so that the same seed is sent in the same
 * way.  Returns how many bytes were sent. */
static uint32_t send_some(const uint8_t *bytes, uint32_t left)
{
    uint32_t count = 0;

    if (left > 1 && bytes[0] % STRING_ONE_OF == 0)
        count = bytes[1] * STRING_UNIT;
    if (count > left)
        count = left;
    if (count == 0) {
        uart_write(UART_TX, bytes[0]);
        return 1;
    }
    rep_outs(1, uart_base(), (uint32_t)bytes, count, false);
    return count;
}

static int run_duplex(struct words *words)
{
    struct stream stream;
    struct deadline deadline;
    struct sha256 so_far;
    char digest[SHA256_TEXT];
    uint32_t count, until, timeout_ms, sent = 0;
    uint64_t seed;

    if (!words_seed(words, &seed) ||
        !words_decimal(words, &count, STREAM_BYTES) ||
        !words_decimal(words, &until, UINT32_MAX) ||
        !words_decimal(words, &timeout_ms, UINT32_MAX))
        return reply_usage();
    if (!memory_has_stream_buffer())
        return reply_error("duplex: give the guest more memory");
    if (!has_begun)
        sha256_start(&received);
    has_begun = true;
    stream_start(&stream, seed);
    stream_fill(&stream, stream_buffer(), count);
    deadline = deadline_in_ms(timeout_ms);
    while ((sent < count || received.bytes < until) &&
           !deadline_is_over(&deadline)) {
        if ((receive() & UART_LSR_THRE) && sent < count)
            sent += send_some(stream_buffer() + sent, count - sent);
    }
    so_far = received;
    sha256_text(&so_far, digest);
    return reply_ok("duplex sent=%u received=%llu lsr_errors=%02x sha256=%s",
                    sent, received.bytes, lsr_errors, digest);
}

const struct command duplex_commands[] = {
    { "duplex", "SEED COUNT UNTIL TIMEOUT_MS",
      "send COUNT bytes of SEED and receive UNTIL in all; 0 ms: no limit",
      run_duplex },
    { NULL, NULL, NULL, NULL },
};
