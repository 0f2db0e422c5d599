/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fake_xen.c - the fake Xen itself
 *
 * It must be as strict as the real one, so that a role which passes on it has
 * shown something.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xendevicemodel.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xentoolcore.h>

#include "supervisor/host/domain.h"
#include "supervisor/host/store.h"
#include "fake-xen/fake_client.h"
#include "fake-xen/fake_guest.h"
#include "fake-xen/fake_setup.h"
#include "uart/ioreq_server.h"

#include "unit/unit.h"

#define DOMID 3

static int begin(void **state)
{
    struct ioreq_server *server = calloc(1, sizeof(*server));

    if (!server)
        return -1;
    *state = server;
    fake_xen_start();
    return fake_domain_create(DOMID, "g3", 2) ||
                   fake_domain_create(4, "g4", 1) ||
                   ioreq_server_open(server, DOMID)
               ? -1 : 0;
}

static int end(void **state)
{
    ioreq_server_close(*state);
    free(*state);
    return fake_xen_stop() ? -1 : 0;
}

/* The teardown of tests that break a rule on purpose. */
static int end_with_violation(void **state)
{
    ioreq_server_close(*state);
    free(*state);
    return fake_xen_stop() == 1 ? 0 : -1;
}

static void bring_up(struct ioreq_server *server)
{
    assert_int_equal(ioreq_server_create(server, false), 0);
    assert_int_equal(ioreq_server_map(server), 0);
    assert_int_equal(ioreq_server_enable(server, 0x3f8, 0x3ff), 0);
    assert_int_equal(ioreq_server_bind(server), 0);
}

