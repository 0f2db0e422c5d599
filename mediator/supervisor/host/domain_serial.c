/* SPDX-License-Identifier: BSD-2-Clause */
/* domain_serial.c - where xl console looks for a guest's serial port */
#include "supervisor/host/domain_serial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"
#include "supervisor/host/domain_handles.h"

#define PATH_BYTES 80
#define SERVER "mediatord"

static const uint16_t com_ports[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

bool domain_serial_number(uint16_t port, unsigned int *number)
{
    for (*number = 0; *number < sizeof(com_ports) / sizeof(com_ports[0]);
         (*number)++)
        if (com_ports[*number] == port)
            return true;
    return false;
}

/* The path of a node of serial/N, or of that folder itself when node is "". */
static void make_path(char path[PATH_BYTES], uint32_t domid,
                      unsigned int number, const char *node)
{
    snprintf(path, PATH_BYTES, "/local/domain/%u/serial/%u%s%s", domid,
             number, *node ? "/" : "", node);
}

/* Whether the node has this text, or, when wanted is NULL, any. */
static bool holds(struct store *store, xs_transaction_t within,
                  const char *path, const char *wanted)
{
    char *value = store_read(store, within, path, NULL);
    bool is_so = value && (!wanted || !strcmp(value, wanted));

    free(value);
    return is_so;
}

/* A domain that is gone has no folder any more, of which no node must be made
 * again. */
static bool has_domain(struct store *store, xs_transaction_t within,
                       uint32_t domid)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
    return holds(store, within, path, NULL);
}

static bool write_for_dom0(struct store *store, xs_transaction_t within,
                           const char *path, const char *text)
{
    return store_write(store, within, path, text) &&
           store_hide(store, within, path);
}

int domain_serial_publish(struct domains *domains, uint32_t domid,
                          unsigned int number, const char *path)
{
    char tty[PATH_BYTES], server[PATH_BYTES];
    struct store *store = domains->store;
    bool is_theirs, is_written;

    make_path(tty, domid, number, "tty");
    make_path(server, domid, number, "server");
    do {
        xs_transaction_t transaction = store_begin(store);

        if (transaction == XBT_NULL)
            break;
        is_theirs = holds(store, transaction, tty, NULL) &&
                    !holds(store, transaction, server, SERVER);
        is_written = !is_theirs && has_domain(store, transaction, domid) &&
                     write_for_dom0(store, transaction, server, SERVER) &&
                     write_for_dom0(store, transaction, tty, path);
        if (store_end(store, transaction, !is_written))
            return is_theirs ? 1 : is_written ? 0
                   : log_error("cannot write %s in xenstore; xl console will "
                               "not find this console", tty);
    } while (errno == EAGAIN);
    return log_errno("cannot write %s in xenstore", tty);
}

void domain_serial_withdraw(struct domains *domains, uint32_t domid,
                            unsigned int number, const char *path)
{
    char tty[PATH_BYTES], server[PATH_BYTES], folder[PATH_BYTES];
    struct store *store = domains->store;
    bool is_removed;

    make_path(folder, domid, number, "");
    make_path(tty, domid, number, "tty");
    make_path(server, domid, number, "server");
    do {
        xs_transaction_t transaction = store_begin(store);

        if (transaction == XBT_NULL)
            return;
        is_removed = holds(store, transaction, tty, path) &&
                     holds(store, transaction, server, SERVER) &&
                     store_remove(store, transaction, folder);
        if (store_end(store, transaction, !is_removed))
            return;
    } while (errno == EAGAIN);
}
