/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_recovery.c - finds out from the journal, Xen's slots and the rings how
 * far a predecessor came, and goes on from there
 */
#include "uart/uart_recovery.h"

#include "shared/log.h"
#include "uart/client_input.h"
#include "uart/posted_output.h"
#include "uart/uart_poll.h"
#include "uart/uart_publish.h"
#include "uart/uart_requests.h"
#include "uart/wire_relay.h"

static bool is_string_under_way(const struct uart_role *role)
{
    return journal_is_active(&role->journal) &&
           port_access_is_run(&role->access, &role->journal.page->request);
}

/* May the out ring be ahead of the state by this many bytes?  A process that
 * died before the commit has put into it the byte of a request, or a run of a
 * string's bytes, or a run of posted writes, which then are still in their own
 * ring. */
static bool may_be_ahead(const struct uart_role *role, uint64_t bytes)
{
    return bytes <= (is_string_under_way(role) ? PORT_ACCESS_RUN_MAX : 1) ||
           bytes <= posted_writes_count(&role->server.posted);
}

/* A state that does not fit its out ring was tampered with, or one of the two
 * files is older than the other: go on from where the ring is. */
static void check_output(struct uart_role *role)
{
    const struct uart_state *state = journal_current(&role->journal);
    uint64_t head = atomic_load(&role->out_ring.header->head);

    if (may_be_ahead(role, head - state->out_offset) &&
        state->wire_offset <= head)
        return;
    log_warning("state and out ring disagree (%llu, %llu); going on where the "
                "ring is",
                (unsigned long long)state->out_offset,
                (unsigned long long)head);
    journal_correct_output(&role->journal, head);
}

/* The same for the in ring, which may also be new, or its writer may have lied
 * to a predecessor: what is in it is left out.  The output is corrected apart
 * from this: a byte of it may still have to be put again. */
static void check_input(struct uart_role *role)
{
    const struct uart_state *state = journal_current(&role->journal);
    uint64_t in_tail = atomic_load(&role->out_ring.header->report.in_tail);
    uint64_t head = in_ring_head(&role->in_ring);

    if (state->in_offset - in_tail <= UART_FIFO_BYTES_MAX &&
        head - state->in_offset <= IN_RING_ITEMS)
        return;
    log_warning("state and in ring disagree (%llu, %llu, %llu); going on with "
                "what is typed from now on",
                (unsigned long long)state->in_offset,
                (unsigned long long)in_tail, (unsigned long long)head);
    journal_correct_input(&role->journal, head);
    uart_report_skip(&role->out_ring.header->report, head);
}

/* The predecessor died at the device while no request was under way.  Either
 * it was about to send an input byte through a plug: then that byte is still
 * in the in ring, and the UART does not wait for it to come back.  Or it was
 * about to take a byte from the device by a poll.  What it was about to do is
 * done again here, and the journal leaves out the access that is in doubt,
 * before another access comes to the device. */
static void settle_doubt(struct uart_role *role)
{
    if (!role->journal.is_device_in_doubt)
        return;
    if (role->uart.options.has_plug && !role->journal.is_input_in_doubt &&
        client_input_can_run(role, false))
        client_input_run(role);
    else
        uart_poll_run(role);
}

/* A run of a string may be in the out ring without being committed.  Its bytes
 * are taken from there: the guest's memory may have changed or gone since. */
static void settle_string(struct uart_role *role)
{
    uint64_t head = atomic_load(&role->out_ring.header->head), missed;
    uint64_t from = journal_current(&role->journal)->out_offset;
    uint64_t units = journal_units_done(&role->journal);
    uint8_t bytes[PORT_ACCESS_RUN_MAX];
    size_t count = head - from;

    if (!is_string_under_way(role) || count == 0 || count > sizeof(bytes) ||
        count > role->journal.page->request.count - units)
        return;
    out_ring_read(&role->out_ring, &from, bytes, count, &missed);
    role->uart.state = &journal_work(&role->journal)->uart;
    role->uart.ops->write_run(&role->uart, bytes, count);
    uart_update_irq(&role->uart);
    journal_commit(&role->journal, units + count);
}

/* A request that the journal knows is finished from where it stopped; one that
 * was only taken begins anew; an answer that was given, but whose event was
 * perhaps not sent, gets its event (a second one is harmless). */
void uart_recovery_run(struct uart_role *role)
{
    struct ioreq_server *server = &role->server;
    uint32_t known = role->journal.page->request.vcpu;
    struct port_request request;
    unsigned int vcpu;

    posted_output_begin(role);
    check_output(role);
    check_input(role);
    settle_string(role);
    uart_publish_input(role);
    uart_publish_settings(role);
    wire_relay_begin(role);
    role->uart.state = &journal_work(&role->journal)->uart;
    uart_update_irq(&role->uart);
    shadow_registers_update(&role->server.shadow, &role->uart,
                            journal_current(&role->journal));
    interrupt_line_tell(&role->line);

    for (vcpu = 0; vcpu < server->vcpus; vcpu++)
        if (!ioreq_server_is_in_process(server, vcpu))
            ioreq_server_notify(server, vcpu);

    if (journal_is_active(&role->journal)) {
        if (known < server->vcpus && ioreq_server_is_in_process(server, known))
            uart_requests_finish(role, known);
        else
            journal_end(&role->journal);
    }
    settle_doubt(role);
    for (vcpu = 0; vcpu < server->vcpus; vcpu++) {
        if (!ioreq_server_is_in_process(server, vcpu))
            continue;
        ioreq_server_copy(server, vcpu, &request);
        journal_begin(&role->journal, &request);
        uart_requests_finish(role, vcpu);
    }
    uart_poll_run(role);
    /* The predecessor may have died between a byte and the wake-up for it. */
    uart_publish_output(role);
}