static void main_a_restricted_handle_reaches_its_domain_only(void **state)
{
    struct ioreq_server *server = *state;
    unsigned int vcpus;
    ioservid_t id;
    xen_pfn_t frame = 1;
    void *page = NULL;
    int failed = 0;
    uint8_t *mapping;

    assert_int_equal(ioreq_server_restrict(server), 0);
    bring_up(server);
    assert_int_equal(xendevicemodel_create_ioreq_server(server->devicemodel,
                                                        4, 0, &id), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(xendevicemodel_nr_vcpus(server->devicemodel, 4, &vcpus),
                     -1);
    assert_int_equal(xendevicemodel_set_isa_irq_level(server->devicemodel, 4,
                                                      4, 1), -1);
    assert_int_equal(xenevtchn_bind_interdomain(server->evtchn, 4,
                                                FAKE_GUEST_PORT_BASE), -1);
    assert_null(xenforeignmemory_map_resource(server->foreign, 4, 0, 0, 1, 1,
                                              &page, PROT_READ, 0));
    mapping = xenforeignmemory_map(server->foreign, 4, PROT_READ, 1, &frame,
                                   &failed);
    assert_int_equal(failed, -EPERM);
    xenforeignmemory_unmap(server->foreign, mapping, 1);
    /* Being restricted anew does not help either. */
    assert_int_equal(xentoolcore_restrict_all(4), -1);
    assert_int_equal(xendevicemodel_nr_vcpus(server->devicemodel, DOMID,
                                             &vcpus), 0);
    assert_int_equal(vcpus, 2);
}

/* The supervisor's way to xenstore. */
static struct store *store;
static unsigned int news; /* of domains that ended */

static void on_connected(void *owner)
{
    (void)owner;
}

static void on_changed(void *owner, const char *watched, const char *path)
{
    (void)owner;
    (void)path;
    assert_string_equal(watched, "@releaseDomain");
    news++;
}

static struct domains *open_domains(void)
{
    static const char *const watched[] = { "@releaseDomain", NULL };
    static const struct store_events events = { on_connected, on_changed };
    struct domains *domains;

    store = store_open(ev_default_loop(0), watched, &events, NULL);
    assert_non_null(store);
    store_start(store);
    while (!store_is_connected(store))
        ev_run(ev_default_loop(0), EVRUN_ONCE);
    domains = domains_open(store);
    assert_non_null(domains);
    return domains;
}

static void close_domains(struct domains *domains)
{
    domains_close(domains);
    store_close(store);
}

static void main_restricted_xenctrl_and_xenstore_are_dead(void **state)
{
    struct ioreq_server *server = *state;
    struct domains *domains = open_domains();
    struct domain domain;

    assert_int_equal(domains_find(domains, "g4", &domain), 0);
    assert_int_equal(ioreq_server_restrict(server), 0);
    assert_int_equal(domains_find(domains, "g4", &domain), -1);
    assert_false(domains_get(domains, DOMID, &domain));
    close_domains(domains);
}

static void main_ids_are_the_lowest_free_of_eight(void **state)
{
    struct ioreq_server *server = *state;
    ioservid_t id;
    unsigned int i;

    for (i = 1; i < FAKE_SERVERS_MAX; i++) {
        assert_int_equal(xendevicemodel_create_ioreq_server(
                             server->devicemodel, DOMID, 0, &id), 0);
        assert_int_equal(id, i);
    }
    assert_int_equal(xendevicemodel_create_ioreq_server(
                         server->devicemodel, DOMID, 0, &id), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(xendevicemodel_destroy_ioreq_server(
                         server->devicemodel, DOMID, 3), 0);
    assert_int_equal(xendevicemodel_create_ioreq_server(
                         server->devicemodel, DOMID, 0, &id), 0);
    assert_int_equal(id, 3);
}

static void main_a_range_is_mapped_once_and_256_fit(void **state)
{
    struct ioreq_server *server = *state;
    unsigned int i;

    assert_int_equal(ioreq_server_create(server, false), 0);
    for (i = 0; i < FAKE_RANGES_MAX; i++)
        assert_int_equal(xendevicemodel_map_io_range_to_ioreq_server(
                             server->devicemodel, DOMID, server->id, 0,
                             i * 8, i * 8 + 7), 0);
    assert_int_equal(xendevicemodel_map_io_range_to_ioreq_server(
                         server->devicemodel, DOMID, server->id, 0, 8, 15),
                     -1);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(xendevicemodel_map_io_range_to_ioreq_server(
                         server->devicemodel, DOMID, server->id, 0, 0x8000,
                         0x8007), -1);
    assert_int_equal(errno, ENOSPC);
}

static void main_a_port_is_bound_once_until_its_owner_is_gone(void **state)
{
    struct ioreq_server *server = *state;
    xenevtchn_handle *other = xenevtchn_open(NULL, 0);
    evtchn_port_t remote;

    bring_up(server);
    remote = server->slots[1].vp_eport;
    assert_int_equal(xenevtchn_bind_interdomain(other, DOMID, remote), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(xenevtchn_bind_interdomain(other, DOMID, 5), -1);
    xenevtchn_close(server->evtchn);
    assert_true(xenevtchn_bind_interdomain(other, DOMID, remote) > 0);
    server->evtchn = other;
}

static bool is_readable(xenevtchn_handle *handle)
{
    struct pollfd poll_fd = { .fd = xenevtchn_fd(handle), .events = POLLIN };

    return poll(&poll_fd, 1, 0) == 1;
}

static void start_read(struct fake_guest *guest, unsigned int vcpu)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = 0x3ff, .size = 1, .count = 1,
        .is_read = true,
    };

    fake_guest_start(guest, vcpu, -1, &request);
}

static void answer(struct ioreq_server *server, unsigned int vcpu)
{
    struct port_request request;

    assert_true(ioreq_server_is_ready(server, vcpu));
    ioreq_server_take(server, vcpu, &request);
    ioreq_server_respond(server, vcpu, 0x11);
    ioreq_server_notify(server, vcpu);
}

static void main_an_event_comes_once_until_it_is_unmasked(void **state)
{
    struct ioreq_server *server = *state;
    struct fake_guest guest;
    uint64_t data;
    int port;

    bring_up(server);
    assert_int_equal(fake_guest_attach(&guest, DOMID), 0);
    /* Binding gives each port one event, for what may have been lost. */
    ioreq_server_accept_event(server);
    ioreq_server_accept_event(server);
    assert_false(is_readable(server->evtchn));

    start_read(&guest, 0);
    port = xenevtchn_pending(server->evtchn);
    assert_int_equal(port, server->ports[0]);
    answer(server, 0);
    fake_guest_finish(&guest, 0, 1000, &data);
    assert_int_equal(data, 0x11);
    /* The port is masked: the next event waits, and comes when it is unmasked.
     */
    start_read(&guest, 0);
    assert_false(is_readable(server->evtchn));
    xenevtchn_unmask(server->evtchn, port);
    assert_true(is_readable(server->evtchn));
    assert_int_equal(xenevtchn_pending(server->evtchn), port);
    xenevtchn_unmask(server->evtchn, port);
    assert_false(is_readable(server->evtchn));
    answer(server, 0);
    fake_guest_finish(&guest, 0, 1000, &data);
    fake_guest_detach(&guest);
}

static void main_a_response_without_taking_is_seen(void **state)
{
    struct ioreq_server *server = *state;
    struct fake_guest guest;
    uint64_t data;

    fake_is_taking_noted = true;
    bring_up(server);
    assert_int_equal(fake_guest_attach(&guest, DOMID), 0);
    start_read(&guest, 1);
    ioreq_server_respond(server, 1, 0);
    ioreq_server_notify(server, 1);
    fake_guest_finish(&guest, 1, 1000, &data);
    fake_guest_detach(&guest);
    fake_is_taking_noted = false;
}

static void main_a_request_that_goes_backwards_crashes_the_guest(void **state)
{
    struct ioreq_server *server = *state;
    struct fake_guest guest;
    uint64_t data;

    bring_up(server);
    assert_int_equal(fake_guest_attach(&guest, DOMID), 0);
    start_read(&guest, 1);
    server->slots[1].state = STATE_IOREQ_NONE;
    ioreq_server_notify(server, 1);
    assert_int_equal(fake_guest_finish(&guest, 1, 1000, &data),
                     FAKE_GUEST_CRASHED);
    assert_int_equal(guest.domain->is_crashed, 1);
    fake_guest_detach(&guest);
}

static void main_destroying_a_server_under_a_request_is_seen(void **state)
{
    struct ioreq_server *server = *state;
    struct fake_guest guest;

    bring_up(server);
    assert_int_equal(fake_guest_attach(&guest, DOMID), 0);
    start_read(&guest, 0);
    ioreq_server_disable(server);
    ioreq_server_destroy(server);
    fake_guest_detach(&guest);
}

static void main_a_disabled_server_gets_no_request(void **state)
{
    struct ioreq_server *server = *state;
    struct fake_guest guest;

    bring_up(server);
    assert_int_equal(fake_guest_attach(&guest, DOMID), 0);
    assert_int_equal(ioreq_server_disable(server), 0);
    assert_int_equal(fake_in(&guest, 0, 0x3ff, 1), 0xff);
    assert_false(ioreq_server_is_ready(server, 0));
    fake_guest_detach(&guest);
}

/* Which server a request goes to; -1: to none.  The request is taken back
 * again. */
static int server_for(struct fake_guest *guest, uint16_t port,
                      unsigned int size)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = port, .size = size, .count = 1,
        .is_read = true,
    };
    int server;

    fake_guest_start(guest, 0, -1, &request);
    server = guest->waits_for[0];
    if (server >= 0) {
        struct ioreq *slots = (struct ioreq *)(
            guest->pages + fake_page_offset(guest->index, server, 1));

        slots[0].state = STATE_IOREQ_NONE;
    }
    return server;
}

