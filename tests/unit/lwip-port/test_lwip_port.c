/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lwip_port.c - lwip-port's own parts: hash, random numbers, hooks into
 * TCP, assertions, and the parser of addresses
 */
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lwip/init.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/sys.h"

#include "arch/cc.h"
#include "lwip_hooks.h"
#include "netif_ethernet.h"
#include "siphash.h"

#include "unit/unit.h"

static void main_siphash_is_the_published_one(void **state)
{
    uint8_t key[SIPHASH_KEY_BYTES], message[15];
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)i;
    for (i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)i;
    /* [SipHash paper, appendix A] and its authors' vectors */
    assert_true(siphash(key, message, 15) == 0xa129ca6149be45e5);
    assert_true(siphash(key, message, 0) == 0x726fdb47dd0e0e31);
    assert_true(siphash(key, message, 8) == 0x93f5f5799a932462);
}

static void main_random_numbers_do_not_repeat(void **state)
{
    uint32_t all = 0, first = lwip_system_random();
    unsigned int i, equal = 0;

    (void)state;
    for (i = 0; i < 1000; i++) {
        uint32_t number = lwip_system_random();

        all |= number;
        equal += number == first;
    }
    assert_int_equal(all, UINT32_MAX);
    assert_true(equal < 3);
}

static void main_first_sequence_numbers_depend_on_who_connects(void **state)
{
    ip_addr_t us, peer, other;
    u32_t one, two, three, four;

    (void)state;
    IP_ADDR4(&us, 192, 168, 0, 2);
    IP_ADDR4(&peer, 192, 168, 0, 1);
    IP_ADDR4(&other, 192, 168, 0, 3);
    one = lwip_hook_tcp_isn(&us, 1234, &peer, 4000);
    two = lwip_hook_tcp_isn(&us, 1234, &peer, 4000);
    three = lwip_hook_tcp_isn(&us, 1234, &peer, 4001);
    four = lwip_hook_tcp_isn(&us, 1234, &other, 4000);
    /* For the same connection only the clock moves: 250 numbers a ms. */
    assert_true(two - one < 250000);
    assert_true(three - one > 250000);
    assert_true(four - one > 250000);
}

static err_t inpacket_with(struct tcp_pcb *pcb, struct tcp_hdr *header,
                           const u8_t *options, u16_t option_bytes)
{
    struct pbuf p = { .tot_len = 0 };

    memcpy(header + 1, options, option_bytes);
    return lwip_hook_tcp_inpacket(pcb, header, option_bytes, option_bytes,
                                  NULL, &p);
}

static err_t inpacket(struct tcp_pcb *pcb, u32_t seqno, u8_t flags,
                      u16_t bytes)
{
    struct tcp_hdr header = { .seqno = seqno };
    struct pbuf p = { .tot_len = bytes };

    TCPH_HDRLEN_FLAGS_SET(&header, 5, flags);
    return lwip_hook_tcp_inpacket(pcb, &header, 0, 0, NULL, &p);
}

static void main_segments_beyond_the_window_are_dropped(void **state)
{
    struct tcp_pcb pcb = {
        .state = ESTABLISHED, .rcv_nxt = 0xfffffff0, .rcv_wnd = 1000,
    };

    (void)state;
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt, TCP_ACK, 1000), ERR_OK);
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt + 1, TCP_ACK, 999), ERR_OK);
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt, TCP_ACK, 1001), ERR_VAL);
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt, TCP_ACK | TCP_FIN, 1000),
                     ERR_VAL);
    /* A repetition passes, and so does a probe of a closed window. */
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt - 500, TCP_ACK, 500),
                     ERR_OK);
    pcb.rcv_wnd = 0;
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt, TCP_ACK, 1), ERR_OK);
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt, TCP_ACK, 2), ERR_VAL);
    /* A segment without data passes at the edge, but not behind it. */
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt, TCP_ACK, 0), ERR_OK);
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt + 1, TCP_ACK, 0), ERR_VAL);
    assert_int_equal(inpacket(&pcb, pcb.rcv_nxt + 1, TCP_ACK, 1), ERR_VAL);
}

