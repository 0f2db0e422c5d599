/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_posted.c - the virtual 16550A on a Xen that posts writes to THR,
 * and reads registers by their shadow
 */
#include "uart/uart_virtual.h"

#include <stdlib.h>

#include "uart/shadow_registers.h"
#include "uart/uart_receiver.h"
#include "uart/xen_extensions.h"
#include "unit/uart/uart_fixture.h"

#define LINES   (UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD)
#define EMPTY   (UART_LSR_THRE | UART_LSR_TEMT)
#define RUN_MAX 40
#define ROUNDS  3000

static unsigned int seed;

static uint8_t random_byte(void)
{
    return rand_r(&seed) >> 8;
}

/* Random accesses that bring about any state; none that end in one state only.
 */
static void wander(unsigned int accesses)
{
    while (accesses-- > 0) {
        unsigned int offset = random_byte() % UART_REGS;

        switch (random_byte() % 4) {
        case 0: in(offset); break;
        case 1:
            if (room() > 0)
                feed_byte(random_byte(), random_byte() % 8 ? 0 : UART_LSR_BI);
            break;
        default: out(offset, random_byte());
        }
    }
}

static struct uart_state current(void)
{
    return *journal_current(&fixture.journal);
}

static bool is_shown(unsigned int offset, uint8_t *value)
{
    return fixture.uart.ops->peek(
        &fixture.uart, journal_current(&fixture.journal), offset, value);
}

static void assert_shown(unsigned int offset, uint8_t value)
{
    uint8_t shown;

    assert_true(is_shown(offset, &shown));
    assert_int_equal(shown, value);
}

static void assert_not_shown(unsigned int offset)
{
    uint8_t shown;

    assert_false(is_shown(offset, &shown));
}

/* ---- runs ---- */

static void uart_only_a_transmitter_that_is_never_busy_can_be_posted_to(
    void **state)
{
    /* It is not NULL, and not used. */
    struct uart_wire *wire = (struct uart_wire *)&fixture;

    (void)state;
    assert_true(fixture.uart.ops->takes_runs(&fixture.uart));
    fixture.uart.options.is_paced = true;
    assert_false(fixture.uart.ops->takes_runs(&fixture.uart));
    fixture.uart.options.is_paced = false;
    fixture.uart.wire = wire;
    assert_false(fixture.uart.ops->takes_runs(&fixture.uart));
}

static void uart_a_run_is_in_the_ring_in_order(void **state)
{
    (void)state;
    out_run("hello", 5);
    assert_ring("hello");
    out_run(", world", 7);
    assert_ring("hello, world");
    assert_int_equal(in(UART_LSR), EMPTY);
}

static void uart_a_run_is_repeated_by_a_successor_with_more(void **state)
{
    uint8_t bytes[] = "abcdef";

    (void)state;
    /* The process has died after the bytes went out, and before the commit. */
    fixture.uart.state = &journal_work(&fixture.journal)->uart;
    fixture.uart.ops->write_run(&fixture.uart, bytes, 3);
    assert_ring("abc");
    uart_fixture_die();
    out_run("abcdef", 6);
    assert_ring("abcdef");
}

static void uart_a_run_is_one_interrupt(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_THRI);
    assert_string_equal(line_did(), "1");
    out_run("abc", 3);
    /* An edge-triggered interrupt controller must see the fall and the rise.
     */
    assert_string_equal(line_did(), "01");
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    assert_string_equal(line_did(), "0");
    out_run("d", 1);
    assert_string_equal(line_did(), "1");
}

static void uart_a_run_behind_dlab_is_a_divisor(void **state)
{
    (void)state;
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out_run("\x01\x02\x0c", 3);
    assert_int_equal(in(UART_DLL), 0x0c);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_ring("");
}

/* The time-out of what waits in the receiver goes by the new baud rate. */
static void uart_a_divisor_of_a_run_changes_the_next_poll(void **state)
{
    uint64_t due_ns;

    (void)state;
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
    feed("x");
    due_ns = fixture.uart.poll_interval_ns;
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out_run("\x0c", 1);
    assert_int_equal(fixture.uart.poll_interval_ns, 12 * due_ns);
}

