/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - what mediatord is told by /etc/xen/mediator.cfg and its command
 * line
 */
#ifndef MEDIATOR_CONFIG_H
#define MEDIATOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/console_options.h"
#include "supervisor/host/domain.h"

#define CONFIG_FILE "/etc/xen/mediator.cfg"

/* A console that is there before its guest:
 * consoles = [ "guest=g1,name=com1,tcp=1234" ] */
struct config_console {
    char guest[DOMAIN_NAME_BYTES];
    struct console_options options;
};

struct config {
    char *nic;       /* nic = "pci:0000:00:02.0", "netdev:eth1" or "none" */
    char *iommu;     /* iommu = "on", or "off": a passed-through card may do
                      * without */
    char *address;   /* address = "192.168.0.2/24" or "dhcp" */
    char *address6;  /* address6 = "fd00::2/64", "auto" or "off" */
    char *gateway;   /* gateway = "192.168.0.1"; NULL: none */
    char *spin;      /* spin = "auto", "off" or how often a uart role looks */
    char *uart_user; /* uart_user = "mediatord-uart" */
    char *net_user;  /* net_user = "mediatord-net" */
    char *directory; /* --directory */
    struct config_console *consoles;
    size_t console_count;
};

/* Fills in the defaults; config_free() gives the memory back, also after a
 * failure. */
int config_init(struct config *config);

/* Reads a file of xl.cfg syntax, whose values replace those that are there.
 * is_optional: a missing file is no error. */
int config_read(struct config *config, const char *path, bool is_optional);

/* Fails with a message when the values make no sense. */
int config_check(const struct config *config);

/* How many times a uart role looks for a guest's next request before it
 * sleeps.  host_cpus counts the machine's processors, not dom0's. */
unsigned int config_spins(const struct config *config, unsigned int host_cpus);

/* Replaces one value, which is one of the strings above, by a copy of text;
 * NULL empties it.  Fails, with a message, when memory is short. */
int config_set(char **value, const char *text);

void config_free(struct config *config);

#endif
