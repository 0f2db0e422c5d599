/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_link.h - what the supervisor and a role say to each other
 *
 * A role is exec'd with one end of a SOCK_SEQPACKET pair as descriptor
 * ROLE_LINK_FD.  Each message is one packet of struct role_message.  A role
 * may send what the supervisor allows in the state that the role, or its
 * console, is in (supervisor/roles/role_process.h), and nothing that it sends
 * is believed beyond its own console.  A role whose supervisor went away reads
 * end-of-file and stops as if told to.
 */
#ifndef MEDIATOR_ROLE_LINK_H
#define MEDIATOR_ROLE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/console_options.h"
#include "shared/descriptors.h"
#include "shared/log.h"

#define ROLE_LINK_FD 3
#define ROLE_LINK_FDS_MAX DESCRIPTORS_MAX

enum role_message_type {
    /* A role says to the supervisor: */
    ROLE_READY = 1,      /* handles open, confined, at work */
    ROLE_FAILED,         /* text says why; the role exits after it */
    ROLE_SERVER_CREATED, /* uart: value is the ioreq server's id.  Sent before
                          * anything uses the server, so that a successor can
                          * always find it. */
    ROLE_SERVER_GONE,    /* uart: the answer to ROLE_REMOVE_SERVER */
    ROLE_WIRE_LOST,      /* uart: the tty of wire= is gone; ROLE_WIRE brings
                          * another */
    ROLE_CONSOLE_ADDED,  /* net: console listens */
    ROLE_CONSOLE_FAILED, /* net: console does not; text says why */
    ROLE_PTY_REMOVED,    /* net: let go of console's pty; nobody has it open */
    ROLE_BREAK_SENT,     /* net: the break that console was to get, by a
                          * ROLE_BREAK of the same value, stands in its in
                          * ring */
    ROLE_BREAK_REFUSED,  /* net: it does not; text says why */
    ROLE_WARNING,        /* text goes to the log under the role's name */
    ROLE_PONG,           /* the answer to ROLE_PING, by the role's loop */

    /* The supervisor says to a role: */
    ROLE_STOP,           /* finish the access under way and exit */
    ROLE_REMOVE_SERVER,  /* uart: disable, answer all, notify, destroy, exit */
    ROLE_WIRE,           /* uart: the tty of wire= is there again; with one
                          * descriptor, the tty */
    ROLE_ADD_CONSOLE,    /* net: console, options; value as with ROLE_GUEST;
                          * with three descriptors: out ring (read-only), in
                          * ring, the uart role's FIFO */
    ROLE_GUEST,          /* net: console has a guest (value 1) or none (0), for
                          * which what is typed would be meant */
    ROLE_REMOVE_CONSOLE, /* net: console; its clients are sent what is left
                          * and closed */
    ROLE_ADD_LOCAL,      /* net: console has a client in dom0, who begins at
                          * `from`; value is one of enum role_local; with one
                          * descriptor, of which no other copy is used.
                          * is_read_only: what it types is thrown away;
                          * is_terminal: of the history it gets nothing that
                          * a terminal would answer */
    ROLE_ANSWER,         /* supervisor's go-ahead to ROLE_SERVER_CREATED */
    ROLE_BREAK,          /* net: console's guest is to receive a break, behind
                          * all that was typed before; value comes back with
                          * the answer */
    ROLE_PING,           /* does the role's loop go round? */
    ROLE_MESSAGE_TYPES   /* one more than the last type */
};

/* Who sends messages; ORed, for a message that several send. */
enum role_sender {
    ROLE_SENDER_SUPERVISOR = 1 << 0,
    ROLE_SENDER_UART = 1 << 1,
    ROLE_SENDER_NET = 1 << 2,
};

/* The message's name without its prefix, "READY", for the log; "unknown
 * message" for a type that there is not. */
const char *role_message_name(uint32_t type);

/* Which enum role_sender send it; 0 for a type that there is not. */
unsigned int role_message_senders(uint32_t type);

enum role_local {
    ROLE_LOCAL_ATTACH, /* a socket, attach_protocol.h */
    ROLE_LOCAL_PTY,    /* a pty's master: bytes, no more */
};

struct role_message {
    uint32_t type;
    uint32_t console;      /* a number that the supervisor gave it */
    uint32_t value;
    uint8_t is_read_only;  /* no bools: any byte can have come */
    uint8_t is_terminal;
    uint64_t from;         /* an offset in the out ring */
    char options[CONSOLE_OPTIONS_BYTES]; /* both always terminated */
    char text[LOG_TEXT_BYTES];           /* received: printable.h */
};

/* What a message says that something failed for, which is never "": that would
 * be taken for success where "" stands for no problem. */
const char *role_message_reason(const struct role_message *message);

/* Sends a message with up to ROLE_LINK_FDS_MAX descriptors (the sender keeps
 * its own copies).  Returns 0, or -1 with a message logged. */
int role_link_send(int link, const struct role_message *message,
                   const int *fds, unsigned int fd_count);

/* Shorthands. */
int role_link_send_type(int link, enum role_message_type type);
int role_link_send_text(int link, enum role_message_type type,
                        uint32_t console, const char *text);

enum role_link_result {
    ROLE_LINK_MESSAGE,
    ROLE_LINK_EMPTY,  /* a non-blocking link holds none now */
    ROLE_LINK_CLOSED, /* the other side is gone, or sent nonsense */
};

/* A packet that is shorter or longer than a message is nonsense.
 * fds has ROLE_LINK_FDS_MAX places, of which those that are not needed become
 * -1.  The caller owns the descriptors that come with a message; with any
 * other result there are none.  fds may be NULL when the other side has no
 * descriptors to send: the kernel lets go of those that come all the same. */
enum role_link_result role_link_receive(int link, struct role_message *message,
                                        int *fds);

#endif
