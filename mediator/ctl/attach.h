/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach.h - mediatorctl attach: a console in this terminal
 *
 * Standard input goes to the guest, the guest's output to standard output,
 * its history first; our own words go to standard error.  When the net role
 * or mediatord goes away, it attaches again and goes on where it was.
 */
#ifndef MEDIATOR_ATTACH_H
#define MEDIATOR_ATTACH_H

#include <stdbool.h>

#include "ctl/attach_escape.h"

struct attach_options {
    const char *directory;
    const char *guest, *name; /* name NULL: its only console */
    int escape;               /* attach_escape.h; only for a terminal */
    bool is_read_only;
};

#define ATTACH_OPTIONS_DEFAULT \
    ((struct attach_options){ .escape = ATTACH_ESCAPE_DEFAULT })

/* Returns an exit status: 0 detached, 1 refused or the console is gone, 3
 * mediatord does not answer (any more). */
int attach(const struct attach_options *options);

#endif