static void uart_a_run_in_loop_mode_comes_back(void **state)
{
    (void)state;
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_MCR, UART_MCR_LOOP);
    out_run("abc", 3);
    assert_ring("");
    assert_int_equal(in(UART_RX), 'a');
    assert_int_equal(in(UART_RX), 'b');
    assert_int_equal(in(UART_RX), 'c');
    out_run("0123456789abcdefg", 17);
    assert_int_equal(in(UART_LSR)&UART_LSR_OE, UART_LSR_OE);
}

static void uart_a_run_has_the_frames_bits(void **state)
{
    (void)state;
    out(UART_LCR, UART_LCR_WLEN7);
    out_run("\xc1\x42", 2);
    assert_ring("AB");
}

/* Writes the bytes one after the other, and returns the interval to the next
 * poll. */
static uint64_t write_singly(const uint8_t *bytes, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        out(UART_TX, bytes[i]);
    return fixture.uart.poll_interval_ns;
}

/* Copies the out ring's bytes from that offset on, and returns how many there
 * are. */
static size_t sent_since(uint64_t cursor, uint8_t bytes[RUN_MAX])
{
    uint64_t missed;

    return out_ring_read(&fixture.ring, &cursor, bytes, RUN_MAX, &missed);
}

static void assert_a_run_is_as_many_writes(const uint8_t *bytes,
                                           unsigned int count)
{
    struct uart_state before = current(), singly, as_run;
    uint64_t due_ns = fixture.uart.poll_interval_ns, due_singly_ns;
    uint8_t sent_singly[RUN_MAX], sent[RUN_MAX];
    size_t sent_count;

    due_singly_ns = write_singly(bytes, count);
    singly = current();
    sent_count = sent_since(before.out_offset, sent_singly);

    before.out_offset = singly.out_offset;
    be_in_state(&before);
    fixture.uart.poll_interval_ns = due_ns;
    out_run((const char *)bytes, count);
    as_run = current();
    assert_int_equal(sent_since(before.out_offset, sent), sent_count);
    assert_memory_equal(sent, sent_singly, sent_count);
    assert_int_equal(as_run.out_offset, before.out_offset + sent_count);
    assert_int_equal(fixture.uart.poll_interval_ns, due_singly_ns);
    as_run.out_offset = singly.out_offset;
    as_run.receiver.reads = singly.receiver.reads;
    assert_memory_equal(&as_run, &singly, sizeof(singly));
}

/* A guest that sends without end, and whose reads of LSR by its shadow are not
 * seen, is given input. */
static void uart_a_run_counts_as_a_read(void **state)
{
    const struct uart_state *now = journal_current(&fixture.journal);

    (void)state;
    in(UART_RX);
    assert_false(uart_receiver_is_waited_for(now));
    out_run("ab", 2);
    out_run("c", 1);
    now = journal_current(&fixture.journal);
    assert_true(uart_receiver_is_waited_for(now));
}

static void uart_a_run_is_as_many_writes(void **state)
{
    unsigned int round, i;

    (void)state;
    seed = 1;
    for (round = 0; round < ROUNDS; round++) {
        unsigned int count = 1 + random_byte() % RUN_MAX;
        uint8_t bytes[RUN_MAX];

        wander(8);
        for (i = 0; i < count; i++)
            bytes[i] = random_byte();
        assert_a_run_is_as_many_writes(bytes, count);
    }
}

/* ---- what Xen may answer ---- */

static void uart_an_idle_uart_shows_all_but_its_receiver(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_RDI | UART_IER_RLSI);
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_MCR, UART_MCR_DTR | UART_MCR_OUT2);
    out(UART_SCR, 0x5e);
    assert_not_shown(UART_RX);
    assert_shown(UART_IER, UART_IER_RDI | UART_IER_RLSI);
    assert_shown(UART_IIR, 0xc0 | UART_IIR_NO_INT);
    assert_shown(UART_LCR, UART_LCR_WLEN8);
    assert_shown(UART_MCR, UART_MCR_DTR | UART_MCR_OUT2);
    assert_shown(UART_LSR, EMPTY);
    assert_shown(UART_MSR, LINES);
    assert_shown(UART_SCR, 0x5e);
}

