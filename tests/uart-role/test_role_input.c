/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_input.c - client input through the whole role
 *
 * Also both directions at once while the role is killed: every byte and break
 * comes once, in order, and no interrupt is lost.
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "uart-role/role_test.h"
#include "uart/fault_point.h"

#define KILLS repetitions(200, 1000)

static void uart_typed_bytes_interrupt_a_sleeping_guest(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    uint32_t moves;

    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    assert_int_equal(fake_in(guest, 0, LSR, 1) & UART_LSR_DR, 0);
    type_text(test, "hi");
    assert_true(wait_until(is_line_up, guest));
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_RDI);
    moves = guest->domain->irq_count;
    assert_int_equal(fake_in(guest, 0, RBR, 1), 'h');
    /* Without a FIFO the second byte comes when the first was read. */
    assert_true(fake_guest_wait_irq(guest, moves + 2));
    assert_true(is_line_up(guest));
    assert_int_equal(fake_in(guest, 0, RBR, 1), 'i');
    assert_true(wait_until(is_all_consumed, test));
    assert_int_equal(fake_in(guest, 0, LSR, 1) & UART_LSR_DR, 0);
    assert_true(wait_until(is_line_down, guest));
}

/* D10: on a PC's board OUT2 opens the way from INTR to the interrupt line; the
 * UART itself knows nothing of that, nor do QEMU and PCI cards. */
static void uart_interrupts_need_no_out2(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, MCR, 1, UART_MCR_DTR | UART_MCR_RTS);
    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    type_text(test, "a");
    assert_true(wait_until(is_line_up, guest));
    fake_out(guest, 0, MCR, 1, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
    fake_out(guest, 0, MCR, 1, 0);
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_RDI);
    assert_true(is_line_up(guest));
    assert_int_equal(fake_in(guest, 0, RBR, 1), 'a');
    assert_true(wait_until(is_line_down, guest));
}

static void uart_few_bytes_interrupt_by_time_out(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    uint32_t moves;

    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    type_text(test, "abc");
    assert_true(wait_until(is_line_up, guest));
    assert_int_equal(fake_in(guest, 0, IIR, 1), 0xc0 | UART_IIR_RX_TIMEOUT);
    moves = guest->domain->irq_count;
    assert_int_equal(fake_in(guest, 0, RBR, 1), 'a');
    assert_true(fake_guest_wait_irq(guest, moves + 2));
    assert_true(is_line_up(guest));
}

/* At this baud rate the time-out of the FIFO would take 22 seconds. */
static void uart_a_typed_byte_waits_for_no_baud_rate(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    int64_t begin;

    fake_out(guest, 0, LCR, 1, UART_LCR_DLAB | UART_LCR_WLEN8);
    fake_out(guest, 0, RBR, 1, 0xff);
    fake_out(guest, 0, IER, 1, 0xff);
    fake_out(guest, 0, LCR, 1, UART_LCR_WLEN8);
    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    begin = role_test_now_ns();
    type_text(test, "a");
    assert_true(wait_until(is_line_up, guest));
    assert_true(role_test_now_ns() - begin < INT64_C(10000000000));
    assert_int_equal(fake_in(guest, 0, IIR, 1), 0xc0 | UART_IIR_RX_TIMEOUT);
}

static void uart_a_polling_guest_reads_all_that_is_typed(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    struct waker waker = net_side(test);
    const unsigned int total = 5000;
    unsigned int typed = 0, received = 0;

    while (received < total) {
        while (typed < total && type_byte(test, &waker, typed * 7))
            typed++;
        if (fake_in(guest, 0, LSR, 1) & UART_LSR_DR)
            assert_int_equal(fake_in(guest, 0, RBR, 1),
                             (uint8_t)(received++ * 7));
    }
    close(waker.fd);
    assert_int_equal(test->harness.out.header->report.in_tail, total);
}

static void uart_what_was_typed_before_the_domain_is_not_for_it(void **state)
{
    struct role_test *test = *state;

    type_text(test, "secret");
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(test->harness.out.header->report.in_tail,
                     strlen("secret"));
    /* G3: what no guest took counted as typed. */
    assert_int_equal(uart_report_typed(&test->harness.out.header->report), 0);
    type_text(test, "x");
    assert_true(wait_until(is_all_consumed, test));
    assert_int_equal(fake_in(&test->guest, 0, RBR, 1), 'x');
    assert_int_equal(uart_report_typed(&test->harness.out.header->report), 1);
}

