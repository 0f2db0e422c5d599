/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_posted.c - the virtual UART as a guest sees it through the whole
 * role, on a Xen that posts its writes to THR and reads its registers by their
 * shadow
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "uart-role/role_posted.h"
#include "uart/fault_point.h"

#define EMPTY       (UART_LSR_THRE | UART_LSR_TEMT)
#define OTHER_DOMID 8
#define MSR         0x3fe
#define ACCESSES    (20000 / SANITIZER_SLOWNESS)
#define DLAB_8N1    (UART_LCR_DLAB | UART_LCR_WLEN8)

/* The role was held while bytes were posted and vCPU 0 began an access.  Lets
 * it go on, and returns what the access reads: the bytes are consumed before
 * it. */
static uint8_t finish_behind(struct role_test *test)
{
    assert_true(is_waiting(test, 0));
    release_role(test);
    return finish(test, 0);
}

static void post_and_out(struct role_test *test, const char *text,
                         uint16_t port, uint8_t value)
{
    hold_role(test);
    post(test, text);
    start_out(test, 0, port, value);
    finish_behind(test);
}

static uint8_t post_and_in(struct role_test *test, const char *text,
                           uint16_t port)
{
    hold_role(test);
    post(test, text);
    start_in(test, 0, port);
    return finish_behind(test);
}

/* ---- order ---- */

static void uart_posted_bytes_are_before_a_later_access(void **state)
{
    struct role_test *test = *state;

    post_and_out(test, "abc", LCR, DLAB_8N1);
    assert_true(text_is_out(test, "abc"));
    assert_int_equal(read_rbr(test), 1); /* DLL */
}

static void uart_posted_divisor_bytes_are_no_data(void **state)
{
    struct role_test *test = *state;

    fake_out(&test->guest, 0, LCR, 1, DLAB_8N1);
    assert_int_equal(post_and_in(test, "\x0c", RBR), 0x0c);
    post_and_out(test, "\x18", LCR, UART_LCR_WLEN8);
    post_and_out(test, "d", LCR, DLAB_8N1);
    assert_int_equal(read_rbr(test), 0x18);
    assert_true(text_is_out(test, "d"));
}

static void uart_bytes_posted_in_loop_mode_come_back(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    post_and_out(test, "a", MCR, UART_MCR_LOOP);
    assert_int_equal(post_and_in(test, "\xae", LSR), EMPTY | UART_LSR_DR);
    assert_int_equal(read_rbr(test), 0xae);
    /* A byte that came back stays when loop mode ends. */
    post_and_out(test, "b", MCR, 0);
    assert_int_equal(read_rbr(test), 'b');
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY);
    post_and_out(test, "c", MCR, UART_MCR_LOOP);
    assert_true(text_is_out(test, "ac"));
}

static void uart_bytes_posted_before_a_fifo_reset_are_reset(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    fake_out(guest, 0, MCR, 1, UART_MCR_LOOP);
    post_and_out(test, "ab", FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY);
    assert_int_equal(post_and_in(test, "cd", RBR), 'c');
    assert_int_equal(read_rbr(test), 'd');
}

static void uart_a_full_ring_makes_a_write_wait_its_turn(void **state)
{
    struct role_test *test = *state;
    uint8_t bytes[SLOTS + 2];
    unsigned int i;

    for (i = 0; i < sizeof(bytes); i++)
        bytes[i] = role_test_random(test);
    hold_role(test);
    for (i = 0; i < SLOTS; i++)
        fake_out(&test->guest, 0, THR, 1, bytes[i]);
    assert_int_equal(posting(test)->posted, SLOTS);
    start_out(test, 0, THR, bytes[i]);
    assert_int_equal(posting(test)->refused, 1);
    finish_behind(test);
    fake_out(&test->guest, 0, THR, 1, bytes[i + 1]);
    read_rbr(test);
    assert_int_equal(posting(test)->posted, SLOTS + 1);
    assert_true(output_is(test, bytes, sizeof(bytes)));
}

/* ---- the interrupt line ---- */

static void uart_thre_interrupt_falls_and_rises_behind_posted_bytes(
    void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    read_rbr(test);
    assert_line_moved(test, "0");
    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    assert_line_moved(test, "1");
    post(test, "x");
    /* An edge-triggered interrupt controller sees the line fall and rise. */
    assert_true(fake_guest_wait_irq(guest, test->irqs_seen + 2));
    assert_line_moved(test, "01");
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_THRI);
    assert_line_moved(test, "0");
    /* That interrupt was acknowledged: the next bytes raise it again. */
    post(test, "y");
    assert_true(fake_guest_wait_irq(guest, test->irqs_seen + 1));
    assert_line_moved(test, "1");
    /* Many bytes at once raise one interrupt. */
    assert_int_equal(post_and_in(test, "many", IIR), UART_IIR_THRI);
    /* The line rises and falls before Xen is told: it is told of the fall
     * alone. */
    assert_line_moved(test, "0");
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_NO_INT);
    assert_true(text_is_out(test, "xymany"));
}

