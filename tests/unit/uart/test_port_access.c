/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_port_access.c - which byte registers a request touches, in which order,
 * and what it reads
 *
 * The UART is a list of what was asked of it, and guest memory an array: this
 * file has a xenforeignmemory_map() of its own.
 */
#include "uart/port_access.h"

#include <linux/serial_reg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xen/hvm/ioreq.h>

#include "unit/unit.h"

#define PAGE 4096u
#define PAGES 4
#define TOUCHES_MAX 70000

struct touch {
    uint8_t offset;
    uint8_t value;
    bool is_read;
};

static struct {
    struct journal journal;
    _Atomic uint64_t in_doubt;
    struct guest_memory memory;
    struct uart uart;
    struct port_access access;
} fixture;

static char path[64];
static struct touch touches[TOUCHES_MAX];
static unsigned int touch_count;
static uint8_t next_read;
static uint8_t guest[PAGES * PAGE];
static bool is_hole[PAGES], is_rom[PAGES];
static unsigned int maps, unmaps;

void *xenforeignmemory_map(xenforeignmemory_handle *handle, uint32_t domid,
                           int protection, size_t pages,
                           const xen_pfn_t frames[], int errors[])
{
    (void)handle;
    assert_int_equal(domid, 7);
    assert_int_equal(pages, 1);
    maps++;
    errors[0] = frames[0] >= PAGES || is_hole[frames[0]] ||
                        ((protection & PROT_WRITE) && is_rom[frames[0]])
                    ? -22 : 0;
    return guest + (errors[0] ? 0 : frames[0] * PAGE);
}

int xenforeignmemory_unmap(xenforeignmemory_handle *handle, void *address,
                           size_t pages)
{
    (void)handle;
    (void)address;
    assert_int_equal(pages, 1);
    unmaps++;
    return 0;
}

static void note(unsigned int offset, uint8_t value, bool is_read)
{
    assert_true(offset < UART_REGS);
    assert_true(touch_count < TOUCHES_MAX);
    touches[touch_count++] = (struct touch){ offset, value, is_read };
}

static uint8_t read_register(struct uart *uart, unsigned int offset)
{
    /* The state is the journal's working copy. */
    uart->state->in_offset++;
    note(offset, next_read, true);
    return next_read++;
}

static void write_register(struct uart *uart, unsigned int offset,
                           uint8_t value)
{
    uart->state->out_offset++;
    note(offset, value, false);
}

static const struct uart_ops recorder = {
    .mode = "recorder",
    .read = read_register,
    .write = write_register,
};

static bool does_take_runs;
static unsigned int runs;

static bool takes_runs(const struct uart *uart)
{
    (void)uart;
    return does_take_runs;
}

static void write_run(struct uart *uart, uint8_t *bytes, unsigned int count)
{
    unsigned int i;

    runs++;
    for (i = 0; i < count; i++)
        write_register(uart, UART_TX, bytes[i]);
    memset(bytes, 0xff, count); /* which a UART may do */
}

static const struct uart_ops run_recorder = {
    .mode = "runs",
    .read = read_register,
    .write = write_register,
    .takes_runs = takes_runs,
    .write_run = write_run,
};

/* uart_ops_find() wants it, which nobody calls here. */
const struct uart_ops *const uart_ops_list[] = { NULL };

static int begin(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof(fixture));
    memset(is_hole, 0, sizeof(is_hole));
    memset(is_rom, 0, sizeof(is_rom));
    touch_count = maps = unmaps = 0;
    next_read = 1;
    snprintf(path, sizeof(path), "/tmp/test_port_access.%d", (int)getpid());
    if (journal_create(path) ||
        journal_open(&fixture.journal, path, &fixture.in_doubt))
        return -1;
    guest_memory_init(&fixture.memory, NULL, 7);
    fixture.uart = (struct uart){
        .ops = &recorder,
        .journal = &fixture.journal,
    };
    fixture.access = (struct port_access){
        .uart = &fixture.uart,
        .journal = &fixture.journal,
        .memory = &fixture.memory,
        .first_port = 0x3f8,
    };
    return 0;
}

static int end(void **state)
{
    (void)state;
    guest_memory_invalidate(&fixture.memory);
    journal_close(&fixture.journal);
    return maps == unmaps && !unlink(path) ? 0 : -1;
}

static uint64_t run(struct port_request request)
{
    uint64_t answer;

    journal_begin(&fixture.journal, &request);
    answer = port_access_run(&fixture.access);
    journal_end(&fixture.journal);
    return answer;
}

static void assert_touch(unsigned int at, uint8_t offset, uint8_t value)
{
    assert_true(at < touch_count);
    assert_int_equal(touches[at].offset, offset);
    assert_int_equal(touches[at].value, value);
}

