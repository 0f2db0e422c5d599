/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fake_posted.c - the fake Xen's posted writes and shadow registers
 *
 * They are those of xen-patch's hypervisor part, and there are none without
 * it.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xentoolcore.h>
#include <xen/memory.h>

#include "fake-xen/fake_posted.h"
#include "fake-xen/fake_setup.h"
#include "uart/ioreq_server.h"
#include "uart/xen_extensions.h"

#include "unit/unit.h"

#define DOMID 3
#define PORT 0x3f8
#define SLOTS IOREQ_BUFFER_SLOT_NUM

struct fixture {
    struct ioreq_server server;
    struct fake_guest guest;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (!fixture)
        return -1;
    *state = fixture;
    fake_xen_start();
    return fake_domain_create(DOMID, "g3", 2) ||
                   fake_domain_create(4, "g4", 1) ||
                   fake_guest_attach(&fixture->guest, DOMID) ||
                   ioreq_server_open(&fixture->server, DOMID)
               ? -1 : 0;
}

static int begin_patched(void **state)
{
    int rc = begin(state);

    fake_xen_patch();
    return rc;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    ioreq_server_close(&fixture->server);
    fake_guest_detach(&fixture->guest);
    free(fixture);
    return fake_xen_stop() ? -1 : 0;
}

static int end_with_violation(void **state)
{
    struct fixture *fixture = *state;

    ioreq_server_close(&fixture->server);
    fake_guest_detach(&fixture->guest);
    free(fixture);
    return fake_xen_stop() == 1 ? 0 : -1;
}

static void bring_up(struct ioreq_server *server)
{
    assert_int_equal(ioreq_server_create(server, true), 0);
    assert_int_equal(ioreq_server_map(server), 0);
    assert_int_equal(ioreq_server_enable(server, PORT, PORT + 7), 0);
    ioreq_server_extend(server, PORT);
    assert_int_equal(ioreq_server_bind(server), 0);
}

static void post(struct fixture *fixture, unsigned int count)
{
    while (count-- > 0)
        assert_int_equal(fake_out(&fixture->guest, 0, PORT, 1, count),
                         FAKE_GUEST_OK);
}

/* Consumes all entries as the role does, and returns how many there were. */
static unsigned int consume(struct fixture *fixture)
{
    struct posted_writes *posted = &fixture->server.posted;
    uint8_t bytes[POSTED_WRITES_MAX];
    unsigned int entries;

    posted_writes_copy(posted, bytes, &entries);
    posted_writes_advance(posted, entries);
    return entries;
}

/* Accepts all events that are handed out now, and returns how many. */
static unsigned int take_events(struct ioreq_server *server)
{
    struct pollfd poll_fd = { .fd = ioreq_server_fd(server),
                              .events = POLLIN };
    unsigned int count = 0;

    for (; poll(&poll_fd, 1, 0) == 1; count++) {
        ioreq_server_accept_event(server);
        ioreq_server_hear_posted(server);
    }
    return count;
}

static void main_an_unpatched_xen_knows_no_posting(void **state)
{
    struct fixture *fixture = *state;
    struct ioreq_server *server = &fixture->server;
    void *page = NULL;

    bring_up(server);
    assert_int_equal(port_attributes_query(&server->attributes), 0);
    assert_non_null(server->posted.page);
    assert_false(server->is_posting);
    assert_null(server->shadow.entries);
    assert_int_equal(port_attributes_add(&server->attributes, server->id,
                                         XEN_DMOP_IO_RANGE_POSTED, PORT,
                                         PORT), -1);
    assert_int_equal(errno, EINVAL);
    assert_null(xenforeignmemory_map_resource(
        server->foreign, DOMID, XENMEM_resource_ioreq_server_shadow,
        server->id, 0, 1, &page, PROT_READ, 0));
    assert_int_equal(errno, EOPNOTSUPP);
}

/* F4: the numbers are xen-patch's own.  A Xen that knows them as something
 * else refuses none of them, and must not have anything set. */
