/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_access.c - accesses of every shape, also such as Xen never makes
 *
 * All are answered, and the role lives.
 */
#include <stdlib.h>
#include <string.h>

#include "uart-role/role_test.h"

static uint64_t last_answer(struct role_test *test, unsigned int vcpu,
                            const struct fake_request *request)
{
    uint64_t data;

    fake_guest_start(&test->guest, vcpu, test->harness.server, request);
    assert_int_equal(fake_guest_finish(&test->guest, vcpu,
                                       FAKE_GUEST_TIMEOUT_MS, &data),
                     FAKE_GUEST_OK);
    return data;
}

static bool is_alive(struct role_test *test)
{
    fake_out(&test->guest, 0, SCR, 1, 0x35);
    return fake_in(&test->guest, 0, SCR, 1) == 0x35;
}

static void main_wide_accesses_are_consecutive_registers(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    /* To FCR and LCR. */
    fake_out(guest, 0, FCR, 2, 0x0301);
    assert_int_equal(test->machine->fcr, 0x01);
    assert_int_equal(test->machine->lcr, 0x03);
    /* To MCR, LSR and MSR (which cannot be written), and SCR. */
    fake_out(guest, 0, MCR, 4, 0xa5000003);
    assert_int_equal(test->machine->mcr, 0x03);
    assert_int_equal(test->machine->scr, 0xa5);
    assert_int_equal(fake_in(guest, 0, LCR, 2), 0x0303);
    fake_uart_set_lines(test->machine, 0xb0);
    fake_in(guest, 0, 0x3fe, 1); /* MSR: its deltas go */
    assert_int_equal(fake_in(guest, 0, MCR, 4), 0xa5b06003);
    /* To THR and IER. */
    fake_out(guest, 0, THR, 2, 0x0041);
    assert_true(output_is(test, (const uint8_t *)"A", 1));
}

static void main_an_access_beyond_the_last_port_is_not_ours(void **state)
{
    struct role_test *test = *state;

    assert_int_equal(fake_in(&test->guest, 0, SCR, 2), 0xffff);
    assert_int_equal(fake_in(&test->guest, 0, 0x3fd, 4), 0xffffffff);
    assert_int_equal(fake_in(&test->guest, 0, 0x2f8, 1), 0xff);
    assert_int_equal(fake_in(&test->guest, 0, 0x3f7, 2), 0xffff);
    assert_true(is_alive(test));
}

static void main_rep_outs_goes_up_and_down_over_pages(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    uint8_t expected[4096 + 300];
    unsigned int i, count = 0;

    for (i = 0; i < 0x4000; i++)
        guest->memory[0x1000 + i] = role_test_random(test);
    /* A page's worth of bytes, on two pages, from an odd address. */
    for (i = 0; i < 4095; i++)
        expected[count++] = guest->memory[0x1801 + i];
    assert_int_equal(fake_rep(guest, 0, false, THR, 1, 0x1801, 4095, false),
                     FAKE_GUEST_OK);
    /* Downwards, across the border of a page. */
    for (i = 0; i < 100; i++)
        expected[count++] = guest->memory[0x3032 - i];
    assert_int_equal(fake_rep(guest, 0, false, THR, 1, 0x3032, 100, true),
                     FAKE_GUEST_OK);
    assert_true(output_is(test, expected, count));
}

/* Within an element the bytes are in ascending order, also when the string
 * goes down.  The high byte goes to IER. */
static void main_rep_outsw_writes_two_registers_an_element(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    static const uint8_t words[] = { 'a', 0, 'b', 1, 'c', 5 };

    /* The middle element crosses the border of a page. */
    memcpy(guest->memory + 0x4ffd, words, sizeof(words));
    fake_rep(guest, 0, false, THR, 2, 0x4ffd, 3, false);
    assert_true(output_is(test, (const uint8_t *)"abc", 3));
    assert_int_equal(fake_in(guest, 0, IER, 1), 5);
    fake_rep(guest, 0, false, THR, 2, 0x5001, 3, true);
    assert_true(output_is(test, (const uint8_t *)"abccba", 6));
    assert_int_equal(fake_in(guest, 0, IER, 1), 0);
}

static void main_rep_ins_fills_guest_memory(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    uint8_t *target = guest->memory + 0x5ffe;

    fake_out(guest, 0, SCR, 1, 0x42);
    memset(target - 4, 0, 16);
    fake_rep(guest, 0, true, SCR, 1, 0x5ffe, 4, false);
    assert_memory_equal(target - 1, "\0\x42\x42\x42\x42\0", 6);
    /* From LCR and MCR, a word an element. */
    fake_out(guest, 0, LCR, 2, 0x0b1b);
    fake_rep(guest, 0, true, LCR, 2, 0x5ffe, 2, false);
    assert_memory_equal(target, "\x1b\x0b\x1b\x0b\0", 5);
}

