/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_foreignmemory.c - libxenforeignmemory: mappings of files in the place
 * of guests' and Xen's pages
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenforeignmemory.h>

#include "fake-xen/fake_client.h"

struct xenforeignmemory_handle {
    struct fake_connection connection;
};

struct xenforeignmemory_resource_handle {
    void *address;
    size_t bytes;
};

xenforeignmemory_handle *xenforeignmemory_open(
    struct xentoollog_logger *logger, unsigned int open_flags)
{
    xenforeignmemory_handle *handle = calloc(1, sizeof(*handle));

    (void)logger;
    (void)open_flags;
    if (handle && fake_connect(&handle->connection, FAKE_KIND_FOREIGNMEMORY,
                               0)) {
        free(handle);
        handle = NULL;
    }
    return handle;
}

int xenforeignmemory_close(xenforeignmemory_handle *handle)
{
    if (handle)
        fake_disconnect(&handle->connection);
    free(handle);
    return 0;
}

/* Maps a page over a reservation.  Where the guest has none the reservation
 * stays, which is PROT_NONE. 0, or an errno. */
static int map_page(xenforeignmemory_handle *handle, uint32_t domid,
                    int protection, xen_pfn_t frame, void *at)
{
    struct fake_call call = {
        .operation = FAKE_MAP_PAGE,
        .domid = domid,
        .values = { frame, protection & PROT_WRITE },
    };
    int fd = -1, rc = 0;

    if (fake_call(&handle->connection, &call, &fd))
        return errno;
    if (mmap(at, FAKE_PAGE_BYTES, protection, MAP_SHARED | MAP_FIXED, fd,
             call.values[0]) == MAP_FAILED)
        rc = errno;
    close(fd);
    return rc;
}

void *xenforeignmemory_map(xenforeignmemory_handle *handle, uint32_t domid,
                           int protection, size_t pages,
                           const xen_pfn_t frames[], int errors[])
{
    uint8_t *mapping = mmap(NULL, pages * FAKE_PAGE_BYTES, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t i;

    if (mapping == MAP_FAILED)
        return NULL;
    if (atomic_load(&fake_xen_attach()->shortage.is_unmappable)) {
        munmap(mapping, pages * FAKE_PAGE_BYTES);
        errno = ENOMEM;
        return NULL;
    }
    for (i = 0; i < pages; i++) {
        int rc = map_page(handle, domid, protection, frames[i],
                          mapping + i * FAKE_PAGE_BYTES);

        if (errors) {
            errors[i] = -rc;
        } else if (rc) {
            munmap(mapping, pages * FAKE_PAGE_BYTES);
            errno = rc;
            return NULL;
        }
    }
    return mapping;
}

int xenforeignmemory_unmap(xenforeignmemory_handle *handle, void *address,
                           size_t pages)
{
    (void)handle;
    return munmap(address, pages * FAKE_PAGE_BYTES);
}

xenforeignmemory_resource_handle *xenforeignmemory_map_resource(
    xenforeignmemory_handle *handle, domid_t domid, unsigned int type,
    unsigned int id, unsigned long frame, unsigned long count,
    void **address, int protection, int flags)
{
    struct fake_call call = {
        .operation = FAKE_MAP_RESOURCE,
        .domid = domid,
        .values = { type, id, frame, count },
    };
    xenforeignmemory_resource_handle *resource;
    int fd = -1;

    (void)flags;
    if (fake_call(&handle->connection, &call, &fd))
        return NULL;
    resource = calloc(1, sizeof(*resource));
    if (!resource) {
        close(fd);
        return NULL;
    }
    resource->bytes = count * FAKE_PAGE_BYTES;
    resource->address = mmap(*address, resource->bytes, protection,
                             MAP_SHARED, fd, call.values[0]);
    close(fd);
    if (resource->address == MAP_FAILED) {
        free(resource);
        return NULL;
    }
    *address = resource->address;
    return resource;
}

int xenforeignmemory_unmap_resource(xenforeignmemory_handle *handle,
                                    xenforeignmemory_resource_handle *resource)
{
    int rc = munmap(resource->address, resource->bytes);

    (void)handle;
    free(resource);
    return rc;
}
