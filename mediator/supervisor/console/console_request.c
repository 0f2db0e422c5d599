/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_request.c - serve and unserve: may it be, and how it begins
 */
#include "supervisor/console/console_request.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/limits.h"
#include "shared/log.h"
#include "shared/role.h"
#include "shared/uart_mode.h"
#include "supervisor/console/console_files.h"
#include "supervisor/console/console_interrupts.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_network.h"
#include "supervisor/console/console_pty.h"
#include "supervisor/console/console_record.h"
#include "supervisor/console/console_state.h"
#include "supervisor/console/console_wire.h"
#include "supervisor/console/consoles.h"
#include "supervisor/roles/net_keeper.h"

static bool needs_machine_port(const struct console *console)
{
    const struct uart_mode *mode = uart_mode_find(console->options.mode);

    return mode && mode->needs_machine_port;
}

static bool is_ending(const struct console *console)
{
    return console->state == CONSOLE_ENDING ||
           console->state == CONSOLE_REMOVING;
}

static int refuse_tcp_port(const struct console *other)
{
    unsigned int port = other->options.tcp_port;

    /* Such a console listens even when it is not served. */
    if (other->is_configured)
        return log_error("TCP port %u belongs to console %s of mediator.cfg; "
                         "choose another one with tcp=, or change it there "
                         "and restart mediatord", port, other->label);
    return log_error("TCP port %u belongs to console %s (%s); choose another "
                     "one with tcp=, or: mediatorctl unserve %s",
                     port, other->label, console_state_names[other->state],
                     other->guest);
}

static int refuse_machine_port(const struct console *other, uint16_t port)
{
    if (is_ending(other))
        return CONSOLE_BUSY;
    return log_error("machine port %x belongs to console %s; choose another "
                     "one with machine=, or: mediatorctl unserve %s", port,
                     other->label, other->guest);
}

static int refuse_wire(const struct console *other, const char *wire)
{
    if (is_ending(other))
        return CONSOLE_BUSY;
    return log_error("wire=%s belongs to console %s; choose another tty, or: "
                     "mediatorctl unserve %s", wire, other->label,
                     other->guest);
}

static bool do_overlap(uint16_t port, uint16_t other_port)
{
    return abs(port - other_port) < UART_REGS;
}

/* Refuses a console that would take something which another one has. */
static int check_conflict(const struct console *wanted,
                          const struct console *other)
{
    const struct console_options *options = &wanted->options;

    if (other->options.tcp_port == options->tcp_port)
        return refuse_tcp_port(other);
    if (other->state == CONSOLE_IDLE)
        return 0;
    if (needs_machine_port(wanted) && needs_machine_port(other) &&
        do_overlap(other->options.machine_port, options->machine_port))
        return refuse_machine_port(other, options->machine_port);
    if (console_wire_is_same(other, wanted))
        return refuse_wire(other, options->wire);
    if (other->domain.domid == wanted->domain.domid &&
        do_overlap(other->options.first_port, options->first_port))
        return log_error("port %x of %s is served as console %s already",
                         options->first_port, wanted->guest, other->label);
    return 0;
}

/* A console of the same name is no other console. */
static int check_conflicts(const struct console *wanted)
{
    const struct console *other;

    console_list_for_each(other, wanted->list) {
        int rc = strcmp(other->key, wanted->key)
                     ? check_conflict(wanted, other) : 0;

        if (rc)
            return rc;
    }
    return 0;
}

static int check_domain(const struct domain *domain)
{
    if (domain->is_dying)
        return log_error("domain \"%s\" (%u) is being destroyed", domain->name,
                         domain->domid);
    if (!domain->is_hvm)
        return log_error("domain \"%s\" (%u) is a PV guest, which has no "
                         "COM1; only HVM and PVH guests can be served",
                         domain->name, domain->domid);
    return 0;
}

/* What the guest says goes before what mediator.cfg says of this console. */
static int parse_options(struct console *wanted, const char *text)
{
    const struct console *named;
    int rc;

    console_options_init(&wanted->options);
    rc = console_options_parse(&wanted->options, text);
    if (rc)
        return rc;
    named = console_list_find(wanted->list, wanted->guest,
                              wanted->options.name);
    if (!named || !named->is_configured)
        return 0;
    wanted->options = named->configured;
    return console_options_parse(&wanted->options, text);
}

