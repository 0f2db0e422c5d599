/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_role.c - the uart role from its start to its loop, and its end
 *
 * The order is what keeps it safe: open every handle, restrict them to the
 * domain, find or create the ioreq server, become an ordinary user, and only
 * then look at a request.
 */
#include "uart/uart_role.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/console_paths.h"
#include "shared/log.h"
#include "shared/role.h"
#include "shared/role_link.h"
#include "uart/supervisor_link.h"
#include "uart/uart_loop.h"
#include "uart/uart_parts.h"
#include "uart/uart_rights.h"

#define UART_NICE (-5) /* the weight of three other processes */

static void set_irq(void *opaque, bool level)
{
    struct uart_role *role = opaque;

    interrupt_line_set(&role->line, level);
}

static int open_state(struct uart_role *role)
{
    const struct uart_arguments *arguments = role->arguments;
    char path[PATH_MAX], refused[PATH_MAX + 16];
    int rc = console_path(path, arguments->directory, arguments->console,
                          "state");

    /* The first role that a console ever has makes the file. */
    if (!rc && access(path, F_OK))
        rc = journal_create(path);
    if (rc)
        return rc;
    rc = journal_open(&role->journal, path,
                      &role->out_ring.header->report.in_doubt);
    if (!rc)
        return 0;
    /* The guest must live on: what cannot be believed is put aside. */
    log_warning("starting with an empty state; the old one is kept beside it "
                "as state.refused");
    snprintf(refused, sizeof(refused), "%s.refused", path);
    rename(path, refused);
    rc = journal_create(path);
    if (rc)
        return rc;
    return journal_open(&role->journal, path,
                        &role->out_ring.header->report.in_doubt);
}

static int open_in_ring(struct uart_role *role)
{
    const struct uart_arguments *arguments = role->arguments;
    char path[PATH_MAX];
    int rc = console_path(path, arguments->directory, arguments->console,
                          "in");

    if (rc || !in_ring_open_reader(&role->in_ring, path))
        return rc;
    /* The guest must live on.  The supervisor saw that it was ours before the
     * net role had it, and nothing in it is believed here. */
    log_warning("going on with it: the net role has spoiled it; restart "
                "mediatord to have it made anew");
    return in_ring_open_spoiled(&role->in_ring, path);
}

/* Without them the guest has its console all the same, and interrupts that are
 * not shared. */
static void open_interrupt_levels(struct uart_role *role)
{
    const struct uart_arguments *arguments = role->arguments;
    char path[PATH_MAX];

    if (role->line.irq == INTERRUPT_LINE_NONE)
        return;
    if (interrupt_levels_path(path, arguments->directory, arguments->domid) ||
        interrupt_levels_open(&role->line.levels, path))
        log_warning("an interrupt that this console shares with another one "
                    "of its guest may be lost");
}

static int open_files(struct uart_role *role)
{
    const struct uart_arguments *arguments = role->arguments;
    char path[PATH_MAX];
    int rc;

    rc = console_path(path, arguments->directory, arguments->console, "out");
    if (!rc)
        rc = out_ring_open_writer(&role->out_ring, path);
    if (!rc)
        rc = open_state(role);
    if (!rc)
        rc = open_in_ring(role);
    if (!rc)
        rc = console_path(path, arguments->directory, arguments->console,
                          "uart.wake");
    if (rc)
        return rc;
    role->sleep.wake_fd = wake_open(path);
    snprintf(path, sizeof(path), "%s/net.wake", arguments->directory);
    role->net.fd = wake_open_writer(path);
    return role->sleep.wake_fd < 0 || role->net.fd < 0 ? -1 : 0;
}

static bool can_post(const struct uart_role *role)
{
    return !role->uart.options.is_unposted && role->uart.ops->takes_runs &&
           role->uart.ops->takes_runs(&role->uart);
}

