/* SPDX-License-Identifier: BSD-2-Clause */
/* test_role_link.c - messages between the supervisor and its roles */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/role_link.h"

#include "unit/unit.h"

static int sender, receiver;

static int begin(void **state)
{
    int pair[2];

    (void)state;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair))
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

/* ---- what is true ---- */

static void main_each_message_has_a_name_and_a_sender(void **state)
{
    static const uint32_t no_types[] = { 0, ROLE_MESSAGE_TYPES, UINT32_MAX };
    uint32_t type;
    size_t i;

    (void)state;
    for (type = 1; type < ROLE_MESSAGE_TYPES; type++) {
        assert_string_not_equal(role_message_name(type), "unknown message");
        assert_int_not_equal(role_message_senders(type), 0);
    }
    for (i = 0; i < sizeof(no_types) / sizeof(no_types[0]); i++) {
        assert_string_equal(role_message_name(no_types[i]),
                            "unknown message");
        assert_int_equal(role_message_senders(no_types[i]), 0);
    }
}

static void main_texts_of_a_message_end_whatever_was_sent(void **state)
{
    struct role_message message;

    (void)state;
    memset(&message, 'x', sizeof(message));
    assert_int_equal(role_link_send(sender, &message, NULL, 0), 0);
    assert_int_equal(role_link_receive(receiver, &message, NULL),
                     ROLE_LINK_MESSAGE);
    assert_int_equal(strlen(message.text), sizeof(message.text) - 1);
    assert_int_equal(strlen(message.options), sizeof(message.options) - 1);
}

static void main_half_a_message_is_none(void **state)
{
    struct role_message message = { .type = ROLE_READY };
    int fds[ROLE_LINK_FDS_MAX];

    (void)state;
    assert_int_equal(send(sender, &message, sizeof(message) - 1, 0),
                     sizeof(message) - 1);
    assert_int_equal(role_link_receive(receiver, &message, fds),
                     ROLE_LINK_CLOSED);
    assert_int_equal(role_link_receive(receiver, &message, fds),
                     ROLE_LINK_EMPTY);
}

/* What follows it would be lost, and what stands before it is not what was
 * said. */
static void trust_more_than_a_message_is_none(void **state)
{
    struct {
        struct role_message message;
        char behind;
    } packet = { .message.type = ROLE_READY };
    unsigned int before = unit_open_descriptors();
    int fds[ROLE_LINK_FDS_MAX], null = open("/dev/null", O_RDWR);
    struct iovec part = { &packet, sizeof(packet.message) + 1 };

    (void)state;
    assert_int_equal(descriptors_send(sender, &part, 1, &null, 1, 0),
                     part.iov_len);
    close(null);
    assert_int_equal(role_link_receive(receiver, &packet.message, fds),
                     ROLE_LINK_CLOSED);
    assert_int_equal(unit_open_descriptors(), before);
}

/* A bool of another value than 0 and 1 means nothing in C: the build with
 * sanitizers ends there. */
static void trust_any_byte_can_stand_for_yes(void **state)
{
    struct role_message message;
    bool is_read_only;

    (void)state;
    memset(&message, 'x', sizeof(message));
    assert_int_equal(role_link_send(sender, &message, NULL, 0), 0);
    assert_int_equal(role_link_receive(receiver, &message, NULL),
                     ROLE_LINK_MESSAGE);
    is_read_only = message.is_read_only;
    assert_true(is_read_only);
}

#define link_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    link_test(main_each_message_has_a_name_and_a_sender),
    link_test(main_texts_of_a_message_end_whatever_was_sent),
    link_test(main_half_a_message_is_none),
    link_test(trust_more_than_a_message_is_none),
    link_test(trust_any_byte_can_stand_for_yes),
};

UNIT_MAIN(tests)
