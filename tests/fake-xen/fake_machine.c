/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_machine.c - a model of an 8250 or 16550A
 *
 * Sections are those of PC16550D.
 */
#define _GNU_SOURCE
#include "fake-xen/fake_machine.h"

#include <fcntl.h>
#include <linux/serial_reg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake-xen/fake_xen.h"

#define MSR_DELTAS (UART_MSR_DCTS | UART_MSR_DDSR | UART_MSR_TERI | \
                    UART_MSR_DDCD)

static struct fake_uart *uarts;

static struct fake_uart *map_uarts(void)
{
    const char *directory = getenv(FAKE_XEN_ENVIRONMENT);
    const size_t bytes = FAKE_UARTS_MAX * sizeof(struct fake_uart);
    int flags = MAP_SHARED | MAP_ANONYMOUS, fd = -1;
    char path[256];
    void *mapping;

    if (directory) {
        snprintf(path, sizeof(path), "%s/machine", directory);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || ftruncate(fd, bytes))
            return NULL;
        flags = MAP_SHARED;
    }
    mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (fd >= 0)
        close(fd);
    return mapping == MAP_FAILED ? NULL : mapping;
}

struct fake_uart *fake_machine_uart(uint16_t base)
{
    unsigned int i;

    if (!uarts)
        uarts = map_uarts();
    for (i = 0; uarts && i < FAKE_UARTS_MAX; i++) {
        uint32_t unused = 0;

        if (atomic_compare_exchange_strong(&uarts[i].base, &unused, base) ||
            unused == base)
            return &uarts[i];
    }
    return NULL;
}

void fake_machine_detach(void)
{
    if (uarts)
        munmap(uarts, FAKE_UARTS_MAX * sizeof(struct fake_uart));
    uarts = NULL;
}

void fake_uart_stall(struct fake_uart *uart, bool is_stalled)
{
    if (is_stalled)
        atomic_store(&uart->sent, atomic_load(&uart->written));
    atomic_store(&uart->is_stalled, is_stalled);
}

void fake_uart_receive(struct fake_uart *uart, uint8_t byte)
{
    uint32_t head = atomic_load(&uart->received_head);

    if (head - atomic_load(&uart->received_tail) == FAKE_RECEIVE_FIFO) {
        atomic_fetch_or(&uart->lsr_errors, UART_LSR_OE);
        return;
    }
    uart->received[head % FAKE_RECEIVE_FIFO] = byte;
    atomic_store(&uart->received_head, head + 1);
}

/* How many bytes are in the FIFO and the shift register. */
static uint64_t held(const struct fake_uart *uart)
{
    uint64_t written = atomic_load(&uart->written);

    return atomic_load(&uart->is_stalled) ? written - atomic_load(&uart->sent)
                                          : 0;
}

static void transmit(struct fake_uart *uart, uint8_t value)
{
    uint64_t written = atomic_load(&uart->written);
    unsigned int room = uart->fcr & UART_FCR_ENABLE_FIFO
                            ? FAKE_TRANSMIT_FIFO + 1 : 2;

    if (held(uart) >= room) {
        atomic_fetch_add(&uart->overruns, 1);
        return;
    }
    uart->line[written % FAKE_LINE_BYTES] = value;
    atomic_store(&uart->written, written + 1);
    if (uart->has_plug)
        fake_uart_receive(uart, value);
}

static uint8_t read_lsr(struct fake_uart *uart)
{
    uint8_t lsr = atomic_exchange(&uart->lsr_errors, 0);

    /* The first byte has gone to the shift register, and THR is empty again.
     */
    if (held(uart) <= 1)
        lsr |= UART_LSR_THRE;
    if (held(uart) == 0)
        lsr |= UART_LSR_TEMT;
    if (atomic_load(&uart->received_head) !=
        atomic_load(&uart->received_tail))
        lsr |= UART_LSR_DR;
    return lsr;
}

static uint8_t read_rbr(struct fake_uart *uart)
{
    uint32_t tail = atomic_load(&uart->received_tail);
    uint8_t value = uart->received[tail % FAKE_RECEIVE_FIFO];

    if (tail == atomic_load(&uart->received_head))
        return 0;
    atomic_store(&uart->received_tail, tail + 1);
    return value;
}

static void write_divisor(struct fake_uart *uart, unsigned int offset,
                          uint8_t value)
{
    uint32_t count = atomic_fetch_add(&uart->divisors, 1);

    uart->divisor_bytes[count % FAKE_DIVISORS] = value;
    if (offset == UART_DLL)
        uart->dll = value;
    else
        uart->dlm = value;
}

uint8_t fake_uart_in(struct fake_uart *uart, unsigned int offset)
{
    atomic_fetch_add(&uart->reads[offset & 7], 1);
    if (uart->is_absent)
        return 0xff;
    if ((uart->lcr & UART_LCR_DLAB) && offset <= UART_DLM)
        return offset == UART_DLL ? uart->dll : uart->dlm;
    switch (offset) {
    case UART_RX:
        return read_rbr(uart);
    case UART_IER:
        return uart->ier;
    case UART_IIR:
        return UART_IIR_NO_INT |
               (!uart->is_8250 && (uart->fcr & UART_FCR_ENABLE_FIFO) ? 0xc0
                                                                     : 0);
    case UART_LCR:
        return uart->lcr;
    case UART_MCR:
        return uart->mcr;
    case UART_LSR:
        return read_lsr(uart);
    case UART_MSR:
        return atomic_fetch_and(&uart->msr, ~(uint32_t)MSR_DELTAS);
    default:
        return uart->scr;
    }
}

void fake_uart_out(struct fake_uart *uart, unsigned int offset, uint8_t value)
{
    atomic_fetch_add(&uart->writes[offset & 7], 1);
    if (uart->is_absent)
        return;
    if ((uart->lcr & UART_LCR_DLAB) && offset <= UART_DLM) {
        write_divisor(uart, offset, value);
        return;
    }
    switch (offset) {
    case UART_TX:
        transmit(uart, value);
        break;
    case UART_IER:
        uart->ier = value & 0x0f;
        break;
    case UART_FCR:
        uart->fcr = uart->is_8250 ? 0 : value;
        break;
    case UART_LCR:
        uart->lcr = value;
        break;
    case UART_MCR:
        uart->mcr = value & 0x1f;
        break;
    case UART_SCR:
        uart->scr = value;
        break;
    }
}
