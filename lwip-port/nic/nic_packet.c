/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_packet.c - "netdev:eth1[,netns=NAME]": a card that Linux drives
 *
 * The card is moved into a network namespace of its own (net_namespace.h)
 * and used through a packet socket, with many frames a system call.  A
 * TPACKET_V3 ring would not do: its block timer delays a typed character by
 * 1 ms.
 */
#define _GNU_SOURCE
#include "nic/nic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/log.h"
#include "nic/net_namespace.h"

#define DEFAULT_NAMESPACE "mediatord"
#define RECEIVE_BATCH     32
#define VLAN_ID           0xfff /* in a tag: IEEE 802.1Q, 9.6 */
#define TRANSMIT_QUEUE    128
#define SOCKET_BYTES      (4 << 20)

union auxiliary_space {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

struct packet_nic {
    struct nic nic; /* first: a struct nic * of ours is one of this */
    char interface[IF_NAMESIZE];
    int index;
    enum nic_link link; /* as rtnetlink has told it by nic.link_fd */

    struct mmsghdr received[RECEIVE_BATCH];
    struct iovec receive_vectors[RECEIVE_BATCH];
    union auxiliary_space auxiliary[RECEIVE_BATCH];
    uint8_t receive_frames[RECEIVE_BATCH][NIC_FRAME_BYTES_MAX];

    /* Frames first to last - 1 wait to be sent. */
    unsigned int first, last;
    struct mmsghdr queue[TRANSMIT_QUEUE];
    struct iovec queue_vectors[TRANSMIT_QUEUE];
    uint8_t queue_frames[TRANSMIT_QUEUE][NIC_TRANSMIT_BYTES_MAX];
};

static const int packet_syscalls[] = { SYS_recvmmsg, SYS_sendmmsg };

static struct packet_nic *packet_nic(struct nic *nic)
{
    return (struct packet_nic *)nic;
}

/* Lets in only frames that are for us, of no VLAN, ARP or IP, and short enough
 * for a buffer, so that the rest of the network's traffic does not wake us.
 * A tag of VLAN 0 bears a priority only (IEEE 802.1Q, 6.9.1); Linux has taken
 * it off the frame, as it does all tags. */
static int attach_filter(int fd)
{
    struct sock_filter program[] = {
        /* 0 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF +
                         SKF_AD_PKTTYPE),
        /* 1 */ BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, PACKET_MULTICAST, 11, 0),
        /* 2 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF +
                         SKF_AD_VLAN_TAG_PRESENT),
        /* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0),
        /* 4 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF +
                         SKF_AD_VLAN_TAG),
        /* 5 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, VLAN_ID, 7, 0),
        /* 6 */ BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        /* 7 */ BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NIC_FRAME_BYTES_MAX, 5,
                         0),
        /* 8 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        /* 9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 2, 0),
        /* 10 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP, 1, 0),
        /* 11 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 0, 1),
        /* 12 */ BPF_STMT(BPF_RET | BPF_K, NIC_FRAME_BYTES_MAX),
        /* 13 */ BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog filter = {
        .len = sizeof(program) / sizeof(program[0]),
        .filter = program,
    };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
                      sizeof(filter));
}

static int set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value));
}

/* Makes the socket with protocol 0, by which nothing arrives before the filter
 * and the options hold.  bind() then sets the protocol. */
static int open_socket(struct packet_nic *self)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = self->index,
    };
    struct packet_mreq groups = {
        .mr_ifindex = self->index,
        .mr_type = PACKET_MR_ALLMULTI,
    };
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    self->nic.fd = fd;
    if (fd < 0)
        return log_errno("cannot open a packet socket for %s",
                         self->interface);
    if (attach_filter(fd) ||
        set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) ||
        set_option(fd, SOL_PACKET, PACKET_AUXDATA, 1) ||
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &groups,
                   sizeof(groups)) ||
        set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BYTES) ||
        set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BYTES) ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)))
        return log_errno("cannot set up the packet socket for %s",
                         self->interface);
    return 0;
}

/* Reads the card's address and flags and brings it up. */
static int start_interface(struct packet_nic *self)
{
    struct ethtool_value carrier = { .cmd = ETHTOOL_GLINK };
    struct ifreq request = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

    if (fd < 0)
        return log_errno("cannot open a socket");
    strcpy(request.ifr_name, self->interface);
    if (ioctl(fd, SIOCGIFHWADDR, &request)) {
        rc = log_errno("cannot read the address of %s", self->interface);
        goto out;
    }
    if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
        rc = log_error("%s is no Ethernet card; choose another",
                       self->interface);
        goto out;
    }
    memcpy(self->nic.mac, request.ifr_hwaddr.sa_data, NIC_MAC_BYTES);
    if (ioctl(fd, SIOCGIFFLAGS, &request)) {
        rc = log_errno("cannot read the state of %s", self->interface);
        goto out;
    }
    request.ifr_flags |= IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &request)) {
        rc = log_errno("cannot bring %s up", self->interface);
        goto out;
    }
    request.ifr_data = (char *)&carrier;
    if (!ioctl(fd, SIOCETHTOOL, &request))
        self->link = carrier.data ? NIC_LINK_UP : NIC_LINK_DOWN;