/* A connection in the middle of things: 100 bytes are on their way. */
static struct tcp_pcb connection(void)
{
    return (struct tcp_pcb){
        .state = ESTABLISHED, .rcv_nxt = 1000, .rcv_wnd = 7300,
        .lastack = 50, .snd_nxt = 150, .snd_wnd_max = 500, .snd_wl1 = 1000,
    };
}

static err_t acknowledging(struct tcp_pcb *pcb, u32_t seqno, u32_t ackno,
                           u8_t flags, u16_t bytes)
{
    struct tcp_hdr header = { .seqno = seqno, .ackno = ackno };
    struct pbuf p = { .tot_len = bytes };

    TCPH_HDRLEN_FLAGS_SET(&header, 5, flags);
    return lwip_hook_tcp_inpacket(pcb, &header, 0, 0, NULL, &p);
}

/* C1: RFC 5961, 5, in all states from ESTABLISHED on. */
static void trust_net_what_acknowledges_nothing_sound_is_dropped(void **state)
{
    static const enum tcp_state states[] = {
        ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK,
        TIME_WAIT,
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        struct tcp_pcb pcb = connection();

        pcb.state = states[i];
        assert_int_equal(acknowledging(&pcb, 1000, 50, 0, 9), ERR_VAL);
        assert_int_equal(acknowledging(&pcb, 1000, 50, TCP_FIN, 0), ERR_VAL);
        assert_int_equal(acknowledging(&pcb, 1000, 151, TCP_ACK, 9), ERR_VAL);
        assert_int_equal(acknowledging(&pcb, 1000, 50u - 501, TCP_ACK, 9),
                         ERR_VAL);
        assert_int_equal(acknowledging(&pcb, 1000, 50u - 500, TCP_ACK, 9),
                         ERR_OK);
        assert_int_equal(acknowledging(&pcb, 1000, 150, TCP_ACK, 9), ERR_OK);
        /* Of two segments the later one acknowledges no less. */
        assert_int_equal(acknowledging(&pcb, 1001, 50, TCP_ACK, 9), ERR_OK);
        assert_int_equal(acknowledging(&pcb, 1001, 49, TCP_ACK, 9), ERR_VAL);
    }
}

/* C1: an acknowledgement counts only in a segment near the window. */
static void trust_net_old_segments_are_no_older_than_a_window(void **state)
{
    struct tcp_pcb pcb = connection();

    (void)state;
    assert_int_equal(acknowledging(&pcb, 1000u - TCP_WND, 150, TCP_ACK, 9),
                     ERR_OK);
    assert_int_equal(acknowledging(&pcb, 999u - TCP_WND, 150, TCP_ACK, 9),
                     ERR_VAL);
}

/* C1: RFC 5961, 3.2. */
static void trust_net_resets_count_at_one_place_only(void **state)
{
    struct tcp_pcb pcb = connection();
    uint64_t before = lwip_hook_counts.challenges;

    (void)state;
    assert_int_equal(acknowledging(&pcb, 999, 0, TCP_RST, 0), ERR_VAL);
    assert_int_equal(acknowledging(&pcb, 8301, 0, TCP_RST, 0), ERR_VAL);
    assert_true(lwip_hook_counts.challenges == before);
    assert_int_equal(acknowledging(&pcb, 8300, 0, TCP_RST, 0), ERR_VAL);
    assert_true(lwip_hook_counts.challenges == before + 1);
    assert_int_equal(acknowledging(&pcb, 1000, 0, TCP_RST, 0), ERR_OK);
}