static int find_server(struct uart_role *role)
{
    int rc;

    if (role->arguments->server != ROLE_NO_SERVER) {
        role->server.id = role->arguments->server;
        return 0;
    }
    rc = ioreq_server_create(&role->server, can_post(role));
    if (rc)
        return rc;
    /* The new server may have the number of one that was removed, whose state
     * this is.  So the state is marked as not reset before anybody knows of
     * the new server: a successor that adopts it could not tell. */
    atomic_store(&role->journal.page->is_reset, 0);
    role->is_server_new = true;
    interrupt_levels_forget(&role->line.levels, role->server.id);
    return supervisor_link_announce_server(role);
}

/* If the state was for another domain, or another server, the UART begins
 * anew; the rings go on. */
static int reset_state(struct uart_role *role)
{
    struct out_ring_header *out = role->out_ring.header;
    struct journal *journal = &role->journal;
    uint64_t in_offset;
    int rc = 0;

    if (journal->page->domid == role->server.domid &&
        journal->page->server == role->server.id &&
        atomic_load(&journal->page->is_reset))
        return 0;

    /* What was typed before this domain existed is not meant for it. */
    in_offset = in_ring_head(&role->in_ring);
    journal_forget(journal, role->server.domid, atomic_load(&out->head),
                   in_offset);
    uart_report_skip(&out->report, in_offset);
    journal->page->server = role->server.id;
    role->uart.state = &journal_work(journal)->uart;
    role->uart.state->posted_position = POSTED_WRITES_NO_POSITION;
    if (role->uart.ops->reset)
        rc = role->uart.ops->reset(&role->uart);
    if (rc)
        return rc;
    journal_commit(journal, 0);
    atomic_store(&journal->page->is_reset, 1);
    return 0;
}

static void connect_parts(struct uart_role *role)
{
    role->uart.ops = uart_ops_find(role->arguments->options.mode);
    role->uart.options = role->arguments->options;
    role->uart.journal = &role->journal;
    role->uart.machine = &role->machine;
    role->uart.out_ring = &role->out_ring;
    interrupt_line_init(&role->line, &role->server,
                        role->arguments->has_no_irq
                            ? INTERRUPT_LINE_NONE
                            : role->uart.options.irq);
    role->uart.set_irq = set_irq;
    role->uart.opaque = role;
    role->access = (struct port_access){
        .uart = &role->uart,
        .journal = &role->journal,
        .memory = &role->memory,
        .first_port = role->uart.options.first_port,
    };
    guest_memory_init(&role->memory, role->server.foreign,
                      role->arguments->domid);
}

/* Opens the tty of wire=.  A new guest is not served without it, but one that
 * runs already must live on when it is gone. */
static int open_wire(struct uart_role *role)
{
    const struct uart_arguments *arguments = role->arguments;
    struct wire_tty_settings *before = &role->journal.page->wire_before;

    if (wire_tty_open(&role->wire.tty, role->uart.options.wire, before)) {
        if (arguments->server == ROLE_NO_SERVER)
            return -1;
        role->wire.tty.is_lost = true;
    }
    role->uart.wire = &role->wire;
    return 0;
}

static int open_everything(struct uart_role *role)
{
    const struct uart_arguments *arguments = role->arguments;
    const struct console_options *options = &arguments->options;
    int rc;

    rc = open_files(role);
    if (!rc)
        rc = ioreq_server_open(&role->server, arguments->domid);
    if (rc)
        return rc;
    connect_parts(role);
    open_interrupt_levels(role);
    if (!role->uart.ops)
        return log_error("there is no mode=%s", options->mode);
    if (uart_mode_find(options->mode)->needs_machine_port)
        rc = machine_ports_open(&role->machine, options->machine_port);
    if (!rc && *options->wire)
        rc = open_wire(role);
    return rc;
}

/* Asks Xen for posted writes and shadow registers, and reports what it gave:
 * the role of an earlier domain may have had more, or less. */
