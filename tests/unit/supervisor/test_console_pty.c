/* SPDX-License-Identifier: BSD-2-Clause */
/* test_console_pty.c - when the net role has a console's pty, from where on */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_pty.h"
#include "supervisor/host/domain_serial.h"
#include "supervisor/roles/net_keeper.h"

#include "unit/unit.h"

#define RING_BYTES 4096u

static struct config config;
static struct net_keeper net;
static struct console_list list;
static struct console console;
static struct out_ring guest_out; /* which the uart role writes */
static struct in_ring net_in;     /* which the net role writes */
static char out_path[64], in_path[64];

static struct role_message sent;  /* the last one to the net role */
static unsigned int sent_count;
static char published[64];        /* the path; "" when there is none */
static int publish_result;

/* ---- what console_pty.c asks of others ---- */

int net_keeper_send(struct net_keeper *keeper,
                    const struct role_message *message, const int *fds,
                    unsigned int fd_count)
{
    assert_ptr_equal(keeper, &net);
    (void)fds;
    assert_int_equal(fd_count, message->type == ROLE_ADD_LOCAL);
    sent = *message;
    sent_count++;
    return 0;
}

bool domain_serial_number(uint16_t port, unsigned int *number)
{
    *number = 0;
    return port == 0x3f8;
}

int domain_serial_publish(struct domains *domains, uint32_t domid,
                          unsigned int number, const char *path)
{
    (void)domains;
    (void)domid;
    (void)number;
    if (publish_result == 0)
        snprintf(published, sizeof(published), "%s", path);
    return publish_result;
}

void domain_serial_withdraw(struct domains *domains, uint32_t domid,
                            unsigned int number, const char *path)
{
    (void)domains;
    (void)domid;
    (void)number;
    assert_string_equal(path, published);
    published[0] = '\0';
}

/* ---- the tests' words ---- */

static void hear_news(void)
{
    ev_run(list.loop, EVRUN_NOWAIT);
}

static int open_slave_unheard(void)
{
    int fd = open(console.pty.path, O_RDWR | O_NOCTTY | O_NONBLOCK);

    assert_true(fd >= 0);
    return fd;
}

static int open_slave(void)
{
    int fd = open_slave_unheard();

    hear_news();
    return fd;
}

static void close_slave(int fd)
{
    close(fd);
    hear_news();
}

/* The net role lets go of the pty when its last reader is gone. */
static void let_go(void)
{
    console_pty_removed(&console);
    hear_news();
}

static void put(uint64_t bytes)
{
    uint64_t n = atomic_load(&guest_out.header->head);

    for (; bytes > 0; bytes--, n++)
        out_ring_put(&guest_out, n, 'x');
}

static void assert_sent(unsigned int count, enum role_message_type type,
                        uint64_t from)
{
    assert_int_equal(sent_count, count);
    assert_int_equal(sent.type, type);
    if (type == ROLE_ADD_LOCAL)
        assert_int_equal(sent.from, from);
}

static int begin(void **state)
{
    (void)state;
    snprintf(out_path, sizeof(out_path), "/tmp/test_console_pty.%d.out",
             (int)getpid());
    snprintf(in_path, sizeof(in_path), "/tmp/test_console_pty.%d.in",
             (int)getpid());
    config.nic = "netdev:eth1";
    net = (struct net_keeper){ .is_ready = true };
    list = (struct console_list){ .config = &config, .net = &net,
                                  .loop = ev_loop_new(0) };
    memset(&console, 0, sizeof(console));
    console.list = &list;
    console.options.first_port = 0x3f8;
    console.options.replay_bytes = UINT64_MAX;
    console.is_listening = true;
    console.pty = CONSOLE_PTY_CLOSED;
    sent_count = 0;
    publish_result = 0;
    published[0] = '\0';
    if (out_ring_create(out_path, RING_BYTES) || in_ring_create(in_path) ||
        out_ring_open_writer(&guest_out, out_path) ||
        out_ring_open_reader(&console.out, open(out_path, O_RDONLY)) ||
        in_ring_open_reader(&console.in, in_path) ||
        in_ring_open_writer(&net_in, open(in_path, O_RDWR)))
        return -1;
    console_pty_publish(&console);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    console_pty_close(&console);
    ev_loop_destroy(list.loop);
    out_ring_close(&guest_out);
    out_ring_close(&console.out);
    in_ring_close(&console.in);
    in_ring_close(&net_in);
    return unlink(out_path) | unlink(in_path) | (published[0] != '\0');
}

