/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_net_keeper.c - the net role is started again when it dies
 *
 * The role's process is a real one: the test program itself, which waits to be
 * ended.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "shared/role.h"
#include "supervisor/roles/net_keeper.h"

#include "unit/unit.h"

static struct config config = { .nic = "netdev:eth1", .directory = "/tmp",
                                .net_user = "nobody", .address = "dhcp",
                                .address6 = "off" };
static struct net_keeper net;
static unsigned int readies, exits, failures;

/* ---- the supervisor ---- */

static void on_ready(void *owner)
{
    assert_ptr_equal(owner, &net);
    readies++;
}

static void on_answered(void *owner, uint32_t console, const char *problem)
{
    (void)owner;
    (void)console;
    (void)problem;
}

static void on_pty_removed(void *owner, uint32_t console)
{
    (void)owner;
    (void)console;
}

static void on_exited(void *owner)
{
    assert_ptr_equal(owner, &net);
    exits++;
}

static void on_failed(void *owner)
{
    assert_ptr_equal(owner, &net);
    failures++;
}

static const struct net_keeper_events events = {
    .ready = on_ready,
    .console_answered = on_answered,
    .pty_removed = on_pty_removed,
    .exited = on_exited,
    .failed = on_failed,
};

static int begin(void **state)
{
    (void)state;
    readies = exits = failures = 0;
    net = (struct net_keeper){
        .loop = ev_default_loop(0),
        .config = &config,
        .program = open("/proc/self/exe", O_PATH | O_CLOEXEC),
        .lock_fd = open("/dev/null", O_RDWR | O_CLOEXEC),
        .events = &events,
        .owner = &net,
    };
    return net_keeper_start(&net);
}

static int finish(void **state)
{
    (void)state;
    net_keeper_stop(&net);
    while (role_process_is_running(&net.process))
        ev_run(net.loop, EVRUN_ONCE);
    close(net.program);
    return close(net.lock_fd);
}

/* ---- the tests' words ---- */

static void role_says(enum role_message_type type)
{
    const struct role_process_kind *kind = net.process.kind;
    struct role_message message = { .type = type };
    const struct role_process_rule *rule =
        role_process_rule(kind, type, kind->state(&net.process));

    assert_non_null(rule);
    rule->handle(&net.process, &message);
}

static void role_dies(void)
{
    unsigned int before = exits;

    role_process_kill(&net.process);
    while (exits == before)
        ev_run(net.loop, EVRUN_ONCE);
}

static void wait_for_restart(void)
{
    while (!role_process_is_running(&net.process))
        ev_run(net.loop, EVRUN_ONCE);
}

/* ---- what is true ---- */

static void main_net_role_that_never_was_ready_is_not_restarted(void **state)
{
    (void)state;
    role_dies();
    assert_int_equal(failures, 1);
    assert_false(ev_is_active(&net.retry));
}

/* B4. */
static void trust_net_role_that_dies_after_ready_is_given_pauses(void **state)
{
    unsigned int i;

    (void)state;
    role_says(ROLE_READY);
    for (i = 1; i <= 2; i++) {
        role_dies();
        wait_for_restart();
        role_says(ROLE_READY);
        assert_int_equal(net.delay.failures, i);
    }
    net.delay.ready_at -= RESTART_DELAY_SERVED;
    role_dies();
    wait_for_restart();
    assert_int_equal(net.delay.failures, 1);
    assert_int_equal(failures, 0);
    assert_int_equal(net.restarts, 3);
}

#define keeper_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    keeper_test(main_net_role_that_never_was_ready_is_not_restarted),
    keeper_test(trust_net_role_that_dies_after_ready_is_given_pauses),
};

int main(int argc, char **argv)
{
    if (argc > 0 && !strcmp(argv[0], ROLE_NET_PROGRAM)) {
        pause();
        return 0;
    }
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