/* C1: RFC 5961, 7.  Another connection's bound is its own. */
static void trust_net_challenges_of_a_connection_are_bounded(void **state)
{
    struct tcp_pcb pcb = connection(), other = connection();
    uint64_t before = lwip_hook_counts.challenges;
    unsigned int i;

    (void)state;
    for (i = 0; i < 100; i++) {
        acknowledging(&pcb, 1000, 50, 0, 9);
        acknowledging(&pcb, 5, 50, TCP_SYN, 0);
        acknowledging(&pcb, 1001, 50, TCP_RST, 0);
    }
    assert_true(lwip_hook_counts.challenges == before + 1);
    acknowledging(&other, 1000, 50, 0, 9);
    assert_true(lwip_hook_counts.challenges == before + 2);
    pcb.ext_args[0].data = (void *)(uintptr_t)((sys_now() - 600) | 1);
    acknowledging(&pcb, 1000, 50, 0, 9);
    assert_true(lwip_hook_counts.challenges == before + 3);
}

/* This holds for an acknowledgement of all that was sent, a FIN among it, too:
 * snd_lbb does not count a FIN that went with the last byte. */
static void main_acknowledgement_of_more_ends_the_probing(void **state)
{
    struct tcp_pcb pcb = {
        .state = LAST_ACK, .rcv_wnd = 1000, .lastack = 0xffffffff,
        .snd_lbb = 0xffffffff, .snd_nxt = 0, .persist_backoff = 3,
    };

    (void)state;
    assert_int_equal(inpacket(&pcb, 0, TCP_ACK, 0), ERR_OK);
    assert_int_equal(pcb.persist_backoff, 0);
    pcb.persist_backoff = 3;
    pcb.lastack = 0; /* the answer to a probe acknowledges nothing new */
    assert_int_equal(inpacket(&pcb, 0, TCP_ACK, 0), ERR_OK);
    assert_int_equal(pcb.persist_backoff, 3);
}

static void main_handshake_segments_pass_and_odd_ones_do_not(void **state)
{
    struct tcp_pcb pcb = {
        .state = SYN_RCVD, .rcv_nxt = 1, .rcv_wnd = 1000,
    };

    (void)state;
    assert_int_equal(inpacket(&pcb, 0, TCP_SYN, 0), ERR_OK);
    assert_int_equal(inpacket(&pcb, 1, TCP_ACK, 0), ERR_OK);
    assert_int_equal(inpacket(&pcb, 0, TCP_SYN | TCP_ACK, 0), ERR_VAL);
    assert_int_equal(inpacket(&pcb, 1, 0, 9), ERR_VAL);
}

static void main_options_are_for_syns(void **state)
{
    static const u8_t mss[] = { LWIP_TCP_OPT_MSS, 4, 0, 8 };
    struct {
        struct tcp_hdr header;
        u8_t options[sizeof(mss)];
    } segment = { 0 };
    struct tcp_pcb pcb = { .state = SYN_RCVD };
    u8_t elsewhere[] = { LWIP_TCP_OPT_MSS };
    struct pbuf p = { .tot_len = 0 };

    (void)state;
    TCPH_HDRLEN_FLAGS_SET(&segment.header, 6, TCP_SYN);
    assert_int_equal(inpacket_with(&pcb, &segment.header, mss, sizeof(mss)),
                     ERR_OK);
    assert_memory_equal(segment.options, mss, sizeof(mss));
    pcb.state = ESTABLISHED;
    TCPH_HDRLEN_FLAGS_SET(&segment.header, 6, TCP_ACK);
    assert_int_equal(inpacket_with(&pcb, &segment.header, mss, sizeof(mss)),
                     ERR_OK);
    assert_int_equal(segment.options[0], LWIP_TCP_OPT_EOL);
    /* All options may be in the next buffer. */
    assert_int_equal(lwip_hook_tcp_inpacket(&pcb, &segment.header,
                                            sizeof(mss), 0, elsewhere, &p),
                     ERR_OK);
    assert_int_equal(elsewhere[0], LWIP_TCP_OPT_EOL);
}

