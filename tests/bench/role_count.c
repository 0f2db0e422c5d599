/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_count.c - the uart role's hot path by itself, for an instrument that
 * counts instructions
 *
 * usage: role_count DIRECTORY posted|sync BYTES ROUNDS
 *
 * With posted, each round puts BYTES posted writes into the buffered ring and
 * calls posted_output_run() once.  With sync, a guest of one vCPU waits for
 * each access; a round has BYTES times a read of LSR and a write of THR, and
 * each is served by uart_requests_serve().  What fills the ring and the slot is
 * outside of these two functions, so that the instrument can leave it out.
 *
 * Two pages stand for Xen.  Of libxenevtchn the one function that is called is
 * replaced; in the library it is one ioctl.
 */
#include <linux/serial_reg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenevtchn.h>
#include <xen/hvm/ioreq.h>

#include "shared/log.h"
#include "uart/posted_output.h"
#include "uart/uart_requests.h"
#include "uart/uart_step.h"

#define FIRST_PORT    0x3f8
#define HISTORY_BYTES (1u << 20)

static _Alignas(4096) struct buffered_iopage ring;
static _Alignas(4096) struct ioreq slot;
static _Alignas(4096) uint16_t shadow[2048];
static struct uart_role role;
static uint8_t next_byte; /* the guest's next one */
static uint64_t notified; /* how often the guest was notified */

int __wrap_xenevtchn_notify(xenevtchn_handle *handle, evtchn_port_t port);

int __wrap_xenevtchn_notify(xenevtchn_handle *handle, evtchn_port_t port)
{
    (void)handle;
    (void)port;
    notified++;
    return 0;
}

static void move_irq(void *opaque, bool level)
{
    (void)opaque;
    (void)level;
}

static int open_files(const char *directory)
{
    char out[4096], state[4096], in[4096];

    snprintf(out, sizeof(out), "%s/out", directory);
    snprintf(state, sizeof(state), "%s/state", directory);
    snprintf(in, sizeof(in), "%s/in", directory);
    if (out_ring_create(out, HISTORY_BYTES) ||
        out_ring_open_writer(&role.out_ring, out) || journal_create(state) ||
        journal_open(&role.journal, state,
                     &role.out_ring.header->report.in_doubt) ||
        in_ring_create(in) || in_ring_open_reader(&role.in_ring, in))
        return -1;
    return 0;
}

/* Sets the role up as uart_role.c does, without a Xen. */
static int open_role(const char *directory)
{
    int rc = open_files(directory);

    if (rc)
        return rc;
    role.net = WAKER_CLOSED;
    role.uart.ops = uart_ops_find("virtual");
    role.uart.journal = &role.journal;
    role.uart.out_ring = &role.out_ring;
    role.uart.set_irq = move_irq;
    role.access = (struct port_access){
        .uart = &role.uart,
        .journal = &role.journal,
        .memory = &role.memory,
        .first_port = FIRST_PORT,
    };
    guest_memory_init(&role.memory, NULL, 1);
    role.server.slots = &slot;
    role.server.vcpus = 1;
    rc = role.uart.ops->reset ? 0 : -1;
    uart_step_begin(&role);
    rc = rc ? rc : role.uart.ops->reset(&role.uart);
    uart_step_end(&role);
    return rc;
}

/* Gives the server what a patched Xen offers. */
static void extend_server(void)
{
    role.server.posted = (struct posted_writes){ &ring, FIRST_PORT };
    role.server.shadow = (struct shadow_registers){ shadow, FIRST_PORT };
}

/* Puts `count` writes of THR into the buffered ring. */
static void post(unsigned int count)
{
    for (; count > 0; count--) {
        ring.buf_ioreq[ring.write_pointer % IOREQ_BUFFER_SLOT_NUM] =
            (struct buf_ioreq){
                .type = IOREQ_TYPE_PIO,
                .dir = IOREQ_WRITE,
                .addr = FIRST_PORT,
                .data = next_byte++,
            };
        ring.write_pointer++;
    }
}

/* Makes a request for one access, as Xen does, and has it served. */
static void access_register(unsigned int offset, bool is_read, uint8_t value)
{
    slot = (struct ioreq){
        .addr = FIRST_PORT + offset,
        .data = value,
        .count = 1,
        .size = 1,
        .type = IOREQ_TYPE_PIO,
        .dir = is_read ? IOREQ_READ : IOREQ_WRITE,
        .state = STATE_IOREQ_READY,
    };
    uart_requests_serve(&role);
}

/* Whether nothing was lost: the out ring holds the end of what the guest
 * wrote. */
static bool is_complete(uint64_t written)
{
    static uint8_t history[HISTORY_BYTES];
    uint64_t cursor = 0, missed, i;
    size_t got = out_ring_read(&role.out_ring, &cursor, history,
                               sizeof(history), &missed);

    for (i = 0; i < got; i++)
        if (history[i] != (uint8_t)(missed + i))
            return false;
    return missed + got == written;
}

int main(int argc, char **argv)
{
    uint64_t bytes, rounds, i, round;
    bool is_posted;

    if (argc != 5) {
        fprintf(stderr, "usage: role_count DIRECTORY posted|sync BYTES "
                        "ROUNDS\n");
        return 2;
    }
    log_set_name("role_count");
    is_posted = !strcmp(argv[2], "posted");
    bytes = strtoull(argv[3], NULL, 10);
    rounds = strtoull(argv[4], NULL, 10);
    if ((is_posted && bytes > POSTED_WRITES_MAX) || open_role(argv[1]))
        return 1;
    if (is_posted)
        extend_server();
    for (round = 0; round < rounds; round++) {
        if (is_posted) {
            post(bytes);
            posted_output_run(&role);
        }
        for (i = 0; !is_posted && i < bytes; i++) {
            access_register(UART_LSR, true, 0);
            access_register(UART_TX, false, next_byte++);
        }
    }
    if (!is_complete(bytes * rounds) ||
        (!is_posted && notified != 2 * bytes * rounds)) {
        log_error("not all that was written came to the out ring");
        return 1;
    }
    return 0;
}
