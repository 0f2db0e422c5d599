/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_test.h - what the tests of the uart role share: a fake Xen with a
 * domain, a console's files, and a role at work
 */
#ifndef ROLE_TEST_H
#define ROLE_TEST_H

#include "fake-xen/fake_guest.h"
#include "fake-xen/fake_machine.h"
#include "fake-xen/fake_setup.h"
#include "shared/wake.h"
#include "uart-role/role_harness.h"

#include "unit/unit.h"

#include <stdlib.h>

#define THR 0x3f8
#define RBR 0x3f8
#define IER 0x3f9
#define IIR 0x3fa
#define FCR 0x3fa
#define LCR 0x3fb
#define MCR 0x3fc
#define LSR 0x3fd
#define SCR 0x3ff

#define ROLE_TEST_DOMID 7
#define ROLE_TEST_HISTORY (1u << 20)
#define ROLE_TEST_VCPUS 4

struct role_test {
    struct role_harness harness;
    struct fake_guest guest;
    struct fake_uart *machine; /* the machine's UART */
    unsigned int seed;
    uint32_t irqs_seen; /* entries of the domain's interrupt log */
};

/* Setups and the teardown for cmocka_unit_test_setup_teardown(); *state is a
 * struct role_test.  Their role is at work, in the mode of that name. */
int role_test_standin(void **state);
int role_test_passthrough(void **state);
int role_test_virtual(void **state);
/* The same in mode=virtual, on a Xen that posts writes and has shadow
 * registers. */
int role_test_posted(void **state);
/* Its role is not started yet; the mode is passthrough. */
int role_test_at_rest(void **state);
/* Ends all of it.  Fails the test if one of Xen's rules was broken. */
int role_test_end(void **state);

#define STANDIN_TEST(name) \
    cmocka_unit_test_setup_teardown(name, role_test_standin, role_test_end)
#define PASSTHROUGH_TEST(name) \
    cmocka_unit_test_setup_teardown(name, role_test_passthrough, \
                                    role_test_end)
#define VIRTUAL_TEST(name) \
    cmocka_unit_test_setup_teardown(name, role_test_virtual, role_test_end)
#define POSTED_TEST(name) \
    cmocka_unit_test_setup_teardown(name, role_test_posted, role_test_end)
#define AT_REST_TEST(name) \
    cmocka_unit_test_setup_teardown(name, role_test_at_rest, role_test_end)

/* Does the out ring hold these bytes and no others?  A difference is printed.
 */
bool output_is(struct role_test *test, const uint8_t *bytes, size_t count);

/* For wait_until(), with a struct fake_guest.  Xen is told of the line behind
 * the answer to an access, so it may move a little later. */
bool is_line_up(void *guest);
bool is_line_down(void *guest);

/* For wait_until(), with a struct role_test.  is_all_consumed: the UART has
 * taken all that was typed. */
bool does_role_sleep(void *test);
bool is_all_consumed(void *test);

/* The guest writes a text to THR. */
void write_text(struct role_test *test, const char *text);

/* Waits for the interrupt that announces a byte, and reads the byte. */
uint8_t guest_reads(struct role_test *test);

/* Asserts how the interrupt line has moved since the last call: "1" is up, "0"
 * down.  Waits until it has moved as many times. */
void assert_line_moved(struct role_test *test, const char *moves);

/* What clients type, put into the in ring as the net role does it.  net_side()
 * gives the waker that type_byte() takes, whose fd is the caller's to close.
 * type_byte() is false when there is no room; type_text() and send_break()
 * fail the test then.  type_errors() gives a byte errors, as in LSR. */
struct waker net_side(struct role_test *test);
bool type_byte(struct role_test *test, struct waker *waker, uint8_t byte);
bool type_errors(struct role_test *test, struct waker *waker, uint8_t byte,
                 uint8_t errors);
void type_text(struct role_test *test, const char *text);
void send_break(struct role_test *test);

/* A random byte, from the test's seed. */
uint8_t role_test_random(struct role_test *test);

/* Polls until the condition holds.  False: it did not within
 * HARNESS_TIMEOUT_MS. */
bool wait_until(bool (*holds)(void *opaque), void *opaque);

/* CLOCK_MONOTONIC. */
int64_t role_test_now_ns(void);

/* Under a sanitizer everything takes longer, so a test divides its work by
 * this. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZER_SLOWNESS 5
#else
#define SANITIZER_SLOWNESS 1
#endif

/* How often something is repeated: by ./check, and by ./check --long. */
static inline unsigned int repetitions(unsigned int usual,
                                       unsigned int with_long)
{
    const char *is_long = getenv("XSM_LONG");

    return (is_long && *is_long ? with_long : usual) / SANITIZER_SLOWNESS;
}

#endif
