/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_listener.c - how lwIP listens for a console, and whom it turns away
 */
#include "net/tcp_listener.h"

#include <string.h>

#include "shared/log.h"

/* Linux never says less than 88.  With a smaller one, every byte would be a
 * segment. */
#define PEER_MSS_MIN 88

/* A network that tries again and again must not fill the log. */
#define REFUSALS_TOLD_EACH 1000u

struct access_address tcp_listener_remote_address(const struct tcp_pcb *pcb)
{
    const ip_addr_t *ip = &pcb->remote_ip;
    struct access_address address;

    if (!IP_IS_V6(ip))
        return access_address_ipv4(ip_addr_get_ip4_u32(ip));
    memcpy(address.bytes, ip_2_ip6(ip)->addr, sizeof(address.bytes));
    return address;
}

static bool allows(struct tcp_listener *listener, const struct tcp_pcb *pcb)
{
    struct access_address address = tcp_listener_remote_address(pcb);

    if (access_list_allows(listener->allow, &address))
        return true;
    if (listener->refusals++ % REFUSALS_TOLD_EACH == 0)
        log_warning("TCP port %u: %s is not on the console's allow= list; "
                    "refused (%llu so far)", listener->port,
                    ipaddr_ntoa(&pcb->remote_ip),
                    (unsigned long long)listener->refusals);
    return false;
}

/* lwIP's callback, see tcp_accept(). */
static err_t connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    struct tcp_listener *listener = argument;

    if (error || !pcb)
        return ERR_VAL;
    if (pcb->mss < PEER_MSS_MIN || !allows(listener, pcb)) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    return listener->accepted(listener->opaque, pcb);
}

int tcp_listener_open(struct tcp_listener *listener, uint16_t port,
                      const struct access_list *allow,
                      tcp_listener_accepted *accepted, void *opaque)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY), *listening;
    err_t result;

    *listener = (struct tcp_listener){
        .port = port, .allow = allow, .accepted = accepted, .opaque = opaque,
    };
    if (!pcb)
        return log_error("cannot listen on TCP port %u: out of connections",
                         port);
    /* Connections that a removed console left do not hold its port. */
    ip_set_option(pcb, SOF_REUSEADDR);
    result = tcp_bind(pcb, IP_ANY_TYPE, port);
    listening = result ? NULL :
                tcp_listen_with_backlog_and_err(pcb,
                                                TCP_DEFAULT_LISTEN_BACKLOG,
                                                &result);
    if (!listening) {
        tcp_close(pcb);
        return log_error("cannot listen on TCP port %u: lwIP error %d", port,
                         result);
    }
    tcp_arg(listening, listener);
    tcp_accept(listening, connected);
    listener->pcb = listening;
    return 0;
}

void tcp_listener_close(struct tcp_listener *listener)
{
    if (listener->pcb)
        tcp_close(listener->pcb);
    listener->pcb = NULL;
}
