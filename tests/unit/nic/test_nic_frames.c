/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_nic_frames.c - hostile frames, from the card's descriptors through
 * driver and lwIP to a listener
 *
 * Frames that a peer may send are changed at random places and cut to random
 * lengths; so is what the card writes into descriptors.  The random numbers
 * have a seed: XSM_SEED repeats a run.  With sanitizers this finds accesses
 * beyond a buffer.
 */
#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/mld6.h"
#include "lwip/nd6.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/stats.h"
#include "lwip/tcp.h"

#include "arch/cc.h"
#include "unit/nic/card_model.h"
#include "netif_ethernet.h"

#define FRAMES 200000
#define PORT   1234

static const uint8_t us[NIC_MAC_BYTES] = { 0x52, 0x54, 0, 0, 0, 2 };
static const uint8_t peer[NIC_MAC_BYTES] = { 2, 0, 0, 0, 0, 0x63 };
static uint64_t random_state;

/* xorshift64*: fast, and the same everywhere. */
static uint32_t draw(uint32_t below)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (random_state * UINT64_C(2685821657736338717) >> 33) % below;
}

/* ---- the driver below lwIP: the model's ---- */

static struct card_model *model;

static enum nic_link model_link(struct nic *nic)
{
    (void)nic;
    return NIC_LINK_UP;
}

static void model_accept_group(struct nic *nic, const uint8_t *mac)
{
    (void)nic;
    (void)mac;
}

static const struct nic_driver model_driver = {
    .prefix = "model:",
    .receive = card_model_nic_receive,
    .transmit_space = card_model_nic_transmit_space,
    .transmit = card_model_nic_transmit,
    .flush = card_model_nic_flush,
    .link = model_link,
    .accept_group = model_accept_group,
};

/* ---- frames ---- */

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = value >> 8;
    at[1] = value & 0xff;
}

static uint32_t add_up(const uint8_t *data, size_t bytes, uint32_t sum)
{
    size_t i;

    for (i = 0; i < bytes; i++)
        sum += i % 2 ? data[i] : data[i] << 8;
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

static void put_header(uint8_t *frame, uint16_t type)
{
    memcpy(frame, us, sizeof(us));
    memcpy(frame + 6, peer, sizeof(peer));
    put16(frame + 12, type);
}

static size_t make_arp(uint8_t *frame)
{
    static const uint8_t body[] = {
        0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0x63, 192, 168, 0, 1,
        0, 0, 0, 0, 0, 0, 192, 168, 0, 2,
    };

    put_header(frame, 0x0806);
    memcpy(frame + 14, body, sizeof(body));
    frame[14 + 7] = 1 + draw(2);
    if (draw(4) == 0) /* the sender claims our address */
        frame[14 + 17] = 2;
    return 14 + sizeof(body);
}

/* An IPv4 packet of random bytes; of protocol 6 with a TCP header and
 * options. */
static size_t make_ip4(uint8_t *frame, uint8_t protocol)
{
    uint8_t *ip = frame + 14, *body = ip + 20;
    size_t data = draw(3) ? draw(64) : draw(1400), bytes, i;
    uint32_t sum;

    put_header(frame, 0x0800);
    memset(ip, 0, 40);
    ip[0] = 0x45;
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, (uint8_t[]){ 192, 168, 0, 1, 192, 168, 0, 2 }, 8);
    for (i = 0; i < 40 + data; i++)
        body[i] = draw(256);
    if (protocol == 6) {
        put16(body, 4000 + draw(4));
        put16(body + 2, PORT);
        body[12] = (5 + draw(11)) << 4;
        body[13] = (uint8_t[]){ 2, 16, 24, 4, 17, 18, 1, 0 }[draw(8)];
    }
    bytes = 20 + 40 + data;
    put16(ip + 2, bytes);
    put16(ip + 10, fold(add_up(ip, 20, 0)));
    put16(body + 16, 0);
    sum = add_up(ip + 12, 8, protocol + 40 + data);
    put16(body + (protocol == 6 ? 16 : protocol == 17 ? 6 : 2),
          fold(add_up(body, 40 + data, sum)));
    return 14 + bytes;
}

static size_t make_ip6(uint8_t *frame)
{
    static const uint8_t next[] = { 58, 58, 58, 6, 17, 0, 43, 44, 60 };
    static const uint8_t kinds[] = {
        128, 130, 131, 133, 134, 134, 135, 135, 136, 136, 137, 1, 2,
    };
    uint8_t *ip = frame + 14, *body = ip + 40;
    size_t data = draw(200), i;

    put_header(frame, 0x86dd);
    memset(ip, 0, 40);
    ip[0] = 0x60;
    put16(ip + 4, 24 + data);
    ip[6] = next[draw(sizeof(next))];
    ip[7] = 255;
    memcpy(ip + 8, (uint8_t[]){ 0xfe, 0x80 }, 2);
    ip[23] = 0x63;
    if (draw(2)) {
        memcpy(ip + 24, (uint8_t[]){ 0xff, 0x02 }, 2);
        ip[39] = 1;
        memcpy(frame, (uint8_t[]){ 0x33, 0x33, 0, 0, 0, 1 }, 6);
    } else {
        memcpy(ip + 24, (uint8_t[]){ 0xfd }, 1);
        ip[39] = 2;
    }
    for (i = 0; i < 24 + data; i++)
        body[i] = draw(4) ? draw(8) : draw(256);
    if (ip[6] == 58) {
        body[0] = kinds[draw(sizeof(kinds))];
        body[1] = 0;
        put16(body + 2, 0);
        put16(body + 2, fold(add_up(body, 24 + data,
                                    add_up(ip + 8, 32, 58 + 24 + data))));
    }
    return 54 + 24 + data;
}

