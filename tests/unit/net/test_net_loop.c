/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_net_loop.c - the net role's loop with a card that the test plays
 */
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lwip/init.h"

#include "net/net_loop.h"
#include "netif_ethernet.h"

#include "unit/unit.h"

#define BATCH         64
#define PATIENCE      2.5 /* seconds; the loop looks at the card each second */

static struct net_status_header status;
static struct net_card card;
static struct net_loop loop;
static ev_timer patience;

/* The card: frames in its ring, and what was done with it. */
static struct {
    struct nic nic;
    unsigned int waiting, answered, rearmed;
    const uint8_t *frame; /* each of them */
    size_t frame_bytes;
    uint8_t space[NIC_TRANSMIT_BYTES_MAX];
} model;

/* Somebody at 192.168.0.1 asks who has 192.168.0.2. */
static const uint8_t question[60] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6,
    0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 168, 0, 1,
    0, 0, 0, 0, 0, 0, 192, 168, 0, 2,
};

static unsigned int receive(struct nic *nic, nic_frame_function *deliver,
                            void *opaque)
{
    unsigned int count = 0;

    (void)nic;
    while (model.waiting > 0 && count < BATCH) {
        model.waiting--;
        count++;
        deliver(opaque, model.frame, model.frame_bytes, false);
    }
    return count;
}

static void rearm(struct nic *nic)
{
    (void)nic;
    model.rearmed++;
}

static uint8_t *transmit_space(struct nic *nic)
{
    (void)nic;
    return model.space;
}

static void transmit(struct nic *nic, size_t bytes)
{
    (void)nic;
    (void)bytes;
    model.answered += model.space[13] == 6 && model.space[21] == 2;
}

static void flush(struct nic *nic)
{
    (void)nic;
}

static enum nic_link link_of(struct nic *nic)
{
    (void)nic;
    return NIC_LINK_UP;
}

static const struct nic_driver driver = {
    .receive = receive,
    .rearm = rearm,
    .transmit_space = transmit_space,
    .transmit = transmit,
    .flush = flush,
    .link = link_of,
};

static void stop(struct ev_loop *ev, ev_timer *watcher, int events)
{
    (void)watcher;
    (void)events;
    ev_break(ev, EVBREAK_ALL);
}

static int open_card(void **state)
{
    struct netif_addresses addresses;

    (void)state;
    model.nic.driver = &driver;
    model.nic.fd = eventfd(0, 0); /* never readable */
    model.nic.link_fd = -1;
    memcpy(model.nic.mac, "\2\0\0\0\0\2", NIC_MAC_BYTES);
    card.nic = &model.nic;
    card.status.header = &status;
    assert_int_equal(netif_address_parse(&addresses, "192.168.0.2/24", NULL,
                                         NULL), 0);
    lwip_init();
    assert_int_equal(netif_ethernet_add(&card.netif, &model.nic, &addresses),
                     0);
    card.has_link = true;
    return net_loop_start(&loop, &card, eventfd(0, 0));
}

/* C7: more than one batch of frames, and the card says nothing. */
static void trust_net_frames_without_an_interrupt_are_taken(void **state)
{
    (void)state;
    model.frame = question;
    model.frame_bytes = sizeof(question);
    model.waiting = 3 * BATCH + 1;
    ev_timer_init(&patience, stop, PATIENCE, 0.);
    ev_timer_start(loop.ev, &patience);
    net_loop_run(&loop);
    assert_int_equal(model.waiting, 0);
    assert_int_equal(model.answered, 3 * BATCH + 1);
    assert_int_equal(model.rearmed, 1);
}

/* The question with this tag is answered. */
static bool is_tag_taken(uint16_t type, uint16_t tag)
{
    uint8_t frame[sizeof(question) + 4];

    memcpy(frame, question, 12);
    frame[12] = type >> 8;
    frame[13] = type & 0xff;
    frame[14] = tag >> 8;
    frame[15] = tag & 0xff;
    memcpy(frame + 16, question + 12, sizeof(question) - 12);
    model.frame = frame;
    model.frame_bytes = sizeof(frame);
    model.answered = 0;
    model.waiting = 1;
    netif_ethernet_receive(&card.netif);
    return model.answered == 1;
}

/* C8. */
static void trust_net_tags_that_bear_a_priority_only_are_taken_off(void **state)
{
    (void)state;
    assert_true(is_tag_taken(0x8100, 0));
    assert_true(is_tag_taken(0x8100, 0xf000));
    assert_false(is_tag_taken(0x8100, 5));
    assert_false(is_tag_taken(0x8100, 0xe100));
    assert_false(is_tag_taken(0x88a8, 0));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(trust_net_frames_without_an_interrupt_are_taken,
                           open_card),
    cmocka_unit_test(trust_net_tags_that_bear_a_priority_only_are_taken_off),
};

UNIT_MAIN(tests)