static void uart_no_posted_byte_interrupts_who_did_not_ask(void **state)
{
    struct role_test *test = *state;

    post_and_in(test, "abc", RBR);
    assert_line_moved(test, "0");
    assert_int_equal(fake_in(&test->guest, 0, IIR, 1), UART_IIR_NO_INT);
    assert_int_equal(posting(test)->shadow_reads, 1);
}

/* ---- shadows ---- */

static void uart_an_idle_uart_is_read_without_the_role(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    read_rbr(test);
    hold_role(test);
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY);
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_NO_INT);
    assert_int_equal(fake_in(guest, 0, LCR, 1), UART_LCR_WLEN8);
    assert_int_equal(fake_in(guest, 0, SCR, 1), 0);
    assert_int_equal(posting(test)->shadow_reads, 4);
    release_role(test);
    fake_out(guest, 0, SCR, 1, 0x5e);
    assert_int_equal(fake_in(guest, 0, SCR, 1), 0x5e);
    assert_int_equal(posting(test)->shadow_reads, 5);
}

/* The role is stopped where the line has risen: Xen answers. */
static void uart_whoever_is_interrupted_for_input_sees_it(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY);
    assert_int_equal(posting(test)->shadow_reads, 1);
    fake_fault_set(FAKE_FAULT_STOP, FAULT_LINE_SET, 1);
    type_text(test, "x");
    assert_int_equal(harness_wait_stopped(&test->harness), 0);
    assert_true(is_line_up(guest));
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_RDI);
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY | UART_LSR_DR);
    release_role(test);
    assert_int_equal(read_rbr(test), 'x');
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY);
}

static void spin_until_line_is_up(struct fake_guest *guest)
{
    int64_t until = role_test_now_ns() + HARNESS_TIMEOUT_MS * 1000000ll;

    while (!is_line_up(guest)) {
        if (role_test_now_ns() > until)
            fail_msg("no interrupt came");
        sched_yield();
    }
}

static void uart_no_interrupt_is_seen_before_its_reason(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    struct waker waker = net_side(test);
    unsigned int i;

    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    for (i = 0; i < 5000 / SANITIZER_SLOWNESS; i++) {
        assert_true(type_byte(test, &waker, i));
        if (i & 1)
            fake_out(guest, 0, THR, 1, i);
        spin_until_line_is_up(guest);
        if (i & 2)
            assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_RDI);
        assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY | UART_LSR_DR);
        assert_int_equal(read_rbr(test), (uint8_t)i);
        assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY);
        assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_NO_INT);
        assert_true(wait_until(is_line_down, guest));
    }
    close(waker.fd);
}

/* The role dies where the line has risen. */
static void uart_a_byte_that_lsr_shows_is_there_after_a_death(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    fake_fault_set(FAKE_FAULT_KILL, FAULT_LINE_SET, 1);
    type_text(test, "x");
    harness_wait(&test->harness);
    assert_true(fake_fault_clear());
    /* Only Xen is there to answer. */
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY | UART_LSR_DR);
    assert_int_equal(harness_start(&test->harness), 0);
    spin_until_line_is_up(guest);
    assert_int_equal(read_rbr(test), 'x');
}

/* Until the successor has updated the shadow registers, Xen shows what the
 * predecessor knew before the byte came.  An interrupt handler that reads
 * there that nothing is pending, or that there is no byte, would not come
 * again. */
static void uart_no_interrupt_of_a_successor_is_seen_before_its_reason(
    void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    read_rbr(test);
    fake_fault_set(FAKE_FAULT_KILL, FAULT_COMMITTED, 1);
    type_text(test, "x");
    harness_wait(&test->harness);
    assert_true(fake_fault_clear());
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY);
    fake_fault_set(FAKE_FAULT_STOP, FAULT_LINE_SET, 2);
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(harness_wait_stopped(&test->harness), 0);
    assert_true(is_line_up(guest));
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY | UART_LSR_DR);
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_RDI);
    release_role(test);
    assert_int_equal(read_rbr(test), 'x');
}

/* The page of the string is gone when the successor comes. */
static void uart_a_string_cut_off_by_a_death_is_whole(void **state)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = THR, .size = 1, .count = 300,
        .data = 0x4000, .data_is_ptr = true,
    };
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    uint8_t wanted[700];
    unsigned int i;

    memset(wanted, 'z', 300);
    memset(wanted + 300, 'p', 400);
    memset(guest->memory + 0x4000, 'z', 300);
    fake_fault_set(FAKE_FAULT_KILL, FAULT_RING_PUT, 1);
    fake_guest_start(guest, 0, -1, &request);
    harness_wait(&test->harness);
    assert_true(fake_fault_clear());
    guest->domain->page_kind[4] = FAKE_PAGE_HOLE;
    assert_int_equal(harness_start(&test->harness), 0);
    finish(test, 0);
    for (i = 0; i < 400; i++)
        fake_out(guest, 0, THR, 1, 'p');
    read_rbr(test);
    assert_true(output_is(test, wanted, sizeof(wanted)));
}

/* The guest never lets the role come to rest, and reads LSR by its shadow
 * alone: the role is stopped behind each write while the next one is made. */