static void main_a_byte_is_one_register(void **state)
{
    (void)state;
    run((struct port_request){ .addr = 0x3fb, .data = 0x183, .count = 1,
                               .size = 1 });
    assert_int_equal(touch_count, 1);
    assert_touch(0, 3, 0x83);
    assert_int_equal(run((struct port_request){
        .addr = 0x3fd, .count = 1, .size = 1, .is_read = true }), 1);
    assert_touch(1, 5, 1);
    assert_true(touches[1].is_read);
}

static void main_a_wide_access_goes_upwards_low_byte_first(void **state)
{
    (void)state;
    run((struct port_request){ .addr = 0x3fc, .data = 0x44332211,
                               .count = 1, .size = 4 });
    assert_int_equal(touch_count, 4);
    assert_touch(0, 4, 0x11);
    assert_touch(1, 5, 0x22);
    assert_touch(2, 6, 0x33);
    assert_touch(3, 7, 0x44);
    next_read = 0xa1;
    assert_int_equal(run((struct port_request){
        .addr = 0x3f8, .count = 1, .size = 4, .is_read = true }), 0xa4a3a2a1);
}

static void main_a_read_leaves_no_bits_of_the_one_before(void **state)
{
    (void)state;
    next_read = 0xff;
    assert_int_equal(run((struct port_request){
        .addr = 0x3f8, .count = 1, .size = 1, .is_read = true }), 0xff);
    next_read = 0x01;
    assert_int_equal(run((struct port_request){
        .addr = 0x3f8, .count = 1, .size = 1, .is_read = true }), 0x01);
}

/* A rep of one register without memory leaves the last value in it. */
static void main_a_rep_into_a_register_is_done_count_times(void **state)
{
    (void)state;
    run((struct port_request){ .addr = 0x3f8, .data = 'x', .count = 3,
                               .size = 1 });
    assert_int_equal(touch_count, 3);
    assert_int_equal(run((struct port_request){
        .addr = 0x3f8, .count = 3, .size = 1, .is_read = true }), 3);
}

static void main_rep_outs_takes_elements_up_or_down(void **state)
{
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(guest); i++)
        guest[i] = i * 7;
    run((struct port_request){ .addr = 0x3f8, .data = PAGE - 2, .count = 4,
                               .size = 1, .data_is_ptr = true });
    for (i = 0; i < 4; i++)
        assert_touch(i, 0, guest[PAGE - 2 + i]);
    touch_count = 0;
    run((struct port_request){ .addr = 0x3f8, .data = PAGE + 1, .count = 4,
                               .size = 1, .data_is_ptr = true, .df = true });
    for (i = 0; i < 4; i++)
        assert_touch(i, 0, guest[PAGE + 1 - i]);
    /* Within an element bytes go upwards also when the string goes down. */
    touch_count = 0;
    run((struct port_request){ .addr = 0x3fa, .data = PAGE - 1, .count = 2,
                               .size = 2, .data_is_ptr = true, .df = true });
    assert_int_equal(touch_count, 4);
    assert_touch(0, 2, guest[PAGE - 1]);
    assert_touch(1, 3, guest[PAGE]);
    assert_touch(2, 2, guest[PAGE - 3]);
    assert_touch(3, 3, guest[PAGE - 2]);
}

/* Strings at any address, of any length, upwards and downwards: what is
 * written, and how much of it is done, is as if done byte by byte. */
static void main_strings_to_thr_are_taken_in_runs(void **state)
{
    struct port_request request = {
        .addr = 0x3f8, .size = 1, .data_is_ptr = true,
    };
    unsigned int round, i;

    (void)state;
    fixture.uart.ops = &run_recorder;
    is_hole[2] = true;
    for (i = 0; i < sizeof(guest); i++)
        guest[i] = i * 7 + (i >> 8);
    srand(1);
    for (round = 0; round < 2000; round++) {
        unsigned int count, at;

        request.data = rand() % sizeof(guest);
        request.count = count = rand() % 3000;
        request.df = rand() & 1;
        does_take_runs = true;
        touch_count = runs = 0;
        run(request);
        for (i = at = 0; i < count; i++) {
            uint64_t address = request.df ? request.data - i
                                          : request.data + i;

            if (address < sizeof(guest) && !is_hole[address / PAGE])
                assert_touch(at++, UART_TX, guest[address]);
        }
        assert_int_equal(touch_count, at);
        assert_true(runs <= at / PORT_ACCESS_RUN_MAX + PAGES + 1);
        assert_true(runs >= at / PORT_ACCESS_RUN_MAX);
    }
}

