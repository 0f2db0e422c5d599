/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_role_process.c - libFuzzer on what the supervisor hears from its roles
 *
 * The input is what roles say, in any state of their consoles, when they end,
 * what the operator asks for meanwhile, and what Xen answers.  Who says what
 * the table of rules does not allow, or what is no message, is killed, and
 * nothing of it is used.
 */
#define _GNU_SOURCE
#include <ev.h>
#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/fuzz_datagram.h"
#include "fuzz/fuzz_supervisor.h"
#include "fuzz/fuzz_support.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_attach.h"
#include "supervisor/console/console_break.h"
#include "supervisor/console/console_request.h"
#include "supervisor/console/consoles.h"
#include "supervisor/status.h"

#define OPERATIONS_MAX 64
#define BURST_MAX 40 /* more than are heard in a turn */

static const char *const options[] = {
    "mode=virtual;history=4K;tcp=1001", "history=4K;tcp=1002",
    "mode=virtual;history=4K;tcp=1003;name=com2;ports=2f8-2ff",
    "mode=virtual;history=4K;wire=/dev/x", "",
};
static const char *const guests[] = { "g0", "g1", "g2", "none" };

/* ---- what roles say ---- */

/* What of a role's owner no forbidden message may change. */
struct belief {
    unsigned int state;
    uint32_t server;
    bool is_uart_ready, is_net_ready;
};

static struct belief belief_of(const struct role_process *process)
{
    struct belief belief;

    memset(&belief, 0, sizeof(belief));
    belief.state = process->kind->state(process);
    belief.is_net_ready = world.net.is_ready;
    if (process != &world.net.process) {
        const struct console *console = process->owner;

        belief.server = console->server;
        belief.is_uart_ready = console->is_uart_ready;
    }
    return belief;
}

static void say(struct input *input)
{
    struct world_role *role;
    struct role_process *process;
    struct role_message message;
    struct belief before, after;
    bool is_message, is_allowed;
    int fd = STDIN_FILENO;

    world_turn(); /* all that was said before is heard */
    role = world_role(take8(input) % (WORLD_CONSOLES + 1));
    if (!role)
        return;
    process = role->process;
    before = belief_of(process);
    is_message = datagram_send(role->link, input, &fd, 1, &message);
    is_allowed = is_message && role_process_rule(process->kind, message.type,
                                                 before.state);
    if (is_allowed)
        return;
    /* Before it is reaped, which changes much. */
    ev_run(world.consoles.loop, EVRUN_NOWAIT);
    after = belief_of(process);
    claim(role->is_killed && process->link < 0);
    claim(!memcmp(&before, &after, sizeof(before)));
}

/* One that talks without end: its supervisor does other things, too. */
static void say_much(struct input *input)
{
    struct world_role *role = world_role(take8(input) % (WORLD_CONSOLES + 1));
    unsigned int count = take8(input) % BURST_MAX;
    struct role_message message;
    struct input same = *input;

    for (; role && count > 0; count--) {
        same = *input;
        datagram_send(role->link, &same, NULL, 0, &message);
    }
    *input = same;
}

/* What a role does that means well. */
static void behave(struct input *input)
{
    unsigned int which = take8(input) % (WORLD_CONSOLES + 1), number;
    struct world_role *role = world_role(which);
    struct role_message sent = { .type = ROLE_BREAK_SENT };

    if (!role)
        return;
    if (which > 0) {
        role_link_send_type(role->link, ROLE_SERVER_CREATED);
        role_link_send_type(role->link, ROLE_READY);
        return;
    }
    if (!world.net.is_ready)
        role_link_send_type(role->link, ROLE_READY);
    for (number = 1; number <= world.consoles.last_number; number++)
        role_link_send_text(role->link, ROLE_CONSOLE_ADDED, number, "");
    sent.value = world.consoles.last_break;
    role_link_send(role->link, &sent, NULL, 0);
}

/* ---- what roles hear ---- */

static void hear(struct input *input)
{
    struct world_role *role = world_role(take8(input) % (WORLD_CONSOLES + 1));
    struct role_message message;
    int fds[ROLE_LINK_FDS_MAX];
    unsigned int i, count;

    while (role && role_link_receive(role->link, &message, fds) ==
                       ROLE_LINK_MESSAGE) {
        for (i = count = 0; i < ROLE_LINK_FDS_MAX; i++) {
            if (fds[i] < 0)
                continue;
            close(fds[i]);
            count++;
        }
        claim(role_message_senders(message.type) == ROLE_SENDER_SUPERVISOR);
        claim(count == (message.type == ROLE_ADD_CONSOLE ? 3 :
                        message.type == ROLE_ADD_LOCAL ? 1 : 0));
    }
}

/* ---- what else happens ---- */

static void done(void *opaque, const char *problem)
{
    (void)opaque;
    claim(!problem || *problem);
}

static void attach(struct input *input)
{
    struct console_attach wanted = { .guest = guests[take8(input) % 4] };
    bool may_retry;
    int fd;

    wanted.has_from = take8(input) % 2;
    wanted.from = take32(input);
    fd = console_attach(&world.consoles, &wanted, &may_retry);
    if (fd >= 0)
        close(fd);
}

static void change_host(uint8_t how)
{
    world.has_domain = how & 1;
    world.has_server = how & 2;
    world.is_in_use = how & 4;
    consoles_check_domains(&world.consoles);
}

static void use_card(uint8_t how)
{
    if (how % 2)
        net_keeper_release(&world.net, done, &world);
    else
        net_keeper_take(&world.net, done, &world);
}

static void end_role(struct input *input)
{
    struct world_role *role = world_role(take8(input) % (WORLD_CONSOLES + 1));

    if (role)
        world_end_role(role);
}

static void operate(struct input *input)
{
    const char *guest;

    switch (take8(input) % 12) {
    case 0: end_role(input); break;
    case 1: world_pass_time(); break;
    case 2: change_host(take8(input)); break;
    case 3: use_card(take8(input)); break;
    case 4: attach(input); break;
    case 5: say_much(input); break;
    case 6: behave(input); break;
    case 7: hear(input); break;
    case 8: guest = guests[take8(input) % 4];
        if (take8(input) % 2)
            console_unserve(&world.consoles, guest, NULL, done, &world);
        else
            console_break(&world.consoles, guest, NULL, done, &world);
        break;
    case 9:
        if (console_list_count(&world.consoles) < WORLD_CONSOLES)
            world_serve(take8(input), options[take8(input) % 5]);
        break;
    default: say(input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input input = { data, data + bytes };
    unsigned int i;

    world_begin(take8(&input) % 8);
    world_serve(1, options[0]);
    for (i = 0; i < OPERATIONS_MAX && input.at < input.end; i++) {
        operate(&input);
        world_turn();
        world_check();
        json_object_put(status_to_json(&world.consoles));
    }
    world_end();
    return 0;
}