/* A posted byte may be on its way to DLL. */
static void uart_behind_dlab_only_the_divisors_high_byte_is_shown(void **state)
{
    (void)state;
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out(UART_DLM, 0x12);
    assert_not_shown(UART_DLL);
    assert_shown(UART_DLM, 0x12);
    assert_shown(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
}

static void uart_lsr_is_shown_without_errors_that_reading_clears(void **state)
{
    (void)state;
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    feed("x");
    assert_shown(UART_LSR, EMPTY | UART_LSR_DR);
    feed_byte(0, UART_LSR_BI);
    /* The byte with the error is not at the top of the FIFO yet: 8.4. */
    assert_shown(UART_LSR, EMPTY | UART_LSR_DR | UART_LSR_FIFOE);
    in(UART_RX);
    assert_not_shown(UART_LSR);
    in(UART_RX);
    /* LSR.BI stays until LSR is read. */
    assert_not_shown(UART_LSR);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_BI | UART_LSR_FIFOE);
    assert_shown(UART_LSR, EMPTY);
}

static void uart_iir_is_shown_unless_a_read_or_a_posted_byte_changes_it(
    void **state)
{
    uint8_t byte = 'y';

    (void)state;
    out(UART_IER, UART_IER_THRI);
    in(UART_IIR);
    /* A posted byte may be on its way, and with it an interrupt. */
    assert_not_shown(UART_IIR);
    out(UART_IER, UART_IER_RDI);
    assert_shown(UART_IIR, UART_IIR_NO_INT);
    feed("x");
    assert_shown(UART_IIR, UART_IIR_RDI);
    /* A posted byte does not change an interrupt that goes before the
     * transmitter's. */
    out(UART_IER, UART_IER_RDI | UART_IER_THRI);
    fixture.uart.ops->write_run(&fixture.uart, &byte, 1);
    assert_shown(UART_IIR, UART_IIR_RDI);
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    in(UART_RX);
    assert_not_shown(UART_IIR);
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
}

static void uart_in_loop_mode_what_a_posted_byte_changes_is_hidden(
    void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    in(UART_MSR);
    assert_not_shown(UART_LSR);
    assert_not_shown(UART_IIR);
    assert_shown(UART_MSR, 0);
    assert_shown(UART_MCR, UART_MCR_LOOP);
}

static void uart_msr_is_shown_without_its_deltas(void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
    assert_not_shown(UART_MSR);
    in(UART_MSR);
    assert_shown(UART_MSR, UART_MSR_CTS);
}

/* Reading a register that is shown gives what is shown, and changes nothing.
 */
static void assert_reading_tells_the_same(unsigned int offset, uint8_t value)
{
    struct uart_state before = current(), after;

    assert_int_equal(in(offset), value);
    after = current();
    after.receiver.reads = before.receiver.reads;
    assert_memory_equal(&after, &before, sizeof(before));
}

static void uart_what_is_shown_is_what_reading_tells(void **state)
{
    unsigned int round, offset, shown_count[UART_REGS] = { 0 };

    (void)state;
    seed = 2;
    for (round = 0; round < ROUNDS; round++) {
        bool was_shown[UART_REGS];
        uint8_t shown[UART_REGS];
        char bytes[RUN_MAX];

        wander(8);
        for (offset = 0; offset < UART_REGS; offset++) {
            was_shown[offset] = is_shown(offset, &shown[offset]);
            shown_count[offset] += was_shown[offset];
            if (was_shown[offset])
                assert_reading_tells_the_same(offset, shown[offset]);
        }
        /* That holds also when bytes that were posted have come. */
        memset(bytes, random_byte(), sizeof(bytes));
        out_run(bytes, 1 + random_byte() % RUN_MAX);
        for (offset = 0; offset < UART_REGS; offset++)
            if (was_shown[offset])
                assert_int_equal(in(offset), shown[offset]);
    }
    assert_int_equal(shown_count[UART_RX], 0);
    for (offset = UART_IER; offset < UART_REGS; offset++)
        assert_in_range(shown_count[offset], 1, ROUNDS);
}

/* ---- the page that Xen reads ---- */

