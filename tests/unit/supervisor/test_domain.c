/* SPDX-License-Identifier: BSD-2-Clause */
/* test_domain.c - what the supervisor hears from Xen of a domain's servers */
#define __XEN_TOOLS__ 1 /* xen/hvm/dm_op.h: HVM_IOREQSRV_* */
#include <xendevicemodel.h>
#include <xen/hvm/dm_op.h>

#include "supervisor/host/domain.h"

#include "fake-xen/fake_setup.h"
#include "unit/unit.h"

#define DOMID 3

static struct domains *domains;
static xendevicemodel_handle *devicemodel;

static int begin(void **state)
{
    (void)state;
    fake_xen_start();
    if (fake_domain_create(DOMID, "g3", 1))
        return -1;
    domains = domains_open(NULL);
    devicemodel = xendevicemodel_open(NULL, 0);
    return !domains || !devicemodel;
}

static int end(void **state)
{
    (void)state;
    xendevicemodel_close(devicemodel);
    domains_close(domains);
    return (int)fake_xen_stop();
}

/* B6. */
static void trust_xen_says_which_servers_there_are(void **state)
{
    ioservid_t server;

    (void)state;
    assert_int_equal(xendevicemodel_create_ioreq_server(
                         devicemodel, DOMID, HVM_IOREQSRV_BUFIOREQ_OFF,
                         &server), 0);
    assert_true(domains_has_server(domains, DOMID, server));
    assert_false(domains_has_server(domains, DOMID, server + 1u));
    assert_int_equal(xendevicemodel_destroy_ioreq_server(devicemodel, DOMID,
                                                         server), 0);
    assert_false(domains_has_server(domains, DOMID, server));
}

/* Who cannot ask Xen gives up no guest. */
static void trust_a_domain_ends_by_xens_word_alone(void **state)
{
    const uint8_t another[DOMAIN_UUID_BYTES] = { 0xff };
    struct domain domain;

    (void)state;
    assert_true(domains_get(domains, DOMID, &domain));
    assert_false(domains_has_ended(domains, DOMID, domain.uuid));
    assert_false(domains_has_ended(domains, DOMID, NULL));
    assert_true(domains_has_ended(domains, DOMID, another));
    assert_true(domains_has_ended(domains, DOMID + 1, NULL));
    assert_true(domains_has_ended(domains, DOMID - 1, NULL));
    fake_unaskable_set(true);
    assert_false(domains_has_ended(domains, DOMID, another));
    assert_false(domains_has_ended(domains, DOMID + 1, NULL));
    fake_unaskable_set(false);
    fake_domain_destroy(DOMID);
    assert_true(domains_has_ended(domains, DOMID, domain.uuid));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(trust_xen_says_which_servers_there_are,
                                    begin, end),
    cmocka_unit_test_setup_teardown(trust_a_domain_ends_by_xens_word_alone,
                                    begin, end),
};

UNIT_MAIN(tests)