static void main_only_strings_to_thr_are_taken_in_runs(void **state)
{
    static const struct port_request requests[] = {
        { .addr = 0x3f8, .data = 'x', .count = 9, .size = 1 },
        { .addr = 0x3f9, .data = 4, .count = 9, .size = 1,
          .data_is_ptr = true },
        { .addr = 0x3f8, .data = 4, .count = 9, .size = 2,
          .data_is_ptr = true },
        { .addr = 0x3f8, .data = 4, .count = 9, .size = 1,
          .data_is_ptr = true, .is_read = true },
    };
    unsigned int i;

    (void)state;
    fixture.uart.ops = &run_recorder;
    does_take_runs = true;
    runs = 0;
    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        run(requests[i]);
    assert_int_equal(touch_count, 9 + 9 + 18 + 9);
    does_take_runs = false;
    run((struct port_request){ .addr = 0x3f8, .data = 4, .count = 9,
                               .size = 1, .data_is_ptr = true });
    assert_int_equal(touch_count, 9 + 9 + 18 + 9 + 9);
    assert_int_equal(runs, 0);
}

static void main_a_string_goes_on_where_it_stopped(void **state)
{
    const struct port_request request = {
        .addr = 0x3f8, .data = 10, .count = 40, .size = 1,
        .data_is_ptr = true,
    };

    (void)state;
    fixture.uart.ops = &run_recorder;
    does_take_runs = true;
    journal_begin(&fixture.journal, &request);
    journal_commit(&fixture.journal, 30);
    port_access_run(&fixture.access);
    assert_int_equal(touch_count, 10);
    assert_touch(0, UART_TX, guest[40]);
    assert_int_equal(journal_units_done(&fixture.journal), 40);
}

static void main_rep_ins_puts_elements_into_memory(void **state)
{
    (void)state;
    memset(guest, 0, sizeof(guest));
    run((struct port_request){ .addr = 0x3f8, .data = PAGE - 2, .count = 2,
                               .size = 2, .data_is_ptr = true,
                               .is_read = true });
    assert_memory_equal(guest + PAGE - 3, "\0\1\2\3\4\0", 6);
}

static void main_pages_stay_mapped_until_invalidate(void **state)
{
    const struct port_request request = {
        .addr = 0x3f8, .data = 100, .count = 4000, .size = 1,
        .data_is_ptr = true,
    };

    (void)state;
    run(request);
    assert_int_equal(maps, 2);
    run(request);
    assert_int_equal(maps, 2);
    assert_int_equal(run((struct port_request){
        .type = IOREQ_TYPE_INVALIDATE, .data = 0x1234 }), 0x1234);
    assert_int_equal(unmaps, 2);
    run(request);
    assert_int_equal(maps, 4);
}

/* A request makes one attempt to map memory that is not there, whatever its
 * count. */
static void main_a_hole_is_tried_once_a_request(void **state)
{
    const struct port_request request = {
        .addr = 0x3f8, .data = PAGE - 1, .count = 1000, .size = 1,
        .data_is_ptr = true,
    };

    (void)state;
    is_hole[1] = true;
    run(request);
    assert_int_equal(touch_count, 1);
    assert_int_equal(maps, 2);
    run(request);
    assert_int_equal(touch_count, 2);
    assert_int_equal(maps, 3);
    /* The next request finds memory that is there by then. */
    is_hole[1] = false;
    run(request);
    assert_int_equal(touch_count, 1002);
}

static void main_what_is_mapped_for_reading_is_mapped_anew_for_writing(
    void **state)
{
    (void)state;
    memset(guest, 'a', sizeof(guest));
    run((struct port_request){ .addr = 0x3f8, .data = 0, .count = 1,
                               .size = 1, .data_is_ptr = true });
    run((struct port_request){ .addr = 0x3f8, .data = 0, .count = 1,
                               .size = 1, .data_is_ptr = true,
                               .is_read = true });
    assert_int_equal(maps, 2);
    assert_int_equal(guest[0], 1);
    is_rom[2] = true;
    run((struct port_request){ .addr = 0x3f8, .data = 2 * PAGE, .count = 9,
                               .size = 1, .data_is_ptr = true,
                               .is_read = true });
    assert_int_equal(guest[2 * PAGE], 'a');
    /* The device is read all the same, as its FIFO moves on. */
    assert_int_equal(touch_count, 11);
}

static void main_an_unfinished_request_goes_on_where_it_stopped(void **state)
{
    const struct port_request request = {
        .addr = 0x3fa, .data = 0x44332211, .count = 1, .size = 4,
    };
    struct journal_copy *work;

    (void)state;
    /* A predecessor has done two of four byte accesses. */
    journal_begin(&fixture.journal, &request);
    work = journal_work(&fixture.journal);
    work->uart.out_offset = 2;
    journal_commit(&fixture.journal, 2);
    port_access_run(&fixture.access);
    assert_int_equal(touch_count, 2);
    assert_touch(0, 4, 0x33);
    assert_touch(1, 5, 0x44);
    assert_int_equal(journal_units_done(&fixture.journal), 4);
    assert_int_equal(journal_current(&fixture.journal)->out_offset, 4);
    /* All are done: nothing is touched, and the answer is there. */
    port_access_run(&fixture.access);
    assert_int_equal(touch_count, 2);
}