static void main_numbers_that_another_xen_gave_away_are_not_used(void **state)
{
    struct fixture *fixture = *state;
    struct ioreq_server *server = &fixture->server;
    const struct fake_server *fake;

    fake_xen_patch_otherwise();
    bring_up(server);
    assert_int_equal(port_attributes_query(&server->attributes), 0);
    assert_non_null(server->posted.page);
    assert_false(server->is_posting);
    assert_null(server->shadow.entries);
    fake = &fixture->guest.domain->servers[server->id];
    assert_int_equal(fake->ranges[XEN_DMOP_IO_RANGE_POSTED].count, 0);
    assert_int_equal(fake->ranges[XEN_DMOP_IO_RANGE_SHADOW].count, 0);
    assert_int_equal(fake->has_shadow, 0);
}

/* F3: an attribute is refused for ports that the server has not claimed, and
 * without the page that it takes. */
static void main_attributes_without_what_they_take_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct ioreq_server *server = &fixture->server;

    assert_int_equal(ioreq_server_create(server, true), 0);
    assert_int_equal(ioreq_server_map(server), 0);
    assert_int_equal(port_attributes_add(&server->attributes, server->id,
                                         XEN_DMOP_IO_RANGE_POSTED, PORT,
                                         PORT), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(ioreq_server_enable(server, PORT, PORT + 7), 0);
    assert_int_equal(port_attributes_add(&server->attributes, server->id,
                                         XEN_DMOP_IO_RANGE_POSTED, PORT,
                                         PORT + 8), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(port_attributes_add(&server->attributes, server->id,
                                         XEN_DMOP_IO_RANGE_SHADOW, PORT,
                                         PORT + 7), -1);
    assert_int_equal(errno, EOPNOTSUPP);
    ioreq_server_extend(server, PORT);
    assert_true(server->is_posting);
    assert_non_null(server->shadow.entries);
}

static void main_a_server_without_a_ring_has_none_to_map(void **state)
{
    struct fixture *fixture = *state;
    struct ioreq_server *server = &fixture->server;
    const struct fake_request write = {
        .type = IOREQ_TYPE_PIO, .addr = PORT, .size = 1, .count = 1,
    };
    void *page = NULL;

    assert_int_equal(ioreq_server_create(server, false), 0);
    assert_int_equal(ioreq_server_map(server), 0);
    assert_null(xenforeignmemory_map_resource(
        server->foreign, DOMID, XENMEM_resource_ioreq_server, server->id,
        XENMEM_resource_ioreq_server_frame_bufioreq, 1, &page, PROT_READ,
        0));
    assert_int_equal(errno, ENOENT);
    /* The attribute is refused, and shadow registers work without a ring. */
    assert_int_equal(ioreq_server_enable(server, PORT, PORT + 7), 0);
    assert_int_equal(port_attributes_add(&server->attributes, server->id,
                                         XEN_DMOP_IO_RANGE_POSTED, PORT,
                                         PORT), -1);
    assert_int_equal(errno, EOPNOTSUPP);
    assert_false(fake_post(&fixture->guest, server->id, &write));
    ioreq_server_extend(server, PORT);
    assert_null(server->posted.page);
    assert_false(server->is_posting);
    assert_non_null(server->shadow.entries);
    assert_int_equal(ioreq_server_bind(server), 0);
    assert_int_equal(fake_count_bound(), 2);
}

static void main_attributes_are_restricted_by_their_own_handle(void **state)
{
    struct fixture *fixture = *state;
    struct ioreq_server *server = &fixture->server;
    struct port_attributes other;

    assert_int_equal(fake_count_unrestricted(), 4);
    assert_int_equal(xentoolcore_restrict_all(DOMID), 0);
    assert_int_equal(fake_count_unrestricted(), 1);
    assert_int_equal(ioreq_server_restrict(server), 0);
    assert_int_equal(fake_count_unrestricted(), 0);
    bring_up(server);
    assert_true(server->is_posting);
    other = server->attributes;
    other.domid = 4;
    assert_int_equal(port_attributes_add(&other, 0, XEN_DMOP_IO_RANGE_POSTED,
                                         PORT, PORT), -1);
    assert_int_equal(errno, EPERM);
}

static void main_posted_writes_announce_the_first_only(void **state)
{
    struct fixture *fixture = *state;
    struct ioreq_server *server = &fixture->server;

    bring_up(server);
    /* Binding gives each port one event: those of two vCPUs, and the ring's.
     */
    assert_int_equal(take_events(server), 3);
    post(fixture, 5);
    assert_int_equal(take_events(server), 1);
    assert_int_equal(consume(fixture), 5);
    post(fixture, 1);
    assert_int_equal(take_events(server), 1);
    /* The ring was not empty, so no event: whoever consumes looks once more.
     */
    post(fixture, 1);
    assert_int_equal(take_events(server), 0);
    assert_int_equal(consume(fixture), 2);
    assert_int_equal(fixture->guest.domain->posting.posted, 7);
    assert_int_equal(fixture->guest.domain->posting.events, 2);
}

/* A consumer that looks at the ring by itself gets no event until it asks for
 * them again. */
static void main_posted_writes_announce_no_more_until_asked(void **state)
{
    struct fixture *fixture = *state;
    struct ioreq_server *server = &fixture->server;
    struct pollfd poll_fd = { .fd = -1, .events = POLLIN };

    bring_up(server);
    take_events(server);
    poll_fd.fd = ioreq_server_fd(server);
    post(fixture, 1);
    ioreq_server_accept_event(server);
    assert_int_equal(consume(fixture), 1);
    post(fixture, 1);
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    ioreq_server_hear_posted(server);
    assert_int_equal(poll(&poll_fd, 1, 0), 1);
}

static void main_a_full_ring_makes_a_write_wait(void **state)
{
    struct fixture *fixture = *state;
    const struct fake_request write = {
        .type = IOREQ_TYPE_PIO, .addr = PORT, .size = 1, .count = 1,
        .data = 'w',
    };

    bring_up(&fixture->server);
    post(fixture, SLOTS);
    assert_int_equal(fake_posted_entries(&fixture->guest, 1), SLOTS);
    fake_guest_start(&fixture->guest, 0, -1, &write);
    assert_true(ioreq_server_is_ready(&fixture->server, 0));
    assert_int_equal(fixture->guest.domain->posting.refused, 1);
    /* Other vCPUs have room as soon as there is some. */
    assert_int_equal(consume(fixture), SLOTS - 1);
    assert_int_equal(fake_out(&fixture->guest, 1, PORT, 1, 'p'),
                     FAKE_GUEST_OK);
    assert_int_equal(fake_posted_entries(&fixture->guest, 1), 2);
    fixture->server.slots[0].state = STATE_IOREQ_NONE;
}

/* Wide accesses, string instructions and accesses to other ports are not
 * posted. */
static void main_only_bytes_to_the_port_are_posted(void **state)
{
    struct fixture *fixture = *state;
    const struct fake_request requests[] = {
        { .type = IOREQ_TYPE_PIO, .addr = PORT, .size = 2, .count = 1 },
        { .type = IOREQ_TYPE_PIO, .addr = PORT, .size = 1, .count = 3,
          .data_is_ptr = true },
        { .type = IOREQ_TYPE_PIO, .addr = PORT + 1, .size = 1, .count = 1 },
        { .type = IOREQ_TYPE_PIO, .addr = PORT, .size = 1, .count = 1,
          .is_read = true },
    };
    unsigned int i;

    bring_up(&fixture->server);
    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        fake_guest_start(&fixture->guest, 0, -1, &requests[i]);
        assert_true(ioreq_server_is_ready(&fixture->server, 0));
        fixture->server.slots[0].state = STATE_IOREQ_NONE;
    }
    assert_int_equal(fixture->guest.domain->posting.posted, 0);
}