out:
    close(fd);
    return rc;
}

/* Called before the carrier is read for the first time, so that no change goes
 * unseen. */
static int watch_link(struct packet_nic *self)
{
    struct sockaddr_nl address = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    NETLINK_ROUTE);

    self->nic.link_fd = fd;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
        return log_errno("cannot watch the link of %s", self->interface);
    return 0;
}

/* Opens the sockets, in the card's namespace. */
static int open_within(struct packet_nic *self, int ns)
{
    int home = net_namespace_enter(ns), rc = 0;

    if (home < 0)
        return -1;
    self->index = (int)if_nametoindex(self->interface);
    if (watch_link(self) || start_interface(self) || open_socket(self))
        rc = -1;
    if (net_namespace_leave(home))
        rc = -1;
    return rc;
}

static void point_vectors(struct packet_nic *self)
{
    unsigned int i;

    for (i = 0; i < RECEIVE_BATCH; i++) {
        self->receive_vectors[i].iov_base = self->receive_frames[i];
        self->receive_vectors[i].iov_len = NIC_FRAME_BYTES_MAX;
        self->received[i].msg_hdr.msg_iov = &self->receive_vectors[i];
        self->received[i].msg_hdr.msg_iovlen = 1;
        self->received[i].msg_hdr.msg_control = &self->auxiliary[i];
    }
    for (i = 0; i < TRANSMIT_QUEUE; i++) {
        self->queue_vectors[i].iov_base = self->queue_frames[i];
        self->queue[i].msg_hdr.msg_iov = &self->queue_vectors[i];
        self->queue[i].msg_hdr.msg_iovlen = 1;
    }
}

static void packet_close(struct nic *nic)
{
    struct packet_nic *self = packet_nic(nic);

    if (self->nic.fd >= 0)
        close(self->nic.fd);
    if (self->nic.link_fd >= 0)
        close(self->nic.link_fd);
    free(self);
}

/* Splits "eth1,netns=NAME". */
static int parse(const char *specification, struct packet_nic *self,
                 char *name, size_t name_bytes)
{
    static const char option[] = "netns=";
    const char *comma = strchrnul(specification, ',');

    if ((size_t)(comma - specification) >= sizeof(self->interface) ||
        comma == specification)
        return log_error("nic = \"netdev:%s\" names no network interface",
                         specification);
    memcpy(self->interface, specification, comma - specification);
    snprintf(name, name_bytes, "%s", DEFAULT_NAMESPACE);
    if (!*comma)
        return 0;
    comma++;
    if (strncmp(comma, option, sizeof(option) - 1))
        return log_error("nic = \"netdev:%s\": only netns=NAME may follow the "
                         "interface", specification);
    snprintf(name, name_bytes, "%s", comma + sizeof(option) - 1);
    return 0;
}

/* What it has opened when it fails is for packet_close(). */
static int open_and_start(struct packet_nic *self, const char *specification)
{
    char name[256];
    int ns, rc;

    if (parse(specification, self, name, sizeof(name)))
        return -1;
    ns = net_namespace_open(name);
    if (ns < 0)
        return -1;
    rc = net_namespace_take(ns, name, self->interface);
    if (rc)
        goto out;
    rc = open_within(self, ns);
out:
    close(ns);
    return rc;
}

static int packet_open(struct nic **nic, const char *specification)
{
    struct packet_nic *self = calloc(1, sizeof(*self));

    if (!self)
        return log_error("cannot open the card: out of memory");
    self->nic.driver = &nic_packet_driver;
    self->nic.fd = self->nic.link_fd = -1;
    point_vectors(self);
    if (open_and_start(self, specification)) {
        packet_close(&self->nic);
        return -1;
    }
    *nic = &self->nic;
    return 0;
}

/* Whether the frame's transport checksum is not filled in.  Linux leaves that
 * to a card's hardware, and a frame from a neighbour on this machine has not
 * been through any. */
static bool is_vouched(struct msghdr *header)
{
    struct cmsghdr *control;

    for (control = CMSG_FIRSTHDR(header); control;
         control = CMSG_NXTHDR(header, control)) {
        struct tpacket_auxdata data;

        if (control->cmsg_level != SOL_PACKET ||
            control->cmsg_type != PACKET_AUXDATA)
            continue;
        memcpy(&data, CMSG_DATA(control), sizeof(data));
        return data.tp_status & TP_STATUS_CSUMNOTREADY;
    }
    return false;
}