/* Refuses one console more than mediatord keeps. */
static int check_count(const struct console_list *list)
{
    unsigned int count = console_list_count(list);

    if (count >= CONSOLES_MAX)
        return log_error("there are %u consoles already, the most that "
                         "mediatord keeps; remove one with: mediatorctl "
                         "unserve GUEST", count);
    return 0;
}

/* Refuses what can be refused at once; `wanted` is on no list. */
static int check_serve(struct console *wanted, const char *options)
{
    struct console_list *list = wanted->list;
    const struct console *same;
    int rc = parse_options(wanted, options);

    if (!rc)
        rc = console_options_check(&wanted->options);
    if (!rc)
        rc = check_domain(&wanted->domain);
    if (!rc)
        rc = console_name(wanted);
    if (rc)
        return rc;

    same = console_list_find(list, wanted->guest, wanted->options.name);
    if (same && is_ending(same))
        return CONSOLE_BUSY;
    if (same && same->state != CONSOLE_IDLE)
        return log_error("console %s is %s already (domain %u)", same->label,
                         console_state_names[same->state], same->domain.domid);
    if (!same)
        rc = check_count(list);
    return rc ? rc : check_conflicts(wanted);
}

/* Gets what the console needs of dom0.  `wanted` is on no list yet, so that an
 * idle console of that name goes on listening as before if this fails. */
static int take_resources(struct console *wanted)
{
    int rc = 0;

    if (needs_machine_port(wanted))
        rc = linux_tty_release(&wanted->tty, wanted->options.machine_port);
    if (!rc)
        rc = console_wire_hold(wanted);
    if (!rc)
        rc = console_interrupts_prepare(wanted, true);
    if (!rc)
        rc = console_files_prepare(wanted);
    if (rc)
        linux_tty_give_back(&wanted->tty);
    if (rc && !console_list_find(wanted->list, wanted->guest,
                                 wanted->options.name))
        console_files_remove(wanted);
    return rc;
}

/* Whether the net role must be told of the console again. */
static bool is_net_changed(const struct console_options *before,
                           const struct console_options *after)
{
    return before->tcp_port != after->tcp_port ||
           before->history_bytes != after->history_bytes ||
           before->replay_bytes != after->replay_bytes ||
           before->is_read_only != after->is_read_only ||
           strcmp(before->allow, after->allow);
}

/* Moves what take_resources() got, of which an idle console has nothing but
 * the views of its rings. */
static void take_over(struct console *console, struct console *wanted)
{
    console_files_close(console);
    console->out = wanted->out;
    wanted->out = OUT_RING_CLOSED;
    console->in = wanted->in;
    wanted->in = IN_RING_CLOSED;
    console->has_files = true;
    console->tty = wanted->tty;
    console->wire_fd = wanted->wire_fd;
    wanted->wire_fd = -1;
}

/* An idle console of that name goes on with the new domain.  Returns the one
 * that is on the list; `wanted` may be gone. */
static struct console *join_idle(struct console *wanted)
{
    struct console *same = console_list_find(wanted->list, wanted->guest,
                                             wanted->options.name);

    if (!same) {
        console_list_add(wanted);
        return wanted;
    }
    if (is_net_changed(&same->options, &wanted->options))
        console_network_remove(same);
    same->is_kept = true; /* also if the start fails */
    same->options = wanted->options;
    same->domain = wanted->domain;
    take_over(same, wanted);
    console_free(wanted);
    return same;
}

static int begin_serving(struct console *console)
{
    int rc = console_enter(console, CONSOLE_STARTING);

    /* This comes first: a console that is kept listens whatever fails then. */
    if (!rc && console->list->net->is_ready && !console->is_listening &&
        !console->is_net_asked)
        rc = console_network_add(console);
    if (!rc)
        rc = console_record_save(console);
    if (!rc)
        rc = console_start_uart_role(console);
    return rc;
}