/* ---- what is true ---- */

static void xl_pty_is_roots_alone_and_echoes_nothing(void **state)
{
    struct termios settings;
    struct stat status;
    int fd = open_slave();

    (void)state;
    assert_string_equal(published, console.pty.path);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_uid, geteuid());
    assert_int_equal(tcgetattr(fd, &settings), 0);
    assert_int_equal(settings.c_lflag & (ECHO | ICANON | ISIG), 0);
    assert_int_equal(settings.c_oflag & OPOST, 0);
    close_slave(fd);
}

static void xl_pty_is_served_while_somebody_has_it_open(void **state)
{
    int one, other;

    (void)state;
    put(100);
    hear_news();
    assert_int_equal(sent_count, 0);
    one = open_slave();
    assert_sent(1, ROLE_ADD_LOCAL, 0);
    other = open_slave();
    close_slave(one);
    assert_int_equal(sent_count, 1);
    close_slave(other);
    let_go();
    assert_int_equal(sent_count, 1);
}

/* inotify makes one event of two equal ones. */
static void xl_readers_who_come_together_leave_one_by_one(void **state)
{
    int one, other;

    (void)state;
    one = open_slave_unheard();
    other = open_slave();
    assert_sent(1, ROLE_ADD_LOCAL, 0);
    close_slave(one);
    assert_int_equal(sent_count, 1);
    /* When the net role is killed, the one who is left is served on. */
    console_pty_net_gone(&console);
    console_pty_progress(&console);
    assert_sent(2, ROLE_ADD_LOCAL, 0);
    close_slave(other);
    let_go();
    assert_int_equal(sent_count, 2);
}

static void xl_readers_who_leave_together_are_gone(void **state)
{
    int one = open_slave(), other = open_slave();

    (void)state;
    put(100);
    atomic_store(&net_in.header->pty_cursor, 100);
    assert_int_equal(sent_count, 1);
    close(one);
    close_slave(other);
    let_go();
    assert_int_equal(sent_count, 1);
    one = open_slave();
    assert_sent(2, ROLE_ADD_LOCAL, 0);
    close_slave(one);
}

/* A shell's "echo >" does so. */
static void xl_who_types_and_goes_at_once_is_heard(void **state)
{
    char typed[8];
    int fd = open_slave_unheard();

    (void)state;
    assert_int_equal(write(fd, "hi", 2), 2);
    close_slave(fd);
    assert_sent(1, ROLE_ADD_LOCAL, 0);
    assert_int_equal(read(console.pty.master, typed, sizeof(typed)), 2);
    let_go();
    assert_int_equal(sent_count, 1);
}

/* What the supervisor itself does to the pty is an event, too, and must not
 * cause another one without end. */
static void xl_pty_that_nobody_has_open_is_left_alone(void **state)
{
    int fd = open_slave(), turns;
    struct pollfd news = { .fd = console.pty.notify, .events = POLLIN };

    (void)state;
    close_slave(fd);
    let_go();
    for (turns = 0; turns < 5 && poll(&news, 1, 0) == 1; turns++)
        hear_news();
    assert_in_range(turns, 0, 1);
}

static void xl_next_reader_gets_the_history_again(void **state)
{
    int fd;

    (void)state;
    console.options.replay_bytes = 10;
    put(100);
    fd = open_slave();
    assert_sent(1, ROLE_ADD_LOCAL, 90);
    close_slave(fd);
    put(50);
    fd = open_slave();
    /* The net role must have let go of the pty for the first reader. */
    assert_int_equal(sent_count, 1);
    let_go();
    assert_sent(2, ROLE_ADD_LOCAL, 140);
    close_slave(fd);
}

static void xl_next_reader_gets_nothing_that_an_earlier_one_left(
    void **state)
{
    char left[8];
    int fd = open_slave();

    (void)state;
    assert_int_equal(write(console.pty.master, "unread", 6), 6);
    close_slave(fd);
    let_go();
    fd = open_slave();
    assert_int_equal(read(fd, left, sizeof(left)), -1);
    close_slave(fd);
}

