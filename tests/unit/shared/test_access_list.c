/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_access_list.c - what allow= accepts, and whom it lets in
 */
#include "shared/access_list.h"

#include <arpa/inet.h>

#include "unit/unit.h"

static bool allows(const char *text, const char *who)
{
    struct access_address address;
    struct access_list list;

    assert_int_equal(access_list_parse(&list, text), 0);
    if (inet_pton(AF_INET6, who, address.bytes) != 1) {
        struct in_addr ipv4;

        assert_int_equal(inet_pton(AF_INET, who, &ipv4), 1);
        address = access_address_ipv4(ipv4.s_addr);
    }
    return access_list_allows(&list, &address);
}

static void main_an_empty_list_lets_everybody_in(void **state)
{
    (void)state;
    assert_true(allows("", "192.168.0.1"));
    assert_true(allows("", "fe80::1"));
}

static void main_a_network_is_its_first_bits(void **state)
{
    (void)state;
    assert_true(allows("192.168.0.0/24", "192.168.0.0"));
    assert_true(allows("192.168.0.0/24", "192.168.0.255"));
    assert_false(allows("192.168.0.0/24", "192.168.1.0"));
    assert_false(allows("192.168.0.0/24", "193.168.0.1"));
    assert_true(allows("10.0.0.64/26", "10.0.0.127"));
    assert_false(allows("10.0.0.64/26", "10.0.0.128"));
    assert_false(allows("10.0.0.64/26", "10.0.0.63"));
    assert_true(allows("0.0.0.0/0", "8.8.8.8"));
    /* All of IPv4 is not all of IPv6. */
    assert_false(allows("0.0.0.0/0", "2001:db8::1"));
    assert_true(allows("fd00::/8", "fdff::1"));
    assert_false(allows("fd00::/8", "fe00::1"));
    assert_true(allows("::/0", "10.1.1.1"));
}

static void main_an_address_alone_is_one_host(void **state)
{
    (void)state;
    assert_true(allows("10.1.2.3", "10.1.2.3"));
    assert_false(allows("10.1.2.3", "10.1.2.2"));
    assert_true(allows("2001:db8::7", "2001:db8::7"));
    assert_false(allows("2001:db8::7", "2001:db8::6"));
}

static void main_any_entry_will_do(void **state)
{
    (void)state;
    assert_true(allows("10.0.0.1,192.168.0.0/16,fe80::/10", "192.168.9.9"));
    assert_true(allows("10.0.0.1,192.168.0.0/16,fe80::/10", "fe80::9"));
    assert_false(allows("10.0.0.1,192.168.0.0/16,fe80::/10", "10.0.0.2"));
}

static void main_a_space_separates_where_a_comma_cannot(void **state)
{
    (void)state;
    assert_true(allows("10.0.0.1 192.168.0.0/16,fe80::/10", "192.168.9.9"));
    assert_true(allows("10.0.0.1 192.168.0.0/16,fe80::/10", "fe80::9"));
    assert_false(allows("10.0.0.1 192.168.0.0/16", "10.0.0.2"));
}

static void main_what_is_no_list_is_an_error(void **state)
{
    static const char *const texts[] = {
        ",", "10.0.0.1,", " ", "10.0.0.1  10.0.0.2", "10.0.0", "host",
        "10.0.0.0/33", "10.0.0.0/",
        "10.0.0.0/x", "10.0.0.0/8/8", "fe80::/129", "10.0.0.1/24",
        "10.0.0.0/-1", "fe80::1/64",
        "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
        "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
        "1.1.1.1,1.1.1.1",
    };
    struct access_list list;
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!access_list_parse(&list, texts[i]))
            fail_msg("\"%s\" was accepted", texts[i]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(main_an_empty_list_lets_everybody_in),
    cmocka_unit_test(main_a_network_is_its_first_bits),
    cmocka_unit_test(main_an_address_alone_is_one_host),
    cmocka_unit_test(main_any_entry_will_do),
    cmocka_unit_test(main_a_space_separates_where_a_comma_cannot),
    cmocka_unit_test(main_what_is_no_list_is_an_error),
};

UNIT_MAIN(tests)