static int refuse_closed(void)
{
    return log_error("mediatord is stopping; try again when it is started "
                     "again");
}

int console_serve(struct console_list *list, const struct domain *domain,
                  const char *options, console_done *done, void *opaque)
{
    struct console *console;
    int rc;

    if (list->is_closed)
        return refuse_closed();
    console = console_new(list);
    if (!console)
        return -1;
    /* The guest's last domain may be gone without its end being known yet. */
    consoles_check_domains(list);
    console->domain = *domain;
    memcpy(console->guest, domain->name, sizeof(console->guest));
    rc = check_serve(console, options);
    if (!rc)
        rc = take_resources(console);
    if (rc) {
        console_free(console);
        return rc;
    }
    console = join_idle(console);
    if (begin_serving(console)) {
        console_enter(console, CONSOLE_IDLE);
        if (!console->is_kept)
            console_remove(console);
        return -1;
    }
    console->done = done;
    console->done_opaque = opaque;
    return 0;
}

/* The guest may have been renamed: its domain says whose console it is. */
static struct console *find_served(const struct console_list *list,
                                   const struct domain *domain,
                                   const char *name)
{
    struct console *console;

    console_list_for_each(console, list)
        if ((console->state == CONSOLE_STARTING ||
             console->state == CONSOLE_SERVING) &&
            console->domain.domid == domain->domid &&
            !memcmp(console->domain.uuid, domain->uuid,
                    DOMAIN_UUID_BYTES) &&
            !strcmp(console->options.name, name))
            return console;
    return NULL;
}

static int check_same(const struct console *console,
                      const struct console_options *wanted)
{
    const struct console_options *options = &console->options;

    if (options->first_port != wanted->first_port ||
        (console->domain.has_isa_irqs && options->irq != wanted->irq))
        return log_error("console %s serves port %x and interrupt %u of "
                         "domain %u, not %x and %u; mediatorctl unserve %s "
                         "removes it", console->label, options->first_port,
                         options->irq, console->domain.domid,
                         wanted->first_port, wanted->irq, console->guest);
    if (console->done)
        return log_error("console %s is being served for somebody else just "
                         "now", console->label);
    if (console->server != ROLE_NO_SERVER &&
        !domains_has_server(console->list->domains, console->domain.domid,
                            console->server))
        return log_error("Xen has removed ioreq server %u of console %s",
                         console->server, console->label);
    return 0;
}

int console_ensure_served(struct console_list *list,
                          const struct domain *domain, const char *options,
                          console_done *done, void *opaque)
{
    struct console_options wanted;
    struct console *console;
    int rc;

    if (list->is_closed)
        return refuse_closed();
    console_options_init(&wanted);
    rc = console_options_parse(&wanted, options);
    if (rc)
        return rc;
    consoles_check_domains(list);
    console = find_served(list, domain, wanted.name);
    if (!console)
        return console_serve(list, domain, options, done, opaque);
    rc = check_same(console, &wanted);
    if (rc)
        return rc;
    if (console->state == CONSOLE_STARTING) {
        console->done = done;
        console->done_opaque = opaque;
        return 0;
    }
    log_info("console %s goes on: domain %u was reset", console->label,
             console->domain.domid);
    /* The toolstack has made the domain's nodes anew. */
    console_pty_publish(console);
    done(opaque, NULL);
    return 0;
}

int console_unserve(struct console_list *list, const char *guest,
                    const char *name, console_done *done, void *opaque)
{
    struct console *console = console_list_find_one(list, guest, name);

    if (!console)
        return -1;
    if (list->is_closed)
        return refuse_closed();
    if (console->state != CONSOLE_IDLE && console->state != CONSOLE_SERVING)
        return log_error("console %s is %s; try again when that is done",
                         console->label, console_state_names[console->state]);
    console->done = done;
    console->done_opaque = opaque;
    console->is_kept = console->is_configured;
    console_begin_removal(console, NULL);
    return 0;
}

void console_forget_request(struct console_list *list, void *opaque)
{
    struct console *console;

    console_list_for_each(console, list)
        if (console->done && console->done_opaque == opaque)
            console->done = NULL;
}