/* A role starts with a new out ring, whose in_tail is 0, while the in ring
 * says that `head` bytes were typed: because the out ring was made anew, or
 * because the net role lies. */
static void assert_input_begins_at(struct role_test *test, uint64_t head)
{
    atomic_store(&test->harness.in.header->head, head);
    assert_int_equal(harness_start(&test->harness), 0);
    fake_out(&test->guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    type_text(test, "xy");
    assert_true(wait_until(is_all_consumed, test));
    assert_int_equal(fake_in(&test->guest, 0, RBR, 1), 'x');
    assert_int_equal(fake_in(&test->guest, 0, RBR, 1), 'y');
    assert_int_equal(test->harness.out.header->report.in_tail, head + 2);
}

static void uart_a_new_domain_hears_whatever_was_typed_before(void **state)
{
    assert_input_begins_at(*state, 5 * IN_RING_BYTES + 7);
}

static void uart_a_new_domain_hears_whatever_the_in_ring_says(void **state)
{
    assert_input_begins_at(*state, UINT64_MAX);
}

/* The role is killed with a byte in the out ring that is not committed.  What
 * is wrong with the in ring must not double that byte. */
static void uart_a_new_in_ring_is_heard_and_doubles_no_output(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = THR, .size = 1, .count = 1,
        .data = 'o',
    };
    uint64_t data;

    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    type_text(test, "abc");
    assert_true(wait_until(is_all_consumed, test));
    fake_fault_set(FAKE_FAULT_KILL, FAULT_RING_PUT, 1);
    fake_guest_start(guest, 0, -1, &request);
    assert_int_equal(harness_wait(&test->harness), SIGKILL);
    assert_true(fake_fault_clear());
    assert_int_equal(atomic_load(&test->harness.out.header->head), 1);
    atomic_store(&test->harness.in.header->head, 0);
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(fake_guest_finish(guest, 0, FAKE_GUEST_TIMEOUT_MS, &data),
                     FAKE_GUEST_OK);
    assert_true(output_is(test, (const uint8_t *)"o", 1));
    for (data = 0; data < 3; data++)
        assert_int_equal(fake_in(guest, 0, RBR, 1), "abc"[data]);
    type_text(test, "x");
    assert_true(wait_until(is_all_consumed, test));
    assert_int_equal(fake_in(guest, 0, RBR, 1), 'x');
}

static void uart_input_arrives_through_a_loopback_plug(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    const char *at = "through the plug";

    test->machine->has_plug = true;
    test->harness.option = "input=loopback";
    assert_int_equal(harness_start(&test->harness), 0);
    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    type_text(test, at);
    for (; *at; at++)
        assert_int_equal(guest_reads(test), *at);
    assert_int_equal(test->machine->written, strlen("through the plug"));
    /* The guest's own output is for the clients only. */
    fake_out(guest, 0, THR, 1, 'o');
    assert_true(output_is(test, (const uint8_t *)"o", 1));
    assert_int_equal(test->machine->written, strlen("through the plug"));
}

static void uart_a_death_at_the_line_costs_no_other_access(void **state)
{
    struct role_test *test = *state;

    test->harness.option = "wire-in=on";
    assert_int_equal(harness_start(&test->harness), 0);
    fake_fault_set(FAKE_FAULT_KILL, FAULT_DEVICE_MARKED, 1);
    fake_uart_receive(test->machine, 'x');
    assert_int_equal(harness_wait(&test->harness), SIGKILL);
    assert_true(fake_fault_clear());
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(fake_out(&test->guest, 0, THR, 1, 'a'), FAKE_GUEST_OK);
    assert_int_equal(test->machine->written, 1);
    assert_int_equal(test->harness.out.header->report.in_doubt, 1);
}

static void uart_a_death_at_the_plug_sends_no_byte_twice(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    test->machine->has_plug = true;
    test->harness.option = "input=loopback";
    assert_int_equal(harness_start(&test->harness), 0);
    fake_fault_set(FAKE_FAULT_KILL, FAULT_DEVICE_DONE, 1);
    type_text(test, "xy");
    assert_int_equal(harness_wait(&test->harness), SIGKILL);
    assert_true(fake_fault_clear());
    assert_int_equal(harness_start(&test->harness), 0);
    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    /* The byte came back through the plug before the death was noticed, so it
     * is not lost either. */
    assert_int_equal(guest_reads(test), 'x');
    assert_int_equal(guest_reads(test), 'y');
    assert_int_equal(test->machine->written, 2);
    assert_int_equal(test->harness.out.header->report.in_doubt, 1);
}

