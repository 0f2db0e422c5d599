/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_xl_requests.c - libFuzzer on what libxl asks for in xenstore
 *
 * The input is what a toolstack does with the nodes, in which order, what
 * consoles answer, and what xenstored refuses.  mediatord answers what is
 * requested and nothing else; each request is served once, and gets its own
 * answer; what a console is told is what the nodes say.
 */
#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz_store.h"
#include "fuzz/fuzz_support.h"
#include "shared/log.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_request.h"
#include "supervisor/xl_requests.h"

#define OPERATIONS_MAX 128
#define REQUESTS_MAX 64 /* as in xl_requests.c */
#define PRESENCE "/tool/ioreq-server/mediatord"
#define PATH_BYTES 160
#define GENERATION_BYTES 64 /* likewise */
#define VALUE_BYTES 1200

static struct console_list consoles;
static struct xl_requests *requests;
static bool has_many;    /* requests */
static int serve_answer; /* of console_serve() from now on */

/* One request of those that had the same nodes. */
struct identity {
    char folder[PATH_BYTES];
    char generation[GENERATION_BYTES];
};

/* The serves under way. */
static struct {
    console_done *done; /* NULL: none */
    void *opaque;
    struct identity identity;
} serves[REQUESTS_MAX + 1];

/* Those that have ended well. */
static struct identity served[OPERATIONS_MAX];
static unsigned int served_count;

/* ---- what mediatord does ---- */

/* The request that has this node now. */
static struct identity identify(const char *node)
{
    struct identity identity;
    char path[2 * PATH_BYTES];
    const char *value;

    snprintf(identity.folder, sizeof(identity.folder), "%.*s",
             (int)(strrchr(node, '/') - node), node);
    snprintf(path, sizeof(path), "%s/generation", identity.folder);
    value = fuzz_store_value(path);
    snprintf(identity.generation, sizeof(identity.generation), "%s",
             value && strlen(value) < GENERATION_BYTES ? value : "");
    return identity;
}

static bool was_served(const char *node)
{
    struct identity wanted = identify(node);
    unsigned int i;

    for (i = 0; i < served_count; i++)
        if (!strcmp(served[i].folder, wanted.folder) &&
            !strcmp(served[i].generation, wanted.generation))
            return true;
    return false;
}

static void on_write(const char *path, const char *value,
                     bool is_in_transaction)
{
    char state[PATH_BYTES], node[16];
    uint32_t domid, number;
    const char *before;

    if (!strcmp(path, PRESENCE) || !strcmp(path, PRESENCE "/version"))
        return;
    claim(is_in_transaction);
    claim(sscanf(path, "/libxl/%" SCNu32 "/ioreq-server/%" SCNu32 "/%15s",
                 &domid, &number, node) == 3);
    snprintf(state, sizeof(state), "/libxl/%u/ioreq-server/%u/state", domid,
             number);
    before = fuzz_store_value(state);
    claim(before && !strcmp(before, "requested"));
    if (!strcmp(node, "state"))
        claim(!strcmp(value, "error") ||
              (!strcmp(value, "running") && was_served(path)));
    else
        claim(!strcmp(node, "error") && *value);
}

/* The value beside the node that mediatord has just read. */
static const char *value_of(const char *node)
{
    char path[2 * PATH_BYTES];
    const char *last = fuzz_store_last_read();

    snprintf(path, sizeof(path), "%.*s/%s", (int)(strrchr(last, '/') - last),
             last, node);
    return fuzz_store_value(path);
}

/* The options name this server, with these ports and this interrupt. */
static void check_served(const struct console_options *options)
{
    const char *name = value_of("name"), *ports = value_of("ports");
    const char *irq = value_of("irq");
    struct console_options wanted = *options;
    char text[VALUE_BYTES];

    claim(name && ports && irq);
    claim(!strcmp(name, options->name));
    claim(!strpbrk(ports, ";=") && !strpbrk(irq, ";="));
    snprintf(text, sizeof(text), "ports=%s;irq=%s", ports, irq);
    claim(!console_options_parse(&wanted, text));
    claim(wanted.first_port == options->first_port &&
          wanted.irq == options->irq);
}

int console_ensure_served(struct console_list *list,
                          const struct domain *domain, const char *text,
                          console_done *done, void *opaque)
{
    struct console_options options;
    unsigned int i;

    claim(list == &consoles && strlen(text) < 2048 && domain->domid % 2);
    console_options_init(&options);
    if (console_options_parse(&options, text))
        return -1;
    check_served(&options);
    claim(value_of("version") && !strcmp(value_of("version"), "1"));
    if (serve_answer)
        return serve_answer < 0 ? log_error("no") : serve_answer;
    for (i = 0; i <= REQUESTS_MAX && serves[i].done; i++)
        claim(serves[i].opaque != opaque);
    claim(i < REQUESTS_MAX);
    serves[i].done = done;
    serves[i].opaque = opaque;
    serves[i].identity = identify(fuzz_store_last_read());
    return 0;
}

void console_forget_request(struct console_list *list, void *opaque)
{
    unsigned int i;

    (void)list;
    for (i = 0; i < REQUESTS_MAX; i++)
        if (serves[i].opaque == opaque)
            serves[i].done = NULL;
}

