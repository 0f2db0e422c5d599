/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_tty.c - the system calls on the tty of wire=: tty_ioctl(4),
 * ioctl_tty(2)
 *
 * Any baud rate needs termios2, which <termios.h> does not have and does not
 * go together with.
 */
#define _GNU_SOURCE
#include "shared/wire_tty.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial_reg.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"

/* How often, and how long between, a tty that closes is asked whether it has
 * sent all. */
#define DRAIN_CHECKS 100
#define DRAIN_CHECK_MS 10

_Static_assert(sizeof(struct termios2) == WIRE_TTY_SETTINGS_BYTES,
               "settings are kept whole");

static void lose(struct wire_tty *tty)
{
    close(tty->fd);
    tty->fd = -1;
    tty->is_lost = true;
}

/* ---- open and close ---- */

int wire_tty_open_path(const char *path)
{
    struct termios2 termios;
    struct stat found;
    int lines, fd = -1;

    if (stat(path, &found))
        return log_errno("wire=%s cannot be used; is the adapter plugged "
                         "in? (ls -l /dev/serial/by-id)", path);
    if (!S_ISCHR(found.st_mode))
        return log_error("wire=%s is no device; name a tty, e.g. /dev/ttyUSB0",
                         path);
    fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_EXCL | O_CLOEXEC);
    if (fd < 0)
        return log_errno("cannot open wire=%s", path);
    if (ioctl(fd, TCGETS2, &termios)) {
        log_errno("wire=%s is no serial line; name a tty, e.g. "
                  "/dev/ttyUSB0", path);
        goto out;
    }
    /* EIO is Linux's answer for a ttyS that has no port behind it. */
    if (ioctl(fd, TIOCMGET, &lines) && errno == EIO) {
        log_error("wire=%s has no UART behind it; is its port given to a "
                  "guest by machine=? (setserial -g %s)",
                  path, path);
        goto out;
    }
    return fd;
out:
    close(fd);
    return -1;
}

/* Drops what the tty has not sent; but nothing where all was sent, since of a
 * pty a flush would take what its other side has not read yet. */
static void drop_unsent(int fd)
{
    int left = 0;

    if (!ioctl(fd, TIOCOUTQ, &left) && left > 0)
        ioctl(fd, TCFLSH, TCOFLUSH);
}

void wire_tty_let_go(int fd)
{
    drop_unsent(fd);
    close(fd);
}

static int keep_settings(const struct wire_tty *tty,
                         struct wire_tty_settings *before)
{
    struct stat found;

    if (fstat(tty->fd, &found))
        return -1;
    if (before->is_kept && before->device == found.st_rdev)
        return 0;
    before->is_kept = false;
    if (ioctl(tty->fd, TCGETS2, before->termios))
        return -1;
    before->device = found.st_rdev;
    before->is_kept = true;
    return 0;
}

/* Every byte comes in as it is; a break and a byte with a wrong parity come in
 * marked (PARMRK).  Carrier is the guest's affair (CLOCAL). */
static int make_raw(const struct wire_tty *tty)
{
    struct termios2 termios;

    if (ioctl(tty->fd, TCGETS2, &termios))
        return -1;
    termios.c_iflag = PARMRK;
    termios.c_oflag = 0;
    termios.c_lflag = 0;
    termios.c_cflag |= CLOCAL | CREAD;
    termios.c_cc[VMIN] = 1;
    termios.c_cc[VTIME] = 0;
    return ioctl(tty->fd, TCSETS2, &termios);
}

static int set_up(struct wire_tty *tty, int fd,
                  struct wire_tty_settings *before)
{
    int lines;

    *tty = (struct wire_tty){
        .fd = fd,
        .is_draining = true, /* a predecessor's bytes may still be there */
    };
    tty->has_lines = !ioctl(tty->fd, TIOCMGET, &lines);
    return ioctl(tty->fd, TIOCEXCL) || keep_settings(tty, before) ||
           make_raw(tty);
}

int wire_tty_open(struct wire_tty *tty, const char *path,
                  struct wire_tty_settings *before)
{
    int fd = wire_tty_open_path(path);

    *tty = WIRE_TTY_CLOSED;
    if (fd < 0)
        return -1;
    if (set_up(tty, fd, before)) {
        log_errno("cannot set up wire=%s", path);
        wire_tty_close(tty, before);
        return -1;
    }
    return 0;
}

bool wire_tty_take_over(struct wire_tty *tty, int fd,
                        struct wire_tty_settings *before)
{
    if (!set_up(tty, fd, before))
        return true;
    lose(tty);
    return false;
}

void wire_tty_close(struct wire_tty *tty, struct wire_tty_settings *before)
{
    unsigned int checks = 0;

    if (tty->fd < 0)
        return;
    while (!wire_tty_is_drained(tty) && checks++ < DRAIN_CHECKS)
        poll(NULL, 0, DRAIN_CHECK_MS);
    drop_unsent(tty->fd);
    if (before->is_kept)
        ioctl(tty->fd, TCSETS2, before->termios);
    before->is_kept = false;
    ioctl(tty->fd, TIOCCBRK);
    ioctl(tty->fd, TIOCNXCL);
    close(tty->fd);
    *tty = WIRE_TTY_CLOSED;
}

/* A driver refuses a request that it does not know, and the tty works on; EIO
 * and ENODEV say that the device is gone. */
static bool control(struct wire_tty *tty, unsigned long request,
                    void *argument)
{
    if (tty->fd < 0)
        return false;
    if (!ioctl(tty->fd, request, argument))
        return true;
    if (errno == EIO || errno == ENODEV)
        lose(tty);
    return false;
}

