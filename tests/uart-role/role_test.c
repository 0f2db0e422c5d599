/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_test.c - sets up and ends the tests of the uart role; what several of
 * them do
 */
#define _GNU_SOURCE
#include "uart-role/role_test.h"

#include <linux/serial_reg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A run prints its seed, and takes it from environment SEED to run again. */
static unsigned int choose_seed(void)
{
    const char *given = getenv("SEED");
    unsigned int seed = given ? strtoul(given, NULL, 10)
                              : (unsigned int)role_test_now_ns();

    print_message("seed %u\n", seed);
    return seed;
}

static int begin(void **state, const char *mode, bool is_started)
{
    struct role_test *test = calloc(1, sizeof(*test));

    if (!test)
        return -1;
    *state = test;
    test->seed = choose_seed();
    fake_xen_start();
    if (fake_domain_create(ROLE_TEST_DOMID, "g7", ROLE_TEST_VCPUS) ||
        harness_create(&test->harness, mode, ROLE_TEST_DOMID,
                       ROLE_TEST_HISTORY) ||
        fake_guest_attach(&test->guest, ROLE_TEST_DOMID))
        return -1;
    test->machine = fake_machine_uart(test->harness.machine_port);
    return is_started ? harness_start(&test->harness) : 0;
}

int role_test_standin(void **state)
{
    return begin(state, "standin", true);
}

int role_test_passthrough(void **state)
{
    return begin(state, "passthrough", true);
}

int role_test_virtual(void **state)
{
    return begin(state, "virtual", true);
}

/* A role asks for the patches when it starts: Xen must have them before. */
int role_test_posted(void **state)
{
    struct role_test *test;

    if (begin(state, "virtual", false))
        return -1;
    test = *state;
    fake_xen_patch();
    return harness_start(&test->harness);
}

int role_test_at_rest(void **state)
{
    return begin(state, "passthrough", false);
}

int role_test_end(void **state)
{
    struct role_test *test = *state;
    int rc = 0;

    if (test->harness.pid) {
        /* A test that failed may have left the role stopped. */
        kill(test->harness.pid, SIGCONT);
        rc = harness_stop(&test->harness);
    }
    harness_destroy(&test->harness);
    fake_guest_detach(&test->guest);
    fake_machine_detach();
    free(test);
    return fake_xen_stop() || rc ? -1 : 0;
}

bool output_is(struct role_test *test, const uint8_t *bytes, size_t count)
{
    static uint8_t output[ROLE_TEST_HISTORY];
    size_t i, got = harness_output(&test->harness, output, sizeof(output));

    for (i = 0; i < got && i < count; i++)
        if (output[i] != bytes[i])
            break;
    if (i == count && got == count)
        return true;
    print_message("output has %zu bytes, expected %zu; first difference at "
                  "%zu\n", got, count, i);
    return false;
}

bool is_line_up(void *opaque)
{
    struct fake_guest *guest = opaque;

    return guest->domain->irq_level[HARNESS_IRQ];
}

bool is_line_down(void *opaque)
{
    return !is_line_up(opaque);
}

bool does_role_sleep(void *opaque)
{
    struct role_test *test = opaque;

    return test->harness.out.header->report.uart_sleeps != 0;
}

bool is_all_consumed(void *opaque)
{
    struct role_test *test = opaque;

    return test->harness.out.header->report.in_tail ==
           test->harness.in.header->head;
}

void write_text(struct role_test *test, const char *text)
{
    for (; *text; text++)
        assert_int_equal(fake_out(&test->guest, 0, THR, 1, *text),
                         FAKE_GUEST_OK);
}

void assert_line_moved(struct role_test *test, const char *expected)
{
    char moves[64];
    struct fake_domain *domain = test->guest.domain;
    uint32_t used = 0;

    assert_true(
        fake_guest_wait_irq(&test->guest, test->irqs_seen + strlen(expected)));
    while (test->irqs_seen < domain->irq_count && used < sizeof(moves) - 1) {
        const struct fake_irq_event *event =
            &domain->irq_log[test->irqs_seen++ % FAKE_IRQ_LOG];

        moves[used++] = event->irq != HARNESS_IRQ ? '?' : '0' + event->level;
    }
    moves[used] = '\0';
    assert_string_equal(moves, expected);
}

uint8_t guest_reads(struct role_test *test)
{
    uint32_t iir;

    /* The line may still be on its way down from the interrupt before. */
    do {
        assert_true(wait_until(is_line_up, &test->guest));
        iir = fake_in(&test->guest, 0, IIR, 1);
    } while (iir & UART_IIR_NO_INT);
    return fake_in(&test->guest, 0, RBR, 1);
}

struct waker net_side(struct role_test *test)
{
    char path[4096];

    harness_path(&test->harness, path, "uart.wake");
    return (struct waker){ .fd = wake_open(path) };
}

bool type_byte(struct role_test *test, struct waker *waker, uint8_t byte)
{
    return type_errors(test, waker, byte, 0);
}

bool type_errors(struct role_test *test, struct waker *waker, uint8_t byte,
                 uint8_t errors)
{
    struct role_harness *harness = &test->harness;
    uint64_t in_tail = atomic_load(&harness->out.header->report.in_tail);

    if (!in_ring_write_errors(&harness->in, in_tail, byte, errors))
        return false;
    wake_if_asleep(waker, &harness->out.header->report.uart_sleeps);
    return true;
}

void type_text(struct role_test *test, const char *text)
{
    struct waker waker = net_side(test);

    while (*text)
        assert_true(type_byte(test, &waker, (uint8_t)*text++));
    close(waker.fd);
}

void send_break(struct role_test *test)
{
    struct waker waker = net_side(test);

    assert_true(type_errors(test, &waker, 0, UART_LSR_BI));
    close(waker.fd);
}

uint8_t role_test_random(struct role_test *test)
{
    return rand_r(&test->seed) >> 8;
}

int64_t role_test_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

bool wait_until(bool (*holds)(void *opaque), void *opaque)
{
    const struct timespec pause = { .tv_nsec = 200000 };
    int64_t until = role_test_now_ns() + HARNESS_TIMEOUT_MS * INT64_C(1000000);

    while (!holds(opaque)) {
        if (role_test_now_ns() > until)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}
