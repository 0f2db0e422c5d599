/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_fixture.c - opens a UART with all that it works on, and accesses it
 */
#include "unit/uart/uart_fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include "uart/uart_virtual.h"

struct uart_fixture fixture;
struct fake_uart *device;

/* When the uart role would poll next, by which wish, and when it has polled.
 */
static uint64_t poll_at_ns, poll_interval_ns, polled_ns;
static char state_path[64], ring_path[64];
static char line[64];

static void note_line(void *opaque, bool level)
{
    size_t used = strlen(line);

    (void)opaque;
    if (used < sizeof(line) - 1)
        strcpy(line + used, level ? "1" : "0");
}

int uart_fixture_open(const struct uart_ops *ops)
{
    memset(&fixture, 0, sizeof(fixture));
    poll_at_ns = poll_interval_ns = polled_ns = 0;
    line[0] = '\0';
    snprintf(state_path, sizeof(state_path), "/tmp/test_uart.%d.state",
             (int)getpid());
    snprintf(ring_path, sizeof(ring_path), "/tmp/test_uart.%d.out",
             (int)getpid());
    unsetenv("FAKE_XEN_DIR");
    device = fake_machine_uart(UART_FIXTURE_BASE);
    if (!device || out_ring_create(ring_path, 4096) ||
        out_ring_open_writer(&fixture.ring, ring_path) ||
        journal_create(state_path) ||
        journal_open(&fixture.journal, state_path,
                     &fixture.ring.header->report.in_doubt))
        return -1;
    fake_uart_power_on(device);
    journal_forget(&fixture.journal, 7, 0, 0);
    fixture.uart = (struct uart){
        .ops = ops,
        .journal = &fixture.journal,
        .machine = &fixture.machine,
        .out_ring = &fixture.ring,
        .set_irq = note_line,
    };
    return machine_ports_open(&fixture.machine, UART_FIXTURE_BASE);
}

static void begin_access(void)
{
    fixture.uart.state = &journal_work(&fixture.journal)->uart;
}

/* As uart_poll.c: an access may bring the poll forward, but never puts it off.
 */
static void schedule_poll(void)
{
    uint64_t interval = fixture.uart.poll_interval_ns;

    if (interval == 0)
        poll_at_ns = 0;
    if (interval == 0 || (poll_at_ns && interval >= poll_interval_ns))
        return;
    poll_interval_ns = interval;
    if (!poll_at_ns || device->clock_ns + interval < poll_at_ns)
        poll_at_ns = device->clock_ns + interval;
}

static void end_access(void)
{
    uart_update_irq(&fixture.uart);
    journal_commit(&fixture.journal, 0);
    schedule_poll();
}

int uart_fixture_reset(void)
{
    int rc;

    begin_access();
    rc = fixture.uart.ops->reset(&fixture.uart);
    end_access();
    return rc;
}

int uart_fixture_close(void)
{
    journal_close(&fixture.journal);
    out_ring_close(&fixture.ring);
    return unlink(state_path) | unlink(ring_path);
}

int uart_fixture_begin_virtual(void **state)
{
    (void)state;
    return uart_fixture_open(&uart_virtual) || uart_fixture_reset() ? -1 : 0;
}

int uart_fixture_end(void **state)
{
    (void)state;
    return uart_fixture_close();
}

void uart_fixture_die(void)
{
    journal_close(&fixture.journal);
    assert_int_equal(journal_open(&fixture.journal, state_path,
                                  &fixture.ring.header->report.in_doubt), 0);
}

void out(unsigned int offset, uint8_t value)
{
    begin_access();
    fixture.uart.ops->write(&fixture.uart, offset, value);
    end_access();
}

void out_run(const char *bytes, unsigned int count)
{
    uint8_t copy[64];

    assert_in_range(count, 1, sizeof(copy));
    memcpy(copy, bytes, count);
    begin_access();
    fixture.uart.ops->write_run(&fixture.uart, copy, count);
    end_access();
}

void be_in_state(const struct uart_state *state)
{
    begin_access();
    *fixture.uart.state = *state;
    end_access();
}

uint8_t in(unsigned int offset)
{
    uint8_t value;

    begin_access();
    value = fixture.uart.ops->read(&fixture.uart, offset);
    end_access();
    return value;
}

void poll_uart(void)
{
    begin_access();
    fixture.uart.ops->poll(&fixture.uart);
    end_access();
}

void let_time_pass(uint64_t ns)
{
    uint64_t end = device->clock_ns + ns;

    while (poll_at_ns && poll_at_ns <= end) {
        fake_uart_pass_time(device, poll_at_ns - device->clock_ns);
        fixture.uart.poll_interval_ns = device->clock_ns - polled_ns;
        polled_ns = device->clock_ns;
        poll_at_ns = 0;
        poll_uart();
    }
    fake_uart_pass_time(device, end - device->clock_ns);
}

void feed_byte(uint8_t byte, uint8_t errors)
{
    assert_true(room() > 0);
    begin_access();
    fixture.uart.ops->receive(&fixture.uart, byte, errors);
    end_access();
}

void feed(const char *text)
{
    while (*text)
        feed_byte((uint8_t)*text++, 0);
}

void end_input(void)
{
    begin_access();
    fixture.uart.ops->end_input(&fixture.uart);
    end_access();
}

unsigned int room(void)
{
    return fixture.uart.ops->receive_room(&fixture.uart,
                                          journal_current(&fixture.journal));
}

const char *line_did(void)
{
    static char did[sizeof(line)];

    strcpy(did, line);
    line[0] = '\0';
    return did;
}

void assert_ring(const char *text)
{
    assert_int_equal(fixture.ring.header->head, strlen(text));
    assert_memory_equal(fixture.ring.file.data, text, strlen(text));
}