static void main_both_pointers_stay_small(void **state)
{
    struct fixture *fixture = *state;
    volatile struct buffered_iopage *page;
    unsigned int i;

    bring_up(&fixture->server);
    page = fixture->server.posted.page;
    for (i = 0; i < 100; i++) {
        post(fixture, 1 + i % SLOTS);
        assert_in_range(page->read_pointer, 0, SLOTS - 1);
        assert_int_equal(page->write_pointer - page->read_pointer,
                         1 + i % SLOTS);
        assert_int_equal(consume(fixture), 1 + i % SLOTS);
    }
}

static void main_a_consumer_that_takes_too_much_is_seen(void **state)
{
    struct fixture *fixture = *state;

    bring_up(&fixture->server);
    post(fixture, 3);
    posted_writes_advance(&fixture->server.posted, 4);
    fake_post(&fixture->guest, 1,
              &(struct fake_request){ .type = IOREQ_TYPE_PIO, .addr = PORT,
                                      .size = 1, .count = 1 });
}

static void main_a_time_offset_takes_two_entries_and_an_event(void **state)
{
    struct fixture *fixture = *state;
    struct ioreq_server *server = &fixture->server;
    volatile struct buffered_iopage *page;
    unsigned int i;

    bring_up(server);
    page = server->posted.page;
    take_events(server);
    assert_int_equal(fake_time_offset(&fixture->guest, 0x123456789a), 0);
    assert_int_equal(fake_time_offset(&fixture->guest, 1), 0);
    assert_int_equal(fake_posted_entries(&fixture->guest, 1), 4);
    assert_int_equal(page->buf_ioreq[0].type, IOREQ_TYPE_TIMEOFFSET);
    assert_int_equal(page->buf_ioreq[0].size, 3);
    assert_int_equal(page->buf_ioreq[0].data, 0x3456789a);
    assert_int_equal(page->buf_ioreq[1].type, IOREQ_TYPE_TIMEOFFSET);
    assert_int_equal(page->buf_ioreq[1].data, 0x12);
    assert_int_equal(take_events(server), 2);
    for (i = 2; i < SLOTS / 2; i++)
        assert_int_equal(fake_time_offset(&fixture->guest, 1), 0);
    /* One entry is left, and that is not enough. */
    assert_int_equal(fake_time_offset(&fixture->guest, 1), 1);
    assert_int_equal(fake_posted_entries(&fixture->guest, 1), SLOTS - 1);
}

