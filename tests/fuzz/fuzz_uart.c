/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_uart.c - libFuzzer on request dispatch and both UARTs
 *
 * The input is what a guest, clients and time do: its first byte chooses the
 * UART and its options, the rest are operations.  What must hold after each,
 * whatever it was, is in check().
 */
#include <linux/serial_reg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xen/hvm/ioreq.h>

#include "fake-xen/fake_machine.h"
#include "uart/guest_memory.h"
#include "uart/journal.h"
#include "uart/machine_ports.h"
#include "shared/out_ring.h"
#include "uart/port_access.h"
#include "uart/posted_writes.h"
#include "uart/uart.h"

#define BASE 0x3f8
#define GUEST_PAGES 4
#define OPERATIONS_MAX 512

static struct {
    struct journal journal;
    struct out_ring ring;
    struct machine_ports machine;
    struct guest_memory memory;
    struct port_access access;
    struct uart uart;
    bool level; /* of the interrupt line, as it was last set */
} role;

static uint8_t guest[GUEST_PAGES][4096];

/* In the place of guest_memory.c: the first pages are there, and behind them
 * is nothing. */
volatile uint8_t *guest_memory_at(struct guest_memory *memory,
                                  uint64_t address, bool is_written)
{
    uint64_t page = address >> 12;

    (void)memory;
    (void)is_written;
    return page < GUEST_PAGES ? &guest[page][address & 4095] : NULL;
}

void guest_memory_begin(struct guest_memory *memory)
{
    (void)memory;
}

void guest_memory_invalidate(struct guest_memory *memory)
{
    (void)memory;
}

static void set_irq(void *opaque, bool level)
{
    (void)opaque;
    if (level == role.level)
        abort(); /* only a change is told */
    role.level = level;
}

static void claim(bool is_true)
{
    if (!is_true)
        abort();
}

static void check(void)
{
    const struct uart_state *state = journal_current(&role.journal);

    claim(state->receiver.count <= uart_fifo_bytes(state));
    claim(state->receiver.first < UART_FIFO_BYTES_MAX);
    claim(role.uart.options.has_plug ||
          state->transmitter <= UART_FIFO_BYTES_MAX + 1);
    claim((state->ier & ~UART_IER_BITS) == 0);
    claim(state->out_offset == role.ring.header->head);
    claim(role.level == (uart_pending(state) != UART_IIR_NO_INT));
    /* A receiver that waits for its time-out is polled. */
    claim(!(state->fcr & UART_FCR_ENABLE_FIFO) ||
          state->receiver.count == 0 || state->receiver.is_timed_out ||
          role.uart.poll_interval_ns > 0);
}

/* What Xen is shown of a register is what reading it tells. */
static void check_peek(void)
{
    struct uart *uart = &role.uart;
    struct uart_state *state;
    unsigned int offset;
    uint8_t value;

    if (!uart->ops->takes_runs || !uart->ops->takes_runs(uart))
        return;
    for (offset = 0; offset < UART_REGS; offset++) {
        state = &journal_work(&role.journal)->uart;
        if (!uart->ops->peek(uart, state, offset, &value))
            continue;
        uart->state = state;
        claim(uart->ops->read(uart, offset) == value);
        state->receiver.reads = journal_current(&role.journal)->receiver.reads;
        claim(!memcmp(state, journal_current(&role.journal),
                      sizeof(*state)));
    }
}

static void open_files(void)
{
    static const char state[] = "/tmp/fuzz_uart.state";
    static const char ring[] = "/tmp/fuzz_uart.out";
    char state_path[64], ring_path[64];

    snprintf(state_path, sizeof(state_path), "%s.%d", state, (int)getpid());
    snprintf(ring_path, sizeof(ring_path), "%s.%d", ring, (int)getpid());
    unsetenv("FAKE_XEN_DIR");
    claim(!out_ring_create(ring_path, 4096));
    claim(!out_ring_open_writer(&role.ring, ring_path));
    claim(!journal_create(state_path));
    claim(!journal_open(&role.journal, state_path,
                        &role.ring.header->report.in_doubt));
    unlink(state_path);
    unlink(ring_path);
    claim(!machine_ports_open(&role.machine, BASE));
}

