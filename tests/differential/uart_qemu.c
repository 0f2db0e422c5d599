/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_qemu.c - compares a 16550A with QEMU's own: that of mode=virtual, or
 * the model of the machine's (fake-xen/fake_uart.h)
 *
 * usage: uart_qemu virtual|machine OPERATIONS SEED
 *
 * Both get the same random accesses, input bytes and time.  The values read,
 * the edges of the interrupt line and the bytes sent must be equal but for the
 * rows of differences.md, to which "Row ..." refers below.
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "differential/qtest.h"
#include "differential/side.h"
#include "fake-xen/fake_uart.h"

#define BASE 0x3f8
#define FIFO_BYTES 16
#define BATCH 400
#define HISTORY 24
#define SENT_TRIES 1000 /* turns of QEMU's main loop for bytes that it sent */
/* QEMU's receiver time-out goes by real time.  With this high divisor it takes
 * more than ten seconds, so that it comes only where do_time() lowers the
 * divisor to 1 and waits. */
#define SLOW_DLM 0x80
#define TIMEOUT_US 2000 /* 4 characters of divisor 1 take 0.42 ms at most */

/* An operation, and what our UART made of it. */
struct operation {
    char what[48];
    bool has_value;     /* the answer is compared */
    uint8_t mask;       /* its bits that count */
    uint8_t value;
    unsigned int answers; /* how many QEMU gives; the last one counts */
    bool is_level_only; /* only the interrupt line's level is compared, not
                         * its edges */
    char edges[32];
};

static const struct side *our;
static struct operation batch[BATCH];
static unsigned int pending_count;
static struct operation history[HISTORY];
static unsigned long done, counts[256];
static unsigned int seed;
/* The bytes that our UART has sent and QEMU has not been seen to send yet. */
static uint8_t sent[BATCH * 2];
static unsigned int sent_count;
static bool line_level; /* of QEMU's interrupt line */
static unsigned long input_bytes, edges_seen, sent_total, timeouts;

static unsigned int pick(unsigned int limit)
{
    return (unsigned int)rand_r(&seed) / 7 % limit;
}

static bool is_dlab(void)
{
    return our->facts().lcr & UART_LCR_DLAB;
}

static void differ(const struct operation *operation, uint32_t qemu)
{
    unsigned int i;

    for (i = 0; i < HISTORY; i++) {
        const struct operation *old = &history[(done + i) % HISTORY];

        if (*old->what)
            printf("# before: %s = %02x \"%s\"\n", old->what, old->value,
                   old->edges);
    }
    printf("# operation %lu, %s: ours %02x, edges \"%s\"; QEMU %02x, "
           "edges \"%s\"\n", done, operation->what, operation->value,
           operation->edges, qemu, qtest_edges);
    our->close();
    exit(1);
}

static bool is_line_equal(const struct operation *operation)
{
    size_t ours = strlen(operation->edges), qemu = strlen(qtest_edges);
    bool our_level = ours ? operation->edges[ours - 1] == '1' : line_level;

    if (qemu)
        line_level = qtest_edges[qemu - 1] == '1';
    edges_seen += qemu;
    if (operation->is_level_only)
        return our_level == line_level;
    return !strcmp(operation->edges, qtest_edges);
}

static void check(const struct operation *operation)
{
    uint32_t qemu = 0;
    unsigned int i;

    for (i = 0; i < operation->answers; i++)
        qemu = qtest_answer();
    if (operation->has_value &&
        ((qemu ^ operation->value) & operation->mask))
        differ(operation, qemu);
    if (!is_line_equal(operation))
        differ(operation, qemu);
    qtest_edges[0] = '\0';
    history[done++ % HISTORY] = *operation;
}

static void check_sent(void)
{
    static uint8_t line[sizeof(sent)];
    unsigned int got = 0, tries = 0;

    while (got < sent_count && tries < SENT_TRIES) {
        size_t more = qtest_line_read(line + got, sent_count - got);

        got += more;
        if (more == 0) {
            qtest_settle();
            tries++;
        }
    }
    sent_total += sent_count;
    if (got < sent_count || memcmp(line, sent, sent_count)) {
        printf("# operation %lu: QEMU sent other bytes, or fewer\n", done);
        our->close();
        exit(1);
    }
    sent_count = 0;
}