static unsigned int packet_receive(struct nic *nic,
                                   nic_frame_function *deliver, void *opaque)
{
    struct packet_nic *self = packet_nic(nic);
    int count, i;

    for (i = 0; i < RECEIVE_BATCH; i++)
        self->received[i].msg_hdr.msg_controllen =
            sizeof(self->auxiliary[i]);
    /* An error is of the link (ENETDOWN), which packet_link() reports. */
    count = recvmmsg(nic->fd, self->received, RECEIVE_BATCH, MSG_DONTWAIT,
                     NULL);
    for (i = 0; i < count; i++) {
        struct mmsghdr *one = &self->received[i];

        nic->counts.received++;
        if (one->msg_hdr.msg_flags & MSG_TRUNC) {
            nic->counts.receive_drops++;
            continue;
        }
        deliver(opaque, self->receive_frames[i], one->msg_len,
                is_vouched(&one->msg_hdr));
    }
    return count > 0 ? (unsigned int)count : 0;
}

static void packet_flush(struct nic *nic)
{
    struct packet_nic *self = packet_nic(nic);

    nic->wants_write = false;
    while (self->first < self->last) {
        int count = sendmmsg(nic->fd, self->queue + self->first,
                             self->last - self->first, 0);

        if (count > 0) {
            self->first += count;
            nic->counts.transmitted += count;
            continue;
        }
        if (errno == EAGAIN) {
            nic->wants_write = true;
            return;
        }
        if (errno == EINTR)
            continue;
        /* This frame cannot be sent: the link is down, or the card's queue
         * is full.  That is as if it were lost on the network, and TCP repeats
         * what is lost. */
        self->first++;
        nic->counts.transmit_drops++;
    }
    self->first = self->last = 0;
}

static uint8_t *packet_transmit_space(struct nic *nic)
{
    struct packet_nic *self = packet_nic(nic);

    if (self->last == TRANSMIT_QUEUE && !nic->wants_write)
        packet_flush(nic);
    if (self->last == TRANSMIT_QUEUE)
        return NULL;
    return self->queue_frames[self->last];
}

static void packet_transmit(struct nic *nic, size_t bytes)
{
    struct packet_nic *self = packet_nic(nic);

    self->queue_vectors[self->last++].iov_len = bytes;
}

static void take_link_message(struct packet_nic *self,
                              const struct nlmsghdr *header)
{
    const struct ifinfomsg *interface = NLMSG_DATA(header);

    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(*interface)) ||
        interface->ifi_index != self->index)
        return;
    if (header->nlmsg_type == RTM_DELLINK)
        self->link = NIC_LINK_GONE;
    else if (header->nlmsg_type == RTM_NEWLINK)
        /* IFF_LOWER_UP is the carrier; IFF_RUNNING follows it up to a second
         * later. */
        self->link = interface->ifi_flags & IFF_LOWER_UP ? NIC_LINK_UP :
                                                           NIC_LINK_DOWN;
}

static enum nic_link packet_link(struct nic *nic)
{
    struct packet_nic *self = packet_nic(nic);
    _Alignas(struct nlmsghdr) char messages[8192];
    struct iovec vector = { messages, sizeof(messages) };
    struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
    ssize_t received = 0;

    while (self->link != NIC_LINK_GONE &&
           (received = recvmsg(nic->link_fd, &header, MSG_DONTWAIT)) > 0) {
        const struct nlmsghdr *message = (struct nlmsghdr *)messages;
        unsigned int left = (unsigned int)received;

        for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
            take_link_message(self, message);
    }
    /* More came than there was room for, and one of those that are lost may
     * have said that the card is gone.  A successor finds out. */
    if (received < 0 && errno == ENOBUFS)
        self->link = NIC_LINK_GONE;
    return self->link;
}

/* The socket gets every group already (PACKET_MR_ALLMULTI). */
static void packet_accept_group(struct nic *nic, const uint8_t *mac)
{
    (void)nic;
    (void)mac;
}

const struct nic_driver nic_packet_driver = {
    .prefix = "netdev:",
    .open = packet_open,
    .close = packet_close,
    .receive = packet_receive,
    .transmit_space = packet_transmit_space,
    .transmit = packet_transmit,
    .flush = packet_flush,
    .link = packet_link,
    .accept_group = packet_accept_group,
    .syscalls = packet_syscalls,
    .syscall_count = sizeof(packet_syscalls) / sizeof(packet_syscalls[0]),
};