/* C6: lwIP 3d896ba0. */
static void trust_net_options_without_a_right_length_are_cut(void **state)
{
    static const struct {
        u8_t bytes, cut_at;
        u8_t options[8];
    } cases[] = {
        { 4, 4, { 2, 4, 5, 180 } },
        { 8, 8, { 1, 1, 4, 2, 2, 4, 5, 180 } },
        { 8, 8, { 2, 4, 5, 180, 0, 2, 9, 9 } },
        { 4, 3, { 1, 1, 1, 2 } },
        { 4, 2, { 1, 1, 2, 4 } },
        { 4, 0, { 2, 0, 5, 180 } },
        { 4, 0, { 8, 1, 5, 180 } },
        { 8, 4, { 2, 4, 5, 180, 8, 5, 0, 0 } },
    };
    struct {
        struct tcp_hdr header;
        u8_t options[12];
    } segment = { 0 };
    struct tcp_pcb pcb = { .state = LISTEN };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        u8_t expected[8];

        memcpy(expected, cases[i].options, 8);
        if (cases[i].cut_at < cases[i].bytes)
            expected[cases[i].cut_at] = LWIP_TCP_OPT_EOL;
        TCPH_HDRLEN_FLAGS_SET(&segment.header, 5 + cases[i].bytes / 4,
                              TCP_SYN);
        assert_int_equal(inpacket_with(&pcb, &segment.header,
                                       cases[i].options, cases[i].bytes),
                         ERR_OK);
        assert_memory_equal(segment.options, expected, cases[i].bytes);
    }
}

static void main_a_window_never_open_counts_as_a_wide_one(void **state)
{
    struct tcp_pcb pcb = { .state = SYN_RCVD, .mss = 536, .snd_wnd_max = 1 };

    (void)state;
    assert_int_equal(inpacket(&pcb, 0, TCP_ACK, 0), ERR_OK);
    assert_int_equal(pcb.snd_wnd_max, 2 * 536);
    pcb.snd_wnd_max = 142;
    assert_int_equal(inpacket(&pcb, 0, TCP_ACK, 0), ERR_OK);
    assert_int_equal(pcb.snd_wnd_max, 142);
}

static void main_failed_assertions_are_counted_and_survived(void **state)
{
    uint64_t before = lwip_system_assert_count();

    (void)state;
    LWIP_ASSERT("mem_malloc(): no pool is that big!", 1 == 2);
    assert_true(lwip_system_assert_count() == before + 1);
}

/* What a process in which this claim fails exits with. */
static int exit_status_after(const char *claim)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        LWIP_ASSERT(claim, 1 == 2);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

/* A9. */
static void trust_net_unsound_memory_ends_the_role(void **state)
{
    (void)state;
    assert_int_equal(exit_status_after("tcp_receive: tcplen > rcv_wnd\n"), 0);
    assert_int_equal(exit_status_after("pbuf_free: p->ref > 0"),
                     LWIP_SYSTEM_UNSOUND);
    assert_int_equal(exit_status_after("memp sanity"), LWIP_SYSTEM_UNSOUND);
    assert_int_equal(exit_status_after("a claim of another version"),
                     LWIP_SYSTEM_UNSOUND);
}

static int start_lwip(void **state)
{
    (void)state;
    lwip_init();
    return 0;
}

/* A9: what is called harmless is lwIP's own. */
static void trust_net_long_ping_is_harmless(void **state)
{
    uint64_t before = lwip_system_assert_count();

    (void)state;
    assert_null(pbuf_alloc(PBUF_IP, 4000, PBUF_RAM));
    assert_true(lwip_system_assert_count() == before + 1);
}