/* ---- both ways, killed ---- */

struct both {
    struct role_test *test;
    unsigned int guest_seed, check_seed; /* make what the guest writes */
    unsigned int typist_seed, read_seed; /* make what is typed */
    _Atomic uint64_t written, received;
    uint64_t checked, interrupts;
    /* How many bytes are typed in all; UINT64_MAX while that is not known. */
    _Atomic uint64_t last;
    _Atomic bool is_ending, is_guest_done;
    const char *problem;
};

static uint8_t next_byte(unsigned int *seed)
{
    return rand_r(seed) >> 8;
}

/* What is typed: bytes, and a break among 16 of them. */
static uint8_t next_typed(unsigned int *seed, uint8_t *errors)
{
    uint8_t byte = next_byte(seed);

    *errors = next_byte(seed) % 16 ? 0 : UART_LSR_BI;
    return *errors ? 0 : byte;
}

static void *typist_main(void *opaque)
{
    struct both *both = opaque;
    struct waker waker = net_side(both->test);
    uint64_t typed = 0;

    while (!both->is_guest_done && typed < both->last) {
        uint8_t errors, byte = next_typed(&both->typist_seed, &errors);

        if (both->is_ending && both->last == UINT64_MAX)
            both->last = typed + 1;
        while (!both->is_guest_done &&
               !type_errors(both->test, &waker, byte, errors))
            sched_yield();
        typed++;
    }
    close(waker.fd);
    return NULL;
}

/* The typist is as fast as the guest: without a bound this would never end. */
static void receive_some(struct both *both)
{
    struct fake_guest *guest = &both->test->guest;
    unsigned int i;

    for (i = 0; i < 16; i++) {
        uint32_t lsr = fake_in(guest, 0, LSR, 1);
        uint8_t errors, byte;

        if (!(lsr & UART_LSR_DR))
            return;
        byte = next_typed(&both->read_seed, &errors);
        if (lsr & UART_LSR_OE)
            both->problem = "a byte was overrun";
        if ((lsr & UART_LSR_BI) != errors)
            both->problem = "a break was lost, doubled or elsewhere";
        if (fake_in(guest, 0, RBR, 1) != byte)
            both->problem = "a byte was lost, doubled or changed";
        both->received++;
        if (both->problem)
            return;
    }
}

/* What a driver does in its interrupt handler.  It sends only there. */
static void handle_interrupt(struct both *both)
{
    struct fake_guest *guest = &both->test->guest;
    unsigned int pass, i;

    both->interrupts++;
    /* Each byte that is sent makes THRE pending again: without a bound this
     * would never end. */
    for (pass = 0; pass < 16; pass++) {
        switch (fake_in(guest, 0, IIR, 1) & 0x0f) {
        case UART_IIR_RDI:
        case UART_IIR_RX_TIMEOUT:
            receive_some(both);
            break;
        case UART_IIR_THRI:
            for (i = 0; i < 3; i++)
                fake_out(guest, 0, THR, 1, next_byte(&both->guest_seed));
            both->written += 3;
            break;
        case UART_IIR_NO_INT:
            return;
        default:
            both->problem = "IIR makes no sense";
        }
        if (both->problem)
            return;
    }
}

static void *guest_main(void *opaque)
{
    struct both *both = opaque;
    struct fake_guest *guest = &both->test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_RDI | UART_IER_THRI);
    while (!both->problem && both->received < both->last) {
        uint32_t count = atomic_load(&guest->domain->irq_count);

        if (atomic_load(&guest->domain->irq_level[HARNESS_IRQ]))
            handle_interrupt(both);
        else if (!fake_guest_wait_irq(guest, count + 1))
            both->problem = "no interrupt comes any more";
    }
    both->is_guest_done = true;
    return NULL;
}

/* Reads the output as a client does: nothing may be missing, or there twice.
 */
static void check_output(struct both *both)
{
    uint8_t bytes[4096];
    uint64_t missed;
    size_t count, i;

    do {
        count = out_ring_read(&both->test->harness.out, &both->checked, bytes,
                              sizeof(bytes), &missed);
        if (missed)
            both->problem = "the test's client is too slow";
        for (i = 0; i < count; i++)
            if (bytes[i] != next_byte(&both->check_seed))
                both->problem = "output was lost, doubled or changed";
    } while (count > 0 && !both->problem);
}

