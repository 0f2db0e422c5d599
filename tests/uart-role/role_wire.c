/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_wire.c - a pty as the wire of a uart role: its setup, and what both
 * sides do
 */
#define _GNU_SOURCE
#include "uart-role/role_wire.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct role_wire role_wire;

/* The role has opened the tty for itself alone (TIOCEXCL), which does not keep
 * root out.  When the tests do not run as root it would keep a successor out.
 */
static void open_for_successor(struct role_harness *harness)
{
    (void)harness;
    ioctl(role_wire.held, TIOCNXCL);
}

static int open_pty(void)
{
    const char *path;

    role_wire.other = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (role_wire.other < 0 || grantpt(role_wire.other) ||
        unlockpt(role_wire.other))
        return -1;
    path = ptsname(role_wire.other);
    role_wire.held = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    return symlink(path, role_wire.path);
}

int role_wire_begin(void **state)
{
    struct role_test *test;

    if (role_test_at_rest(state))
        return -1;
    test = *state;
    role_wire.came_bytes = 0;
    role_wire.sent_bytes = 0;
    snprintf(role_wire.path, sizeof(role_wire.path), "%s/wire",
             test->harness.directory);
    snprintf(role_wire.argument, sizeof(role_wire.argument), "wire=%s",
             role_wire.path);
    if (open_pty())
        return -1;
    test->harness.mode = "virtual";
    test->harness.option = role_wire.argument;
    test->harness.before_successor = open_for_successor;
    return harness_start(&test->harness);
}

int role_wire_end(void **state)
{
    int rc = role_test_end(state);

    if (role_wire.held >= 0)
        close(role_wire.held);
    if (role_wire.other >= 0)
        close(role_wire.other);
    return rc;
}

void pull_role_wire(void)
{
    unlink(role_wire.path);
    close(role_wire.other);
    close(role_wire.held);
    role_wire.other = role_wire.held = -1;
}

void plug_role_wire(struct role_test *test)
{
    struct role_message message = { .type = ROLE_WIRE };

    assert_int_equal(open_pty(), 0);
    role_wire.came_bytes = 0;
    role_wire.sent_bytes = 0;
    assert_int_equal(role_link_send(test->harness.link, &message,
                                    &role_wire.held, 1), 0);
    kill(test->harness.pid, SIGUSR1);
}

int start_successor(struct role_test *test)
{
    open_for_successor(&test->harness);
    return harness_start(&test->harness);
}

void read_wire(void)
{
    ssize_t count;

    do {
        count = read(role_wire.other, role_wire.came + role_wire.came_bytes,
                     sizeof(role_wire.came) - role_wire.came_bytes);
        if (count > 0)
            role_wire.came_bytes += count;
    } while (count > 0);
}

static bool has_all_come(void *opaque)
{
    (void)opaque;
    read_wire();
    return role_wire.came_bytes == role_wire.sent_bytes;
}

void assert_all_came(void)
{
    assert_true(wait_until(has_all_come, NULL));
    assert_memory_equal(role_wire.came, role_wire.sent, role_wire.sent_bytes);
}

void stall_role_wire(bool is_stalled)
{
    assert_int_equal(ioctl(role_wire.held, TCXONC,
                           is_stalled ? TCOOFF : TCOON), 0);
}

void guest_writes(struct role_test *test, uint8_t byte)
{
    assert_true(role_wire.sent_bytes < sizeof(role_wire.sent));
    role_wire.sent[role_wire.sent_bytes++] = byte;
    assert_int_equal(fake_out(&test->guest, 0, THR, 1, byte), FAKE_GUEST_OK);
}

void guest_writes_random(struct role_test *test, unsigned int count)
{
    while (count--)
        guest_writes(test, role_test_random(test));
}

void guest_writes_rep(struct role_test *test, unsigned int count)
{
    unsigned int i;

    assert_true(role_wire.sent_bytes + count <= sizeof(role_wire.sent));
    for (i = 0; i < count; i++) {
        test->guest.memory[0x2000 + i] = role_test_random(test);
        role_wire.sent[role_wire.sent_bytes++] =
            test->guest.memory[0x2000 + i];
    }
    assert_int_equal(fake_rep(&test->guest, 0, false, THR, 1, 0x2000, count,
                              false), FAKE_GUEST_OK);
}