static void main_memory_that_is_not_there_harms_nobody(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    const uint64_t far = UINT64_C(0xffffffffffff0000);

    fake_domain_set_page(ROLE_TEST_DOMID, 0, FAKE_PAGE_HOLE);
    fake_domain_set_page(ROLE_TEST_DOMID, 9, FAKE_PAGE_HOLE);
    memcpy(guest->memory + 0x8ffe, "xy", 2);
    memcpy(guest->memory + 0xa000, "z", 1);
    /* What has memory is sent; what has none is left out. */
    assert_int_equal(fake_rep(guest, 0, false, THR, 1, 0x8ffe, 4, false),
                     FAKE_GUEST_OK);
    assert_true(output_is(test, (const uint8_t *)"xy", 2));
    assert_int_equal(fake_rep(guest, 0, false, THR, 1, far, 4095, false),
                     FAKE_GUEST_OK);
    assert_int_equal(fake_rep(guest, 0, true, SCR, 1, far, 4095, true),
                     FAKE_GUEST_OK);
    assert_true(output_is(test, (const uint8_t *)"xy", 2));
    /* The addresses wrap around at either end. */
    assert_int_equal(fake_rep(guest, 0, false, THR, 4, UINT64_MAX - 5, 3,
                              false), FAKE_GUEST_OK);
    assert_int_equal(fake_rep(guest, 0, false, THR, 1, 3, 100, true),
                     FAKE_GUEST_OK);
    assert_true(is_alive(test));
}

static void main_rom_can_be_sent_but_not_written(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    memcpy(guest->memory + 0xb000, "rom", 3);
    fake_domain_set_page(ROLE_TEST_DOMID, 0xb, FAKE_PAGE_ROM);
    fake_rep(guest, 0, false, THR, 1, 0xb000, 3, false);
    assert_true(output_is(test, (const uint8_t *)"rom", 3));
    fake_rep(guest, 0, true, SCR, 1, 0xb000, 3, false);
    assert_memory_equal(guest->memory + 0xb000, "rom", 3);
    assert_true(is_alive(test));
}

/* dom0 has no memory to map the guest's with: nothing of the string may be left
 * out because of that. */
static void trust_a_string_waits_for_a_role_that_can_map_it(void **state)
{
    struct role_test *test = *state;
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = THR, .size = 1, .count = 3,
        .data = 0x1000, .data_is_ptr = true,
    };
    uint64_t data;

    memcpy(test->guest.memory + 0x1000, "abc", 3);
    fake_unmappable_set(true);
    fake_guest_start(&test->guest, 0, -1, &request);
    assert_int_equal(harness_wait(&test->harness), EXIT_FAILURE << 8);
    fake_unmappable_set(false);
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(fake_guest_finish(&test->guest, 0, FAKE_GUEST_TIMEOUT_MS,
                                       &data), FAKE_GUEST_OK);
    assert_true(output_is(test, (const uint8_t *)"abc", 3));
}

static void main_invalidate_lets_go_of_guest_memory(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    memcpy(guest->memory + 0xc000, "before", 6);
    fake_rep(guest, 0, false, THR, 1, 0xc000, 6, false);
    /* The page goes away, which only INVALIDATE can tell. */
    fake_domain_set_page(ROLE_TEST_DOMID, 0xc, FAKE_PAGE_HOLE);
    assert_int_equal(fake_invalidate(guest, 1), FAKE_GUEST_OK);
    fake_rep(guest, 0, false, THR, 1, 0xc000, 6, false);
    assert_true(output_is(test, (const uint8_t *)"before", 6));
    fake_domain_set_page(ROLE_TEST_DOMID, 0xc, FAKE_PAGE_RAM);
    fake_rep(guest, 0, false, THR, 1, 0xc000, 6, false);
    assert_true(output_is(test, (const uint8_t *)"beforebefore", 12));
}

