/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iommu_facts.c - the machine is asked what its IOMMU does not see: sysfs for
 * the bus and the firmware's table, Xen for what it said at its start
 */
#include "supervisor/host/iommu_facts.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/host/xen_boot.h"

#define SYSFS          "/sys"
#define HEADER_BYTES   64
#define CONFIG_BYTES   4096
#define TABLE_BYTES    64            /* of an ACPI table; enough of it */
#define MESSAGES_BYTES (1024 * 1024) /* Xen's at its start are the oldest */

/* ---- the bus ---- */

/* Reads up to `bytes`; returns how many, 0 when the file cannot be read. */
static size_t read_file(const char *path, uint8_t *data, size_t bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t r;

    if (fd < 0)
        return 0;
    while (length < bytes) {
        r = read(fd, data + length, bytes - length);
        if (r <= 0)
            break;
        length += r;
    }
    close(fd);
    return length;
}

/* The name of a folder in sysfs.  A segment of more than 16 bits is none of
 * Xen's. */
static bool parse_name(struct pci_address *address, const char *name)
{
    unsigned int segment, bus, device, function;
    char rest;

    if (strlen(name) >= PCI_ADDRESS_TEXT_BYTES ||
        sscanf(name, "%4x:%2x:%2x.%1x%c", &segment, &bus, &device, &function,
               &rest) != 4)
        return false;
    *address = (struct pci_address){
        .segment = segment,
        .bus = bus,
        .device = device,
        .function = function,
    };
    snprintf(address->text, sizeof(address->text), "%s", name);
    return true;
}

/* ACS concerns bridges, and the functions of the card's own device: of all
 * others the header will do, so that they are left alone. */
static void read_function(struct pci_function *function, const char *folder,
                          const struct pci_address *card)
{
    const struct pci_address *address = &function->address;
    uint8_t config[CONFIG_BYTES];
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/config", folder);
    pci_function_parse(function, config,
                       read_file(path, config, HEADER_BYTES));
    if (function->is_bridge ||
        (address->segment == card->segment && address->bus == card->bus &&
         address->device == card->device))
        pci_function_parse(function, config,
                           read_file(path, config, CONFIG_BYTES));
}

enum pci_isolation iommu_facts_read_isolation(
    const char *sysfs, const struct pci_address *card,
    char neighbour[PCI_ADDRESS_TEXT_BYTES])
{
    enum pci_isolation isolation = PCI_ISOLATION_UNKNOWN;
    const struct pci_function *found = NULL;
    struct pci_function *functions = NULL;
    char pattern[PATH_MAX];
    glob_t folders = { 0 };
    size_t i, count = 0;

    *neighbour = '\0';
    snprintf(pattern, sizeof(pattern), "%s/bus/pci/devices/*", sysfs);
    if (glob(pattern, 0, NULL, &folders))
        goto out;
    functions = calloc(folders.gl_pathc, sizeof(*functions));
    if (!functions)
        goto out;
    for (i = 0; i < folders.gl_pathc; i++) {
        const char *folder = folders.gl_pathv[i];

        if (parse_name(&functions[count].address, strrchr(folder, '/') + 1))
            read_function(&functions[count++], folder, card);
    }
    isolation = pci_isolation_find(functions, count, card, &found);
    if (isolation == PCI_ISOLATION_NO)
        snprintf(neighbour, PCI_ADDRESS_TEXT_BYTES, "%s",
                 found->address.text);
out:
    free(functions);
    globfree(&folders);
    return isolation;
}

/* ---- interrupts ---- */

enum interrupt_remapping iommu_facts_read_remapping(const char *sysfs,
                                                    const char *messages,
                                                    const char *options)
{
    static const char *const names[] = { "DMAR", "XMAR" };
    uint8_t table[TABLE_BYTES];
    struct interrupt_remapping_sources sources = {
        .messages = messages,
        .options = options,
        .dmar = table,
    };
    char path[PATH_MAX];
    unsigned int i;

    for (i = 0; i < 2 && !sources.dmar_bytes; i++) {
        snprintf(path, sizeof(path), "%s/firmware/acpi/tables/%s", sysfs,
                 names[i]);
        sources.dmar_bytes = read_file(path, table, sizeof(table));
    }
    return interrupt_remapping_find(&sources);
}

void iommu_facts_read(struct iommu_facts *facts, struct domains *domains,
                      const struct pci_address *card)
{
    char options[XEN_BOOT_OPTIONS_BYTES];
    char *messages = malloc(MESSAGES_BYTES);

    facts->isolation = iommu_facts_read_isolation(SYSFS, card,
                                                  facts->neighbour);
    if (messages)
        xen_boot_read_messages(domains, messages, MESSAGES_BYTES);
    xen_boot_read_options(domains, options);
    facts->remapping = iommu_facts_read_remapping(
        SYSFS, messages ? messages : "", options);
    free(messages);
}

/* ---- words ---- */

static void log_remapping(const struct iommu_facts *facts,
                          const struct pci_address *card)
{
    if (facts->remapping == INTERRUPT_REMAPPING_OFF)
        log_warning("the IOMMU does not remap interrupts: network card %s, if "
                    "it or who controls it is malicious, can raise any "
                    "interrupt on this host; turn interrupt remapping on in "
                    "the firmware, and take intremap=off out of Xen's "
                    "options", card->text);
    else if (facts->remapping == INTERRUPT_REMAPPING_UNKNOWN)
        log_warning("whether the IOMMU remaps interrupts is unknown, as "
                    "Xen's first messages are gone; if it does not, network "
                    "card %s can raise any interrupt on this host (after the "
                    "next boot xl dmesg says \"Interrupt remapping "
                    "enabled\")", card->text);
}

static void log_isolation(const struct iommu_facts *facts,
                          const struct pci_address *card)
{
    if (facts->isolation == PCI_ISOLATION_NO)
        log_warning("network card %s reaches PCI device %s without passing "
                    "the IOMMU, as no ACS keeps them apart; put it into "
                    "another slot, or turn ACS on in the firmware",
                    card->text, facts->neighbour);
    else if (facts->isolation == PCI_ISOLATION_UNKNOWN)
        log_warning("whether network card %s reaches other PCI devices "
                    "without passing the IOMMU is unknown, as the "
                    "configuration of the bridges above it cannot be read",
                    card->text);
}

void iommu_facts_log(const struct iommu_facts *facts,
                     const struct pci_address *card)
{
    log_remapping(facts, card);
    log_isolation(facts, card);
}
