/* SPDX-License-Identifier: BSD-2-Clause */
/* console_attach.h - a client in dom0 is joined to the net role */
#ifndef MEDIATOR_CONSOLE_ATTACH_H
#define MEDIATOR_CONSOLE_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

struct console_list;

/* What a client of a console in dom0 asks for. */
struct console_attach {
    const char *guest, *name; /* name NULL: the guest's only console */
    bool has_from;
    uint64_t from;            /* offset in the guest's output; without it the
                               * history comes first, as for a TCP client */
    bool is_read_only;
    bool is_terminal;         /* of the history a terminal gets nothing that it
                               * would answer */
};

/* Returns the client's end of a socket (attach_protocol.h), of which the net
 * role has the other one; the caller owns it.  Or returns -1 with a message;
 * may_retry says whether asking again in a moment may help. */
int console_attach(struct console_list *list,
                   const struct console_attach *wanted, bool *may_retry);

#endif
