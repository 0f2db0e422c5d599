/* SPDX-License-Identifier: BSD-2-Clause */
/* xl_requests.c - what libxl asks for in xenstore is served and answered */
#include "supervisor/xl_requests.h"

#include <errno.h>
#include <ev.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_request.h"
#include "supervisor/host/store.h"

#define REQUESTS_MAX 64
#define ROOT XL_REQUESTS_ROOT
#define PROTOCOL_VERSION "1"
#define DAEMON "mediatord"
#define PRESENCE "/tool/ioreq-server/" DAEMON
#define PATH_BYTES 128
#define GENERATION_BYTES 64
#define OPTIONS_BYTES 2048
#define ANSWER_AGAIN_SECONDS 1.0 /* xl waits for ten */

struct request {
    struct request *next;
    struct xl_requests *requests;
    uint32_t domid, number;
    char generation[GENERATION_BYTES];
    bool is_begun; /* on_done() will be called */
    bool is_done;  /* it is not answered yet, for want of xenstore: */
    char problem[LOG_TEXT_BYTES]; /* "" for success */
};

enum answered {
    ANSWERED,       /* or xl waits no more */
    ANSWER_LATER,   /* there is no xenstore now */
    ANSWER_REFUSED, /* by xenstore, with errno */
};

struct xl_requests {
    struct console_list *consoles;
    struct store *store;
    struct request *list;
    unsigned int count;
    ev_timer retry; /* a request is not begun from within what made it
                     * possible */
    ev_timer answer_again; /* what xenstore has refused */
};

/* ---- the nodes of a request ---- */

static void node_path(const struct request *request, const char *node,
                      char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, ROOT "/%" PRIu32 "/ioreq-server/%" PRIu32 "/%s",
             request->domid, request->number, node);
}

/* Copies a node's value; false when there is none, or it does not fit. */
static bool read_node(const struct request *request, xs_transaction_t within,
                      const char *node, char *text, size_t bytes)
{
    char path[PATH_BYTES];
    unsigned int length;
    char *value;
    bool fits;

    node_path(request, node, path);
    value = store_read(request->requests->store, within, path, &length);
    if (!value)
        return false;
    fits = length < bytes;
    if (fits)
        memcpy(text, value, length + 1);
    free(value);
    return fits;
}

static bool write_node(const struct request *request, xs_transaction_t within,
                       const char *node, const char *text)
{
    char path[PATH_BYTES];

    node_path(request, node, path);
    return store_write(request->requests->store, within, path, text);
}

static bool is_requested(const struct request *request,
                         xs_transaction_t within)
{
    char state[16];

    return read_node(request, within, "state", state, sizeof(state)) &&
           !strcmp(state, "requested");
}

/* An xl of another version may give none, which is "" here. */
static void read_generation(const struct request *request,
                            xs_transaction_t within,
                            char generation[GENERATION_BYTES])
{
    if (!read_node(request, within, "generation", generation,
                   GENERATION_BYTES))
        generation[0] = '\0';
}

/* Whether xl still waits for the answer to this very request. */
static bool is_current(const struct request *request, xs_transaction_t within)
{
    char generation[GENERATION_BYTES];

    if (!is_requested(request, within))
        return false;
    read_generation(request, within, generation);
    return !strcmp(generation, request->generation);
}

/* Within a transaction.  False: it is not to be committed; errno says what
 * xenstore has refused, or is 0 when xl has given up, and its nodes must not
 * be made again, or has put another request in their place. */
static bool write_answer(const struct request *request,
                         xs_transaction_t within, const char *problem)
{
    if (!is_current(request, within)) {
        if (errno == ENOENT)
            errno = 0;
        return false;
    }
    return (!problem || write_node(request, within, "error", problem)) &&
           write_node(request, within, "state",
                      problem ? "error" : "running");
}

/* Answers that the console is served (problem is NULL), or why it is not. */
static enum answered answer(const struct request *request,
                            const char *problem)
{
    struct store *store = request->requests->store;
    bool is_written;
    int error;

    do {
        xs_transaction_t transaction = store_begin(store);

        if (transaction == XBT_NULL)
            break;
        is_written = write_answer(request, transaction, problem);
        error = is_written ? 0 : errno;
        if (store_end(store, transaction, !is_written)) {
            errno = error;
            return error ? ANSWER_REFUSED : ANSWERED;
        }
    } while (errno == EAGAIN);
    return store_is_connected(store) ? ANSWER_REFUSED : ANSWER_LATER;
}

/* A request that is for another daemon is none of ours.  An xl that names
 * nobody is of another version. */
