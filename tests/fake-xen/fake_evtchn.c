/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_evtchn.c - libxenevtchn
 *
 * A handle's descriptor is a FIFO of the ports that fired.  xenevtchn_notify()
 * checks whether the slot that it announces was used as Xen demands.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenevtchn.h>

#include "fake-xen/fake_client.h"
#include "fake-xen/fake_event.h"

struct xenevtchn_handle {
    struct fake_connection connection;
    struct fake_xen *xen;
    uint8_t *pages; /* the file "ioreq", which is read only */
    int fifo;
    evtchn_port_t first; /* bound port; those of a server are in a row */
    uint32_t vcpus;
};

/* The one handle that a process has in practice, for fake_evtchn_note_taken().
 */
static xenevtchn_handle *last_handle;

static int open_files(xenevtchn_handle *handle)
{
    char name[32], path[256];
    int fd;

    snprintf(name, sizeof(name), "evtchn.%u", handle->connection.number);
    fake_xen_path(path, sizeof(path), name);
    handle->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    fake_xen_path(path, sizeof(path), "ioreq");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (handle->fifo < 0 || fd < 0)
        return -1;
    handle->pages = mmap(NULL, FAKE_IOREQ_FILE_BYTES, PROT_READ, MAP_SHARED,
                         fd, 0);
    close(fd);
    return handle->pages == MAP_FAILED ? -1 : 0;
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger,
                                 unsigned int flags)
{
    xenevtchn_handle *handle = calloc(1, sizeof(*handle));

    (void)logger;
    (void)flags;
    if (!handle)
        return NULL;
    handle->xen = fake_xen_attach();
    if (fake_connect(&handle->connection, FAKE_KIND_EVTCHN, 0)) {
        free(handle);
        return NULL;
    }
    if (open_files(handle)) {
        fake_disconnect(&handle->connection);
        free(handle);
        return NULL;
    }
    last_handle = handle;
    return handle;
}

int xenevtchn_close(xenevtchn_handle *handle)
{
    if (!handle)
        return 0;
    if (last_handle == handle)
        last_handle = NULL;
    munmap(handle->pages, FAKE_IOREQ_FILE_BYTES);
    close(handle->fifo);
    fake_disconnect(&handle->connection);
    free(handle);
    return 0;
}

int xenevtchn_fd(xenevtchn_handle *handle)
{
    return handle->fifo;
}

/* The channel of a port; NULL, with errno, when this handle has not bound it.
 */
static struct fake_channel *own_channel(xenevtchn_handle *handle,
                                        evtchn_port_t port)
{
    struct fake_channel *channel = fake_channel_at(handle->xen, port);

    if (!channel || atomic_load(&channel->handle) !=
                        handle->connection.number + 1) {
        errno = ENOTCONN;
        return NULL;
    }
    return channel;
}

static bool is_a_vcpus(evtchn_port_t port)
{
    return (port - 1) % FAKE_CHANNELS != FAKE_CHANNEL_BUFFERED;
}

static uint8_t state_of(const xenevtchn_handle *handle, evtchn_port_t port)
{
    uint32_t at = (port - 1) / FAKE_CHANNELS;
    const volatile struct ioreq *slots = (const volatile struct ioreq *)(
        handle->pages + fake_page_offset(at / FAKE_SERVERS_MAX,
                                         at % FAKE_SERVERS_MAX, 1));

    return slots[(port - 1) % FAKE_CHANNELS].state;
}

void fake_evtchn_note_taken(void)
{
    uint32_t i;

    for (i = 0; last_handle && i < last_handle->vcpus; i++) {
        evtchn_port_t port = last_handle->first + i;

        if (state_of(last_handle, port) == STATE_IOREQ_INPROCESS)
            atomic_store(&fake_channel_at(last_handle->xen, port)->was_taken,
                         1);
    }
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *handle,
                                                     uint32_t domid,
                                                     evtchn_port_t remote)
{
    struct fake_call call = {
        .operation = FAKE_BIND,
        .domid = domid,
        .values = { remote },
    };

    if (fake_call(&handle->connection, &call, NULL))
        return -1;
    if (is_a_vcpus(call.values[0]) && !handle->vcpus++)
        handle->first = call.values[0];
    /* A predecessor may have taken a request, and died before that was noted.
     */
    fake_evtchn_note_taken();
    return call.values[0];
}

static void check_order(xenevtchn_handle *handle, evtchn_port_t port,
                        struct fake_channel *channel)
{
    if (!fake_is_taking_noted || !is_a_vcpus(port) ||
        state_of(handle, port) != STATE_IORESP_READY)
        return;
    if (atomic_load(&channel->was_taken))
        return;
    atomic_thread_fence(memory_order_seq_cst);
    if (state_of(handle, port) == STATE_IORESP_READY)
        fake_violation("port %u: a response to a request that was not taken",
                       port);
}

int xenevtchn_notify(xenevtchn_handle *handle, evtchn_port_t port)
{
    struct fake_channel *channel = own_channel(handle, port);

    if (!channel)
        return -1;
    check_order(handle, port, channel);
    atomic_fetch_add(&channel->events, 1);
    fake_futex_wake(&channel->events);
    return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *handle)
{
    uint32_t port;

    if (read(handle->fifo, &port, sizeof(port)) != sizeof(port))
        return -1;
    return port;
}

int xenevtchn_unmask(xenevtchn_handle *handle, evtchn_port_t port)
{
    struct fake_channel *channel = own_channel(handle, port);

    if (!channel)
        return -1;
    if (fake_event_unmask(channel) &&
        write(handle->fifo, &port, sizeof(port)) < 0)
        return -1;
    return 0;
}