static void main_the_highest_server_id_wins(void **state)
{
    struct ioreq_server *server = *state;
    struct fake_guest guest;
    ioservid_t second;

    bring_up(server);
    assert_int_equal(fake_guest_attach(&guest, DOMID), 0);
    assert_int_equal(xendevicemodel_create_ioreq_server(
                         server->devicemodel, DOMID, 0, &second), 0);
    xendevicemodel_map_io_range_to_ioreq_server(server->devicemodel, DOMID,
                                                second, 0, 0x3f8, 0x3fb);
    xendevicemodel_set_ioreq_server_state(server->devicemodel, DOMID, second,
                                          1);
    /* 3ff is the first server's alone, and 3fa is in ranges of both.  Of
     * accesses from 3fa over 3fb only the first server has all. */
    assert_int_equal(server_for(&guest, 0x3ff, 1), server->id);
    assert_int_equal(server_for(&guest, 0x3fa, 1), second);
    assert_int_equal(server_for(&guest, 0x3fa, 2), second);
    assert_int_equal(server_for(&guest, 0x3fa, 4), server->id);
    assert_int_equal(server_for(&guest, 0x3fe, 4), -1);
    fake_guest_detach(&guest);
}

static void main_a_hole_in_memory_cannot_be_mapped(void **state)
{
    struct ioreq_server *server = *state;
    const xen_pfn_t frames[] = { 2, 3, 4, 100000 };
    int errors[4];
    uint8_t *mapping;

    fake_domain_set_page(DOMID, 3, FAKE_PAGE_HOLE);
    fake_domain_set_page(DOMID, 4, FAKE_PAGE_ROM);
    mapping = xenforeignmemory_map(server->foreign, DOMID,
                                   PROT_READ | PROT_WRITE, 4, frames, errors);
    assert_non_null(mapping);
    assert_int_equal(errors[0], 0);
    assert_true(errors[1] && errors[2] && errors[3]);
    mapping[5] = 1;
    xenforeignmemory_unmap(server->foreign, mapping, 4);
    assert_null(xenforeignmemory_map(server->foreign, DOMID, PROT_READ, 4,
                                     frames, NULL));
}

