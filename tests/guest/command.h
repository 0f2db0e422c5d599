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
extern const struct command duplex_commands[];    /* both ways at once */
extern const struct command port_commands[];      /* any port, any memory */
extern const struct command interrupt_commands[];
extern const struct command conformance_commands[]; /* by the data sheet */
extern const struct command hammer_commands[];    /* anything, at random */
extern const struct command balloon_commands[];
extern const struct command machine_commands[];   /* the guest itself */

/* Runs the command in the line, which has no line end and is taken apart in
 * place. */
void command_run(char *line);

/* Runs commands that are separated by ';'. */
void command_run_script(char *script);

/* Sets what the command version shows of the program's start. */
void command_set_start(const char *how, unsigned int memory_mib);

/* What a guest does that was given no commands, see README.md: `lines` lines,
 * or lines for ever if that is 0. */
int command_demo(uint32_t lines);

/* They take printf formats, without a line end.  reply_ok() returns 0,
 * reply_error() -1. */
__attribute__((format(printf, 1, 2))) int reply_ok(const char *format, ...);
__attribute__((format(printf, 1, 2))) int reply_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void reply_note(const char *format, ...);

/* Answers "error NAME: wrong arguments; usage: ..." for the command that is
 * running, and returns -1. */
int reply_usage(void);

#endif