static void main_addresses_are_read_as_people_write_them(void **state)
{
    struct netif_addresses is;

    (void)state;
    assert_int_equal(netif_address_parse(&is, "192.168.0.2/24", NULL,
                                         "192.168.0.1"), 0);
    assert_int_equal(lwip_ntohl(is.ip.addr), 0xc0a80002);
    assert_int_equal(lwip_ntohl(is.mask.addr), 0xffffff00);
    assert_int_equal(lwip_ntohl(is.router.addr), 0xc0a80001);
    assert_false(is.uses_dhcp || is.has_ip6);
    assert_int_equal(netif_address_parse(&is, "10.1.2.3/32", "off", NULL), 0);
    assert_int_equal(is.mask.addr, 0xffffffff);
    assert_false(is.has_ip6);
    assert_int_equal(netif_address_parse(&is, "dhcp", "auto", NULL), 0);
    assert_true(is.uses_dhcp && is.has_ip6 && is.uses_slaac);
    assert_int_equal(netif_address_parse(&is, "dhcp", "fd00::2/64", NULL), 0);
    assert_true(is.has_ip6 && !is.uses_slaac);
    assert_int_equal(lwip_ntohl(is.ip6.addr[0]), 0xfd000000);
    assert_int_equal(lwip_ntohl(is.ip6.addr[3]), 2);
}

static void main_addresses_that_mean_nothing_are_refused(void **state)
{
    static const char *const wrong[] = {
        "", "192.168.0.2", "192.168.0/24", "192.168.0.256/24",
        "192.168.0.2/33", "192.168.0.2/0", "192.168.0.2/", "a.b.c.d/8",
        "192.168.0.2/24x", "1.2.3.4.5/24", "DHCP",
    };
    static const char *const wrong6[] = {
        "", "fd00::2", "fd00::2/48", "fd00::2/64x", "fd00::g/64", "ff02::1/64",
        "::/64", "1.2.3.4/64", "fd00:::2/64",
        "fd00:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:2/64",
    };
    struct netif_addresses is;
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(netif_address_parse(&is, wrong[i], NULL, NULL), -1);
    for (i = 0; i < sizeof(wrong6) / sizeof(wrong6[0]); i++)
        assert_int_equal(netif_address_parse(&is, "10.0.0.2/24", wrong6[i],
                                             NULL), -1);
    assert_int_equal(netif_address_parse(&is, NULL, NULL, NULL), -1);
    assert_int_equal(netif_address_parse(&is, "10.0.0.2/24", NULL,
                                         "10.0.1.1"), -1);
    assert_int_equal(netif_address_parse(&is, "dhcp", NULL, "10.0.1.1"), -1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(main_siphash_is_the_published_one),
    cmocka_unit_test(main_random_numbers_do_not_repeat),
    cmocka_unit_test(main_first_sequence_numbers_depend_on_who_connects),
    cmocka_unit_test(main_segments_beyond_the_window_are_dropped),
    cmocka_unit_test(trust_net_what_acknowledges_nothing_sound_is_dropped),
    cmocka_unit_test(trust_net_old_segments_are_no_older_than_a_window),
    cmocka_unit_test(trust_net_resets_count_at_one_place_only),
    cmocka_unit_test(trust_net_challenges_of_a_connection_are_bounded),
    cmocka_unit_test(main_acknowledgement_of_more_ends_the_probing),
    cmocka_unit_test(main_handshake_segments_pass_and_odd_ones_do_not),
    cmocka_unit_test(main_options_are_for_syns),
    cmocka_unit_test(trust_net_options_without_a_right_length_are_cut),
    cmocka_unit_test(main_a_window_never_open_counts_as_a_wide_one),
    cmocka_unit_test(main_failed_assertions_are_counted_and_survived),
    cmocka_unit_test(trust_net_unsound_memory_ends_the_role),
    cmocka_unit_test_setup(trust_net_long_ping_is_harmless, start_lwip),
    cmocka_unit_test(main_addresses_are_read_as_people_write_them),
    cmocka_unit_test(main_addresses_that_mean_nothing_are_refused),
};

UNIT_MAIN(tests)