static void begin(uint8_t choice)
{
    struct fake_uart *device = fake_machine_uart(BASE);

    fake_uart_power_on(device);
    device->takes_time = choice & 64;
    device->has_plug = choice & 16;
    role.uart = (struct uart){
        .ops = uart_ops_find(choice & 1 ? "virtual" : "passthrough"),
        .options = { .is_paced = choice & 2, .needs_rts = choice & 4,
                     .has_line_input = choice & 8,
                     .has_plug = choice & 16, .is_16750 = choice & 32 },
        .journal = &role.journal,
        .machine = &role.machine,
        .out_ring = &role.ring,
        .set_irq = set_irq,
    };
    role.access = (struct port_access){
        .uart = &role.uart, .journal = &role.journal,
        .memory = &role.memory, .first_port = BASE,
    };
    role.level = false;
    journal_forget(&role.journal, 7, role.ring.header->head, 0);
    role.uart.state = &journal_work(&role.journal)->uart;
    claim(!role.uart.ops->reset(&role.uart));
    journal_commit(&role.journal, 0);
}

static void run_request(const uint8_t *data)
{
    struct port_request request = {
        .type = data[0] & 0x80 ? data[1] : IOREQ_TYPE_PIO,
        .addr = data[0] & 0x40 ? data[1] * 0x101u : BASE + (data[1] & 7),
        .size = data[0] & 0x20 ? data[2] : 1u << (data[2] & 3) % 3,
        .count = data[0] & 0x10 ? data[3] : 1,
        .data_is_ptr = data[0] & 0x10,
        .is_read = data[0] & 1,
        .df = data[0] & 2,
    };

    memcpy(&request.data, data + 4, 3);
    if (request.data_is_ptr)
        request.data %= 6 * 4096;
    journal_begin(&role.journal, &request);
    port_access_run(&role.access);
    journal_end(&role.journal);
}

static void commit(void)
{
    uart_update_irq(&role.uart);
    journal_commit(&role.journal, 0);
}

/* Xen has posted so many writes; which bytes they are does not matter. */
static void run_posted(const uint8_t *data)
{
    struct uart *uart = &role.uart;
    unsigned int count = 1 + (data[2] | data[3] << 8) % POSTED_WRITES_MAX;
    uint8_t bytes[POSTED_WRITES_MAX];

    if (!uart->ops->takes_runs || !uart->ops->takes_runs(uart))
        return;
    memset(bytes, data[4], sizeof(bytes));
    uart->ops->write_run(uart, bytes, count);
}

static void run_event(const uint8_t *data)
{
    struct uart *uart = &role.uart;

    uart->state = &journal_work(&role.journal)->uart;
    switch (data[1] >= 0xf0 ? 4 : data[1] % 4) {
    case 0:
        if (uart->ops->receive_room(uart, uart->state) > 0)
            uart->ops->receive(uart, data[2], data[3] & UART_LSR_BI);
        break;
    case 1:
        uart->ops->poll(uart);
        break;
    case 2:
        fake_uart_receive_wrong(fake_machine_uart(BASE), data[2], data[3]);
        fake_uart_set_lines(fake_machine_uart(BASE), data[4]);
        fake_machine_uart(BASE)->clock_ns += data[5] * UINT64_C(10000);
        break;
    case 3:
        fake_uart_stall(fake_machine_uart(BASE), data[2] & 1);
        break;
    case 4:
        run_posted(data);
        break;
    }
    commit();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const uint8_t *end = data + bytes;
    unsigned int i;

    if (bytes < 1)
        return 0;
    if (!role.ring.header)
        open_files();
    begin(*data++);
    for (i = 0; i < OPERATIONS_MAX && end - data >= 7; i++, data += 7) {
        if ((data[0] & 0x0c) == 0x0c)
            run_event(data);
        else
            run_request(data);
        check();
        check_peek();
    }
    return 0;
}
