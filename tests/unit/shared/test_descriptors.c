/* SPDX-License-Identifier: BSD-2-Clause */
/* test_descriptors.c - open files go through a socket, and none gets lost */
#include <sys/socket.h>
#include <unistd.h>

#include "shared/descriptors.h"

#include "unit/unit.h"

static int sender, receiver;

static int begin(void **state)
{
    int pair[2];

    (void)state;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return -1;
    sender = pair[0];
    receiver = pair[1];
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return close(sender) | close(receiver);
}

static void send_pipes(unsigned int fd_count)
{
    struct iovec parts[] = { { (void *)"he", 2 }, { (void *)"llo", 3 } };
    int fds[DESCRIPTORS_MAX + 1], ends[2];
    unsigned int i;

    assert_int_equal(pipe(ends), 0);
    for (i = 0; i < fd_count; i++)
        fds[i] = ends[1];
    assert_int_equal(descriptors_send(sender, parts, 2, fds, fd_count, 0), 5);
    close(ends[0]);
    close(ends[1]);
}

/* ---- what is true ---- */

static void main_descriptors_come_with_the_message(void **state)
{
    int fds[DESCRIPTORS_MAX];
    char text[8];

    (void)state;
    send_pipes(2);
    assert_int_equal(descriptors_receive(receiver, text, sizeof(text), fds,
                                         DESCRIPTORS_MAX), 5);
    assert_memory_equal(text, "hello", 5);
    assert_int_equal(close(fds[0]) | close(fds[1]), 0);
    assert_int_equal(fds[2], -1);
}

static void main_descriptors_that_nobody_wants_are_closed(void **state)
{
    unsigned int before = unit_open_descriptors();
    int fds[1];
    char text[8];

    (void)state;
    send_pipes(3);
    assert_int_equal(descriptors_receive(receiver, text, sizeof(text), fds,
                                         1), 5);
    assert_int_equal(close(fds[0]), 0);
    send_pipes(3);
    assert_int_equal(descriptors_receive(receiver, text, sizeof(text), NULL,
                                         0), 5);
    assert_int_equal(unit_open_descriptors(), before);
}

static void main_more_descriptors_than_a_message_holds_are_refused(
    void **state)
{
    struct iovec part = { (void *)"hello", 5 };
    int fds[DESCRIPTORS_MAX + 1] = { 0 };
    char text[8];

    (void)state;
    assert_int_equal(descriptors_send(sender, &part, 1, fds,
                                      DESCRIPTORS_MAX + 1, 0), -1);
    assert_int_equal(recv(receiver, text, sizeof(text), MSG_DONTWAIT), -1);
}

#define descriptors_test(name) \
    cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    descriptors_test(main_descriptors_come_with_the_message),
    descriptors_test(main_descriptors_that_nobody_wants_are_closed),
    descriptors_test(main_more_descriptors_than_a_message_holds_are_refused),
};

UNIT_MAIN(tests)
