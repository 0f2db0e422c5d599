/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_test.h - what the tests of the uart role begin and end with: a fake
 * Xen, a domain, a console's files, a role that is at work
 */
#ifndef ROLE_TEST_H
#define ROLE_TEST_H

#include "fake-xen/fake_guest.h"
#include "fake-xen/fake_machine.h"
#include "fake-xen/fake_setup.h"
#include "shared/wake.h"
#include "uart-role/role_harness.h"

#include "unit/unit.h"

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
    struct fake_uart *wire;
    unsigned int seed;
    uint32_t irqs_seen; /* of the domain's log */
};

/* Setups and the teardown for cmocka_unit_test_setup_teardown(); *state is a
 * struct role_test.  The role runs. */
int role_test_standin(void **state);
int role_test_passthrough(void **state);
int role_test_virtual(void **state);
/* In mode=virtual, on a Xen that posts writes and reads shadows. */
int role_test_posted(void **state);
/* It does not run yet. */
int role_test_at_rest(void **state);
/* Fails the test when one of Xen's rules was broken. */
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

/* The out ring holds these bytes and no others; the difference is printed. */
bool output_is(struct role_test *test, const uint8_t *bytes, size_t count);

/* For wait_until(), of a struct fake_guest.  The line follows behind the
 * answer to an access. */
bool is_line_up(void *guest);
bool is_line_down(void *guest);

/* For wait_until(), of a struct role_test. */
bool does_role_sleep(void *test);

/* The guest writes a text to THR. */
void write_text(struct role_test *test, const char *text);

/* The byte that the guest's interrupt announces. */
uint8_t guest_reads(struct role_test *test);

/* What the interrupt line did since the last call: "10" for up and down.
 * Waits until it moved so often. */
void assert_line_moved(struct role_test *test, const char *moves);

/* What clients type, as the net role does it: its waker, to be closed by its
 * fd; false when there is no room; a text that there is room for. */
struct waker net_side(struct role_test *test);
bool type_byte(struct role_test *test, struct waker *waker, uint8_t byte);
void type_text(struct role_test *test, const char *text);

/* A seeded byte. */
uint8_t role_test_random(struct role_test *test);

/* Spins until the condition holds, for HARNESS_TIMEOUT_MS at most. */
bool wait_until(bool (*holds)(void *opaque), void *opaque);

/* Monotonic. */
int64_t role_test_now_ns(void);

/* Under a sanitizer everything takes longer: so many times less of it. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZER_SLOWNESS 5
#else
#define SANITIZER_SLOWNESS 1
#endif

#endif
