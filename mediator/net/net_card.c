/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_card.c - how the net role opens its card, starts lwIP on it and keeps
 * an eye on it
 */
#include "net/net_card.h"

#include "lwip/init.h"

#include "net/net_counts.h"
#include "mld_timer.h"
#include "netif_ethernet.h"
#include "shared/log.h"

int net_card_open(struct net_card *card,
                  const struct net_arguments *arguments)
{
    int rc;

    card->status = NET_STATUS_CLOSED;
    if (!arguments->nic)
        return log_error("no network card is named; write "
                         "nic = \"pci:0000:00:02.0\", say");
    rc = nic_open(&card->nic, arguments->nic);
    if (rc)
        return rc;
    rc = net_status_open_writer(&card->status, arguments->directory);
    if (rc)
        return rc;
    net_counts_load(&card->before, card->status.header);
    return 0;
}

static void publish(struct net_card *card)
{
    struct net_status_header *status = card->status.header;
    char text[NET_STATUS_TEXT_BYTES];

    atomic_store(&status->has_link, card->has_link);
    net_counts_store(status, &card->before, &card->nic->counts);
    netif_address_describe(&card->netif, text, sizeof(text));
    net_status_set_text(status->addresses, text);
    netif_address_conflict(text, sizeof(text));
    net_status_set_text(status->conflict, text);
}

static void log_link(const struct net_card *card)
{
    if (card->has_link)
        log_info("the network card's link is up");
    else
        log_warning("the network card's link is down; is its cable plugged "
                    "in?");
}

int net_card_start(struct net_card *card,
                   const struct net_arguments *arguments)
{
    struct netif_addresses addresses;

    if (netif_address_parse(&addresses, arguments->address,
                            arguments->address6, arguments->gateway))
        return -1;
    lwip_init();
    mld_timer_init();
    if (netif_ethernet_add(&card->netif, card->nic, &addresses))
        return -1;
    card->has_link = netif_is_link_up(&card->netif);
    publish(card);
    log_link(card);
    return 0;
}

int net_card_check_link(struct net_card *card)
{
    enum nic_link link = netif_ethernet_check_link(&card->netif);

    if (link == NIC_LINK_GONE)
        return log_error("the network card is gone; put it back, and "
                         "mediatord opens it again");
    if (card->has_link == (link == NIC_LINK_UP))
        return 0;
    card->has_link = link == NIC_LINK_UP;
    publish(card);
    log_link(card);
    return 0;
}

int net_card_check(struct net_card *card)
{
    const struct nic_driver *driver = card->nic->driver;
    int rc = 0;

    if (driver->check)
        driver->check(card->nic);
    /* A card that has such a descriptor tells of changes by it. */
    if (card->nic->link_fd < 0)
        rc = net_card_check_link(card);
    netif_address_check(&card->netif);
    publish(card);
    return rc;
}

void net_card_close(struct net_card *card)
{
    const struct nic_driver *driver = card->nic->driver;

    driver->flush(card->nic);
    driver->close(card->nic);
}