static void finish_batch(void)
{
    unsigned int i;

    qtest_send();
    for (i = 0; i < pending_count; i++)
        check(&batch[i]);
    pending_count = 0;
    check_sent();
}

static struct operation *begin_operation(void)
{
    if (pending_count == BATCH)
        finish_batch();
    batch[pending_count] = (struct operation){ .answers = 1 };
    return &batch[pending_count++];
}

static void end_operation(struct operation *operation)
{
    snprintf(operation->edges, sizeof(operation->edges), "%s",
             our->line_did());
}

static void write_to(unsigned int offset, uint8_t value, uint8_t for_qemu)
{
    struct operation *operation = begin_operation();
    uint64_t before = our->facts().sent;

    snprintf(operation->what, sizeof(operation->what), "write %u %02x",
             offset, value);
    our->out(offset, value);
    if (our->facts().sent != before)
        sent[sent_count++] = for_qemu;
    qtest_command("outb 0x%x 0x%x", BASE + offset, for_qemu);
    end_operation(operation);
}

static void read_from(unsigned int offset, uint8_t mask)
{
    struct operation *operation = begin_operation();

    snprintf(operation->what, sizeof(operation->what), "read %u", offset);
    operation->has_value = true;
    operation->mask = mask;
    operation->value = our->in(offset);
    qtest_command("inb 0x%x", BASE + offset);
    end_operation(operation);
}

/* ---- the operations ---- */

/* Row short-frames. */
static uint8_t frame_byte(void)
{
    unsigned int short_by = 3 - (our->facts().lcr & UART_LCR_WLEN8);

    return pick(256) & (0xff >> short_by);
}

static void do_thr(void)
{
    uint8_t value = is_dlab() ? pick(256) : frame_byte();

    write_to(UART_TX, value, value);
}

/* Row empty-rbr. */
static void do_rbr(void)
{
    bool has_data = our->facts().received > 0;

    read_from(UART_RX, has_data || is_dlab() ? 0xff : 0);
}

static void do_ier_write(void)
{
    uint8_t value = pick(4) ? pick(16) : pick(256);

    if (is_dlab())
        value |= SLOW_DLM;
    write_to(UART_IER, value, value);
}

/* Row fcr-without-enable. */
static void do_fcr(void)
{
    uint8_t value = pick(256) | (pick(4) != 0);

    write_to(UART_FCR, value, value & UART_FCR_ENABLE_FIFO ? value : 0);
}

static void do_lcr_write(void)
{
    uint8_t value = pick(256);

    if (pick(4))
        value &= ~UART_LCR_DLAB;
    write_to(UART_LCR, value, value);
}

/* Row loop-modem-deltas. */
static void do_mcr_write(void)
{
    struct operation *operation = begin_operation();
    uint8_t value = pick(256);

    if (pick(3) == 0)
        value &= ~UART_MCR_LOOP;
    snprintf(operation->what, sizeof(operation->what), "write 4 %02x, read 6",
             value);
    our->out(UART_MCR, value);
    operation->value = our->in(UART_MSR);
    operation->has_value = true;
    operation->mask = 0xf0;
    operation->answers = 2;
    operation->is_level_only = true;
    qtest_command("outb 0x%x 0x%x", BASE + UART_MCR, value);
    qtest_command("inb 0x%x", BASE + UART_MSR);
    end_operation(operation);
}

static void do_other_write(void)
{
    static const uint8_t offsets[] = { UART_SCR, UART_LSR, UART_MSR };
    uint8_t value = pick(256);

    write_to(offsets[pick(3)], value, value);
}

static void do_read(void)
{
    static const uint8_t offsets[] = {
        UART_IER, UART_IIR, UART_IIR, UART_IIR, UART_LCR, UART_MCR, UART_LSR,
        UART_LSR, UART_LSR, UART_MSR, UART_SCR,
    };

    read_from(offsets[pick(sizeof(offsets))], 0xff);
}

/* Row full-trigger.  How many bytes QEMU's UART says that it can take. */
static unsigned int qemu_room(void)
{
    static const uint8_t levels[] = { 1, 4, 8, 14 };
    const struct side_facts facts = our->facts();
    unsigned int level = levels[facts.fcr >> 6];
    unsigned int count = facts.received;

    if (!(facts.fcr & UART_FCR_ENABLE_FIFO))
        return count ? 0 : 1;
    if (count == FIFO_BYTES)
        return 0;
    return count <= level ? level - count : 1;
}

