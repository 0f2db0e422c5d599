/* SPDX-License-Identifier: BSD-2-Clause */
/* test_xl_requests.c - what xl asks for is served, and answered in the end */
#include <stdlib.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_request.h"
#include "supervisor/host/store.h"
#include "supervisor/xl_requests.h"

#include "fake-xen/fake_setup.h"
#include "unit/unit.h"

#define FOLDER   XL_REQUESTS_ROOT "/5/ioreq-server/0"
#define PRESENCE "/tool/ioreq-server/mediatord"

static struct store *store;
static struct xl_requests *requests;
static struct console_list consoles;
static unsigned int connections;
static char changed[64]; /* the last path */

static struct {
    unsigned int count;
    char options[256];
    console_done *done;
    void *opaque;
} serve;

/* ---- in the place of the consoles and of Xen ---- */

int console_serve(struct console_list *list, const struct domain *domain,
                  const char *options, console_done *done, void *opaque)
{
    assert_ptr_equal(list, &consoles);
    assert_int_equal(domain->domid, 5);
    serve.count++;
    snprintf(serve.options, sizeof(serve.options), "%s", options);
    serve.done = done;
    serve.opaque = opaque;
    return 0;
}

void console_forget_request(struct console_list *list, void *opaque)
{
    (void)list;
    (void)opaque;
}

int domains_find_id(struct domains *domains, uint32_t domid,
                    struct domain *domain)
{
    (void)domains;
    *domain = (struct domain){ .domid = domid };
    return 0;
}

/* ---- the supervisor ---- */

static void on_connected(void *owner)
{
    (void)owner;
    connections++;
    xl_requests_connected(requests);
}

static void on_changed(void *owner, const char *watched, const char *path)
{
    (void)owner;
    assert_string_equal(watched, XL_REQUESTS_ROOT);
    snprintf(changed, sizeof(changed), "%s", path);
    xl_requests_changed(requests, path);
}

static const struct store_events events = {
    .connected = on_connected,
    .changed = on_changed,
};

static void wait_for_connection(unsigned int number)
{
    while (connections < number)
        ev_run(consoles.loop, EVRUN_ONCE);
}

static int begin(void **state)
{
    static const char *const watched[] = { XL_REQUESTS_ROOT, NULL };

    (void)state;
    fake_xen_start();
    connections = 0;
    changed[0] = '\0';
    memset(&serve, 0, sizeof(serve));
    consoles = (struct console_list){ .loop = ev_default_loop(0) };
    store = store_open(consoles.loop, watched, &events, NULL);
    if (!store)
        return -1;
    store_start(store);
    wait_for_connection(1);
    requests = xl_requests_start(&consoles, store);
    return requests ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    fake_store_become(FAKE_STORE_WORKS);
    xl_requests_stop(requests);
    requests = NULL;
    store_close(store);
    while (fake_count_unrestricted() > 0)
        ;
    return (int)fake_xen_stop();
}

/* ---- the tests' words ---- */

static void assert_node(const char *path, const char *wanted)
{
    char *value = store_read(store, XBT_NULL, path, NULL);

    assert_non_null(value);
    assert_string_equal(value, wanted);
    free(value);
}

static void assert_present(void)
{
    char pid[16];

    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    assert_node(PRESENCE, pid);
}

/* As xl writes it, until we have heard of it. */
static void request_as(const char *name, const char *ports, const char *irq)
{
    assert_true(store_write(store, XBT_NULL, FOLDER "/name", name));
    assert_true(store_write(store, XBT_NULL, FOLDER "/ports", ports));
    assert_true(store_write(store, XBT_NULL, FOLDER "/irq", irq));
    assert_true(store_write(store, XBT_NULL, FOLDER "/options", "tcp=1234"));
    assert_true(store_write(store, XBT_NULL, FOLDER "/state", "requested"));
    while (strcmp(changed, FOLDER "/state"))
        ev_run(consoles.loop, EVRUN_ONCE);
}

static void request(void)
{
    request_as("com1", "3f8-3ff", "4");
}

static void lose_store(void)
{
    fake_store_become(FAKE_STORE_DEAD);
    while (store_is_connected(store))
        ev_run(consoles.loop, EVRUN_ONCE);
}

/* ---- what is true ---- */

static void xl_request_is_served_with_its_options(void **state)
{
    (void)state;
    assert_present();
    request();
    assert_string_equal(serve.options,
                        "tcp=1234;name=com1;ports=3f8-3ff;irq=4");
    assert_node(FOLDER "/state", "requested");
    serve.done(serve.opaque, NULL);
    assert_node(FOLDER "/state", "running");
    xl_requests_stop(requests);
    assert_null(store_read(store, XBT_NULL, PRESENCE, NULL));
    requests = xl_requests_start(&consoles, store);
}

static void xl_request_that_fails_is_told_why(void **state)
{
    (void)state;
    request();
    serve.done(serve.opaque, "no room");
    assert_node(FOLDER "/state", "error");
    assert_node(FOLDER "/error", "no room");
}

/* A node that ends one option and begins another. */
static void assert_refused(const char *name, const char *ports,
                           const char *irq)
{
    request_as(name, ports, irq);
    assert_int_equal(serve.count, 0);
    assert_node(FOLDER "/state", "error");
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

/* B3.  xl waits for ten seconds: it may still hear the answer. */
static void trust_xl_is_answered_when_xenstored_is_there_again(void **state)
{
    (void)state;
    request();
    lose_store();
    serve.done(serve.opaque, NULL);
    fake_store_become(FAKE_STORE_WORKS);
    wait_for_connection(2);
    assert_node(FOLDER "/state", "running");
    assert_int_equal(serve.count, 1);
}

/* B3.  The successor of a xenstored may know nothing of us, nor we of what was
 * asked of it meanwhile. */
static void trust_xl_finds_us_in_a_new_xenstored(void **state)
{
    (void)state;
    consoles.is_closed = true;
    request();
    consoles.is_closed = false;
    assert_int_equal(serve.count, 0);
    assert_true(store_remove(store, XBT_NULL, PRESENCE));
    lose_store();
    fake_store_become(FAKE_STORE_WORKS);
    wait_for_connection(2);
    assert_present();
    assert_int_equal(serve.count, 1);
}

#define xl_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    xl_test(xl_request_is_served_with_its_options),
    xl_test(xl_request_that_fails_is_told_why),
    xl_test(trust_name_with_an_option_behind_it_is_refused),
    xl_test(trust_ports_with_an_option_behind_them_are_refused),
    xl_test(trust_interrupt_with_a_name_behind_it_is_refused),
    xl_test(trust_xl_is_answered_when_xenstored_is_there_again),
    xl_test(trust_xl_finds_us_in_a_new_xenstored),
};

UNIT_MAIN(tests)
