/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command.h - the commands, their tables and how they answer
 *
 * Every command answers with exactly one line, "ok NAME ..." or "error ...",
 * after any number of note lines "# ...".
 */
#ifndef GUEST_COMMAND_H
#define GUEST_COMMAND_H

#include "text.h"

struct command {
    const char *name;
    const char *arguments; /* as help shows them */
    const char *summary;
    /* Answers by reply_ok() or reply_error() and returns its value. */
    int (*run)(struct words *words);
};

/* Tables end with name = NULL. */
extern const struct command console_commands[];   /* the UART under test */
extern const struct command stream_commands[];    /* long transfers */
extern const struct command port_commands[];      /* any port, any memory */
extern const struct command interrupt_commands[];
extern const struct command conformance_commands[]; /* by the data sheet */
extern const struct command hammer_commands[];    /* anything, at random */
extern const struct command balloon_commands[];
extern const struct command machine_commands[];   /* the guest itself */

/* One line, without a line end.  It is taken apart in place. */
void command_run(char *line);
/* Commands with ';' between them. */
void command_run_script(char *script);

/* Shown by version: how the program was started. */
void command_set_start(const char *how, unsigned int memory_mib);

/* The script of a guest that was given none: see README.md.  0: for ever. */
int command_demo(uint32_t lines);

/* printf formats, without the line end; reply_error() returns -1. */
__attribute__((format(printf, 1, 2))) int reply_ok(const char *format, ...);
__attribute__((format(printf, 1, 2))) int reply_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void reply_note(const char *format, ...);

/* "error NAME: wrong arguments; usage: ..." for the command that is running. */
int reply_usage(void);

#endif
