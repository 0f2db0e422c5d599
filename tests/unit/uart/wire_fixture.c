/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_fixture.c - a pty with modem lines as the wire of a virtual UART
 */
#define _GNU_SOURCE
#include "unit/uart/wire_fixture.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATIENCE_MS 10000
#define STEPS_MAX 10000 /* no test needs as many */

struct wire_modem modem;
struct uart_wire wire;
struct wire_tty_settings before;
char wire_path[64];
int other = -1;

static int modem_ioctl(unsigned long request, int *argument)
{
    if (modem.is_absent || !modem.has_lines) {
        errno = modem.is_absent ? EIO : ENOTTY;
        return -1;
    }
    switch (request) {
    case TIOCMGET: modem.asked++; *argument = modem.lines; break;
    case TIOCMBIS: modem.lines |= *argument; break;
    case TIOCMBIC: modem.lines &= ~*argument; break;
    default: modem.has_break = request == TIOCSBRK; break;
    }
    return 0;
}

/* Replaces libc's own, to give a pty modem lines. */
int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    void *argument;

    /* The third argument, of whatever type it is. */
    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (request == modem.refused) {
        errno = EPERM;
        return -1;
    }
    switch (request) {
    case TIOCMGET:
    case TIOCMBIS:
    case TIOCMBIC:
    case TIOCSBRK:
    case TIOCCBRK:
        return modem_ioctl(request, argument);
    /* Not done: it keeps out all but root, who runs mediatord, but not each
     * test. */
    case TIOCEXCL:
        return 0;
    case TCFLSH:
        modem.is_flushed = true;
        return 0;
    case TIOCOUTQ:
        *(int *)argument = modem.unsent;
        modem.unsent -= modem.is_sending && modem.unsent > 0;
        return 0;
    }
    return syscall(SYS_ioctl, fd, request, argument);
}

int wire_open_pty(void)
{
    int unlocked = 0, number;

    other = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (other < 0 || ioctl(other, TIOCSPTLCK, &unlocked) ||
        ioctl(other, TIOCGPTN, &number))
        return -1;
    snprintf(wire_path, sizeof(wire_path), "/dev/pts/%d", number);
    return 0;
}

int wire_connect(void)
{
    wire = (struct uart_wire){ .tty = WIRE_TTY_CLOSED };
    if (wire_tty_open(&wire.tty, wire_path, &before))
        return -1;
    fixture.uart.wire = &wire;
    return 0;
}

void wire_hang_up(void)
{
    close(other);
    other = -1;
}

int wire_begin(void **state)
{
    (void)state;
    memset(&modem, 0, sizeof(modem));
    before.is_kept = false;
    if (uart_fixture_open(&uart_virtual) || wire_open_pty() ||
        wire_connect() || uart_fixture_reset())
        return -1;
    uart_wire_apply(&fixture.uart);
    return 0;
}

int wire_begin_with_lines(void **state)
{
    int rc = wire_begin(state);

    modem.has_lines = true;
    modem.lines = TIOCM_CAR;
    if (wire.tty.fd >= 0)
        close(wire.tty.fd);
    rc = rc || wire_connect() || uart_fixture_reset();
    uart_wire_apply(&fixture.uart);
    return rc;
}

int wire_end(void **state)
{
    (void)state;
    modem.unsent = 0;
    wire_tty_close(&wire.tty, &before);
    if (other >= 0)
        wire_hang_up();
    return uart_fixture_close();
}

/* ---- what the role does between requests ---- */

void step(void (*move)(struct uart *uart))
{
    fixture.uart.state = &journal_work(&fixture.journal)->uart;
    move(&fixture.uart);
    uart_update_irq(&fixture.uart);
    journal_commit(&fixture.journal, 0);
}

void send_waiting(void)
{
    unsigned int i;

    for (i = 0; i < STEPS_MAX; i++) {
        if (!uart_wire_is_waiting(&fixture.uart,
                                  journal_current(&fixture.journal)))
            return;
        if (!wire_tty_can_put(&wire.tty) && !wire.tty.is_lost)
            return;
        step(uart_virtual.send_to_wire);
    }
}

void receive_all(void)
{
    unsigned int i;

    for (i = 0; i < STEPS_MAX; i++) {
        if (room() == 0 || !wire_tty_can_take(&wire.tty))
            return;
        step(uart_virtual.receive_from_wire);
    }
}

/* ---- the other side ---- */

void await_bytes(int fd, int bytes)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };
    int there = 0;

    while (!ioctl(fd, FIONREAD, &there) && there < bytes)
        if (there == 0)
            assert_int_equal(poll(&wanted, 1, PATIENCE_MS), 1);
}

void assert_came(const char *text)
{
    char came[64] = "";
    ssize_t count;

    await_bytes(other, strlen(text));
    count = read(other, came, sizeof(came));
    assert_int_equal(count < 0 ? 0 : count, strlen(text));
    assert_string_equal(came, text);
}

/* As Linux does, doubles ff, which else would begin a mark. */
void type_bytes(const char *bytes, size_t count)
{
    size_t i, doubled = 0;

    for (i = 0; i < count; i++)
        doubled += bytes[i] == '\377';
    assert_int_equal(write(other, bytes, count), count);
    await_bytes(wire.tty.fd, count + doubled);
}

void type_marks(const char *marks, size_t count)
{
    struct termios2 termios = settings();

    termios.c_iflag &= ~PARMRK;
    assert_int_equal(ioctl(other, TCSETS2, &termios), 0);
    assert_int_equal(write(other, marks, count), count);
    await_bytes(wire.tty.fd, count);
}

struct termios2 settings(void)
{
    struct termios2 termios;

    assert_int_equal(ioctl(other, TCGETS2, &termios), 0);
    return termios;
}

void stall_wire(bool is_stalled)
{
    assert_int_equal(ioctl(wire.tty.fd, TCXONC, is_stalled ? TCOOFF : TCOON),
                     0);
}
