/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_life.c - how a uart role begins and ends, what it makes of the
 * files of its console, and how it follows another role
 */
#include <fcntl.h>
#include <linux/serial_reg.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/role.h"
#include "shared/wake.h"
#include "uart-role/role_test.h"
#include "uart/fault_point.h"

static void main_the_server_is_made_beside_qemus(void **state)
{
    struct role_test *test = *state;
    const struct fake_server *server = &test->guest.domain->servers[1];
    const struct fake_ranges *ports = &server->ranges[XEN_DMOP_IO_RANGE_PORT];

    assert_int_equal(test->harness.server, 1);
    assert_true(server->is_enabled);
    assert_int_equal(ports->count, 1);
    assert_int_equal(ports->at[0].first, 0x3f8);
    assert_int_equal(ports->at[0].last, 0x3ff);
    assert_int_equal(fake_count_bound(), ROLE_TEST_VCPUS);
}

/* What a line of /proc/PID/status says. */
static const char *status_of(struct role_test *test, const char *name)
{
    static char line[256];
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)test->harness.pid);
    file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (!strncmp(line, name, strlen(name)))
            break;
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return line + strlen(name);
}

static void main_a_serving_role_has_given_up_what_it_can(void **state)
{
    struct role_test *test = *state;

    write_text(test, "x");
    assert_int_equal(fake_count_unrestricted(), 0);
    assert_string_equal(status_of(test, "NoNewPrivs:"), "\t1");
    assert_string_equal(status_of(test, "Seccomp:"), "\t2");
    assert_string_equal(status_of(test, "CapEff:"), "\t0000000000000000");
    assert_string_equal(status_of(test, "CapPrm:"), "\t0000000000000000");
    assert_true(strtoul(status_of(test, "Uid:"), NULL, 10) != 0);
    assert_true(strtoul(status_of(test, "Gid:"), NULL, 10) != 0);
}

static void break_version(struct role_test *test)
{
    struct shared_file_header header;
    char path[4096];
    int fd;

    harness_path(&test->harness, path, "state");
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, &header, sizeof(header)), sizeof(header));
    header.version += 1000;
    assert_int_equal(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
    close(fd);
}

static void main_stale_state_version_is_refused_and_guest_lives(void **state)
{
    struct role_test *test = *state;
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = THR, .size = 1, .count = 1,
        .data = 'd',
    };
    char path[4096];
    uint64_t data;

    write_text(test, "abc");
    fake_fault_set(FAKE_FAULT_STOP, FAULT_BEGUN, 1);
    fake_guest_start(&test->guest, 0, -1, &request);
    assert_int_equal(harness_wait_stopped(&test->harness), 0);
    harness_kill(&test->harness);
    break_version(test);

    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(fake_guest_finish(&test->guest, 0,
                                       FAKE_GUEST_TIMEOUT_MS, &data),
                     FAKE_GUEST_OK);
    write_text(test, "ef");
    /* The history goes on, and the refused state is kept for who wants to
     * know. */
    assert_true(output_is(test, (const uint8_t *)"abcdef", 6));
    harness_path(&test->harness, path, "state.refused");
    assert_int_equal(access(path, F_OK), 0);
}

/* A2: the net role can write its ring. */
static void trust_an_in_ring_that_has_grown_keeps_no_guest_waiting(
    void **state)
{
    struct role_test *test = *state;
    char path[4096];

    write_text(test, "abc");
    harness_kill(&test->harness);
    harness_path(&test->harness, path, "in");
    assert_int_equal(truncate(path, SHARED_FILE_HEADER_BYTES + IN_RING_FILE_BYTES +
                                        1), 0);

    assert_int_equal(harness_start(&test->harness), 0);
    write_text(test, "def");
    assert_true(output_is(test, (const uint8_t *)"abcdef", 6));
}

static void main_a_state_cut_short_is_refused_and_guest_lives(void **state)
{
    struct role_test *test = *state;
    char path[4096];

    write_text(test, "abc");
    harness_kill(&test->harness);
    harness_path(&test->harness, path, "state");
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(harness_start(&test->harness), 0);
    write_text(test, "d");
    assert_true(output_is(test, (const uint8_t *)"abcd", 4));
}

