/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_access.c - runs the byte accesses of a request, in ascending registers
 * and in the string's direction
 */
#include "uart/port_access.h"

#include <xen/hvm/ioreq.h>

#include "shared/log.h"

/* Xen never sends more than a page's worth, but that is not believed. */
#define ELEMENTS_MAX 65536u
#define ALL_ONES UINT64_MAX

static bool is_ours(const struct port_access *access,
                    const struct port_request *request)
{
    return request->type == IOREQ_TYPE_PIO &&
           (request->size == 1 || request->size == 2 || request->size == 4) &&
           request->count <= ELEMENTS_MAX &&
           request->addr >= access->first_port &&
           request->addr - access->first_port <= UART_REGS - request->size;
}

static uint64_t element_address(const struct port_request *request,
                                uint64_t element)
{
    uint64_t distance = element * request->size;

    return request->df ? request->data - distance : request->data + distance;
}

static void write_unit(struct port_access *access,
                       const struct port_request *request, uint64_t element,
                       unsigned int byte)
{
    unsigned int offset = request->addr - access->first_port + byte;
    uint8_t value = request->data >> (8 * byte);

    if (request->data_is_ptr) {
        volatile uint8_t *source = guest_memory_at(
            access->memory, element_address(request, element) + byte, false);

        if (!source)
            return;
        value = *source;
    }
    access->uart->ops->write(access->uart, offset, value);
}

static void read_unit(struct port_access *access,
                      const struct port_request *request, uint64_t element,
                      unsigned int byte)
{
    unsigned int offset = request->addr - access->first_port + byte;
    uint8_t value = access->uart->ops->read(access->uart, offset);

    if (request->data_is_ptr) {
        volatile uint8_t *target = guest_memory_at(
            access->memory, element_address(request, element) + byte, true);

        if (target)
            *target = value;
    } else {
        /* The UART may have committed, and gone on with the other copy. */
        uint64_t *response = &journal_copy_of(access->uart->state)->response;

        *response &= ~(UINT64_C(0xff) << (8 * byte));
        *response |= (uint64_t)value << (8 * byte);
    }
}

bool port_access_is_run(const struct port_access *access,
                        const struct port_request *request)
{
    const struct uart *uart = access->uart;

    return request->data_is_ptr && !request->is_read && request->size == 1 &&
           request->addr == access->first_port && uart->ops->takes_runs &&
           uart->ops->takes_runs(uart);
}

/* Sends as many bytes of a string as lie in one page, and returns how many
 * that were.  A byte at an address without memory counts as done. */
static unsigned int write_run(struct port_access *access,
                              const struct port_request *request,
                              uint64_t element)
{
    uint64_t address = element_address(request, element);
    unsigned int offset = address % GUEST_PAGE_BYTES, count, i;
    unsigned int in_page = request->df ? offset + 1
                                       : GUEST_PAGE_BYTES - offset;
    uint8_t bytes[PORT_ACCESS_RUN_MAX];
    volatile uint8_t *source;

    source = guest_memory_at(access->memory, address, false);
    if (!source)
        return 1;
    count = in_page < PORT_ACCESS_RUN_MAX ? in_page : PORT_ACCESS_RUN_MAX;
    if (count > request->count - element)
        count = request->count - element;
    for (i = 0; i < count; i++)
        bytes[i] = request->df ? *source-- : *source++;
    access->uart->ops->write_run(access->uart, bytes, count);
    return count;
}

/* Runs the byte access `unit`, or a run of them from there on, and returns how
 * many that were. */
static unsigned int run_units(struct port_access *access,
                              const struct port_request *request,
                              uint64_t unit)
{
    uint64_t element = unit / request->size;
    unsigned int byte = unit % request->size;

    if (port_access_is_run(access, request))
        return write_run(access, request, element);
    if (request->is_read)
        read_unit(access, request, element, byte);
    else
        write_unit(access, request, element, byte);
    return 1;
}

uint64_t port_access_run(struct port_access *access)
{
    const struct port_request request = access->journal->page->request;
    uint64_t unit, units;

    if (request.type == IOREQ_TYPE_INVALIDATE) {
        guest_memory_invalidate(access->memory);
        return request.data;
    }
    if (!is_ours(access, &request))
        return ALL_ONES;

    guest_memory_begin(access->memory);
    units = (uint64_t)request.count * request.size;
    unit = journal_units_done(access->journal);
    while (unit < units) {
        access->uart->state = &journal_work(access->journal)->uart;
        unit += run_units(access, &request, unit);
        uart_update_irq(access->uart);
        journal_commit(access->journal, unit);
    }
    return journal_response(access->journal);
}