static void extend_server(struct uart_role *role)
{
    struct ioreq_server *server = &role->server;
    uint32_t given = 0;

    if (can_post(role))
        ioreq_server_extend(server, role->uart.options.first_port);
    if (server->is_posting)
        given |= UART_REPORT_POSTED_WRITES;
    if (server->shadow.entries)
        given |= UART_REPORT_SHADOW_REGISTERS;
    atomic_store(&role->out_ring.header->report.xen_extensions, given);
}

/* A vCPU stands still until this process has answered; what else dom0 does,
 * and the net role above all, can come a little later. */
static void take_precedence(void)
{
    if (setpriority(PRIO_PROCESS, 0, UART_NICE))
        log_warning("no right to a nice value of %d (CAP_SYS_NICE); guests "
                    "wait longer for this console while dom0 is busy",
                    UART_NICE);
}

/* Gives up all rights that serving does not need, and makes the server ready
 * on the way. */
static int prepare_to_serve(struct uart_role *role)
{
    const struct uart_arguments *arguments = role->arguments;
    uint16_t first_port = role->uart.options.first_port;
    int rc;

    rc = ioreq_server_restrict(&role->server);
    if (!rc)
        rc = find_server(role);
    if (!rc)
        rc = ioreq_server_map(&role->server);
    if (!rc)
        rc = reset_state(role);
    if (!rc)
        rc = ioreq_server_enable(&role->server, first_port,
                                 first_port + UART_REGS - 1);
    if (!rc)
        extend_server(role);
    if (!rc)
        rc = ioreq_server_bind(&role->server);
    if (!rc)
        take_precedence();
    if (!rc)
        rc = uart_rights_keep(arguments->user, *arguments->options.wire);
    return rc;
}

static void close_everything(struct uart_role *role)
{
    if (role->wire.tty.fd >= 0)
        wire_tty_close(&role->wire.tty, &role->journal.page->wire_before);
    interrupt_levels_close(&role->line.levels);
    guest_memory_invalidate(&role->memory);
    ioreq_server_close(&role->server);
    if (role->net.fd >= 0)
        close(role->net.fd);
    if (role->sleep.wake_fd >= 0)
        close(role->sleep.wake_fd);
    in_ring_close(&role->in_ring);
    journal_close(&role->journal);
    out_ring_close(&role->out_ring);
}

static int start(struct uart_role *role, struct uart_arguments *arguments,
                 int argc, char **argv)
{
    int rc = uart_arguments_parse(arguments, argc, argv);

    if (!rc)
        log_set_name("mediatord: uart %s", arguments->label);
    if (!rc)
        rc = supervisor_link_prepare_signals();
    if (!rc)
        rc = open_everything(role);
    if (!rc)
        rc = prepare_to_serve(role);
    if (rc)
        return rc;
    role->is_serving = true;
    return role_link_send_type(ROLE_LINK_FD, ROLE_READY);
}

/* Tells the supervisor the last error.  A server that this process created for
 * a guest and never served is destroyed: the guest is left as it was. */
static void give_up(struct uart_role *role)
{
    char failure[LOG_TEXT_BYTES];

    snprintf(failure, sizeof(failure), "%s", log_last_error());
    if (role->is_server_new && !role->is_serving) {
        ioreq_server_disable(&role->server);
        ioreq_server_destroy(&role->server);
    }
    role_link_send_text(ROLE_LINK_FD, ROLE_FAILED, 0, failure);
}

int uart_role_main(int argc, char **argv)
{
    static struct uart_arguments arguments;
    static struct uart_role role;
    int rc;

    role = (struct uart_role){
        .arguments = &arguments,
        .journal = { .file = SHARED_FILE_CLOSED },
        .out_ring = OUT_RING_CLOSED,
        .in_ring = IN_RING_CLOSED,
        .net = WAKER_CLOSED,
        .sleep = { .wake_fd = -1 },
        .wire = { .tty = WIRE_TTY_CLOSED },
    };
    rc = start(&role, &arguments, argc, argv);
    if (!rc)
        rc = uart_loop_run(&role);
    if (rc)
        give_up(&role);
    close_everything(&role);
    return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
