/* SPDX-License-Identifier: BSD-2-Clause */
/* console_state.c - the states of a console, and what entering each does */
#include "supervisor/console/console_state.h"

#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/console/console_interrupts.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_network.h"
#include "supervisor/console/console_pty.h"
#include "supervisor/console/console_record.h"
#include "supervisor/console/console_wire.h"
#include "supervisor/roles/net_keeper.h"

const char *const console_state_names[CONSOLE_STATES] = {
    [CONSOLE_NEW] = "new",
    [CONSOLE_IDLE] = "idle",
    [CONSOLE_STARTING] = "starting",
    [CONSOLE_SERVING] = "serving",
    [CONSOLE_REMOVING] = "removing",
    [CONSOLE_ENDING] = "ending",
};

/* Which state may follow which.  Each comment says when that happens. */
static const struct {
    enum console_state from, to;
} transitions[] = {
    /* mediator.cfg names the console, or an earlier mediatord left it without
     * a domain, or with one that is gone */
    { CONSOLE_NEW, CONSOLE_IDLE },
    /* served for the first time */
    { CONSOLE_NEW, CONSOLE_STARTING },
    /* left by an earlier mediatord, with a domain that lives */
    { CONSOLE_NEW, CONSOLE_SERVING },

    /* served again */
    { CONSOLE_IDLE, CONSOLE_STARTING },
    /* unserved: it is removed, or kept as it is */
    { CONSOLE_IDLE, CONSOLE_REMOVING },

    /* the uart role and the net role are ready */
    { CONSOLE_STARTING, CONSOLE_SERVING },
    /* one of them is not, or not in time, or the domain ended */
    { CONSOLE_STARTING, CONSOLE_REMOVING },
    /* the uart role could not even be started */
    { CONSOLE_STARTING, CONSOLE_IDLE },

    /* unserved */
    { CONSOLE_SERVING, CONSOLE_REMOVING },
    /* the domain ended */
    { CONSOLE_SERVING, CONSOLE_ENDING },

    /* the uart role is gone, and the server */
    { CONSOLE_REMOVING, CONSOLE_IDLE },
    { CONSOLE_ENDING, CONSOLE_IDLE },
};

static bool is_permitted(enum console_state from, enum console_state to)
{
    size_t i;

    for (i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++)
        if (transitions[i].from == from && transitions[i].to == to)
            return true;
    return false;
}

/* With seconds 0 the state has no deadline. */
static void set_deadline(struct console *console, double seconds)
{
    struct ev_loop *loop = console->list->loop;

    ev_timer_stop(loop, &console->deadline);
    if (seconds > 0) {
        ev_timer_set(&console->deadline, seconds, 0.);
        ev_timer_start(loop, &console->deadline);
    }
}

/* The domain has nothing more to do with this console. */
static void enter_idle(struct console *console, enum console_state before)
{
    set_deadline(console, 0);
    console_network_tell_guest(console);
    ev_timer_stop(console->list->loop, &console->retry);
    linux_tty_give_back(&console->tty);
    console_pty_withdraw(console);
    console_wire_let_go(console);
    if (before != CONSOLE_NEW)
        console_interrupts_let_go(console);
    console->server = ROLE_NO_SERVER;
    /* The operator knows, or was told why. */
    if (before == CONSOLE_REMOVING)
        console->unserved_domid = console->domain.domid;
    restart_delay_forget(&console->delay);
    console_record_save(console);
    if (before == CONSOLE_ENDING)
        log_info("console %s: its domain ended; history and port stay",
                 console->label);
    else if (before == CONSOLE_REMOVING && console->is_kept)
        log_info("console %s is served no more; history and port stay",
                 console->label);
}

static void enter_starting(struct console *console, enum console_state before)
{
    (void)before;
    set_deadline(console, CONSOLE_START_SECONDS);
}

static void warn_if_open_to_all(const struct console *console)
{
    const struct console_options *options = &console->options;

    if (!options->is_read_only && !*options->allow &&
        console->list->net->is_enabled)
        log_warning("console %s can be typed into by anyone who reaches TCP "
                    "port %u; name who may with allow=ADDRESS/BITS, or write "
                    "access=ro", console->label, options->tcp_port);
}

static void enter_serving(struct console *console, enum console_state before)
{
    set_deadline(console, 0);
    console_network_tell_guest(console);
    console_record_save(console);
    console_pty_publish(console);
    if (before == CONSOLE_NEW) {
        log_info("console %s: going on with domain %u", console->label,
                 console->domain.domid);
        return;
    }
    log_info("console %s: domain %u is served, TCP port %u", console->label,
             console->domain.domid, console->options.tcp_port);
    warn_if_open_to_all(console);
}

static void enter_removing(struct console *console, enum console_state before)
{
    struct role_message message = { .type = ROLE_REMOVE_SERVER };

    (void)before;
    set_deadline(console, CONSOLE_DEADLINE_SECONDS);
    console_network_tell_guest(console);
    if (console->is_uart_ready)
        role_process_send(&console->uart, &message, NULL, 0);
}

static void enter_ending(struct console *console, enum console_state before)
{
    (void)before;
    set_deadline(console, CONSOLE_DEADLINE_SECONDS);
    console_network_tell_guest(console);
    ev_timer_stop(console->list->loop, &console->retry);
    role_process_stop(&console->uart);
}

int console_enter(struct console *console, enum console_state state)
{
    static void (*const enter[CONSOLE_STATES])(struct console *console,
                                               enum console_state before) = {
        [CONSOLE_IDLE] = enter_idle,
        [CONSOLE_STARTING] = enter_starting,
        [CONSOLE_SERVING] = enter_serving,
        [CONSOLE_REMOVING] = enter_removing,
        [CONSOLE_ENDING] = enter_ending,
    };
    enum console_state before = console->state;

    if (!is_permitted(before, state))
        return log_error("console %s cannot be %s after it was %s; this is a "
                         "mistake in mediatord", console->label,
                         console_state_names[state],
                         console_state_names[before]);
    console->state = state;
    enter[state](console, before);
    return 0;
}
