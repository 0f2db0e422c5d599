/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach.h - mediatorctl attach: a console in this terminal
 *
 * Standard input goes to the guest.  The guest's output goes to standard
 * output, its history first, and messages of our own to standard error.  When
 * the net role or mediatord goes away, attach() attaches again and goes on
 * with the byte after the last one that it has received.
 */
#ifndef MEDIATOR_ATTACH_H
#define MEDIATOR_ATTACH_H

#include <stdbool.h>

#include "ctl/attach_escape.h"

struct attach_options {
    const char *directory;
    const char *guest, *name; /* name may be NULL when the guest has only one
                               * console */
    int escape;               /* as attach_escape_parse() gives it; it is used
                               * only when standard input is a terminal */
    bool is_read_only;
};

#define ATTACH_OPTIONS_DEFAULT \
    ((struct attach_options){ .escape = ATTACH_ESCAPE_DEFAULT })

/* Returns an exit status: 0 when the user detached, 1 when mediatord refused
 * or the console is gone, 3 when mediatord does not answer, or not any
 * more. */
int attach(const struct attach_options *options);

#endif