/* More kills are not enough: on a busy machine roles die faster than a guest
 * moves bytes. */
static bool needs_more(const struct both *both, unsigned int kills)
{
    return both->test->harness.kills < kills || both->written <= kills ||
           both->received <= kills;
}

static void run_both_ways(struct both *both, unsigned int kills)
{
    struct role_harness *harness = &both->test->harness;
    int64_t start = role_test_now_ns();
    pthread_t guest, typist;

    assert_int_equal(harness_kill(harness), 9);
    assert_int_equal(harness_start(harness), 0);
    harness->kill_within_ns = 2 * (role_test_now_ns() - start);
    harness->seed = both->test->seed;
    harness->random_kills = kills;
    assert_int_equal(harness_supervise(harness), 0);
    /* This empties the receiver, so it comes before anything is typed. */
    fake_out(&both->test->guest, 0, FCR, 1,
             UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
    assert_int_equal(pthread_create(&guest, NULL, guest_main, both), 0);
    assert_int_equal(pthread_create(&typist, NULL, typist_main, both), 0);
    kill(harness->pid, SIGKILL);
    while (needs_more(both, kills) && !harness->errors && !both->problem) {
        check_output(both);
        usleep(200);
    }
    both->is_ending = true;
    pthread_join(guest, NULL);
    pthread_join(typist, NULL);
    harness_await_random_kills(harness);
    assert_int_equal(harness_rest(harness), 0);
    /* When this access is answered, what was posted before it is out. */
    fake_out(&both->test->guest, 0, SCR, 1, 0);
    check_output(both);
    print_message("%u kills, %lu bytes out, %lu in, %lu interrupts served\n",
                  harness->kills, (unsigned long)both->written,
                  (unsigned long)both->received,
                  (unsigned long)both->interrupts);
}

static void uart_exactly_once_both_ways_at_random_kills(void **state)
{
    struct role_test *test = *state;
    struct both both = {
        .test = test,
        .guest_seed = test->seed, .check_seed = test->seed,
        .typist_seed = test->seed + 1, .read_seed = test->seed + 1,
        .last = UINT64_MAX,
    };

    run_both_ways(&both, KILLS);
    if (both.problem)
        fail_msg("%s", both.problem);
    assert_int_equal(test->harness.errors, 0);
    assert_true(test->harness.kills >= KILLS);
    assert_int_equal(both.checked, both.written);
    assert_true(both.written > KILLS && both.received > KILLS);
}

#define INPUT_TESTS(KIND) \
    KIND(uart_typed_bytes_interrupt_a_sleeping_guest), \
    KIND(uart_interrupts_need_no_out2), \
    KIND(uart_few_bytes_interrupt_by_time_out), \
    KIND(uart_a_polling_guest_reads_all_that_is_typed)

#define NAMED_PASSTHROUGH_TEST(name) \
    { #name "_passthrough", name, role_test_passthrough, role_test_end, NULL }
#define NAMED_POSTED_TEST(name) \
    { #name "_posted", name, role_test_posted, role_test_end, NULL }

static const struct CMUnitTest tests[] = {
    INPUT_TESTS(VIRTUAL_TEST),
    INPUT_TESTS(NAMED_PASSTHROUGH_TEST),
    INPUT_TESTS(NAMED_POSTED_TEST),
    VIRTUAL_TEST(uart_a_typed_byte_waits_for_no_baud_rate),
    AT_REST_TEST(uart_a_death_at_the_line_costs_no_other_access),
    AT_REST_TEST(uart_a_death_at_the_plug_sends_no_byte_twice),
    AT_REST_TEST(uart_input_arrives_through_a_loopback_plug),
    AT_REST_TEST(uart_what_was_typed_before_the_domain_is_not_for_it),
    AT_REST_TEST(uart_a_new_domain_hears_whatever_was_typed_before),
    AT_REST_TEST(uart_a_new_domain_hears_whatever_the_in_ring_says),
    VIRTUAL_TEST(uart_a_new_in_ring_is_heard_and_doubles_no_output),
    VIRTUAL_TEST(uart_exactly_once_both_ways_at_random_kills),
    NAMED_POSTED_TEST(uart_exactly_once_both_ways_at_random_kills),
};

UNIT_MAIN(tests)
