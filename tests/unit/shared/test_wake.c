/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_wake.c - the FIFO that wakes a role
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shared/wake.h"

#include "unit/unit.h"

#define TOKENS 4096 /* fewer than a FIFO holds */

static char path[64];

static int make(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/test_wake.%d", (int)getpid());
    return wake_create(path);
}

static int unmake(void **state)
{
    (void)state;
    return unlink(path);
}

static bool is_readable(int fd)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };

    return poll(&wanted, 1, 0) == 1;
}

static void main_tokens_that_came_together_wake_once(void **state)
{
    int fd = wake_open(path);
    unsigned int i;

    (void)state;
    assert_true(fd >= 0);
    assert_false(is_readable(fd));
    for (i = 0; i < 65; i++) /* of all consoles */
        wake_signal(fd);
    assert_true(is_readable(fd));
    wake_drain(fd);
    assert_false(is_readable(fd));
    wake_drain(fd);
    close(fd);
}

/* A6: who floods the FIFO must not hold up who empties it.  What is left wakes
 * again, between accesses of the guest. */
static void trust_a_flooded_fifo_is_emptied_piece_by_piece(void **state)
{
    int fd = wake_open(path), left;
    unsigned int i;

    (void)state;
    for (i = 0; i < TOKENS; i++)
        wake_signal(fd);
    wake_drain(fd);
    assert_int_equal(ioctl(fd, FIONREAD, &left), 0);
    assert_true(left >= TOKENS - 256);
    assert_true(left < TOKENS);
    assert_true(is_readable(fd));
    for (i = 0; i < TOKENS && is_readable(fd); i++)
        wake_drain(fd);
    assert_false(is_readable(fd));
    close(fd);
}

/* Uart roles share the net role's FIFO: one that has fallen could keep it from
 * hearing of the others. */
static void trust_who_wakes_takes_no_wake_up_away(void **state)
{
    int reader, writer = wake_open_writer(path);
    char token;

    (void)state;
    assert_true(writer >= 0);
    signal(SIGPIPE, SIG_IGN);
    wake_signal(writer); /* nobody is there: it means nothing */
    reader = wake_open(path);
    assert_false(is_readable(reader));
    wake_signal(writer);
    assert_int_equal(read(writer, &token, 1), -1);
    assert_int_equal(errno, EBADF);
    assert_true(is_readable(reader));
    close(writer);
    close(reader);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(main_tokens_that_came_together_wake_once,
                                    make, unmake),
    cmocka_unit_test_setup_teardown(
        trust_a_flooded_fifo_is_emptied_piece_by_piece, make, unmake),
    cmocka_unit_test_setup_teardown(trust_who_wakes_takes_no_wake_up_away,
                                    make, unmake),
};

UNIT_MAIN(tests)