static void main_half_a_read_is_completed_by_the_successor(void **state)
{
    const struct port_request request = {
        .addr = 0x3f8, .count = 1, .size = 4, .is_read = true,
    };

    (void)state;
    journal_begin(&fixture.journal, &request);
    journal_work(&fixture.journal)->response = 0xbbaa;
    journal_commit(&fixture.journal, 2);
    assert_int_equal(port_access_run(&fixture.access), 0x0201bbaa);
}

static void main_what_is_not_ours_is_all_ones_and_touches_nothing(
    void **state)
{
    static const struct port_request requests[] = {
        { .type = 255, .addr = 0x3f8, .size = 1, .count = 1 },
        { .type = IOREQ_TYPE_COPY, .addr = 0x3f8, .size = 1, .count = 1 },
        { .addr = 0x3f7, .size = 1, .count = 1 },
        { .addr = 0x400, .size = 1, .count = 1 },
        { .addr = 0x3f7, .size = 2, .count = 1 },
        { .addr = 0x3ff, .size = 2, .count = 1 },
        { .addr = 0x3fd, .size = 4, .count = 1 },
        { .addr = 0x3f8, .size = 0, .count = 1 },
        { .addr = 0x3f8, .size = 3, .count = 1 },
        { .addr = 0x3f8, .size = 8, .count = 1 },
        { .addr = 0x3f8, .size = UINT32_MAX, .count = 1 },
        { .addr = 0x3f8, .size = 1, .count = 65537 },
        { .addr = 0x3f8, .size = 4, .count = UINT32_MAX },
        { .addr = UINT64_MAX, .size = 1, .count = 1 },
        { .addr = UINT64_MAX - 3, .size = 4, .count = 1 },
        { .addr = UINT64_C(0x1000003f8), .size = 1, .count = 1 },
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct port_request request = requests[i];

        if (!request.type)
            request.type = IOREQ_TYPE_PIO;
        assert_int_equal(run(request), UINT64_MAX);
        request.is_read = true;
        assert_int_equal(run(request), UINT64_MAX);
    }
    assert_int_equal(touch_count, 0);
}

static void main_the_bounds_themselves_are_ours(void **state)
{
    (void)state;
    run((struct port_request){ .addr = 0x3f8, .size = 4, .count = 1 });
    run((struct port_request){ .addr = 0x3fc, .size = 4, .count = 1 });
    run((struct port_request){ .addr = 0x3fe, .size = 2, .count = 1 });
    run((struct port_request){ .addr = 0x3ff, .size = 1, .count = 1 });
    assert_int_equal(touch_count, 4 + 4 + 2 + 1);
    touch_count = 0;
    run((struct port_request){ .addr = 0x3f8, .size = 1, .count = 65536 });
    assert_int_equal(touch_count, 65536);
    touch_count = 0;
    run((struct port_request){ .addr = 0x3f8, .size = 1, .count = 0 });
    assert_int_equal(touch_count, 0);
}

#define ACCESS_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    ACCESS_TEST(main_a_byte_is_one_register),
    ACCESS_TEST(main_a_wide_access_goes_upwards_low_byte_first),
    ACCESS_TEST(main_a_read_leaves_no_bits_of_the_one_before),
    ACCESS_TEST(main_a_rep_into_a_register_is_done_count_times),
    ACCESS_TEST(main_rep_outs_takes_elements_up_or_down),
    ACCESS_TEST(main_strings_to_thr_are_taken_in_runs),
    ACCESS_TEST(main_only_strings_to_thr_are_taken_in_runs),
    ACCESS_TEST(main_a_string_goes_on_where_it_stopped),
    ACCESS_TEST(main_rep_ins_puts_elements_into_memory),
    ACCESS_TEST(main_pages_stay_mapped_until_invalidate),
    ACCESS_TEST(main_a_hole_is_tried_once_a_request),
    ACCESS_TEST(main_what_is_mapped_for_reading_is_mapped_anew_for_writing),
    ACCESS_TEST(main_an_unfinished_request_goes_on_where_it_stopped),
    ACCESS_TEST(main_half_a_read_is_completed_by_the_successor),
    ACCESS_TEST(main_what_is_not_ours_is_all_ones_and_touches_nothing),
    ACCESS_TEST(main_the_bounds_themselves_are_ours),
};

UNIT_MAIN(tests)