static size_t make_frame(uint8_t *frame)
{
    switch (draw(8)) {
    case 0: return make_arp(frame);
    case 1: return make_ip4(frame, 1);
    case 2: return make_ip4(frame, 17);
    case 3:
    case 4: return make_ip6(frame);
    default: return make_ip4(frame, 6);
    }
}

/* Changes some bytes of every second frame, and cuts every eighth one off. */
static size_t damage(uint8_t *frame, size_t bytes)
{
    unsigned int count = draw(2) ? 1 + draw(4) : 0;

    while (count-- > 0)
        frame[12 + draw(bytes - 12)] = draw(256);
    if (draw(8) == 0)
        bytes = 14 + draw(bytes - 13);
    return bytes;
}

/* ---- the listener ---- */

static err_t received(void *argument, struct tcp_pcb *pcb, struct pbuf *p,
                      err_t error)
{
    (void)argument;
    (void)error;
    if (!p)
        return tcp_close(pcb);
    tcp_recved(pcb, p->tot_len);
    tcp_write(pcb, "answer", 6, TCP_WRITE_FLAG_COPY);
    pbuf_free(p);
    return ERR_OK;
}

static err_t accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    (void)error;
    tcp_recv(pcb, received);
    return ERR_OK;
}

static void listen(void)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

    assert_int_equal(tcp_bind(pcb, IP_ANY_TYPE, PORT), ERR_OK);
    pcb = tcp_listen(pcb);
    tcp_accept(pcb, accepted);
}

/* Runs lwIP's timers for a second, which is more than passes in this test. */
static void let_a_second_pass(void)
{
    unsigned int i;

    for (i = 0; i < 1000 / TCP_TMR_INTERVAL; i++)
        tcp_tmr();
    etharp_tmr();
    nd6_tmr();
    for (i = 0; i < 1000 / MLD6_TMR_INTERVAL; i++)
        mld6_tmr();
}

static bool answers_arp(struct netif *netif)
{
    static uint8_t frame[INTEL_BUFFER_BYTES];
    size_t bytes = make_arp(frame);
    unsigned int i;

    frame[14 + 7] = 1;
    frame[14 + 17] = 1;
    model->sent_count = 0;
    card_model_receive(model, frame, bytes, true);
    netif_ethernet_receive(netif);
    netif_ethernet_flush(netif);
    for (i = 0; i < model->sent_count; i++)
        if (!memcmp(model->sent[i].frame, peer, sizeof(peer)) &&
            model->sent[i].frame[14 + 7] == 2)
            return true;
    return false;
}

static void nic_survives_hostile_frames(void **state)
{
    const char *seed = getenv("XSM_SEED");
    static uint8_t frame[INTEL_BUFFER_BYTES];
    struct netif_addresses addresses;
    struct netif netif;
    unsigned int i;

    (void)state;
    random_state = seed ? strtoull(seed, NULL, 10) : 20260101;
    print_message("XSM_SEED=%llu\n", (unsigned long long)random_state);
    model = card_model_new(&pci_family_82540);
    model->card.nic.driver = &model_driver;
    pci_family_82540.reset(&model->card);
    pci_family_82540.start(&model->card);
    model->card.group_count = NIC_GROUPS_MAX + 1;
    pci_family_82540.set_groups(&model->card);

    lwip_init();
    assert_int_equal(netif_address_parse(&addresses, "192.168.0.2/24",
                                         "fd00::2/64", NULL), 0);
    assert_int_equal(netif_ethernet_add(&netif, &model->card.nic,
                                        &addresses), 0);
    listen();
    for (i = 0; i < FRAMES; i++) {
        size_t bytes = damage(frame, make_frame(frame));
        struct intel_rings *rings = intel_rings(&model->card);
        unsigned int at = rings->receive_next;

        card_model_receive(model, frame, bytes, draw(64) != 0);
        if (draw(64) == 0)
            rings->receive[at].length = draw(65536);
        netif_ethernet_receive(&netif);
        netif_ethernet_flush(&netif);
        model->sent_count = 0;
        if (i % 256 == 0)
            let_a_second_pass();
    }
    assert_int_equal(lwip_system_assert_count(), 0);
    /* The frames did get there, and the stack still answers. */
    assert_true(model->card.nic.counts.received > FRAMES / 2);
    assert_true(lwip_stats.tcp.recv > FRAMES / 16);
    assert_true(lwip_stats.icmp6.recv > FRAMES / 64);
    assert_true(answers_arp(&netif));
    card_model_free(model);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nic_survives_hostile_frames),
};

UNIT_MAIN(tests)
