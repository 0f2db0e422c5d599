/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * card_without_cable.c - a network card to which nothing ever comes
 *
 * It stands in the place of lwip-port/nic/nic.c in a test's net role, which
 * so needs neither a card nor root.  Its clients are those in dom0.
 */
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nic/nic.h"
#include "shared/log.h"

static struct nic card;
static uint8_t frame[NIC_TRANSMIT_BYTES_MAX];

static void close_card(struct nic *nic)
{
    close(nic->fd);
}

static unsigned int receive(struct nic *nic, nic_frame_function *deliver,
                            void *opaque)
{
    (void)nic;
    (void)deliver;
    (void)opaque;
    return 0;
}

static uint8_t *transmit_space(struct nic *nic)
{
    (void)nic;
    return frame;
}

static void transmit(struct nic *nic, size_t bytes)
{
    (void)bytes;
    nic->counts.transmitted++;
}

static void flush(struct nic *nic)
{
    (void)nic;
}

static enum nic_link read_link(struct nic *nic)
{
    (void)nic;
    return NIC_LINK_UP;
}

static void accept_group(struct nic *nic, const uint8_t *mac)
{
    (void)nic;
    (void)mac;
}

static const int syscalls[] = { SYS_read };

static const struct nic_driver driver = {
    .prefix = "netdev:",
    .close = close_card,
    .receive = receive,
    .transmit_space = transmit_space,
    .transmit = transmit,
    .flush = flush,
    .link = read_link,
    .accept_group = accept_group,
    .syscalls = syscalls,
    .syscall_count = sizeof(syscalls) / sizeof(syscalls[0]),
};

int nic_open(struct nic **nic, const char *specification)
{
    static const uint8_t mac[NIC_MAC_BYTES] = { 0x52, 0x54, 0, 0, 0, 2 };

    (void)specification;
    card = (struct nic){
        .driver = &driver,
        .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .link_fd = -1,
    };
    memcpy(card.mac, mac, sizeof(mac));
    *nic = &card;
    return card.fd < 0 ? log_errno("no descriptor for a card") : 0;
}
