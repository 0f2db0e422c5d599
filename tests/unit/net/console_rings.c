/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_rings.c - makes the files of a console's rings, and writes into the
 * out ring as a guest
 */
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

int console_rings_open(struct net_console *console)
{
    struct console_options options;
    int fds[3];

    console_options_init(&options);
    name_files();
    if (out_ring_create(out_path, RING_BYTES) || in_ring_create(in_path) ||
        wake_create(wake_path) || out_ring_open_writer(&guest_out, out_path) ||
        in_ring_open_reader(&guest_in, in_path))
        return -1;
    fds[0] = open(out_path, O_RDONLY);
    fds[1] = open(in_path, O_RDWR);
    fds[2] = wake_open(wake_path);
    if (net_console_open(console, 1, &options, fds))
        return -1;
    net_console_begin(console);
    console->has_guest = true;
    return 0;
}

int console_rings_close(struct net_console *console)
{
    out_ring_close(&guest_out);
    in_ring_close(&guest_in);
    if (console->is_used)
        net_console_discard(console);
    return unlink(out_path) | unlink(in_path) | unlink(wake_path);
}

uint8_t guest_byte(uint64_t n)
{
    return (uint8_t)('a' + n * 7 % 26);
}

void guest_put(uint64_t bytes)
{
    uint64_t n = atomic_load(&guest_out.header->head);

    for (; bytes > 0; bytes--, n++)
        out_ring_put(&guest_out, n, guest_byte(n));
}
