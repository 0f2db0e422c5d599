/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwip_suites.c - lwIP's own unit tests, with our lwipopts.h and our hooks
 *
 * usage: lwip_suites [--list] [--only PATTERN]
 *
 * As with the programs of unit.h, --list prints the names, and the output is
 * TAP with a line for each suite.  Each test of a suite runs in a process of
 * its own, where a failed assertion of lwIP's is a failed test.
 */
#include "lwip_check.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/test_def.h"
#include "core/test_netif.h"
#include "core/test_pbuf.h"
#include "core/test_timers.h"
#include "dhcp/test_dhcp.h"
#include "etharp/test_etharp.h"
#include "ip6/test_ip6.h"
#include "lwip/init.h"
#include "lwip/stats.h"
#include "lwip/sys.h"
#include "tcp/test_tcp.h"
#include "tcp/test_tcp_oos.h"
#include "udp/test_udp.h"

#include "arch/sys_arch.h"

static const struct {
    const char *name;
    suite_getter_fn *create;
} suites[] = {
    { "nic_lwip_own_unit_suite_def", def_suite },
    { "nic_lwip_own_unit_suite_dhcp", dhcp_suite },
    { "nic_lwip_own_unit_suite_etharp", etharp_suite },
    { "nic_lwip_own_unit_suite_ip6", ip6_suite },
    { "nic_lwip_own_unit_suite_netif", netif_suite },
    { "nic_lwip_own_unit_suite_pbuf", pbuf_suite },
    { "nic_lwip_own_unit_suite_tcp", tcp_suite },
    { "nic_lwip_own_unit_suite_tcp_out_of_order", tcp_oos_suite },
    { "nic_lwip_own_unit_suite_timers", timers_suite },
    { "nic_lwip_own_unit_suite_udp", udp_suite },
};

#define SUITE_COUNT (sizeof(suites) / sizeof(suites[0]))

/* ---- what lwIP has in lwip_unittests.c, which names suites we lack ---- */

Suite *create_suite(const char *name, testfunc *tests, size_t num_tests,
                    SFun setup, SFun teardown)
{
    Suite *suite = suite_create(name);
    size_t i;

    for (i = 0; i < num_tests; i++) {
        TCase *test = tcase_create(name);

        if (setup || teardown)
            tcase_add_checked_fixture(test, setup, teardown);
        tcase_add_named_test(test, tests[i]);
        suite_add_tcase(suite, test);
    }
    return suite;
}

void lwip_check_ensure_no_alloc(unsigned int skip)
{
    unsigned int i;

    for (i = 0; i < MEMP_MAX; i++)
        if (!(skip & SKIP_POOL(i)))
            ck_assert_uint_eq(lwip_stats.memp[i]->used, 0);
}

/* ---- in the place of lwip_system.c ---- */

u32_t lwip_sys_now;

u32_t sys_now(void)
{
    return lwip_sys_now;
}

/* These are the same numbers in each run. */
uint32_t lwip_system_random(void)
{
    return (uint32_t)rand();
}

void lwip_system_assert_failed(const char *claim, const char *file, int line)
{
    ck_abort_msg("lwIP: \"%s\" does not hold at %s:%d", claim, file, line);
}

/* ---- the program ---- */

static bool run_suite(size_t number, size_t i)
{
    SRunner *runner = srunner_create(suites[i].create());
    bool has_failed;

    srunner_set_fork_status(runner, CK_FORK);
    srunner_run_all(runner, CK_SILENT);
    has_failed = srunner_ntests_failed(runner) > 0 ||
                 srunner_ntests_run(runner) == 0;
    if (has_failed)
        srunner_print(runner, CK_NORMAL);
    printf("# %d tests\n%s %zu - %s\n", srunner_ntests_run(runner),
           has_failed ? "not ok" : "ok", number, suites[i].name);
    fflush(stdout);
    srunner_free(runner);
    return has_failed;
}

int main(int argc, char **argv)
{
    const char *pattern = "*";
    size_t i, number = 0, failures = 0;

    if (argc == 2 && !strcmp(argv[1], "--list")) {
        for (i = 0; i < SUITE_COUNT; i++)
            puts(suites[i].name);
        return 0;
    }
    if (argc == 3 && !strcmp(argv[1], "--only")) {
        pattern = argv[2];
    } else if (argc != 1) {
        fprintf(stderr, "usage: %s [--list] [--only PATTERN]\n", argv[0]);
        return 2;
    }
    lwip_init();
    for (i = 0; i < SUITE_COUNT; i++)
        if (!fnmatch(pattern, suites[i].name, 0))
            failures += run_suite(++number, i);
    printf("1..%zu\n", number);
    return failures > 0 || number == 0;
}
