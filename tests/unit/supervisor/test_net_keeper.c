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
#include "supervisor/roles/nic_passthrough.h"

#include "unit/unit.h"

static struct config config = { .nic = "netdev:eth1", .directory = "/tmp",
                                .net_user = "nobody", .address = "dhcp",
                                .address6 = "off" };
static struct net_keeper net;
static unsigned int readies, exits, failures, refusals;

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
    assert_non_null(problem);
    assert_string_not_equal(problem, "");
    refusals++;
}

static void on_pty_removed(void *owner, uint32_t console)
{
    (void)owner;
    (void)console;
}

static void on_break_answered(void *owner, uint32_t number,
                              const char *problem)
{
    (void)owner;
    (void)number;
    (void)problem;
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

/* ---- in the place of nic_passthrough.c ---- */

bool nic_passthrough_is_wanted(const struct config *wanted)
{
    return !strncmp(wanted->nic, "pci:", strlen("pci:"));
}

int nic_passthrough_prepare(const struct config *wanted,
                            struct domains *domains,
                            struct holder_domain *holder,
                            struct iommu_facts *facts, char *specification,
                            size_t bytes)
{
    (void)wanted;
    (void)domains;
    (void)holder;
    (void)facts;
    (void)specification;
    (void)bytes;
    return 0;
}

int nic_passthrough_release(const struct config *wanted,
                            struct domains *domains)
{
    (void)wanted;
    (void)domains;
    return 0;
}

static const struct net_keeper_events events = {
    .ready = on_ready,
    .console_answered = on_answered,
    .pty_removed = on_pty_removed,
    .break_answered = on_break_answered,
    .exited = on_exited,
    .failed = on_failed,
};

static int begin_with(char *nic)
{
    config.nic = nic;
    readies = exits = failures = refusals = 0;
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

static int begin(void **state)
{
    (void)state;
    return begin_with("netdev:eth1");
}

static int begin_with_card(void **state)
{
    (void)state;
    return begin_with("pci:0000:00:02.0");
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

static void count(void *opaque, const char *problem)
{
    assert_null(problem);
    ++*(unsigned int *)opaque;
}

/* The role was starting, and says that it is ready before it stops. */
static void trust_release_ends_with_the_role_and_not_before(void **state)
{
    unsigned int releases = 0;

    (void)state;
    assert_int_equal(net_keeper_release(&net, count, &releases), 0);
    role_says(ROLE_READY);
    assert_int_equal(releases, 0);
    role_dies();
    assert_int_equal(releases, 1);
}

/* There are never two net roles: who asked for the release has gone. */
static void trust_card_is_not_taken_before_its_release_ends(void **state)
{
    unsigned int requests = 0;

    (void)state;
    assert_int_equal(net_keeper_release(&net, count, &requests), 0);
    net_keeper_forget_request(&net, &requests);
    assert_int_equal(net_keeper_take(&net, count, &requests), -1);
    role_dies();
    assert_int_equal(net_keeper_take(&net, count, &requests), 0);
    role_says(ROLE_READY);
    assert_int_equal(requests, 1);
}

static void count_failure(void *opaque, const char *problem)
{
    assert_non_null(problem);
    assert_string_not_equal(problem, "");
    ++*(unsigned int *)opaque;
}

/* No problem, "", is success where a console waits for its end. */
static void trust_failure_without_a_reason_is_one(void **state)
{
    unsigned int requests = 0;

    (void)state;
    role_says(ROLE_READY);
    role_says(ROLE_CONSOLE_FAILED);
    assert_int_equal(refusals, 1);
    assert_int_equal(net_keeper_release(&net, count, &requests), 0);
    role_dies();
    assert_int_equal(net_keeper_take(&net, count_failure, &requests), 0);
    role_says(ROLE_FAILED);
    assert_int_equal(requests, 2);
}

#define keeper_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

#define card_test(name) \
    cmocka_unit_test_setup_teardown(name, begin_with_card, finish)

static const struct CMUnitTest tests[] = {
    card_test(trust_failure_without_a_reason_is_one),
    card_test(trust_release_ends_with_the_role_and_not_before),
    card_test(trust_card_is_not_taken_before_its_release_ends),
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
