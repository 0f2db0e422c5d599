/* SPDX-License-Identifier: BSD-2-Clause */
/* console_break.c - a break for a guest, from the request to the answer */
#include "supervisor/console/console_break.h"

#include <fcntl.h>
#include <linux/serial_reg.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/in_ring.h"
#include "shared/log.h"
#include "shared/wake.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_state.h"
#include "supervisor/roles/net_keeper.h"

/* The net role answers each, and is killed when it says too much
 * (role_process.h). */
#define BREAKS_MAX      200
#define BREAKS_SECONDS  10.0

/* A break that the net role has not answered yet. */
struct console_break {
    struct console_break *next;
    uint32_t number;
    console_done *done; /* NULL: nobody waits any more */
    void *opaque;
};

static int check_rate(struct console_list *list)
{
    double now = ev_now(list->loop);

    if (now < list->breaks_since ||
        now >= list->breaks_since + BREAKS_SECONDS) {
        list->breaks_since = now;
        list->break_count = 0;
    }
    if (list->break_count >= BREAKS_MAX)
        return log_error("more than %d breaks in %.0f s; try again later",
                         BREAKS_MAX, BREAKS_SECONDS);
    list->break_count++;
    return 0;
}

static int check(const struct console *console)
{
    const struct net_keeper *net = console->list->net;

    if (console->state != CONSOLE_SERVING)
        return log_error("console %s is %s: nobody is there to receive a "
                         "break", console->label,
                         console_state_names[console->state]);
    /* A break is input: who may not type may not send it either. */
    if (console->options.is_read_only)
        return log_error("console %s takes no input (access=ro), and a break "
                         "is input", console->label);
    if (!net->is_enabled || (net->is_ready && console->is_listening))
        return check_rate(console->list);
    return log_error("console %s: the net role, which passes input on, does "
                     "not have the console now; no break was sent, try again",
                     console->label);
}

static int open_file(const struct console *console, const char *name)
{
    char path[PATH_MAX];
    int fd;

    if (console_path(path, console->list->config->directory, console->key,
                     name))
        return -1;
    fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? log_errno("cannot open %s", path) : fd;
}

/* There is no net role: the in ring is ours to write. */
static int put(const struct console *console)
{
    int wake_fd = open_file(console, "uart.wake"), rc = -1;
    struct in_ring in = IN_RING_CLOSED;
    uint64_t in_tail;

    if (wake_fd < 0 ||
        in_ring_open_writer(&in, open_file(console, "in")))
        goto out;
    in_tail = atomic_load(&console->out.header->report.in_tail);
    if (!in_ring_write_errors(&in, in_tail, 0, UART_LSR_BI)) {
        log_error("console %s: the guest takes no input; no break was sent",
                  console->label);
        goto out;
    }
    wake_signal(wake_fd);
    rc = 0;
out:
    in_ring_close(&in);
    if (wake_fd >= 0)
        close(wake_fd);
    return rc;
}

static int ask(struct console *console, console_done *done, void *opaque)
{
    struct console_list *list = console->list;
    struct console_break *wanted = calloc(1, sizeof(*wanted));
    struct role_message message = {
        .type = ROLE_BREAK,
        .console = console->number,
        .value = ++list->last_break,
    };

    if (!wanted)
        return log_error("out of memory");
    if (net_keeper_send(list->net, &message, NULL, 0)) {
        free(wanted);
        return -1;
    }
    wanted->number = message.value;
    wanted->done = done;
    wanted->opaque = opaque;
    wanted->next = list->breaks;
    list->breaks = wanted;
    return 0;
}

int console_break(struct console_list *list, const char *guest,
                  const char *name, console_done *done, void *opaque)
{
    struct console *console = console_list_find_one(list, guest, name);

    if (!console || check(console))
        return -1;
    if (list->net->is_enabled)
        return ask(console, done, opaque);
    if (!console->out.header)
        return log_error("console %s has no files now", console->label);
    if (put(console))
        return -1;
    done(opaque, NULL);
    return 0;
}

/* Takes it from the list before anybody is told, who may ask for another. */
static void finish(struct console_break **place, const char *problem)
{
    struct console_break *ended = *place;
    console_done *done = ended->done;
    void *opaque = ended->opaque;

    *place = ended->next;
    free(ended);
    if (done)
        done(opaque, problem);
}

void console_break_answered(struct console_list *list, uint32_t number,
                            const char *problem)
{
    struct console_break **place = &list->breaks;

    while (*place && (*place)->number != number)
        place = &(*place)->next;
    if (*place)
        finish(place, problem);
}

void console_breaks_net_gone(struct console_list *list)
{
    while (list->breaks)
        finish(&list->breaks, "the net role ended before it answered: nobody "
                              "knows whether the guest gets the break");
}

void console_breaks_forget(struct console_list *list, void *opaque)
{
    struct console_break *waiting;

    for (waiting = list->breaks; waiting; waiting = waiting->next)
        if (waiting->opaque == opaque)
            waiting->done = NULL;
}