static bool is_for_us(const struct request *request)
{
    char daemon[64];

    return !read_node(request, XBT_NULL, "daemon", daemon, sizeof(daemon)) ||
           !strcmp(daemon, DAEMON);
}

static int check_version(const struct request *request)
{
    char version[16];

    if (!read_node(request, XBT_NULL, "version", version, sizeof(version)))
        strcpy(version, "0");
    return strcmp(version, PROTOCOL_VERSION)
               ? log_error("xl asks by version %s of the protocol, and "
                           DAEMON " has version " PROTOCOL_VERSION "; install "
                           "the one that belongs to the other", version)
               : 0;
}

/* A value that holds a separator would say something else as well. */
static bool is_one_value(const char *text)
{
    return !strchr(text, ';');
}

/* Reads what xl asks for as the options that mediatorctl serve would be given.
 * Fails with a message. */
static int read_options(const struct request *request,
                        const struct domain *domain,
                        char options[OPTIONS_BYTES])
{
    char name[64], ports[64], irq[64], more[1024];
    bool has_irq;

    if (!read_node(request, XBT_NULL, "name", name, sizeof(name)) ||
        !read_node(request, XBT_NULL, "ports", ports, sizeof(ports)) ||
        !read_node(request, XBT_NULL, "irq", irq, sizeof(irq)))
        return log_error("xl's request lacks name, ports or irq, or they are "
                         "too long");
    if (!is_one_value(name) || !is_one_value(ports) || !is_one_value(irq))
        return log_error("xl's request has more than one value in name, ports "
                         "or irq: what stands behind a ';' belongs into "
                         "options");
    if (!read_node(request, XBT_NULL, "options", more, sizeof(more)))
        more[0] = '\0';
    /* A guest without ISA interrupts need not be given one. */
    has_irq = strcmp(irq, "0") || domain->has_isa_irqs;
    snprintf(options, OPTIONS_BYTES, "%s;name=%s;ports=%s%s%s", more, name,
             ports, has_irq ? ";irq=" : "", has_irq ? irq : "");
    return 0;
}

/* ---- the list ---- */

static struct request *find(struct xl_requests *requests, uint32_t domid,
                            uint32_t number)
{
    struct request *request = requests->list;

    while (request && (request->domid != domid || request->number != number))
        request = request->next;
    return request;
}

static void forget(struct request *request)
{
    struct request **place = &request->requests->list;

    while (*place != request)
        place = &(*place)->next;
    *place = request->next;
    request->requests->count--;
    free(request);
}

static void log_refused_answer(const struct request *request)
{
    log_errno("xl is not told of domain %" PRIu32 " that %s, as xenstore "
              "refuses the answer; trying again for as long as xl waits",
              request->domid,
              *request->problem ? request->problem : "it is served");
}

static void try_answers_again(struct xl_requests *requests)
{
    if (ev_is_active(&requests->answer_again))
        return;
    ev_timer_set(&requests->answer_again, ANSWER_AGAIN_SECONDS, 0.);
    ev_timer_start(requests->consoles->loop, &requests->answer_again);
}

/* What cannot be answered now waits.  The request may be gone when this
 * returns. */
static void answer_done(struct request *request)
{
    struct xl_requests *requests = request->requests;
    const char *problem = *request->problem ? request->problem : NULL;

    switch (answer(request, problem)) {
    case ANSWERED:
        forget(request);
        break;
    case ANSWER_LATER:
        break;
    case ANSWER_REFUSED:
        log_refused_answer(request);
        try_answers_again(requests);
        break;
    }
}

static void on_done(void *opaque, const char *problem)
{
    struct request *request = opaque;

    request->is_done = true;
    snprintf(request->problem, sizeof(request->problem), "%s",
             problem ? problem : "");
    answer_done(request);
}

static void answer_all_done(struct xl_requests *requests)
{
    struct request *request, *next;

    for (request = requests->list; request; request = next) {
        next = request->next;
        if (request->is_done)
            answer_done(request);
    }
}

static void on_answer_again(struct ev_loop *loop, ev_timer *watcher,
                            int events)
{
    (void)loop;
    (void)events;
    answer_all_done(watcher->data);
}

/* The request may be gone when this returns. */
static void try_to_begin(struct request *request)
{
    struct console_list *consoles = request->requests->consoles;
    char options[OPTIONS_BYTES];
    struct domain domain;
    int rc;

    rc = check_version(request);
    if (!rc)
        rc = domains_find_id(consoles->domains, request->domid, &domain);
    if (!rc)
        rc = read_options(request, &domain, options);
    if (!rc) {
        /* This comes first, as on_done() may be called. */
        request->is_begun = true;
        rc = console_ensure_served(consoles, &domain, options, on_done,
                                   request);
    }
    if (rc == CONSOLE_BUSY)
        request->is_begun = false;
    else if (rc)
        on_done(request, log_last_error());
}

