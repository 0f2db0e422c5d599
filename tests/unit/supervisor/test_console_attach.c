/* SPDX-License-Identifier: BSD-2-Clause */
/* test_console_attach.c - when a client in dom0 may ask again */
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "supervisor/console/console_attach.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

static int attach(bool *may_retry)
{
    const struct console_attach wanted = { .guest = "g1" };

    return console_attach(&fixture_consoles, &wanted, may_retry);
}

/* One that was attached before goes on asking. */
static void trust_attach_may_ask_again_when_descriptors_are_short(void **state)
{
    struct rlimit limit, none;
    bool may_retry = false;
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC), client;

    (void)state;
    close(next);
    fixture_add_idle("g1", 1234);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){ next, limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(attach(&may_retry), -1);
    assert_true(may_retry);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    client = attach(&may_retry);
    assert_true(client >= 0);
    close(client);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
        trust_attach_may_ask_again_when_descriptors_are_short,
        console_fixture_begin, console_fixture_end),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