static void main_hostile_requests_are_answered(void **state)
{
    struct role_test *test = *state;
    static const struct fake_request requests[] = {
        { .type = 255, .addr = THR, .size = 1, .count = 1 },
        { .type = IOREQ_TYPE_COPY, .addr = THR, .size = 1, .count = 1 },
        { .type = IOREQ_TYPE_TIMEOFFSET, .addr = THR, .size = 8, .count = 1 },
        { .addr = THR, .size = 3, .count = 1 },
        { .addr = THR, .size = 0, .count = 1 },
        { .addr = THR, .size = 8, .count = 1 },
        { .addr = THR, .size = UINT32_MAX, .count = 1 },
        { .addr = THR, .size = 1, .count = UINT32_MAX },
        { .addr = THR, .size = 1, .count = UINT32_MAX, .data_is_ptr = true },
        { .addr = THR, .size = 4, .count = 0x40000000, .is_read = true },
        { .addr = SCR, .size = 2, .count = 1 },
        { .addr = SCR, .size = 4, .count = 1, .is_read = true },
        { .addr = 0x3f7, .size = 1, .count = 1 },
        { .addr = 0x400, .size = 1, .count = 1, .is_read = true },
        { .addr = 0x103f8, .size = 1, .count = 1 },
        { .addr = UINT64_MAX, .size = 1, .count = 1 },
        { .addr = UINT64_MAX, .size = 1, .count = 1, .is_read = true },
        { .addr = UINT64_MAX - 1, .size = 4, .count = 1, .is_read = true },
        { .addr = UINT64_C(1) << 63, .size = 4, .count = 1, .is_read = true },
    };
    unsigned int i;

    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct fake_request request = requests[i];

        if (!request.type)
            request.type = IOREQ_TYPE_PIO;
        /* The request is not for the role's ports, and is answered with all
         * ones, as by Xen's null handler. */
        assert_int_equal(last_answer(test, i % ROLE_TEST_VCPUS, &request),
                         UINT64_MAX);
    }
    assert_true(output_is(test, NULL, 0));
    assert_true(is_alive(test));
}

static void main_a_count_of_zero_does_nothing(void **state)
{
    struct role_test *test = *state;
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = THR, .size = 1, .count = 0,
        .data = 'x',
    };

    last_answer(test, 0, &request);
    assert_int_equal(fake_rep(&test->guest, 0, false, THR, 1, 0x1000, 0,
                              false), FAKE_GUEST_OK);
    assert_true(output_is(test, NULL, 0));
    assert_true(is_alive(test));
}

/* Requests of random bits, one as soon as the other is answered. */
static void main_random_requests_are_answered(void **state)
{
    struct role_test *test = *state;
    unsigned int i, round;

    for (round = 0; round < 5000 / SANITIZER_SLOWNESS; round++) {
        struct fake_request request;
        uint8_t *bytes = (uint8_t *)&request;

        for (i = 0; i < sizeof(request); i++)
            bytes[i] = role_test_random(test);
        request.is_read = role_test_random(test) & 1;
        request.data_is_ptr = role_test_random(test) & 1;
        request.df = role_test_random(test) & 1;
        if (role_test_random(test) & 3)
            request.addr = 0x3f0 + role_test_random(test) % 24;
        if (role_test_random(test) & 3)
            request.size = role_test_random(test) % 6;
        if (role_test_random(test) & 3)
            request.count %= 64;
        if (role_test_random(test) & 3)
            request.data %= 0x200000;
        if (role_test_random(test) & 3)
            request.type = IOREQ_TYPE_PIO;
        last_answer(test, round % ROLE_TEST_VCPUS, &request);
    }
    fake_out(&test->guest, 0, LCR, 1, 0x03);
    assert_true(is_alive(test));
}

static const struct CMUnitTest tests[] = {
    PASSTHROUGH_TEST(main_wide_accesses_are_consecutive_registers),
    PASSTHROUGH_TEST(main_an_access_beyond_the_last_port_is_not_ours),
    PASSTHROUGH_TEST(main_rep_outs_goes_up_and_down_over_pages),
    PASSTHROUGH_TEST(main_rep_outsw_writes_two_registers_an_element),
    PASSTHROUGH_TEST(main_rep_ins_fills_guest_memory),
    PASSTHROUGH_TEST(main_memory_that_is_not_there_harms_nobody),
    PASSTHROUGH_TEST(main_rom_can_be_sent_but_not_written),
    VIRTUAL_TEST(trust_a_string_waits_for_a_role_that_can_map_it),
    PASSTHROUGH_TEST(main_invalidate_lets_go_of_guest_memory),
    PASSTHROUGH_TEST(main_hostile_requests_are_answered),
    PASSTHROUGH_TEST(main_a_count_of_zero_does_nothing),
    PASSTHROUGH_TEST(main_random_requests_are_answered),
};

UNIT_MAIN(tests)