/* A new request has taken the place of one that is not answered yet. */
static void drop(struct request *request)
{
    console_forget_request(request->requests->consoles, request);
    forget(request);
}

static void look_at(struct xl_requests *requests, uint32_t domid,
                    uint32_t number)
{
    struct request wanted = {
        .requests = requests, .domid = domid, .number = number,
    };
    struct request *request = find(requests, domid, number);

    if (!is_requested(&wanted, XBT_NULL) || !is_for_us(&wanted))
        return;
    read_generation(&wanted, XBT_NULL, wanted.generation);
    if (request && !strcmp(request->generation, wanted.generation))
        return;
    if (request)
        drop(request);
    if (requests->count >= REQUESTS_MAX) {
        answer(&wanted, "mediatord has too many requests under way");
        return;
    }
    request = malloc(sizeof(*request));
    if (!request) {
        answer(&wanted, "mediatord is out of memory");
        return;
    }
    *request = wanted;
    request->next = requests->list;
    requests->list = request;
    requests->count++;
    try_to_begin(request);
}

static void look_at_domain(struct xl_requests *requests, const char *domid)
{
    char path[PATH_BYTES];
    unsigned int count = 0, i;
    char **numbers;

    if (snprintf(path, sizeof(path), ROOT "/%s/ioreq-server", domid) >=
        (int)sizeof(path))
        return;
    numbers = store_list(requests->store, path, &count);
    for (i = 0; numbers && i < count; i++)
        look_at(requests, strtoul(domid, NULL, 10),
                strtoul(numbers[i], NULL, 10));
    free(numbers);
}

static void look_at_all(struct xl_requests *requests)
{
    unsigned int count = 0, i;
    char **domids;

    domids = store_list(requests->store, ROOT, &count);
    for (i = 0; domids && i < count; i++)
        look_at_domain(requests, domids[i]);
    free(domids);
}

/* ---- events ---- */

void xl_requests_changed(struct xl_requests *requests, const char *path)
{
    uint32_t domid, number;
    int length = 0;

    /* The next mediatord will find what is asked for now. */
    if (!requests || requests->consoles->is_closed)
        return;
    if (!strcmp(path, ROOT))
        look_at_all(requests);
    else if (sscanf(path, ROOT "/%" SCNu32 "/ioreq-server/%" SCNu32 "/state%n",
                    &domid, &number, &length) == 2 &&
             length > 0 && !path[length])
        look_at(requests, domid, number);
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct xl_requests *requests = watcher->data;
    struct request *request, *next;

    (void)loop;
    (void)events;
    for (request = requests->list; request; request = next) {
        next = request->next;
        if (!request->is_begun && !request->is_done)
            try_to_begin(request);
    }
}

void xl_requests_retry(struct xl_requests *requests)
{
    if (!requests || ev_is_active(&requests->retry))
        return;
    ev_timer_set(&requests->retry, 0., 0.);
    ev_timer_start(requests->consoles->loop, &requests->retry);
}

/* ---- start and end ---- */

static void say_present(struct xl_requests *requests)
{
    char pid[16];

    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    if (!store_write(requests->store, XBT_NULL, PRESENCE "/version",
                     PROTOCOL_VERSION) ||
        !store_write(requests->store, XBT_NULL, PRESENCE, pid))
        log_errno("cannot write " PRESENCE " in xenstore");
}

void xl_requests_connected(struct xl_requests *requests)
{
    if (!requests)
        return;
    say_present(requests);
    answer_all_done(requests);
    xl_requests_changed(requests, ROOT);
}

struct xl_requests *xl_requests_start(struct console_list *consoles,
                                      struct store *store)
{
    struct xl_requests *requests = calloc(1, sizeof(*requests));

    if (!requests) {
        log_error("out of memory");
        return NULL;
    }
    requests->consoles = consoles;
    requests->store = store;
    ev_timer_init(&requests->retry, on_retry, 0., 0.);
    requests->retry.data = requests;
    ev_timer_init(&requests->answer_again, on_answer_again, 0., 0.);
    requests->answer_again.data = requests;
    xl_requests_connected(requests);
    return requests;
}

void xl_requests_stop(struct xl_requests *requests)
{
    if (!requests)
        return;
    while (requests->list)
        drop(requests->list);
    ev_timer_stop(requests->consoles->loop, &requests->retry);
    ev_timer_stop(requests->consoles->loop, &requests->answer_again);
    store_remove(requests->store, XBT_NULL, PRESENCE);
    free(requests);
}
