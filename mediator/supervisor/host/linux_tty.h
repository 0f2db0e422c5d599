/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linux_tty.h - dom0's own serial driver lets go of a port, and gets it back
 *
 * Linux normally holds COM1 as a ttyS.  A tty that nobody uses is told to
 * forget its port (the port type "unknown", as `setserial uart none` does),
 * and told its old settings again afterwards.
 */
#ifndef MEDIATOR_LINUX_TTY_H
#define MEDIATOR_LINUX_TTY_H

#include <linux/serial.h>
#include <stdbool.h>
#include <stdint.h>

struct linux_tty {
    char name[16];               /* "ttyS0"; "" when Linux has none there */
    struct serial_struct serial; /* as it was */
};

/* Makes the tty at machine port `port`, if there is one, let go.  Fails, with
 * a message that names the user and the cure, when it is dom0's console or
 * somebody has it open. */
int linux_tty_release(struct linux_tty *tty, uint16_t port);

/* Checks whether the tty at this path, below /dev, may be used as a wire.
 * Fails as linux_tty_release() does. */
int linux_tty_check_free(const char *path);

/* Gives the tty back; does nothing when there was none. */
void linux_tty_give_back(struct linux_tty *tty);

#endif
