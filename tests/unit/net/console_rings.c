/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/net/console_rings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/wake.h"

struct out_ring guest_out;
struct in_ring guest_in;

static char out_path[64], in_path[64], wake_path[64];

static void name_files(void)
{
    int pid = getpid();

    snprintf(out_path, sizeof(out_path), "/tmp/console_rings.%d.out", pid);
    snprintf(in_path, sizeof(in_path), "/tmp/console_rings.%d.in", pid);
    snprintf(wake_path, sizeof(wake_path), "/tmp/console_rings.%d.wake", pid);
}

int console_rings_open(struct console_server *console)
{
    static struct tcp_pcb listener;

    name_files();
    memset(console, 0, sizeof(*console));
    console->listener = &listener;
    if (out_ring_create(out_path, RING_BYTES) || in_ring_create(in_path) ||
        wake_create(wake_path) || out_ring_open_writer(&guest_out, out_path) ||
        in_ring_open_reader(&guest_in, in_path))
        return -1;
    console->uart = (struct waker){ .fd = wake_open(wake_path) };
    return out_ring_open_reader(&console->out, open(out_path, O_RDONLY)) ||
           in_ring_open_writer(&console->in, open(in_path, O_RDWR));
}

int console_rings_close(struct console_server *console)
{
    out_ring_close(&guest_out);
    out_ring_close(&console->out);
    in_ring_close(&guest_in);
    in_ring_close(&console->in);
    close(console->uart.fd);
    return unlink(out_path) | unlink(in_path) | unlink(wake_path);
}