/* Rows loop-input and short-frames. */
static void do_input(void)
{
    struct operation *operation;
    unsigned int limit = qemu_room(), count, i;
    uint8_t bytes[FIFO_BYTES];

    if (!our->takes_input() || limit == 0)
        return;
    count = 1 + pick(limit < 4 ? limit : 4);
    finish_batch();
    operation = begin_operation();
    snprintf(operation->what, sizeof(operation->what), "input of %u", count);
    for (i = 0; i < count; i++) {
        bytes[i] = frame_byte();
        our->receive(bytes[i], 0);
    }
    input_bytes += count;
    end_operation(operation);
    qtest_line_write(bytes, count);
    qtest_settle();
    operation->answers = 0;
    finish_batch();
}

static void write_divisor(uint8_t dlm, uint8_t dll)
{
    uint8_t lcr = our->facts().lcr;

    write_to(UART_LCR, lcr | UART_LCR_DLAB, lcr | UART_LCR_DLAB);
    write_to(UART_DLL, dll, dll);
    write_to(UART_DLM, dlm, dlm);
    write_to(UART_LCR, lcr, lcr);
}

/* Row time-out-late.  Reading RBR starts QEMU's time-out anew. */
static void do_time(void)
{
    struct operation *operation;

    if (is_dlab() || our->facts().received < 2 ||
        !(our->facts().fcr & UART_FCR_ENABLE_FIFO))
        return;
    write_divisor(0, 1);
    do_rbr();
    finish_batch();
    operation = begin_operation();
    snprintf(operation->what, sizeof(operation->what), "time");
    our->pass_time(TIMEOUT_US * UINT64_C(1000));
    timeouts += our->facts().is_timed_out;
    end_operation(operation);
    operation->answers = 0;
    usleep(TIMEOUT_US);
    qtest_settle();
    finish_batch();
    write_divisor(SLOW_DLM, 0);
}

static const struct {
    const char *name;
    unsigned int weight;
    void (*run)(void);
} kinds[] = {
    { "THR", 22, do_thr },        { "RBR", 22, do_rbr },
    { "IER", 8, do_ier_write },   { "FCR", 3, do_fcr },
    { "LCR", 4, do_lcr_write },   { "MCR", 3, do_mcr_write },
    { "others", 2, do_other_write }, { "reads", 24, do_read },
    { "input", 10, do_input },    { "time", 2, do_time },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void run_one(void)
{
    unsigned int i, at = pick(100);

    for (i = 0; at >= kinds[i].weight; i++)
        at -= kinds[i].weight;
    counts[i]++;
    kinds[i].run();
}

/* Row reset-values.  A line that is connected in QEMU is always ready. */
static void bring_together(void)
{
    if (our == &side_machine)
        fake_uart_set_lines(side_machine_uart,
                            UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD);
    write_to(UART_LCR, UART_LCR_WLEN8, UART_LCR_WLEN8);
    write_divisor(SLOW_DLM, 0);
    write_to(UART_IER, 0, 0);
    write_to(UART_MCR, 0, 0);
    write_to(UART_FCR, 1, 1);
    write_to(UART_FCR, 0, 0);
    read_from(UART_MSR, 0xf0);
    finish_batch();
}

int main(int argc, char **argv)
{
    unsigned long operations = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    struct timespec begin, end;
    unsigned int i;

    if (argc != 4 || operations == 0) {
        fprintf(stderr, "usage: uart_qemu virtual|machine OPERATIONS SEED\n");
        return 2;
    }
    our = strcmp(argv[1], "machine") ? &side_virtual : &side_machine;
    seed = strtoul(argv[3], NULL, 10);
    if (our->open() || qtest_start()) {
        our->close();
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    bring_together();
    while (done < operations)
        run_one();
    finish_batch();
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%lu operations equal in %.1f s: %lu edges, %lu bytes sent, %lu "
           "received, %lu time-outs\n", done,
           (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9,
           edges_seen, sent_total, input_bytes, timeouts);
    for (i = 0; i < KINDS; i++)
        printf("%s %lu%s", kinds[i].name, counts[i],
               i + 1 < KINDS ? ", " : "\n");
    our->close();
    return 0;
}