static void main_a_valid_entry_answers_one_byte_reads(void **state)
{
    struct fixture *fixture = *state;
    const struct fake_request wide = {
        .type = IOREQ_TYPE_PIO, .addr = PORT + 4, .size = 2, .count = 1,
        .is_read = true,
    };
    volatile uint16_t *entries;

    bring_up(&fixture->server);
    entries = fixture->server.shadow.entries;
    assert_non_null(entries);
    entries[(PORT + 5) % IOREQ_SHADOW_NUM] = IOREQ_SHADOW_VALID | 0x60;
    entries[(PORT + 4) % IOREQ_SHADOW_NUM] = IOREQ_SHADOW_VALID | 0x0b;
    assert_int_equal(fake_in(&fixture->guest, 0, PORT + 5, 1), 0x60);
    assert_int_equal(fake_in(&fixture->guest, 1, PORT + 4, 1), 0x0b);
    assert_int_equal(fixture->guest.domain->posting.shadow_reads, 2);
    fake_guest_start(&fixture->guest, 0, -1, &wide);
    assert_true(ioreq_server_is_ready(&fixture->server, 0));
    fixture->server.slots[0].state = STATE_IOREQ_NONE;
    entries[(PORT + 4) % IOREQ_SHADOW_NUM] = 0x0b;
    fake_guest_start(&fixture->guest, 0, -1,
                     &(struct fake_request){ .type = IOREQ_TYPE_PIO,
                                             .addr = PORT + 4, .size = 1,
                                             .count = 1, .is_read = true });
    assert_true(ioreq_server_is_ready(&fixture->server, 0));
    fixture->server.slots[0].state = STATE_IOREQ_NONE;
}

#define UNPATCHED_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define PATCHED_TEST(name) \
    cmocka_unit_test_setup_teardown(name, begin_patched, end)
#define VIOLATION_TEST(name) \
    cmocka_unit_test_setup_teardown(name, begin_patched, end_with_violation)

static const struct CMUnitTest tests[] = {
    UNPATCHED_TEST(main_an_unpatched_xen_knows_no_posting),
    UNPATCHED_TEST(main_numbers_that_another_xen_gave_away_are_not_used),
    PATCHED_TEST(main_attributes_without_what_they_take_are_refused),
    PATCHED_TEST(main_a_server_without_a_ring_has_none_to_map),
    PATCHED_TEST(main_attributes_are_restricted_by_their_own_handle),
    PATCHED_TEST(main_posted_writes_announce_the_first_only),
    PATCHED_TEST(main_posted_writes_announce_no_more_until_asked),
    PATCHED_TEST(main_a_full_ring_makes_a_write_wait),
    PATCHED_TEST(main_only_bytes_to_the_port_are_posted),
    PATCHED_TEST(main_both_pointers_stay_small),
    VIOLATION_TEST(main_a_consumer_that_takes_too_much_is_seen),
    UNPATCHED_TEST(main_a_time_offset_takes_two_entries_and_an_event),
    PATCHED_TEST(main_a_valid_entry_answers_one_byte_reads),
};

UNIT_MAIN(tests)
