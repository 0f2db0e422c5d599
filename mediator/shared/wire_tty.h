/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_tty.h - a tty of dom0's Linux (/dev/ttyUSB0) as a wire
 *
 * The kernel's driver has the hardware, its buffers and its flow control; here
 * are the system calls.  A guest's vCPU waits while the functions run that
 * stand below wire_tty_close(): none of them blocks, allocates or logs.
 *
 * A tty that went away (a cable was pulled, a pty's other side closed) is
 * lost: it takes and gives nothing, until one that is there again is taken
 * over.
 */
#ifndef MEDIATOR_WIRE_TTY_H
#define MEDIATOR_WIRE_TTY_H

#include <stdbool.h>
#include <stdint.h>

#define WIRE_TTY_SETTINGS_BYTES 44 /* of a struct termios2 */

/* How a tty was set before it became a wire.  Plain data in the state file, so
 * that a process that is killed leaves it to its successor. */
struct wire_tty_settings {
    uint64_t device;  /* which tty was set so */
    uint32_t is_kept; /* there are settings to restore */
    uint8_t termios[WIRE_TTY_SETTINGS_BYTES];
};

struct wire_tty {
    int fd;           /* -1: none, or lost */
    bool is_lost;
    bool has_lines;   /* DTR, CTS and the others: a pty has none */
    bool is_full;     /* it took nothing when a byte was last tried */
    bool is_draining; /* the kernel may hold bytes that it has not sent */
};

#define WIRE_TTY_CLOSED ((struct wire_tty){ .fd = -1 })

/* Opens a tty and makes sure that it is one; nothing is set.  Returns a
 * descriptor, or -1 with a message logged. */
int wire_tty_open_path(const char *path);

/* Closes such a descriptor.  What the tty's user left unsent is dropped: Linux
 * would wait for it. */
void wire_tty_let_go(int fd);

/* Opens a tty as a raw line that nobody but root can open too.  `before` is
 * filled, unless a predecessor has kept this same tty's settings there. */
int wire_tty_open(struct wire_tty *tty, const char *path,
                  struct wire_tty_settings *before);

/* The same with the descriptor of a tty that is there again, in the place of
 * one that is_lost; takes over fd.  False, without a message: it is lost
 * again. */
bool wire_tty_take_over(struct wire_tty *tty, int fd,
                        struct wire_tty_settings *before);

/* Restores `before` and closes the tty.  What it did not send within a second
 * is dropped: Linux would wait up to half a minute for that.  Idempotent. */
void wire_tty_close(struct wire_tty *tty, struct wire_tty_settings *before);

/* Sets baud rate and frame.  frame: bits 0 to 5 of LCR (data bits, stop bits,
 * parity).  has_flow: the kernel heeds CTS and moves RTS (crtscts). */
void wire_tty_set_frame(struct wire_tty *tty, unsigned int baud,
                        uint8_t frame, bool has_flow);
/* The bits of c_cflag for such a frame. */
uint32_t wire_tty_frame_flags(uint8_t frame);

/* Raises those of the modem lines `which` that are set in `up`, and lowers the
 * others; DTR and RTS as in MCR. */
void wire_tty_set_lines(struct wire_tty *tty, uint8_t which, uint8_t up);
void wire_tty_set_break(struct wire_tty *tty, bool is_on);

/* Asks for CTS, DSR, RI and DCD, as in MSR.  False: the tty has no modem
 * lines, and *lines stays. */
bool wire_tty_get_lines(struct wire_tty *tty, uint8_t *lines);

/* Would the tty take a byte?  Has it one?  These are asked first, so that put
 * and take can stand behind a mark in the journal that says "may have
 * happened". */
bool wire_tty_can_put(struct wire_tty *tty);
bool wire_tty_can_take(struct wire_tty *tty);

/* Move one byte.  False: the tty did not take it, or had none. */
bool wire_tty_put(struct wire_tty *tty, uint8_t byte);
bool wire_tty_take(struct wire_tty *tty, uint8_t *byte);

/* Has the kernel sent all that it took? */
bool wire_tty_is_drained(struct wire_tty *tty);

#endif