/* The state is older than the out ring, which is ahead of it. */
static void main_state_and_ring_that_disagree_go_on_at_the_rings_end(
    void **state)
{
    struct role_test *test = *state;
    struct out_ring ring;
    char path[4096];

    write_text(test, "abc");
    harness_kill(&test->harness);
    harness_path(&test->harness, path, "out");
    assert_int_equal(out_ring_open_writer(&ring, path), 0);
    out_ring_put(&ring, 3, 'x');
    out_ring_put(&ring, 4, 'y');
    out_ring_close(&ring);
    assert_int_equal(harness_start(&test->harness), 0);
    write_text(test, "d");
    assert_true(output_is(test, (const uint8_t *)"abcxyd", 6));
}

static void wake_role(struct role_test *test)
{
    char path[4096];
    int fd;

    harness_path(&test->harness, path, "uart.wake");
    fd = wake_open(path);
    assert_true(fd >= 0);
    wake_signal(fd);
    close(fd);
}

static bool is_input_consumed(void *opaque)
{
    struct role_test *test = opaque;

    return test->harness.out.header->report.in_tail ==
           test->harness.in.header->head;
}

static void main_clients_input_is_taken_out_of_its_ring(void **state)
{
    struct role_test *test = *state;
    static uint8_t bytes[IN_RING_BYTES];
    unsigned int round;

    for (round = 0; round < 3; round++) {
        uint64_t tail = test->harness.out.header->report.in_tail;

        assert_int_equal(in_ring_write(&test->harness.in, tail, bytes, 10000),
                         10000);
        wake_role(test);
        assert_true(wait_until(is_input_consumed, test));
    }
}

static void main_corrupt_in_ring_index_is_refused_and_guest_lives(
    void **state)
{
    struct role_test *test = *state;

    write_text(test, "a");
    test->harness.in.header->head = UINT64_C(1) << 40;
    wake_role(test);
    assert_int_equal(harness_await(&test->harness, ROLE_WARNING), 0);
    assert_non_null(strstr(test->harness.warning, "corrupt"));
    write_text(test, "b");
    /* The warning is sent once, and nothing is consumed. */
    wake_role(test);
    write_text(test, "c");
    assert_int_equal(test->harness.out.header->report.in_tail, 0);
    assert_true(output_is(test, (const uint8_t *)"abc", 3));
}

static bool has_typed_byte(void *opaque)
{
    struct role_test *test = opaque;

    return fake_in(&test->guest, 0, LSR, 1) & UART_LSR_DR;
}

/* The net role can write all of the in ring, its header too. */
static void main_a_spoiled_in_ring_header_does_not_hold_up_the_guest(
    void **state)
{
    struct role_test *test = *state;

    write_text(test, "a");
    harness_kill(&test->harness);
    memset(&test->harness.in.header->file, 0xff,
           sizeof(test->harness.in.header->file));
    assert_int_equal(harness_start(&test->harness), 0);
    write_text(test, "b");
    assert_true(output_is(test, (const uint8_t *)"ab", 2));
    type_text(test, "x");
    assert_true(wait_until(has_typed_byte, test));
    assert_int_equal(fake_in(&test->guest, 0, RBR, 1), 'x');
}

static void main_a_sleeping_role_wakes_for_every_request(void **state)
{
    struct role_test *test = *state;
    uint8_t expected[200];
    unsigned int i;

    for (i = 0; i < sizeof(expected); i++) {
        expected[i] = i;
        assert_true(wait_until(does_role_sleep, test));
        assert_int_equal(fake_out(&test->guest, i % ROLE_TEST_VCPUS, THR, 1,
                                  i), FAKE_GUEST_OK);
    }
    assert_true(output_is(test, expected, sizeof(expected)));
}