static void uart_the_page_has_what_is_shown_and_nothing_else(void **state)
{
    static uint16_t entries[IOREQ_SHADOW_NUM];
    struct shadow_registers shadow = { entries, 0x3f8 };
    const struct uart_state *now;
    unsigned int i;

    (void)state;
    memset(entries, 0, sizeof(entries));
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    now = journal_current(&fixture.journal);
    shadow_registers_update(&shadow, &fixture.uart, now);
    assert_int_equal(entries[0x3f8 + UART_RX], 0);
    assert_int_equal(entries[0x3f8 + UART_LSR], IOREQ_SHADOW_VALID | EMPTY);
    assert_int_equal(entries[0x3f8 + UART_MSR], IOREQ_SHADOW_VALID | LINES);
    feed("x");
    now = journal_current(&fixture.journal);
    shadow_registers_update(&shadow, &fixture.uart, now);
    assert_int_equal(entries[0x3f8 + UART_LSR],
                     IOREQ_SHADOW_VALID | EMPTY | UART_LSR_DR);
    feed_byte(0, UART_LSR_BI);
    in(UART_RX);
    now = journal_current(&fixture.journal);
    shadow_registers_update(&shadow, &fixture.uart, now);
    assert_int_equal(entries[0x3f8 + UART_LSR], 0);
    assert_int_equal(entries[0x3f8 + UART_MSR], IOREQ_SHADOW_VALID | LINES);
    for (i = 0; i < IOREQ_SHADOW_NUM; i++)
        if (i < 0x3f8 || i >= 0x3f8 + UART_REGS)
            assert_int_equal(entries[i], 0);
}

static void uart_ports_above_the_page_wrap_in_it(void **state)
{
    static uint16_t entries[IOREQ_SHADOW_NUM];
    struct shadow_registers shadow = { entries, 4 * IOREQ_SHADOW_NUM - 4 };

    (void)state;
    memset(entries, 0, sizeof(entries));
    shadow_registers_update(&shadow, &fixture.uart,
                            journal_current(&fixture.journal));
    assert_int_equal(entries[IOREQ_SHADOW_NUM - 4 + UART_LCR],
                     IOREQ_SHADOW_VALID | UART_LCR_WLEN8);
    assert_int_equal(entries[UART_LSR - 4], IOREQ_SHADOW_VALID | EMPTY);
}

static void uart_without_a_page_there_is_none_to_update(void **state)
{
    struct shadow_registers none = { NULL, 0x3f8 };

    (void)state;
    shadow_registers_update(&none, &fixture.uart,
                            journal_current(&fixture.journal));
}

static const struct CMUnitTest tests[] = {
    UART_VIRTUAL_TEST(
        uart_only_a_transmitter_that_is_never_busy_can_be_posted_to),
    UART_VIRTUAL_TEST(uart_a_run_is_in_the_ring_in_order),
    UART_VIRTUAL_TEST(uart_a_run_is_repeated_by_a_successor_with_more),
    UART_VIRTUAL_TEST(uart_a_run_is_one_interrupt),
    UART_VIRTUAL_TEST(uart_a_run_behind_dlab_is_a_divisor),
    UART_VIRTUAL_TEST(uart_a_divisor_of_a_run_changes_the_next_poll),
    UART_VIRTUAL_TEST(uart_a_run_in_loop_mode_comes_back),
    UART_VIRTUAL_TEST(uart_a_run_has_the_frames_bits),
    UART_VIRTUAL_TEST(uart_a_run_counts_as_a_read),
    UART_VIRTUAL_TEST(uart_a_run_is_as_many_writes),
    UART_VIRTUAL_TEST(uart_an_idle_uart_shows_all_but_its_receiver),
    UART_VIRTUAL_TEST(uart_behind_dlab_only_the_divisors_high_byte_is_shown),
    UART_VIRTUAL_TEST(uart_lsr_is_shown_without_errors_that_reading_clears),
    UART_VIRTUAL_TEST(
        uart_iir_is_shown_unless_a_read_or_a_posted_byte_changes_it),
    UART_VIRTUAL_TEST(uart_in_loop_mode_what_a_posted_byte_changes_is_hidden),
    UART_VIRTUAL_TEST(uart_msr_is_shown_without_its_deltas),
    UART_VIRTUAL_TEST(uart_what_is_shown_is_what_reading_tells),
    UART_VIRTUAL_TEST(uart_the_page_has_what_is_shown_and_nothing_else),
    UART_VIRTUAL_TEST(uart_ports_above_the_page_wrap_in_it),
    UART_VIRTUAL_TEST(uart_without_a_page_there_is_none_to_update),
};

UNIT_MAIN(tests)
