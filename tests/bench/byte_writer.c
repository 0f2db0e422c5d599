/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * byte_writer.c - sends each byte by a tcp_write() of its own, with Nagle's
 * algorithm, as the article's patch did, for comparison
 *
 * usage: byte_writer NIC ADDRESS PORT BYTES RATE TIMES
 *
 * It uses the same lwIP, options and card driver as the net role.  It waits
 * for a client, sends it BYTES bytes, RATE a second (0: as fast as TCP takes
 * them), closes, and writes to the file TIMES when each was written, as
 * net_harness does.  It prints "ready" at the start and "written NANOSECONDS"
 * at the end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lwip/init.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"

#include "shared/log.h"
#include "netif_ethernet.h"

#define SECOND_NS   UINT64_C(1000000000)
#define WRITES_MAX  4096 /* writes in a row until the card has its turn */

static struct {
    struct nic *nic;
    struct netif netif;
    struct tcp_pcb *client;
    uint64_t bytes, rate, written;
    uint64_t begin_ns, end_ns;
    uint64_t *times_ns;
    bool is_closed, has_failed;
} writer;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static err_t received(void *argument, struct tcp_pcb *pcb, struct pbuf *p,
                      err_t error)
{
    (void)argument;
    (void)error;
    if (!p) {
        /* The client has read all and closed, as have we. */
        writer.is_closed = true;
        return ERR_OK;
    }
    tcp_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static void failed(void *argument, err_t error)
{
    (void)argument;
    writer.client = NULL;
    writer.is_closed = true;
    writer.has_failed = error != ERR_CLSD;
}

static err_t accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    if (error || writer.client)
        return ERR_VAL;
    writer.client = pcb;
    writer.begin_ns = now_ns();
    tcp_recv(pcb, received);
    tcp_err(pcb, failed);
    return ERR_OK;
}

static int open_card(const char *nic, const char *address, const char *port)
{
    struct netif_addresses addresses;
    struct tcp_pcb *pcb;
    int rc;

    rc = netif_address_parse(&addresses, address, NULL, NULL);
    if (rc)
        return rc;
    rc = nic_open(&writer.nic, nic);
    if (rc)
        return rc;
    lwip_init();
    rc = netif_ethernet_add(&writer.netif, writer.nic, &addresses);
    if (rc)
        return rc;
    pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
    if (!pcb || tcp_bind(pcb, IP_ANY_TYPE, atoi(port)))
        return log_error("cannot listen on TCP port %s", port);
    pcb = tcp_listen(pcb);
    if (!pcb)
        return log_error("cannot listen on TCP port %s", port);
    tcp_accept(pcb, accepted);
    return 0;
}

/* When the next byte is due. */
static uint64_t due_ns(void)
{
    return writer.rate ? writer.begin_ns +
                         writer.written * SECOND_NS / writer.rate : 0;
}

/* Returns whether there is more to write at once. */
static bool write_due(void)
{
    unsigned int i;

    for (i = 0; i < WRITES_MAX && writer.written < writer.bytes; i++) {
        char byte = (char)writer.written;

        if (due_ns() > now_ns())
            return false;
        if (tcp_write(writer.client, &byte, 1, TCP_WRITE_FLAG_COPY)) {
            tcp_output(writer.client);
            return false; /* TCP takes no more now */
        }
        writer.times_ns[writer.written++] = now_ns();
        tcp_output(writer.client);
    }
    if (writer.written < writer.bytes)
        return true;
    if (writer.end_ns == 0) {
        writer.end_ns = now_ns();
        tcp_shutdown(writer.client, 0, 1);
    }
    return false;
}

static void sleep_until_due(bool has_more)
{
    struct pollfd fd = { .fd = writer.nic->fd, .events = POLLIN };
    uint64_t sleep_ns = sys_timeouts_sleeptime() * UINT64_C(1000000);
    uint64_t now = now_ns(), due = due_ns();
    struct timespec sleep;

    if (writer.nic->wants_write)
        fd.events |= POLLOUT;
    if (writer.client && writer.rate && writer.written < writer.bytes &&
        sleep_ns > (due > now ? due - now : 0))
        sleep_ns = due > now ? due - now : 0;
    if (has_more)
        sleep_ns = 0;
    sleep.tv_sec = sleep_ns / SECOND_NS;
    sleep.tv_nsec = sleep_ns % SECOND_NS;
    ppoll(&fd, 1, &sleep, NULL);
}

static void run(void)
{
    bool has_more = false;

    while (!writer.is_closed) {
        sleep_until_due(has_more);
        netif_ethernet_receive(&writer.netif);
        sys_check_timeouts();
        has_more = writer.client && write_due();
        netif_ethernet_flush(&writer.netif);
        netif_ethernet_rearm(&writer.netif);
    }
    netif_ethernet_flush(&writer.netif);
}

static int save_times(const char *path)
{
    FILE *file = fopen(path, "we");

    if (!file)
        return log_errno("cannot write %s", path);
    fwrite(writer.times_ns, sizeof(uint64_t), writer.bytes, file);
    return fclose(file) ? log_errno("cannot write %s", path) : 0;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: byte_writer NIC ADDRESS PORT BYTES RATE "
                "TIMES\n");
        return 2;
    }
    log_set_name("byte_writer");
    writer.bytes = strtoull(argv[4], NULL, 10);
    writer.rate = strtoull(argv[5], NULL, 10);
    writer.times_ns = calloc(writer.bytes, sizeof(uint64_t));
    if (!writer.times_ns || open_card(argv[1], argv[2], argv[3]))
        return 1;
    puts("ready");
    fflush(stdout);
    run();
    if (writer.has_failed || writer.written < writer.bytes) {
        log_error("the client left after %llu of %llu bytes",
                  (unsigned long long)writer.written,
                  (unsigned long long)writer.bytes);
        return 1;
    }
    printf("written %llu\n",
           (unsigned long long)(writer.end_ns - writer.begin_ns));
    return save_times(argv[6]) ? 1 : 0;
}