static void set_echo(int fd, tcflag_t flags)
{
    struct termios settings;

    assert_int_equal(tcgetattr(fd, &settings), 0);
    settings.c_lflag |= flags;
    settings.c_oflag |= OPOST;
    assert_int_equal(tcsetattr(fd, TCSANOW, &settings), 0);
}

/* What the net role writes to the master is read there again. */
static bool is_echoed(void)
{
    struct pollfd echo = { .fd = console.pty.master, .events = POLLIN };

    assert_int_equal(write(console.pty.master, "a\n", 2), 2);
    return poll(&echo, 1, 100) != 0;
}

/* D9: the history would be typed into the guest. */
static void main_pty_is_raw_for_each_reader(void **state)
{
    int fd = open_slave(), first, second;

    (void)state;
    set_echo(fd, ECHO | ICANON);
    close_slave(fd);
    let_go();
    fd = open_slave();
    assert_sent(2, ROLE_ADD_LOCAL, 0);
    assert_false(is_echoed());
    close_slave(fd);
    let_go();
    /* Nor does it matter who set it, or when, before it is handed over. */
    net.is_ready = false;
    first = open_slave();
    set_echo(first, ECHO | ECHOCTL | ISIG);
    second = open_slave();
    close_slave(first);
    net.is_ready = true;
    console_pty_progress(&console);
    assert_sent(3, ROLE_ADD_LOCAL, 0);
    assert_false(is_echoed());
    close_slave(second);
}

static void xl_reader_goes_on_where_it_was_behind_a_killed_net_role(
    void **state)
{
    int fd;

    (void)state;
    put(100);
    fd = open_slave();
    atomic_store(&net_in.header->pty_cursor, 60);
    net.is_ready = false;
    console_pty_net_gone(&console);
    console_pty_progress(&console);
    assert_int_equal(sent_count, 1);
    net.is_ready = true;
    console_pty_progress(&console);
    assert_sent(2, ROLE_ADD_LOCAL, 60);
    close_slave(fd);
    let_go();
    /* The next one to open the pty is another reader. */
    fd = open_slave();
    assert_sent(3, ROLE_ADD_LOCAL, 0);
    /* That is so also when no net role sees the one before leave. */
    net.is_ready = false;
    console_pty_net_gone(&console);
    close_slave(fd);
    fd = open_slave();
    net.is_ready = true;
    console_pty_progress(&console);
    assert_sent(4, ROLE_ADD_LOCAL, 0);
    close_slave(fd);
}

static void xl_pty_outlives_a_domain(void **state)
{
    char path[64];

    (void)state;
    snprintf(path, sizeof(path), "%s", console.pty.path);
    console_pty_withdraw(&console);
    assert_string_equal(published, "");
    console_pty_publish(&console);
    assert_string_equal(published, path);
}

static void xl_port_of_the_device_model_is_not_withdrawn(void **state)
{
    (void)state;
    console_pty_withdraw(&console);
    publish_result = 1;
    console_pty_publish(&console);
    snprintf(published, sizeof(published), "/dev/pts/99");
    console_pty_withdraw(&console);
    assert_string_equal(published, "/dev/pts/99");
    published[0] = '\0';
}

static void xl_without_a_net_role_there_is_no_pty(void **state)
{
    (void)state;
    console_pty_close(&console);
    config.nic = "none";
    console_pty_publish(&console);
    assert_false(console_pty_is_open(&console));
    assert_string_equal(published, "");
}

#define pty_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    pty_test(xl_pty_is_roots_alone_and_echoes_nothing),
    pty_test(xl_pty_is_served_while_somebody_has_it_open),
    pty_test(xl_readers_who_come_together_leave_one_by_one),
    pty_test(xl_readers_who_leave_together_are_gone),
    pty_test(xl_who_types_and_goes_at_once_is_heard),
    pty_test(xl_pty_that_nobody_has_open_is_left_alone),
    pty_test(xl_next_reader_gets_the_history_again),
    pty_test(xl_next_reader_gets_nothing_that_an_earlier_one_left),
    pty_test(main_pty_is_raw_for_each_reader),
    pty_test(xl_reader_goes_on_where_it_was_behind_a_killed_net_role),
    pty_test(xl_pty_outlives_a_domain),
    pty_test(xl_port_of_the_device_model_is_not_withdrawn),
    pty_test(xl_without_a_net_role_there_is_no_pty),
};

UNIT_MAIN(tests)
