/* SPDX-License-Identifier: BSD-2-Clause */
/* test_unserved_guests.c - who runs without a console, and is told of */
#include <string.h>

#include "shared/log.h"
#include "supervisor/console/console_life.h"
#include "supervisor/unserved_guests.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

static struct unserved_guests guests;
static struct domain domain; /* the only one there is */

/* ---- in the place of Xen and xenstore ---- */

void domains_each(struct domains *domains,
                  void (*tell)(void *opaque, const struct domain *domain),
                  void *opaque)
{
    (void)domains;
    tell(opaque, &domain);
}

/* ---- the tests' words ---- */

static int begin(void **state)
{
    int rc = console_fixture_begin(state);

    domain = (struct domain){ .domid = 7, .is_hvm = true, .name = "g1" };
    guests = (struct unserved_guests){
        .loop = fixture_consoles.loop,
        .consoles = &fixture_consoles,
    };
    unserved_guests_start(&guests);
    return rc;
}

static int end(void **state)
{
    unserved_guests_stop(&guests);
    return console_fixture_end(state);
}

/* A new domain, and the time after which it is looked. */
static void time_passes(void)
{
    unserved_guests_look_later(&guests);
    assert_true(ev_is_active(&guests.look));
    unserved_guests_stop(&guests);
    ev_invoke(guests.loop, &guests.look, EV_TIMER);
}

static bool is_warned(void)
{
    return fixture_consoles.first->unserved_domid == domain.domid;
}

/* ---- what is true ---- */

/* E3.  Debian's xl has created it, or has made an xl that knows better forget
 * what it was to ask for. */
static void xl_guest_that_nobody_asked_to_be_served_is_told_of(void **state)
{
    (void)state;
    fixture_add_idle("g1", 1234);
    time_passes();
    assert_true(is_warned());
    assert_false(ev_is_active(&guests.look));
    domain.domid = 8;
    assert_false(is_warned());
    time_passes();
    assert_true(is_warned());
}

/* It is being created, and xl is about to ask. */
static void xl_guest_that_has_not_begun_is_looked_at_again(void **state)
{
    (void)state;
    fixture_add_idle("g1", 1234);
    domain.is_paused = true;
    time_passes();
    assert_false(is_warned());
    assert_true(ev_is_active(&guests.look));
    domain.is_paused = false;
    time_passes();
    assert_true(is_warned());
}

static void xl_guest_that_is_served_is_not_told_of(void **state)
{
    struct console *old = fixture_add_idle("g1", 1234);

    (void)state;
    domain.domid = 5; /* fixture_serve()'s */
    assert_int_equal(fixture_serve("g1", "name=com2;mode=virtual;tcp=1235;"
                                   "ports=2f8-2ff"), 0);
    time_passes();
    assert_int_equal(old->unserved_domid, 0);
    assert_false(ev_is_active(&guests.look));
}

/* The operator has unserved it: that is no news. */
static void xl_guest_that_was_unserved_is_not_told_of(void **state)
{
    struct console *console = fixture_add_idle("g1", 1234);

    (void)state;
    domain.domid = 5; /* fixture_serve()'s */
    assert_int_equal(fixture_serve("g1", "mode=virtual;tcp=1234"), 0);
    console_begin_removal(console, NULL);
    fixture_uart_dies(console);
    assert_int_equal(console->state, CONSOLE_IDLE);
    assert_true(is_warned());
    domain.domid = 6;
    assert_false(is_warned());
}

static void xl_domain_that_cannot_have_a_console_is_not_told_of(void **state)
{
    (void)state;
    fixture_add_idle("g1", 1234);
    domain.is_dying = true;
    time_passes();
    assert_false(is_warned());
    domain.is_dying = false;
    domain.is_hvm = false;
    time_passes();
    assert_false(is_warned());
    domain.is_hvm = true;
    strcpy(domain.name, "g2");
    time_passes();
    assert_false(is_warned());
}

#define guests_test(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    guests_test(xl_guest_that_nobody_asked_to_be_served_is_told_of),
    guests_test(xl_guest_that_has_not_begun_is_looked_at_again),
    guests_test(xl_guest_that_is_served_is_not_told_of),
    guests_test(xl_guest_that_was_unserved_is_not_told_of),
    guests_test(xl_domain_that_cannot_have_a_console_is_not_told_of),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
