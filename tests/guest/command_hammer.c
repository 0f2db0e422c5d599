/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_hammer.c - random accesses of all kinds, by one processor or by all
 */
#include "command.h"
#include "cpu.h"
#include "memory.h"
#include "processors.h"
#include "stream.h"
#include "timer.h"
#include "uart.h"

struct hammer {
    uint64_t seed;
    bool may_go_beyond;
    volatile bool is_over;
    volatile uint32_t accesses[PROCESSORS_MAX], reps[PROCESSORS_MAX];
};

static struct hammer hammer;

/* One random access; returns whether it was a rep-prefixed one. */
static bool hammer_once(uint64_t random, bool may_go_beyond)
{
    static const uint8_t sizes[4] = { 1, 1, 2, 4 };
    unsigned int offset = random & 7, size = sizes[random >> 3 & 3];
    bool is_out = random >> 5 & 1, is_rep = (random >> 6 & 15) == 0;
    uint32_t value = (uint32_t)(random >> 32);
    uint32_t address = STREAM_BUFFER + 0x10000 + (value & 0xffff);
    uint16_t port;

    if (!may_go_beyond && offset + size > UART_REGISTERS)
        offset = UART_REGISTERS - size;
    port = (uint16_t)(uart_base() + offset);
    if (is_rep && is_out)
        rep_outs(size, port, address, value >> 16 & 63, random >> 10 & 1);
    else if (is_rep)
        rep_ins(size, port, address, value >> 16 & 63, random >> 10 & 1);
    else if (is_out && size == 1)
        outb(port, (uint8_t)value);
    else if (is_out && size == 2)
        outw(port, (uint16_t)value);
    else if (is_out)
        outl(port, value);
    else if (size == 1)
        inb(port);
    else if (size == 2)
        inw(port);
    else
        inl(port);
    return is_rep;
}

/* Every processor has a seed of its own. */
static void hammer_run(unsigned int processor)
{
    struct stream random;

    stream_start(&random, hammer.seed + processor);
    while (!hammer.is_over) {
        hammer.reps[processor] += hammer_once(stream_next64(&random),
                                              hammer.may_go_beyond);
        hammer.accesses[processor]++;
    }
}

static void hammer_until(const struct deadline *deadline)
{
    struct stream random;

    stream_start(&random, hammer.seed);
    while (!deadline_is_over(deadline)) {
        hammer.reps[0] += hammer_once(stream_next64(&random),
                                      hammer.may_go_beyond);
        hammer.accesses[0]++;
    }
    hammer.is_over = true;
}

static int reply_hammered(unsigned int processors)
{
    uint32_t accesses = 0, reps = 0, fewest = UINT32_MAX;

    for (unsigned int i = 0; i < processors; i++) {
        accesses += hammer.accesses[i];
        reps += hammer.reps[i];
        if (hammer.accesses[i] < fewest)
            fewest = hammer.accesses[i];
    }
    return reply_ok("hammer accesses=%u reps=%u processors=%u fewest=%u",
                    accesses, reps, processors, fewest);
}

static bool parse_hammer(struct words *words, uint32_t *seconds,
                         uint64_t *processors)
{
    const char *word;

    if (!words_decimal(words, seconds, 1000000) || !*seconds ||
        !(words_end(words) || words_seed(words, &hammer.seed)))
        return false;
    word = words_take(words);
    if (!word)
        return true;
    hammer.may_go_beyond = text_equal(word, "beyond");
    return hammer.may_go_beyond ||
           (text_number(word, 10, PROCESSORS_MAX, processors) && *processors);
}

static int run_hammer(struct words *words)
{
    uint32_t seconds, patience = uart_patience_ms();
    uint64_t processors = 1;
    struct deadline deadline;
    bool have_come = true;

    memset(&hammer, 0, sizeof(hammer));
    hammer.seed = 1;
    if (!parse_hammer(words, &seconds, &processors))
        return reply_usage();
    if (!memory_has_stream_buffer())
        return reply_error("hammer: needs RAM up to %x; give the guest more "
                           "memory", STREAM_BUFFER + STREAM_BYTES);

    if (processors > 1)
        have_come = processors_run(hammer_run, (unsigned int)processors - 1,
                                   patience);
    deadline = deadline_in_ms(have_come ? seconds * 1000 : 1);
    hammer_until(&deadline);
    if (!have_come || !processors_wait(patience))
        return reply_error("hammer: a processor did not %s within %u ms",
                           have_come ? "come back" : "start", patience);
    uart_init(1); /* whatever LCR and IER are now, the next command can work */
    return reply_hammered((unsigned int)processors);
}

const struct command hammer_commands[] = {
    { "hammer", "SECONDS [SEED [beyond|PROCESSORS]]",
      "random accesses of all sizes to the 8 ports, then init; beyond: wide "
      "ones may reach past the last; PROCESSORS: so many at once",
      run_hammer },
    { NULL, NULL, NULL, NULL },
};
