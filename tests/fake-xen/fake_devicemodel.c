/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_devicemodel.c - libxendevicemodel: calls to the fake hypervisor
 */
#include <stddef.h>
#include <stdlib.h>
#include <xendevicemodel.h>

#include "fake-xen/fake_client.h"

struct xendevicemodel_handle {
    struct fake_connection connection;
};

xendevicemodel_handle *xendevicemodel_open(struct xentoollog_logger *logger,
                                           unsigned int open_flags)
{
    xendevicemodel_handle *handle = calloc(1, sizeof(*handle));

    (void)logger;
    (void)open_flags;
    if (handle && fake_connect(&handle->connection, FAKE_KIND_DEVICEMODEL,
                               0)) {
        free(handle);
        handle = NULL;
    }
    return handle;
}

int xendevicemodel_close(xendevicemodel_handle *handle)
{
    if (handle)
        fake_disconnect(&handle->connection);
    free(handle);
    return 0;
}

int xendevicemodel_create_ioreq_server(xendevicemodel_handle *handle,
                                       domid_t domid, int handle_bufioreq,
                                       ioservid_t *id)
{
    struct fake_call call = {
        .operation = FAKE_CREATE_SERVER,
        .domid = domid,
        .values = { handle_bufioreq },
    };
    int rc = fake_call(&handle->connection, &call, NULL);

    if (!rc)
        *id = call.values[0];
    return rc;
}

int xendevicemodel_map_io_range_to_ioreq_server(
    xendevicemodel_handle *handle, domid_t domid, ioservid_t id, int is_mmio,
    uint64_t start, uint64_t end)
{
    struct fake_call call = {
        .operation = FAKE_MAP_RANGE,
        .domid = domid,
        .values = { id, start, end, XEN_DMOP_IO_RANGE_PORT },
    };

    if (is_mmio)
        fake_violation("a memory range for ports %lx-%lx",
                       (unsigned long)start, (unsigned long)end);
    return fake_call(&handle->connection, &call, NULL);
}

int xendevicemodel_set_ioreq_server_state(xendevicemodel_handle *handle,
                                          domid_t domid, ioservid_t id,
                                          int enabled)
{
    struct fake_call call = {
        .operation = FAKE_SET_STATE,
        .domid = domid,
        .values = { id, enabled },
    };

    return fake_call(&handle->connection, &call, NULL);
}

int xendevicemodel_destroy_ioreq_server(xendevicemodel_handle *handle,
                                        domid_t domid, ioservid_t id)
{
    struct fake_call call = {
        .operation = FAKE_DESTROY_SERVER,
        .domid = domid,
        .values = { id },
    };

    return fake_call(&handle->connection, &call, NULL);
}

int xendevicemodel_nr_vcpus(xendevicemodel_handle *handle, domid_t domid,
                            unsigned int *vcpus)
{
    struct fake_call call = { .operation = FAKE_NR_VCPUS, .domid = domid };
    int rc = fake_call(&handle->connection, &call, NULL);

    if (!rc)
        *vcpus = call.values[0];
    return rc;
}

/* Asking for the frames makes Xen put the pages into the guest's memory. */
int xendevicemodel_get_ioreq_server_info(
    xendevicemodel_handle *handle, domid_t domid, ioservid_t id,
    xen_pfn_t *ioreq_frame, xen_pfn_t *buffered_frame,
    evtchn_port_t *buffered_port)
{
    struct fake_call call = {
        .operation = FAKE_SERVER_INFO,
        .domid = domid,
        .values = { id },
    };
    int rc = fake_call(&handle->connection, &call, NULL);

    if (ioreq_frame || buffered_frame)
        fake_violation("server %u of domain %u is mapped by its frames' "
                       "numbers", id, domid);
    if (!rc && buffered_port)
        *buffered_port = call.values[0];
    return rc;
}

int xendevicemodel_set_isa_irq_level(xendevicemodel_handle *handle,
                                     domid_t domid, uint8_t irq,
                                     unsigned int level)
{
    struct fake_call call = {
        .operation = FAKE_SET_IRQ,
        .domid = domid,
        .values = { irq, level },
    };

    return fake_call(&handle->connection, &call, NULL);
}
