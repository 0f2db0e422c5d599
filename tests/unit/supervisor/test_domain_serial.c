/* SPDX-License-Identifier: BSD-2-Clause */
/* test_domain_serial.c - what xl console finds in xenstore */
#include <stdlib.h>
#include <xenstore.h>

#include "supervisor/host/domain.h"
#include "supervisor/host/domain_serial.h"
#include "supervisor/host/store.h"

#include "fake-xen/fake_setup.h"
#include "unit/unit.h"

#define DOMID 3
#define TTY "/local/domain/3/serial/0/tty"

static struct domains *domains;
static struct store *store;
static struct xs_handle *xs; /* another program's */

static void on_connected(void *owner)
{
    (void)owner;
}

static const struct store_events events = { .connected = on_connected };

static int begin(void **state)
{
    static const char *const watched[] = { NULL };
    struct ev_loop *loop = ev_default_loop(0);

    (void)state;
    fake_xen_start();
    if (fake_domain_create(DOMID, "g3", 1))
        return -1;
    store = store_open(loop, watched, &events, NULL);
    domains = domains_open(store);
    xs = xs_open(0);
    if (!store || !domains || !xs)
        return -1;
    store_start(store);
    while (!store_is_connected(store))
        ev_run(loop, EVRUN_ONCE);
    return 0;
}

static int end(void **state)
{
    (void)state;
    xs_close(xs);
    domains_close(domains);
    store_close(store);
    return (int)fake_xen_stop();
}

/* wanted is NULL when there must be nothing. */
static void assert_tty(const char *wanted)
{
    char *value = xs_read(xs, XBT_NULL, TTY, NULL);

    if (wanted) {
        assert_non_null(value);
        assert_string_equal(value, wanted);
    } else {
        assert_null(value);
    }
    free(value);
}

static void xl_console_finds_a_published_pty(void **state)
{
    (void)state;
    assert_int_equal(domain_serial_publish(domains, DOMID, 0, "/dev/pts/5"),
                     0);
    assert_tty("/dev/pts/5");
    domain_serial_withdraw(domains, DOMID, 0, "/dev/pts/5");
    assert_tty(NULL);
}

static void xl_console_finds_the_pty_of_a_successor(void **state)
{
    (void)state;
    /* A mediatord that was killed withdrew nothing. */
    assert_int_equal(domain_serial_publish(domains, DOMID, 0, "/dev/pts/5"),
                     0);
    assert_int_equal(domain_serial_publish(domains, DOMID, 0, "/dev/pts/6"),
                     0);
    assert_tty("/dev/pts/6");
    /* A path is withdrawn only by its own text. */
    domain_serial_withdraw(domains, DOMID, 0, "/dev/pts/5");
    assert_tty("/dev/pts/6");
}

static void xl_serial_port_of_the_device_model_is_left_alone(void **state)
{
    (void)state;
    assert_true(xs_write(xs, XBT_NULL, TTY, "/dev/pts/1", 10));
    assert_int_equal(domain_serial_publish(domains, DOMID, 0, "/dev/pts/5"),
                     1);
    assert_tty("/dev/pts/1");
    domain_serial_withdraw(domains, DOMID, 0, "/dev/pts/1");
    assert_tty("/dev/pts/1");
}

static void xl_domain_that_is_gone_gets_no_nodes(void **state)
{
    (void)state;
    assert_int_equal(fake_domain_destroy(DOMID), 0);
    assert_int_equal(domain_serial_publish(domains, DOMID, 0, "/dev/pts/5"),
                     -1);
    assert_tty(NULL);
}

static void xl_numbers_serial_ports_as_com_ports(void **state)
{
    unsigned int number;

    (void)state;
    assert_true(domain_serial_number(0x3f8, &number));
    assert_int_equal(number, 0);
    assert_true(domain_serial_number(0x2f8, &number));
    assert_int_equal(number, 1);
    assert_true(domain_serial_number(0x2e8, &number));
    assert_int_equal(number, 3);
    assert_false(domain_serial_number(0x3f0, &number));
}

#define serial_test(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    serial_test(xl_console_finds_a_published_pty),
    serial_test(xl_console_finds_the_pty_of_a_successor),
    serial_test(xl_serial_port_of_the_device_model_is_left_alone),
    serial_test(xl_domain_that_is_gone_gets_no_nodes),
    serial_test(xl_numbers_serial_ports_as_com_ports),
};

UNIT_MAIN(tests)