static void uart_a_guest_that_writes_without_end_is_given_input(void **state)
{
    struct role_test *test = *state;
    unsigned int i;

    read_rbr(test);
    fake_fault_set(FAKE_FAULT_STOP, FAULT_POSTED_TAKEN, 1);
    post(test, "y");
    assert_int_equal(harness_wait_stopped(&test->harness), 0);
    type_text(test, "\x03");
    for (i = 0; i < 100; i++) {
        if (fake_in(&test->guest, 1, LSR, 1) & UART_LSR_DR)
            break;
        fake_fault_set(FAKE_FAULT_STOP, FAULT_POSTED_TAKEN, 1);
        post(test, "y");
        release_role(test);
        assert_int_equal(harness_wait_stopped(&test->harness), 0);
    }
    assert_int_equal(fake_in(&test->guest, 1, LSR, 1), EMPTY | UART_LSR_DR);
    release_role(test);
    assert_int_equal(read_rbr(test), 3);
}

/* ---- a guest that knows nothing of it ---- */

/* A random access.  Received bytes do not interrupt, since the answers must
 * not depend on time. */
static struct fake_request random_access(struct role_test *test)
{
    static const uint16_t ports[] = { THR, THR, THR, THR, IER, IIR,
                                      LCR, MCR, LSR, LSR, MSR, SCR };
    struct fake_request request = {
        .type = IOREQ_TYPE_PIO,
        .addr =
            ports[role_test_random(test) % (sizeof(ports) / sizeof(ports[0]))],
        .size = 1,
        .count = 1,
        .data = role_test_random(test),
        .is_read = role_test_random(test) % 2,
    };

    if (request.addr == IER)
        request.data &= ~UART_IER_RDI;
    return request;
}

/* A UART of another domain, whose role was started before Xen had the patches.
 */
static void begin_other(struct role_test *other)
{
    memset(other, 0, sizeof(*other));
    assert_int_equal(fake_domain_create(OTHER_DOMID, "g8", 1), 0);
    assert_int_equal(harness_create(&other->harness, "virtual", OTHER_DOMID,
                                    ROLE_TEST_HISTORY),
                     0);
    assert_int_equal(fake_guest_attach(&other->guest, OTHER_DOMID), 0);
    assert_int_equal(harness_start(&other->harness), 0);
}

static void end_other(struct role_test *other)
{
    assert_int_equal(other->guest.domain->posting.posted, 0);
    assert_int_equal(harness_stop(&other->harness), 0);
    harness_destroy(&other->harness);
    fake_guest_detach(&other->guest);
}

static void uart_posted_accesses_answer_as_those_that_wait(void **state)
{
    static uint8_t output[ROLE_TEST_HISTORY];
    struct role_test *test = *state, other;
    uint64_t answer, other_answer;
    unsigned int i;

    begin_other(&other);
    fake_xen_patch();
    test->harness.mode = "virtual";
    assert_int_equal(harness_start(&test->harness), 0);
    for (i = 0; i < ACCESSES; i++) {
        struct fake_request request = random_access(test);

        fake_guest_access(&test->guest, 0, &request, &answer);
        fake_guest_access(&other.guest, 0, &request, &other_answer);
        if (request.is_read && (uint8_t)answer != (uint8_t)other_answer)
            fail_msg("access %u, to %lx: %lx, and %lx if it waits", i,
                     (unsigned long)request.addr, (unsigned long)answer,
                     (unsigned long)other_answer);
    }
    read_rbr(test);
    assert_true(output_is(
        test, output, harness_output(&other.harness, output, sizeof(output))));
    assert_in_range(posting(test)->posted, 1, ACCESSES);
    assert_in_range(posting(test)->shadow_reads, 1, ACCESSES);
    end_other(&other);
}

static const struct CMUnitTest tests[] = {
    POSTED_TEST(uart_posted_bytes_are_before_a_later_access),
    POSTED_TEST(uart_posted_divisor_bytes_are_no_data),
    POSTED_TEST(uart_bytes_posted_in_loop_mode_come_back),
    POSTED_TEST(uart_bytes_posted_before_a_fifo_reset_are_reset),
    POSTED_TEST(uart_a_full_ring_makes_a_write_wait_its_turn),
    POSTED_TEST(uart_thre_interrupt_falls_and_rises_behind_posted_bytes),
    POSTED_TEST(uart_no_posted_byte_interrupts_who_did_not_ask),
    POSTED_TEST(uart_an_idle_uart_is_read_without_the_role),
    POSTED_TEST(uart_whoever_is_interrupted_for_input_sees_it),
    POSTED_TEST(uart_no_interrupt_is_seen_before_its_reason),
    POSTED_TEST(uart_a_byte_that_lsr_shows_is_there_after_a_death),
    POSTED_TEST(
        uart_no_interrupt_of_a_successor_is_seen_before_its_reason),
    POSTED_TEST(uart_a_string_cut_off_by_a_death_is_whole),
    POSTED_TEST(uart_a_guest_that_writes_without_end_is_given_input),
    AT_REST_TEST(uart_posted_accesses_answer_as_those_that_wait),
};

UNIT_MAIN(tests)