static void main_the_net_role_is_woken_once_a_sleep(void **state)
{
    struct role_test *test = *state;
    char path[4096], tokens[16];
    int fd;

    snprintf(path, sizeof(path), "%s/net.wake", test->harness.directory);
    fd = wake_open(path);
    assert_true(fd >= 0);
    test->harness.in.header->net_sleeps = 0;
    write_text(test, "while awake");
    assert_int_equal(read(fd, tokens, sizeof(tokens)), -1);
    test->harness.in.header->net_sleeps = 5;
    write_text(test, "many bytes");
    /* When the next request is answered, the wake-up has gone out: it comes
     * before. */
    fake_in(&test->guest, 0, SCR, 1);
    assert_int_equal(read(fd, tokens, sizeof(tokens)), 1);
    write_text(test, "x");
    fake_in(&test->guest, 0, SCR, 1);
    assert_int_equal(read(fd, tokens, sizeof(tokens)), -1);
    test->harness.in.header->net_sleeps = 6;
    write_text(test, "y");
    fake_in(&test->guest, 0, SCR, 1);
    assert_int_equal(read(fd, tokens, sizeof(tokens)), 1);
    close(fd);
}

static bool has_token(void *opaque)
{
    char token;

    return read(*(int *)opaque, &token, 1) == 1;
}

/* The predecessor died between a byte and the wake-up for it. */
static void main_the_successor_wakes_the_net_role(void **state)
{
    struct role_test *test = *state;
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/net.wake", test->harness.directory);
    fd = wake_open(path);
    assert_true(fd >= 0);
    test->harness.in.header->net_sleeps = 5;
    assert_true(wait_until(does_role_sleep, test));
    fake_fault_set(FAKE_FAULT_KILL, FAULT_NOTIFIED, 1);
    write_text(test, "x");
    assert_int_equal(harness_wait(&test->harness), SIGKILL);
    assert_false(has_token(&fd));
    assert_int_equal(harness_start(&test->harness), 0);
    assert_true(wait_until(has_token, &fd));
    close(fd);
}

static void main_a_machine_without_that_uart_is_an_error(void **state)
{
    struct role_test *test = *state;

    test->machine->is_absent = true;
    assert_int_equal(harness_start(&test->harness), -1);
    assert_non_null(strstr(test->harness.failure, "no UART answers at "
                                                  "machine port 3f8"));
}

static void main_a_domain_that_is_not_there_is_an_error(void **state)
{
    struct role_test *test = *state;

    test->harness.domid = 99;
    assert_int_equal(harness_start(&test->harness), -1);
    assert_non_null(strstr(test->harness.failure, "domain 99"));
    test->harness.domid = ROLE_TEST_DOMID;
}

static void main_a_mode_that_is_not_there_is_an_error(void **state)
{
    struct role_test *test = *state;

    test->harness.mode = "typewriter";
    assert_int_equal(harness_start(&test->harness), -1);
    assert_non_null(strstr(test->harness.failure, "mode=typewriter"));
}

static void main_no_free_server_is_an_error(void **state)
{
    struct role_test *test = *state;
    unsigned int i;

    for (i = 1; i < FAKE_SERVERS_MAX; i++)
        test->guest.domain->servers[i].is_used = 1;
    assert_int_equal(harness_start(&test->harness), -1);
    assert_non_null(strstr(test->harness.failure, "cannot create"));
    for (i = 1; i < FAKE_SERVERS_MAX; i++)
        test->guest.domain->servers[i].is_used = 0;
}

static void main_a_role_outlives_its_domain_until_it_is_stopped(void **state)
{
    struct role_test *test = *state;

    write_text(test, "last words");
    assert_int_equal(fake_domain_destroy(ROLE_TEST_DOMID), 0);
    assert_true(output_is(test, (const uint8_t *)"last words", 10));
    assert_int_equal(harness_stop(&test->harness), 0);
}

