/* SPDX-License-Identifier: BSD-2-Clause */
/* test_xl_requests.c - what xl asks for is served, and answered in the end */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
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
    unsigned int count, forgotten;
    char options[256];
    console_done *done;
    void *opaque;
    bool is_busy;        /* the domain before it still ends */
    bool is_unnecessary; /* the console is served already */
} serve;

static bool has_isa_irqs; /* the domain */

/* ---- in the place of the consoles and of Xen ---- */

int console_ensure_served(struct console_list *list,
                          const struct domain *domain, const char *options,
                          console_done *done, void *opaque)
{
    assert_ptr_equal(list, &consoles);
    assert_int_equal(domain->domid, 5);
    if (serve.is_busy)
        return CONSOLE_BUSY;
    serve.count++;
    if (serve.is_unnecessary) {
        done(opaque, NULL);
        return 0;
    }
    snprintf(serve.options, sizeof(serve.options), "%s", options);
    serve.done = done;
    serve.opaque = opaque;
    return 0;
}

void console_forget_request(struct console_list *list, void *opaque)
{
    (void)list;
    serve.forgotten++;
    if (serve.opaque == opaque)
        serve.done = NULL;
}

int domains_find_id(struct domains *domains, uint32_t domid,
                    struct domain *domain)
{
    (void)domains;
    *domain = (struct domain){ .domid = domid, .is_hvm = true,
                               .has_isa_irqs = has_isa_irqs };
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
    has_isa_irqs = true;
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

static void write_node(const char *node, const char *value)
{
    char path[64];

    snprintf(path, sizeof(path), FOLDER "/%s", node);
    assert_true(store_write(store, XBT_NULL, path, value));
}

/* The last node that xl writes, until we have heard of it. */
static void ask(void)
{
    changed[0] = '\0';
    write_node("state", "requested");
    while (strcmp(changed, FOLDER "/state"))
        ev_run(consoles.loop, EVRUN_ONCE);
}

static void prepare(const char *name, const char *ports, const char *irq)
{
    write_node("version", "1");
    write_node("daemon", "mediatord");
    write_node("generation", "1");
    write_node("name", name);
    write_node("ports", ports);
    write_node("irq", irq);
    write_node("options", "tcp=1234");
}

static void request_as(const char *name, const char *ports, const char *irq)
{
    prepare(name, ports, irq);
    ask();
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
    assert_null(store_read(store, XBT_NULL, PRESENCE "/version", NULL));
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

/* E1.  kexec in the guest: Xen has kept the ioreq server. */
static void xl_request_after_a_soft_reset_is_answered_at_once(void **state)
{
    (void)state;
    request();
    serve.done(serve.opaque, NULL);
    assert_true(store_remove(store, XBT_NULL, "/libxl/5"));
    serve.is_unnecessary = true;
    prepare("com1", "3f8-3ff", "4");
    write_node("generation", "2");
    ask();
    assert_int_equal(serve.count, 2);
    assert_node(FOLDER "/state", "running");
}

/* E5.  xl would say that nobody has answered. */
static void xl_answer_that_xenstore_refuses_is_tried_again_and_told(
    void **state)
{
    (void)state;
    request();
    fake_store_become(FAKE_STORE_FULL);
    serve.done(serve.opaque, "no room");
    assert_non_null(strstr(log_last_error(), "domain 5 that no room"));
    assert_non_null(strstr(log_last_error(), strerror(ENOSPC)));
    assert_node(FOLDER "/state", "requested");
    fake_store_become(FAKE_STORE_WORKS);
    changed[0] = '\0';
    while (strcmp(changed, FOLDER "/state"))
        ev_run(consoles.loop, EVRUN_ONCE);
    assert_node(FOLDER "/state", "error");
    assert_node(FOLDER "/error", "no room");
}

/* E5.  The same for what is refused at once. */
static void xl_refusal_waits_for_xenstored(void **state)
{
    (void)state;
    serve.is_busy = true;
    request();
    write_node("ports", "3f8-3ff;x");
    serve.is_busy = false;
    fake_store_become(FAKE_STORE_FULL);
    xl_requests_retry(requests);
    ev_run(consoles.loop, EVRUN_ONCE);
    assert_non_null(strstr(log_last_error(), "more than one value"));
    fake_store_become(FAKE_STORE_WORKS);
    changed[0] = '\0';
    while (strcmp(changed, FOLDER "/state"))
        ev_run(consoles.loop, EVRUN_ONCE);
    assert_node(FOLDER "/state", "error");
    assert_int_equal(serve.count, 0);
}

/* E5.  xl has given up meanwhile: nothing of its nodes is made again. */
static void xl_answer_that_nobody_waits_for_is_not_tried_again(void **state)
{
    (void)state;
    request();
    fake_store_become(FAKE_STORE_FULL);
    serve.done(serve.opaque, NULL);
    fake_store_become(FAKE_STORE_WORKS);
    assert_true(store_remove(store, XBT_NULL, "/libxl/5"));
    changed[0] = '\0';
    xl_requests_connected(requests);
    assert_null(store_read(store, XBT_NULL, FOLDER "/state", NULL));
}

/* E6.  What the first was answered is not true of the second. */
static void xl_result_of_a_request_is_not_given_to_its_successor(void **state)
{
    (void)state;
    request();
    write_node("options", "tcp=1235");
    write_node("generation", "2");
    ask();
    assert_int_equal(serve.forgotten, 1);
    assert_int_equal(serve.count, 2);
    assert_string_equal(serve.options,
                        "tcp=1235;name=com1;ports=3f8-3ff;irq=4");
    assert_node(FOLDER "/state", "requested");
    serve.done(serve.opaque, NULL);
    assert_node(FOLDER "/state", "running");
}

/* E6.  The news of the second comes after the end of the first. */
static void xl_late_result_is_not_written_over_a_new_request(void **state)
{
    (void)state;
    request();
    write_node("generation", "2");
    serve.done(serve.opaque, "of the first");
    assert_node(FOLDER "/state", "requested");
    assert_null(store_read(store, XBT_NULL, FOLDER "/error", NULL));
    serve.is_unnecessary = true;
    ask();
    assert_node(FOLDER "/state", "running");
}

/* E6.  The watch tells of one request twice. */
static void xl_request_that_is_told_twice_is_served_once(void **state)
{
    (void)state;
    request();
    ask();
    assert_int_equal(serve.count, 1);
    assert_int_equal(serve.forgotten, 0);
}

/* E7.  A PVH guest has no interrupt to be given. */
static void xl_request_without_an_interrupt_is_for_a_pvh_guest(void **state)
{
    (void)state;
    has_isa_irqs = false;
    request_as("com1", "3f8-3ff", "0");
    assert_string_equal(serve.options, "tcp=1234;name=com1;ports=3f8-3ff");
    serve.done(serve.opaque, NULL);
    assert_node(FOLDER "/state", "running");
    has_isa_irqs = true;
    request_as("com1", "3f8-3ff", "0");
    assert_string_equal(serve.options,
                        "tcp=1234;name=com1;ports=3f8-3ff;irq=0");
}

/* E8. */
static void xl_request_for_another_daemon_is_left_alone(void **state)
{
    (void)state;
    prepare("com1", "3f8-3ff", "4");
    write_node("daemon", "other");
    ask();
    assert_int_equal(serve.count, 0);
    assert_node(FOLDER "/state", "requested");
}

static void assert_version_refused(const char *version)
{
    char *error;

    prepare("com1", "3f8-3ff", "4");
    if (version)
        write_node("version", version);
    else
        assert_true(store_remove(store, XBT_NULL, FOLDER "/version"));
    ask();
    assert_int_equal(serve.count, 0);
    assert_node(FOLDER "/state", "error");
    error = store_read(store, XBT_NULL, FOLDER "/error", NULL);
    assert_non_null(error);
    assert_non_null(strstr(error, "version"));
    free(error);
}

/* E8.  xl and mediatord of different versions say so. */
static void xl_request_of_another_version_is_told_so(void **state)
{
    (void)state;
    assert_node(PRESENCE "/version", "1");
    assert_version_refused("2");
}

static void xl_request_without_a_version_is_told_so(void **state)
{
    (void)state;
    assert_version_refused(NULL);
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
    xl_test(xl_request_after_a_soft_reset_is_answered_at_once),
    xl_test(xl_answer_that_xenstore_refuses_is_tried_again_and_told),
    xl_test(xl_refusal_waits_for_xenstored),
    xl_test(xl_answer_that_nobody_waits_for_is_not_tried_again),
    xl_test(xl_result_of_a_request_is_not_given_to_its_successor),
    xl_test(xl_late_result_is_not_written_over_a_new_request),
    xl_test(xl_request_that_is_told_twice_is_served_once),
    xl_test(xl_request_without_an_interrupt_is_for_a_pvh_guest),
    xl_test(xl_request_for_another_daemon_is_left_alone),
    xl_test(xl_request_of_another_version_is_told_so),
    xl_test(xl_request_without_a_version_is_told_so),
    xl_test(trust_name_with_an_option_behind_it_is_refused),
    xl_test(trust_ports_with_an_option_behind_them_are_refused),
    xl_test(trust_interrupt_with_a_name_behind_it_is_refused),
    xl_test(trust_xl_is_answered_when_xenstored_is_there_again),
    xl_test(trust_xl_finds_us_in_a_new_xenstored),
};

UNIT_MAIN(tests)
