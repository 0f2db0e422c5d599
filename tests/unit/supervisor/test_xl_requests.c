/* SPDX-License-Identifier: BSD-2-Clause */
/* test_xl_requests.c - what libxl asks for in xenstore, and its answer */
#include <ev.h>
#include <poll.h>
#include <stdlib.h>
#include <xenstore.h>

#include "shared/log.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_request.h"
#include "supervisor/host/domain.h"
#include "supervisor/xl_requests.h"

#include "fake-xen/fake_setup.h"
#include "unit/unit.h"

#define DOMID 3
#define REQUEST "/libxl/3/ioreq-server/0/"
#define TURNS_MAX 2000
#define TURN_MS 5

static struct console_list consoles;
static struct domains *domains;
static struct xs_handle *xs;
static struct xl_requests *requests;
static char served[2048]; /* the options; "" for not at all */

/* ---- in the place of console_request.c: served at once ---- */

static console_done *waiting;
static void *waiting_opaque;

int console_serve(struct console_list *list, const struct domain *domain,
                  const char *options, console_done *done, void *opaque)
{
    assert_ptr_equal(list, &consoles);
    assert_int_equal(domain->domid, DOMID);
    snprintf(served, sizeof(served), "%s", options);
    waiting = done;
    waiting_opaque = opaque;
    return 0;
}

void console_forget_request(struct console_list *list, void *opaque)
{
    (void)list;
    if (opaque == waiting_opaque)
        waiting = NULL;
}

/* ---- the tests' words ---- */

static int begin(void **state)
{
    (void)state;
    fake_xen_start();
    served[0] = '\0';
    waiting = NULL;
    if (fake_domain_create(DOMID, "g3", 1))
        return -1;
    domains = domains_open();
    xs = xs_open(0);
    if (!domains || domains_connect(domains) || !xs)
        return -1;
    consoles = (struct console_list){ .loop = ev_default_loop(0),
                                      .domains = domains };
    return 0;
}

static int end(void **state)
{
    (void)state;
    xl_requests_stop(requests);
    xs_close(xs);
    domains_close(domains);
    return (int)fake_xen_stop();
}

static void put(const char *node, const char *value)
{
    char path[64];

    snprintf(path, sizeof(path), REQUEST "%s", node);
    assert_true(xs_write(xs, XBT_NULL, path, value, strlen(value)));
}

static void ask(const char *name, const char *ports, const char *irq)
{
    put("name", name);
    put("ports", ports);
    put("irq", irq);
    put("options", "mode=virtual;tcp=1234");
    put("state", "requested");
    requests = xl_requests_start(&consoles);
    assert_non_null(requests);
}

static void assert_node(const char *node, const char *wanted)
{
    char path[64];
    char *value;

    snprintf(path, sizeof(path), REQUEST "%s", node);
    value = xs_read(xs, XBT_NULL, path, NULL);
    assert_non_null(value);
    assert_string_equal(value, wanted);
    free(value);
}

static bool is_asked(void)
{
    char *value = xs_read(xs, XBT_NULL, REQUEST "state", NULL);
    bool is_requested = value && !strcmp(value, "requested");

    free(value);
    return is_requested;
}

/* The request is looked at: a serve is begun, or it is answered. */
static void wait_for_an_end(void)
{
    struct pollfd nothing = { .fd = -1 };
    unsigned int turns = 0;

    for (; !waiting && is_asked() && turns < TURNS_MAX; turns++) {
        ev_run(consoles.loop, EVRUN_NOWAIT);
        poll(&nothing, 1, waiting ? 0 : TURN_MS);
    }
    assert_true(turns < TURNS_MAX);
}

/* ---- what is true ---- */

static void xl_request_is_served_as_its_nodes_say(void **state)
{
    (void)state;
    ask("com1", "3f8-3ff", "4");
    wait_for_an_end();
    assert_string_equal(served, "mode=virtual;tcp=1234;name=com1;"
                                "ports=3f8-3ff;irq=4");
    waiting(waiting_opaque, NULL);
    assert_node("state", "running");
}

static void xl_request_that_fails_is_told_why(void **state)
{
    (void)state;
    ask("com1", "3f8-3ff", "4");
    wait_for_an_end();
    waiting(waiting_opaque, "no more tea");
    assert_node("state", "error");
    assert_node("error", "no more tea");
}

/* A node that ends one option and begins another. */
static void assert_refused(const char *name, const char *ports,
                           const char *irq)
{
    ask(name, ports, irq);
    wait_for_an_end();
    assert_string_equal(served, "");
    assert_node("state", "error");
}

static void trust_name_with_an_option_behind_it_is_refused(void **state)
{
    (void)state;
    assert_refused("com1;wire=/dev/ttyS1", "3f8-3ff", "4");
}

static void trust_ports_with_an_option_behind_them_are_refused(void **state)
{
    (void)state;
    assert_refused("com1", "3f8-3ff;tcp=22", "4");
}

static void trust_interrupt_with_a_name_behind_it_is_refused(void **state)
{
    (void)state;
    assert_refused("com1", "3f8-3ff", "4;name=com2");
}

#define request_test(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    request_test(xl_request_is_served_as_its_nodes_say),
    request_test(xl_request_that_fails_is_told_why),
    request_test(trust_name_with_an_option_behind_it_is_refused),
    request_test(trust_ports_with_an_option_behind_them_are_refused),
    request_test(trust_interrupt_with_a_name_behind_it_is_refused),
};

UNIT_MAIN(tests)
