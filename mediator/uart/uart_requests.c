/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_requests.c - takes, runs and answers the requests of the guest's vCPUs
 */
#include "uart/uart_requests.h"

#include "uart/posted_output.h"
#include "uart/uart_poll.h"
#include "uart/uart_publish.h"

bool uart_requests_are_waiting(const struct uart_role *role, bool or_posted)
{
    unsigned int vcpu;

    if (or_posted && posted_writes_count(&role->server.posted) > 0)
        return true;
    for (vcpu = 0; vcpu < role->server.vcpus; vcpu++)
        if (ioreq_server_is_ready(&role->server, vcpu))
            return true;
    return false;
}

/* After a write to THR a rise of the interrupt line may be told later.  A real
 * transmitter would still be sending: no guest counts on an interrupt at once,
 * and its next access may be the one by which it wants none. */
static bool may_interrupt_later(const struct uart_role *role)
{
    const struct port_request *request = &role->journal.page->request;

    return !request->is_read && request->addr == role->access.first_port;
}

void uart_requests_finish(struct uart_role *role, unsigned int vcpu)
{
    uint64_t response = port_access_run(&role->access);

    role->work += journal_units_done(&role->journal);
    shadow_registers_update(&role->server.shadow, &role->uart,
                            journal_current(&role->journal));
    ioreq_server_respond(&role->server, vcpu, response);
    ioreq_server_notify(&role->server, vcpu);
    if (may_interrupt_later(role))
        interrupt_line_put_off(&role->line);
    else
        interrupt_line_tell(&role->line);
    journal_end(&role->journal);
    uart_publish_settings(role);
    uart_publish_output(role);
    uart_poll_schedule(role);
}

bool uart_requests_serve(struct uart_role *role)
{
    struct port_request request;
    bool was_any = false;
    unsigned int vcpu;

    if (posted_output_run(role))
        was_any = posted_output_is_urgent(role);
    for (vcpu = 0; vcpu < role->server.vcpus; vcpu++) {
        if (!ioreq_server_is_ready(&role->server, vcpu))
            continue;
        /* What a vCPU posted before its request is consumed before it. */
        posted_output_drain(role);
        ioreq_server_take(&role->server, vcpu, &request);
        journal_begin(&role->journal, &request);
        uart_requests_finish(role, vcpu);
        role->sleep.served++;
        was_any = true;
    }
    return was_any;
}
