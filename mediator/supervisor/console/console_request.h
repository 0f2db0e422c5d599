/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_request.h - serve and unserve: what an operator or xl asks for
 */
#ifndef MEDIATOR_CONSOLE_REQUEST_H
#define MEDIATOR_CONSOLE_REQUEST_H

#include "supervisor/console/console.h"

/* What is asked for still belongs to a domain that is ending: to ask again
 * helps when the event `idle` of console_list.h comes. */
#define CONSOLE_BUSY 1

/* Both begin a request and return 0, or fail at once with -1 and a message
 * (log_last_error()), or CONSOLE_BUSY, without a call of done.  An unserve may
 * be done before it returns. */
int console_serve(struct console_list *list, const struct domain *domain,
                  const char *options, console_done *done, void *opaque);
/* name NULL: the guest's only console. */

/* As console_serve(), for xl, which asks for the same domain again after a
 * soft reset (kexec in the guest): Xen keeps the domain's ioreq servers then.
 * A console that this very domain has already, with these ports and this
 * interrupt, goes on as it is, whatever else the options say; done may be
 * called before this returns. */
int console_ensure_served(struct console_list *list,
                          const struct domain *domain, const char *options,
                          console_done *done, void *opaque);

int console_unserve(struct console_list *list, const char *guest,
                    const char *name, console_done *done, void *opaque);

/* Whoever waited for console_serve() or console_unserve() is gone. */
void console_forget_request(struct console_list *list, void *opaque);

#endif