/* ---- settings ---- */

uint32_t wire_tty_frame_flags(uint8_t frame)
{
    static const uint32_t sizes[] = { CS5, CS6, CS7, CS8 };
    uint32_t flags = sizes[frame & UART_LCR_WLEN8];

    if (frame & UART_LCR_STOP)
        flags |= CSTOPB;
    if (frame & UART_LCR_PARITY) {
        flags |= PARENB;
        if (!(frame & UART_LCR_EPAR))
            flags |= PARODD;
        /* PC16550D 8.1: the parity bit is what bit 4 is not. */
        if (frame & UART_LCR_SPAR)
            flags |= CMSPAR;
    }
    return flags;
}

/* A rate that has a name is set by its name: stty(1) knows no others. */
static uint32_t baud_flag(unsigned int baud)
{
    static const struct {
        unsigned int baud;
        uint32_t flag;
    } names[] = {
        { 50, B50 }, { 75, B75 }, { 110, B110 }, { 134, B134 },
        { 150, B150 }, { 200, B200 }, { 300, B300 }, { 600, B600 },
        { 1200, B1200 }, { 1800, B1800 }, { 2400, B2400 }, { 4800, B4800 },
        { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 },
        { 57600, B57600 }, { 115200, B115200 },
    };
    unsigned int i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].baud == baud)
            return names[i].flag;
    return BOTHER;
}

void wire_tty_set_frame(struct wire_tty *tty, unsigned int baud,
                        uint8_t frame, bool has_flow)
{
    const uint32_t ours = CSIZE | CSTOPB | PARENB | PARODD | CMSPAR |
                          CRTSCTS | CBAUD | (CBAUD << IBSHIFT);
    struct termios2 termios;

    if (!control(tty, TCGETS2, &termios))
        return;
    termios.c_cflag = (termios.c_cflag & ~ours) |
                      wire_tty_frame_flags(frame) |
                      (has_flow ? CRTSCTS : 0) | baud_flag(baud) |
                      (baud_flag(baud) << IBSHIFT);
    termios.c_iflag = PARMRK | (frame & UART_LCR_PARITY ? INPCK : 0);
    termios.c_ispeed = baud;
    termios.c_ospeed = baud;
    control(tty, TCSETS2, &termios);
}

void wire_tty_set_lines(struct wire_tty *tty, uint8_t which, uint8_t up)
{
    int raised = 0, dropped = 0;

    if (!tty->has_lines)
        return;
    if (which & UART_MCR_DTR)
        *(up & UART_MCR_DTR ? &raised : &dropped) |= TIOCM_DTR;
    if (which & UART_MCR_RTS)
        *(up & UART_MCR_RTS ? &raised : &dropped) |= TIOCM_RTS;
    if (raised)
        control(tty, TIOCMBIS, &raised);
    if (dropped)
        control(tty, TIOCMBIC, &dropped);
}

void wire_tty_set_break(struct wire_tty *tty, bool is_on)
{
    control(tty, is_on ? TIOCSBRK : TIOCCBRK, NULL);
}

bool wire_tty_get_lines(struct wire_tty *tty, uint8_t *lines)
{
    int now;

    if (!tty->has_lines || !control(tty, TIOCMGET, &now))
        return false;
    *lines = (now & TIOCM_CTS ? UART_MSR_CTS : 0) |
             (now & TIOCM_DSR ? UART_MSR_DSR : 0) |
             (now & TIOCM_RNG ? UART_MSR_RI : 0) |
             (now & TIOCM_CAR ? UART_MSR_DCD : 0);
    return true;
}

/* ---- bytes ---- */

static bool is_ready(struct wire_tty *tty, short event)
{
    struct pollfd wanted = { .fd = tty->fd, .events = event };

    if (tty->fd < 0 || poll(&wanted, 1, 0) <= 0)
        return false;
    if (wanted.revents & event)
        return true;
    lose(tty);
    return false;
}

bool wire_tty_can_put(struct wire_tty *tty)
{
    /* Only a tty that has refused a byte is asked: one that takes all costs
     * one system call a byte. */
    if (tty->is_full && is_ready(tty, POLLOUT))
        tty->is_full = false;
    return tty->fd >= 0 && !tty->is_full;
}

bool wire_tty_can_take(struct wire_tty *tty)
{
    return is_ready(tty, POLLIN);
}

bool wire_tty_put(struct wire_tty *tty, uint8_t byte)
{
    ssize_t count;

    if (tty->fd < 0)
        return false;
    count = write(tty->fd, &byte, 1);
    if (count == 1) {
        tty->is_draining = true;
        return true;
    }
    if (count == 0 || errno == EAGAIN || errno == EINTR)
        tty->is_full = true;
    else
        lose(tty);
    return false;
}

bool wire_tty_take(struct wire_tty *tty, uint8_t *byte)
{
    ssize_t count;

    if (tty->fd < 0)
        return false;
    count = read(tty->fd, byte, 1);
    /* 0 is the end of the file: the tty was hung up. */
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
        lose(tty);
    return count == 1;
}

bool wire_tty_is_drained(struct wire_tty *tty)
{
    int left = 0;

    if (tty->is_draining && tty->fd >= 0) {
        control(tty, TIOCOUTQ, &left);
        tty->is_draining = tty->fd >= 0 && left > 0;
    }
    return tty->fd < 0 || !tty->is_draining;
}