/* The console outlives its guest: history goes on, the UART begins anew. */
static void main_a_new_domain_finds_its_uart_reset(void **state)
{
    struct role_test *test = *state;
    struct role_harness *harness = &test->harness;

    write_text(test, "one");
    fake_out(&test->guest, 0, LCR, 1, 0x80);
    assert_int_equal(harness_stop(harness), 0);
    fake_domain_destroy(ROLE_TEST_DOMID);
    fake_guest_detach(&test->guest);

    harness->domid = 8;
    harness->server = ROLE_NO_SERVER;
    assert_int_equal(fake_domain_create(8, "g7", 1), 0);
    assert_int_equal(fake_guest_attach(&test->guest, 8), 0);
    assert_int_equal(harness_start(harness), 0);
    write_text(test, "two");
    assert_true(output_is(test, (const uint8_t *)"onetwo", 6));
    harness->domid = 8;
}

/* Xen gives the new server the lowest free number, which the old one had. */
static void main_a_new_server_of_the_old_number_finds_its_uart_reset(
    void **state)
{
    struct role_test *test = *state;

    fake_out(&test->guest, 0, LCR, 1, 0x1b);
    assert_int_equal(harness_remove_server(&test->harness), 0);
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(test->harness.server, 1);
    assert_int_equal(fake_in(&test->guest, 0, LCR, 1), UART_LCR_WLEN8);
}

static void main_the_reset_is_not_left_out_when_its_server_was_announced(
    void **state)
{
    struct role_test *test = *state;
    struct role_harness *harness = &test->harness;
    struct role_message message = { .type = ROLE_STOP };
    int fds[ROLE_LINK_FDS_MAX];

    fake_out(&test->guest, 0, LCR, 1, 0x1b);
    assert_int_equal(harness_remove_server(harness), 0);
    assert_int_equal(harness_spawn(harness), 0);
    /* The role now waits for the go-ahead, and dies there. */
    while (message.type != ROLE_SERVER_CREATED) {
        struct pollfd link = { .fd = harness->link, .events = POLLIN };

        assert_int_equal(poll(&link, 1, HARNESS_TIMEOUT_MS), 1);
        role_link_receive(harness->link, &message, fds);
    }
    harness->server = message.value;
    harness_kill(harness);
    assert_int_equal(harness_start(harness), 0);
    assert_int_equal(fake_count_servers(), 1);
    assert_int_equal(fake_in(&test->guest, 0, LCR, 1), UART_LCR_WLEN8);
}

static const struct CMUnitTest tests[] = {
    STANDIN_TEST(main_the_server_is_made_beside_qemus),
    STANDIN_TEST(main_a_serving_role_has_given_up_what_it_can),
    STANDIN_TEST(main_stale_state_version_is_refused_and_guest_lives),
    PASSTHROUGH_TEST(trust_an_in_ring_that_has_grown_keeps_no_guest_waiting),
    PASSTHROUGH_TEST(main_a_state_cut_short_is_refused_and_guest_lives),
    STANDIN_TEST(main_state_and_ring_that_disagree_go_on_at_the_rings_end),
    STANDIN_TEST(main_clients_input_is_taken_out_of_its_ring),
    STANDIN_TEST(main_corrupt_in_ring_index_is_refused_and_guest_lives),
    VIRTUAL_TEST(main_a_spoiled_in_ring_header_does_not_hold_up_the_guest),
    STANDIN_TEST(main_a_sleeping_role_wakes_for_every_request),
    STANDIN_TEST(main_the_net_role_is_woken_once_a_sleep),
    STANDIN_TEST(main_the_successor_wakes_the_net_role),
    AT_REST_TEST(main_a_machine_without_that_uart_is_an_error),
    AT_REST_TEST(main_a_domain_that_is_not_there_is_an_error),
    AT_REST_TEST(main_a_mode_that_is_not_there_is_an_error),
    AT_REST_TEST(main_no_free_server_is_an_error),
    STANDIN_TEST(main_a_role_outlives_its_domain_until_it_is_stopped),
    PASSTHROUGH_TEST(main_a_new_domain_finds_its_uart_reset),
    VIRTUAL_TEST(main_a_new_server_of_the_old_number_finds_its_uart_reset),
    VIRTUAL_TEST(main_the_reset_is_not_left_out_when_its_server_was_announced),
};

UNIT_MAIN(tests)