static void main_the_end_of_a_domain_is_news(void **state)
{
    struct domains *domains;
    struct domain domain;

    (void)state;
    news = 0;
    domains = open_domains();
    /* A watch fires once when it is set. */
    while (news == 0)
        ev_run(ev_default_loop(0), EVRUN_ONCE);
    assert_int_equal(news, 1);

    assert_int_equal(domains_find(domains, "g4", &domain), 0);
    assert_int_equal(domain.domid, 4);
    assert_true(domain.is_hvm);
    assert_int_equal(domains_find(domains, "3", &domain), 0);
    assert_string_equal(domain.name, "g3");
    assert_int_equal(domains_find(domains, "nobody", &domain), -1);

    assert_int_equal(fake_domain_destroy(4), 0);
    while (news == 1)
        ev_run(ev_default_loop(0), EVRUN_ONCE);
    assert_false(domains_get(domains, 4, &domain));
    assert_true(domains_get(domains, 3, &domain));
    close_domains(domains);
}

#define FAKE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define VIOLATION_TEST(name) \
    cmocka_unit_test_setup_teardown(name, begin, end_with_violation)

static const struct CMUnitTest tests[] = {
    FAKE_TEST(main_a_restricted_handle_reaches_its_domain_only),
    FAKE_TEST(main_restricted_xenctrl_and_xenstore_are_dead),
    FAKE_TEST(main_ids_are_the_lowest_free_of_eight),
    FAKE_TEST(main_a_range_is_mapped_once_and_256_fit),
    FAKE_TEST(main_a_port_is_bound_once_until_its_owner_is_gone),
    FAKE_TEST(main_an_event_comes_once_until_it_is_unmasked),
    VIOLATION_TEST(main_a_response_without_taking_is_seen),
    VIOLATION_TEST(main_a_request_that_goes_backwards_crashes_the_guest),
    VIOLATION_TEST(main_destroying_a_server_under_a_request_is_seen),
    FAKE_TEST(main_a_disabled_server_gets_no_request),
    FAKE_TEST(main_the_highest_server_id_wins),
    FAKE_TEST(main_a_hole_in_memory_cannot_be_mapped),
    FAKE_TEST(main_the_end_of_a_domain_is_news),
};

UNIT_MAIN(tests)