/* Odd ones are there. */
int domains_find_id(struct domains *domains, uint32_t domid,
                    struct domain *domain)
{
    (void)domains;
    *domain = (struct domain){ .name = "g", .domid = domid, .is_hvm = true,
                               .has_isa_irqs = true };
    return domid % 2 ? 0 : log_error("no domain %u", domid);
}

/* ---- what the input does ---- */

static const char *const nodes[] = {
    "state", "name", "ports", "irq", "options", "error", "", "x/y",
    "version", "daemon", "generation",
};
static const char *const values[] = {
    "requested", "com1", "3f8-3ff", "4", "mode=virtual;tcp=1234", "running",
    "com2", "2f8-2ff", "1", "mediatord", "g1", "g2",
};

/* What came later has the highest numbers, so that earlier inputs mean what
 * they did. */
#define LATER 8
#define FIRST_LATER 252


static void request_path(struct input *input, char path[PATH_BYTES])
{
    unsigned int domid = take8(input) % 4, number = take8(input) % 4;
    unsigned int which = take8(input);

    which = which > FIRST_LATER ? LATER + which - FIRST_LATER - 1
                                : which % LATER;
    snprintf(path, PATH_BYTES, "/libxl/%u/ioreq-server/%u/%s", domid, number,
             nodes[which]);
}

static void raw_path(struct input *input, char path[PATH_BYTES])
{
    strcpy(path, "/libxl/");
    take_text(input, path + strlen(path), PATH_BYTES - strlen(path));
}

static void write_value(struct input *input, const char *path)
{
    char text[VALUE_BYTES];
    uint8_t which = take8(input);
    size_t bytes;

    if (which >= FIRST_LATER)
        which -= FIRST_LATER - LATER;
    else if (which >= LATER)
        which = UINT8_MAX;
    if (which != UINT8_MAX) {
        fuzz_store_write(path, values[which], strlen(values[which]));
        return;
    }
    bytes = take_text(input, text, sizeof(text));
    fuzz_store_write(path, text, bytes);
}

/* As libxl does it: the state last, of which the watch tells. */
static void ask(unsigned int domid, unsigned int number)
{
    char path[PATH_BYTES];
    int i;

    for (i = 10; i >= 0; i--) {
        if (i > 4 && i < LATER)
            continue;
        snprintf(path, sizeof(path), "/libxl/%u/ioreq-server/%u/%s", domid,
                 number, nodes[i]);
        fuzz_store_write(path, values[i], strlen(values[i]));
    }
    fuzz_store_tell(path);
}

static void end_serve(struct input *input)
{
    unsigned int which = take8(input) % REQUESTS_MAX;
    console_done *done = serves[which].done;
    char problem[LOG_TEXT_BYTES];

    if (!done)
        return;
    serves[which].done = NULL;
    if (take_text(input, problem, sizeof(problem)) && *problem)
        done(serves[which].opaque, problem);
    else {
        if (served_count < OPERATIONS_MAX)
            served[served_count++] = serves[which].identity;
        done(serves[which].opaque, NULL);
    }
}

/* xenstored goes, and comes again before or after the next end of a serve. */
static void lose_store(struct input *input)
{
    fuzz_store_go();
    if (take8(input) % 2)
        end_serve(input);
    fuzz_store_come();
    xl_requests_connected(requests);
}

static void tell_changes(void)
{
    char *path;

    while ((path = fuzz_store_changed())) {
        xl_requests_changed(requests, path);
        free(path);
    }
}

static void operate(struct input *input)
{
    char path[PATH_BYTES];
    unsigned int count;

    switch (take8(input) % 12) {
    case 0: request_path(input, path); write_value(input, path); break;
    case 1: raw_path(input, path); write_value(input, path); break;
    case 2: request_path(input, path); fuzz_store_remove(path); break;
    case 3: raw_path(input, path); fuzz_store_remove(path); break;
    case 4: request_path(input, path); fuzz_store_tell(path); break;
    case 5: raw_path(input, path); fuzz_store_tell(path); break;
    case 6: lose_store(input); break;
    case 7: end_serve(input); break;
    case 8: xl_requests_retry(requests); break;
    case 9:
        fuzz_store_conflicts = take8(input) % 4;
        fuzz_store_failures = take8(input) % 4;
        break;
    case 10: serve_answer = take8(input) % 3 - 1; break;
    default:
        count = take8(input);
        /* Few, or once more than are taken at a time. */
        count = count < 224 || has_many ? 1 + count % 4 : 48 + count % 32;
        has_many |= count > 4;
        for (; count > 0; count--)
            ask(1, count);
        fuzz_store_tell("/libxl");
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input input = { data, data + bytes };
    unsigned int i;

    consoles.loop = ev_default_loop(0);
    consoles.is_closed = false;
    serve_answer = 0;
    has_many = false;
    served_count = 0;
    fuzz_store_on_write = on_write;
    requests = xl_requests_start(&consoles, fuzz_store());
    fuzz_store_tell("/libxl");
    claim(requests && fuzz_store_value(PRESENCE));
    for (i = 0; i < OPERATIONS_MAX && input.at < input.end; i++) {
        operate(&input);
        tell_changes();
        ev_run(consoles.loop, EVRUN_NOWAIT);
    }
    consoles.is_closed = true;
    fuzz_store_tell("/libxl");
    tell_changes();
    xl_requests_stop(requests);
    for (i = 0; i < REQUESTS_MAX; i++)
        claim(!serves[i].done);
    claim(!fuzz_store_value(PRESENCE));
    fuzz_store_end();
    return 0;
}
