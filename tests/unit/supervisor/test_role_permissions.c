/* SPDX-License-Identifier: BSD-2-Clause */
/* test_role_permissions.c - what a role may say, in which state */
#include <stdlib.h>

#include "shared/role_link.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_list.h"
#include "supervisor/roles/net_keeper.h"

#include "unit/unit.h"

static struct net_keeper net;
static struct console_list consoles;
static const struct role_process_kind *uart_kind, *net_kind;

static int begin(void **state)
{
    static struct config config = { .nic = "none" };
    struct console *console;

    (void)state;
    net = (struct net_keeper){ .loop = ev_default_loop(0),
                               .config = &config };
    consoles = (struct console_list){ .loop = ev_default_loop(0),
                                      .config = &config, .net = &net };
    console = console_new(&consoles);
    if (!console || net_keeper_start(&net))
        return -1;
    uart_kind = console->uart.kind;
    net_kind = net.process.kind;
    console_free(console);
    return 0;
}

/* All types that there are are tried, and some that there are not: only those
 * in `allowed`, which ends with 0, have a rule. */
static void assert_allowed(const struct role_process_kind *kind,
                           unsigned int state, const uint32_t *allowed)
{
    uint32_t type = 0;

    while (type <= ROLE_MESSAGE_TYPES + 32) {
        const struct role_process_rule *rule =
            role_process_rule(kind, type, state);
        const uint32_t *at = allowed;

        while (*at && *at != type)
            at++;
        if ((rule != NULL) != (*at != 0))
            print_error("%s (%u) in state %u of the %s\n",
                        role_message_name(type), type, state, kind->role);
        assert_int_equal(rule != NULL, *at != 0);
        type++;
    }
    assert_null(role_process_rule(kind, UINT32_MAX, state));
    assert_null(role_process_rule(kind, 1u << 31, state));
}

static void assert_sends(const struct role_process_kind *kind,
                         enum role_sender sender)
{
    size_t i;

    for (i = 0; i < kind->rule_count; i++)
        assert_true(role_message_senders(kind->rules[i].type) & sender);
}

/* ---- what is true ---- */

/* A7: any known message was taken in any state, so SERVER_GONE, too, of a role
 * that nobody had told to remove its server. */
static void main_uart_role_says_what_its_consoles_state_allows(void **state)
{
    static const uint32_t nothing[] = { 0 };
    static const uint32_t served[] = {
        ROLE_READY, ROLE_FAILED, ROLE_SERVER_CREATED, ROLE_WARNING,
        ROLE_WIRE_LOST, ROLE_PONG, 0,
    };
    static const uint32_t removing[] = {
        ROLE_READY, ROLE_FAILED, ROLE_SERVER_CREATED, ROLE_WARNING,
        ROLE_SERVER_GONE, ROLE_WIRE_LOST, ROLE_PONG, 0,
    };
    static const uint32_t *const allowed[CONSOLE_STATES] = {
        [CONSOLE_NEW] = nothing,
        [CONSOLE_IDLE] = nothing,
        [CONSOLE_STARTING] = served,
        [CONSOLE_SERVING] = served,
        [CONSOLE_REMOVING] = removing,
        [CONSOLE_ENDING] = served,
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < CONSOLE_STATES; i++) {
        assert_non_null(uart_kind->state_names[i]);
        assert_allowed(uart_kind, i, allowed[i]);
    }
}

static void main_net_role_says_other_things_before_and_after_it_is_ready(
    void **state)
{
    static const uint32_t before[] = {
        ROLE_READY, ROLE_FAILED, ROLE_WARNING, 0,
    };
    static const uint32_t after[] = {
        ROLE_CONSOLE_ADDED, ROLE_CONSOLE_FAILED, ROLE_PTY_REMOVED,
        ROLE_BREAK_SENT, ROLE_BREAK_REFUSED, ROLE_WARNING, ROLE_PONG, 0,
    };

    (void)state;
    net.is_ready = false;
    assert_allowed(net_kind, net_kind->state(&net.process), before);
    net.is_ready = true;
    assert_allowed(net_kind, net_kind->state(&net.process), after);
}

static void main_rules_allow_only_what_that_role_sends(void **state)
{
    (void)state;
    assert_sends(uart_kind, ROLE_SENDER_UART);
    assert_sends(net_kind, ROLE_SENDER_NET);
}

#define permission_test(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    permission_test(main_uart_role_says_what_its_consoles_state_allows),
    permission_test(
        main_net_role_says_other_things_before_and_after_it_is_ready),
    permission_test(main_rules_allow_only_what_that_role_sends),
};

UNIT_MAIN(tests)
