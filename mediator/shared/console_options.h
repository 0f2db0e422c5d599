/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_options.h - what may be said of a console,
 * "mode=passthrough;machine=3f8;tcp=1234", and what it then is
 *
 * The list below is the only one: it makes the members of struct
 * console_options, the table by which they are read and written as text, and
 * the message that names them all.  That text is how an operator writes them,
 * how the supervisor keeps them over a restart, and how a role is told them.
 * A new option of a kind that exists is one line here, the code that looks at
 * its member, and a paragraph in mediatorctl(1).
 */
#ifndef MEDIATOR_CONSOLE_OPTIONS_H
#define MEDIATOR_CONSOLE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/access_list.h"

#define SERVER_NAME_BYTES 32
#define REPLAY_ALL UINT64_MAX

/* Kinds of values: what a member is in C.  console_options.c has the text of
 * each. */
typedef char option_server_name[SERVER_NAME_BYTES];
typedef char option_mode[16];
typedef uint16_t option_ports;     /* the first of a UART's eight */
typedef uint16_t option_base_port; /* the same, written alone */
typedef uint8_t option_isa_irq;
typedef uint16_t option_tcp_port;
typedef uint64_t option_history;   /* bytes */
typedef uint64_t option_replay;    /* bytes; 0: off, REPLAY_ALL: all */
typedef char option_allow[ACCESS_LIST_BYTES]; /* as written; "": everybody */
typedef char option_tty[128];      /* a path below /dev; "": none */
typedef bool option_choice;        /* whether it is the second of two words */

/* OPTION(kind, key, member, the value when nothing is said), and of a choice
 * the two words. */
#define CONSOLE_OPTIONS(OPTION)                                              \
    /* The name of the console's ioreq server. */                           \
    OPTION(server_name, "name", name, "com1")                                \
    /* Which UART the guest gets: uart_mode.h. */                            \
    OPTION(mode, "mode", mode, "passthrough")                                \
    /* The guest's I/O ports. */                                             \
    OPTION(ports, "ports", first_port, "3f8-3ff")                            \
    /* The guest's ISA interrupt. */                                         \
    OPTION(isa_irq, "irq", irq, "4")                                         \
    /* The base port of the machine's own UART. */                           \
    OPTION(base_port, "machine", machine_port, "3f8")                        \
    /* The port at which TCP clients connect. */                             \
    OPTION(tcp_port, "tcp", tcp_port, "1234")                                \
    /* How much of the guest's output is kept. */                            \
    OPTION(history, "history", history_bytes, "1M")                          \
    /* How much of that a new client is sent first. */                       \
    OPTION(replay, "replay", replay_bytes, "all")                            \
    /* ro: clients cannot type. */                                           \
    OPTION(choice, "access", is_read_only, "rw", "rw", "ro")                 \
    /* Who may connect over TCP: access_list.h. */                           \
    OPTION(allow, "allow", allow, "")                                        \
    /* loopback: what clients type goes out at the machine's port and comes  \
     * back by a plug there; the guest's own output stays off that line. */  \
    OPTION(choice, "input", has_plug, "direct", "direct", "loopback")        \
    /* The transmitter of mode=virtual keeps to its baud rate. */            \
    OPTION(choice, "pace", is_paced, "off", "off", "on")                     \
    /* 64: the UART of mode=virtual is a 16750. */                           \
    OPTION(choice, "fifo", is_16750, "16", "16", "64")                       \
    /* Nothing is received while the guest holds MCR.RTS low. */             \
    OPTION(choice, "rts", needs_rts, "off", "off", "on")                     \
    /* What comes in on the serial line of the machine's UART reaches the    \
     * guest. */                                                             \
    OPTION(choice, "wire-in", has_line_input, "off", "off", "on")            \
    /* The wire of mode=virtual. */                                          \
    OPTION(tty, "wire", wire, "")                                            \
    /* off: mode=virtual does not use what a Xen with xen-patch's hypervisor \
     * part offers. */                                                       \
    OPTION(choice, "posted", is_unposted, "on", "on", "off")

struct console_options {
#define MEMBER(kind, key, member, ...) option_##kind member;
    CONSOLE_OPTIONS(MEMBER)
#undef MEMBER
};

/* The values when nothing is said. */
void console_options_init(struct console_options *options);

/* text: items "key=value" separated by ';'; what is not given keeps its
 * value.  Fails with a message that names the item. */
int console_options_parse(struct console_options *options, const char *text);

/* Whether the items go together, once all are known. */
int console_options_check(const struct console_options *options);

/* All of them as a text that console_options_parse() reads; it always fits. */
#define CONSOLE_OPTIONS_BYTES 1024
void console_options_format(const struct console_options *options,
                            char text[CONSOLE_OPTIONS_BYTES]);

#endif
