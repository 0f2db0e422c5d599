/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_pci.c - "pci:BDF,holder=DOMID,frame=HEX,pages=N": a card passed through,
 * driven from here
 *
 * The supervisor has bound the card to uio_pci_generic and given it to the
 * holder domain (supervisor/roles/nic_passthrough.h).  This file maps the
 * card's registers by sysfs and the holder's memory by Xen; no Xen handle
 * stays open.
 *
 * At an interrupt uio_pci_generic sets INTx Disable and makes the descriptor
 * readable.  Once nothing is left to do, rearm() reads the descriptor and
 * clears that bit.  A cause that came in between keeps the interrupt line up,
 * so that the card interrupts again.
 */
#define _GNU_SOURCE
#include "nic/nic_pci.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xenforeignmemory.h>

#include "shared/confine.h"
#include "shared/log.h"

#define DEVICES        "/sys/bus/pci/devices"
#define PAGE_BYTES     4096
#define CLOSE_MS       10 /* the longest wait for the last frames to leave */
#define VAIN_RESETS    3  /* resets without a frame received, before the card
                           * is given up */

#define FAMILY_ADDRESS(name) &name,
static const struct pci_family *const families[] = {
    PCI_FAMILIES(FAMILY_ADDRESS)
};

static const int pci_syscalls[] = {
    SYS_pread64, SYS_pwrite64, SYS_nanosleep, SYS_clock_nanosleep,
};

static struct pci_nic *pci_nic(struct nic *nic)
{
    return (struct pci_nic *)nic;
}

static const struct pci_family *find_family(unsigned int vendor,
                                            unsigned int device)
{
    const struct pci_id *id;
    size_t i;

    for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        for (id = families[i]->ids; id->vendor; id++)
            if (id->vendor == vendor && id->device == device)
                return families[i];
    return NULL;
}

bool nic_drives_pci(unsigned int vendor, unsigned int device)
{
    return find_family(vendor, device) != NULL;
}

/* ---- configuration space ---- */

static uint16_t config_read(struct pci_nic *self, unsigned int offset)
{
    uint16_t value = UINT16_MAX; /* what a card that is gone reads as */

    if (pread(self->config_fd, &value, sizeof(value), offset) !=
        sizeof(value))
        return UINT16_MAX;
    return value;
}

static int write_command(struct pci_nic *self, uint16_t command)
{
    if (pwrite(self->config_fd, &command, sizeof(command), PCI_COMMAND) !=
        sizeof(command))
        return log_errno("cannot write network card %s's command register",
                         self->address);
    return 0;
}

/* Whether the card is there and may do DMA.  *command is its command
 * register. */
static bool is_able(struct pci_nic *self, uint16_t *command)
{
    *command = config_read(self, PCI_COMMAND);
    return *command != UINT16_MAX && (*command & PCI_COMMAND_MASTER);
}

/* Makes link_fd readable, so that link() is asked. */
static void tell_link(struct pci_nic *self)
{
    static const uint64_t one = 1;
    ssize_t r = write(self->nic.link_fd, &one, sizeof(one));

    (void)r; /* if this fails, link_fd is readable already */
}

/* From here on only the supervisor and a new net role can help the card. */
static void give_up(struct pci_nic *self, const char *reason)
{
    if (self->link != NIC_LINK_GONE)
        log_warning("network card %s %s", self->address, reason);
    self->link = NIC_LINK_GONE;
    tell_link(self);
}

/* This writes the whole register: a write of only the byte with the bit would
 * be legal, but some implementations (QEMU) miss it. */
static void enable_interrupt(struct pci_nic *self)
{
    uint16_t command;

    /* Xen turns off DMA of a card that faults too often, and it is not for us
     * to turn it on again. */
    if (!is_able(self, &command))
        give_up(self, command == UINT16_MAX ?
                "is gone" :
                "lost its right to DMA; xl dmesg may say why");
    else if (write_command(self, command & ~PCI_COMMAND_INTX_DISABLE))
        give_up(self, "cannot interrupt any more");
}

/* ---- opening ---- */

/* Splits "0000:00:02.0,holder=3,frame=7f800,pages=512". */
static int parse(struct pci_nic *self, const char *specification,
                 uint32_t *holder, uint64_t *frame, unsigned int *pages)
{
    char rest;

    if (sscanf(specification,
               "%15[0-9a-f:.],holder=%" SCNu32 ",frame=%" SCNx64
               ",pages=%u%c", self->address, holder, frame, pages,
               &rest) != 4 ||
        *pages < NIC_DMA_PAGES)
        return log_error("nic = \"pci:%s\" lacks what the supervisor adds to "
                         "it", specification);
    return 0;
}

static int open_config(struct pci_nic *self)
{
    char path[PATH_MAX];
    uint16_t command;

    snprintf(path, sizeof(path), DEVICES "/%s/config", self->address);
    self->config_fd = open(path, O_RDWR | O_CLOEXEC);
    if (self->config_fd < 0)
        return log_errno("cannot open %s; is the card still there?", path);
    self->family = find_family(config_read(self, PCI_VENDOR_ID),
                               config_read(self, PCI_DEVICE_ID));
    if (!self->family)
        return log_error("network card %s is none that mediatord drives; "
                         "mediatord(8) lists those", self->address);
    self->family_data = calloc(1, self->family->data_bytes);
    if (!self->family_data)
        return log_error("cannot open network card %s: out of memory",
                         self->address);
    command = config_read(self, PCI_COMMAND);
    command |= PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE;
    /* A predecessor may have left DMA on; it is off until after the reset. */
    command &= ~PCI_COMMAND_MASTER;
    return write_command(self, command);
}

static int map_registers(struct pci_nic *self)
{
    char path[PATH_MAX];
    struct stat status;
    void *mapping;
    int fd, rc = 0;

    snprintf(path, sizeof(path), DEVICES "/%s/resource%u", self->address,
             self->family->register_bar);
    fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
    if (fd < 0)
        return log_errno("cannot open %s", path);
    if (fstat(fd, &status) ||
        (size_t)status.st_size < self->family->register_bytes) {
        rc = log_error("%s is too small for the registers of this card", path);
        goto out;
    }
    mapping = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                   fd, 0);
    if (mapping == MAP_FAILED) {
        rc = log_errno("cannot map %s", path);
        goto out;
    }
    self->registers = mapping;
    self->register_bytes = status.st_size;
out:
    close(fd);
    return rc;
}

/* Maps the holder's pages.  The mapping outlives the handle. */
static int map_memory(struct pci_nic *self, uint32_t holder, uint64_t frame)
{
    xenforeignmemory_handle *foreign = xenforeignmemory_open(NULL, 0);
    xen_pfn_t frames[NIC_DMA_PAGES];
    unsigned int i;
    int rc = 0;

    if (!foreign)
        return log_errno("cannot reach Xen to map domain %u's memory",
                         holder);
    for (i = 0; i < NIC_DMA_PAGES; i++)
        frames[i] = frame + i;
    self->memory = xenforeignmemory_map(foreign, holder,
                                        PROT_READ | PROT_WRITE,
                                        NIC_DMA_PAGES, frames, NULL);
    if (!self->memory)
        rc = log_errno("cannot map the memory of the holder domain %u; "
                       "mediatorctl nic release makes a fresh start",
                       holder);
    self->memory_address = frame * PAGE_BYTES;
    xenforeignmemory_close(foreign);
    return rc;
}

static int open_uio(struct pci_nic *self)
{
    char pattern[PATH_MAX], path[PATH_MAX];
    glob_t found = { 0 };
    int rc = 0;

    snprintf(pattern, sizeof(pattern), DEVICES "/%s/uio/uio*",
             self->address);
    if (glob(pattern, 0, NULL, &found)) {
        rc = log_error("network card %s is not bound to uio_pci_generic any "
                       "more; start mediatord again", self->address);
        goto out;
    }
    snprintf(path, sizeof(path), "/dev/%s",
             strrchr(found.gl_pathv[0], '/') + 1);
    self->nic.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (self->nic.fd < 0)
        rc = log_errno("cannot open %s for network card %s's interrupt",
                       path, self->address);
out:
    globfree(&found);
    return rc;
}

static int enable_dma(struct pci_nic *self)
{
    return write_command(self, config_read(self, PCI_COMMAND) |
                               PCI_COMMAND_MASTER);
}

static void start(struct pci_nic *self)
{
    self->family->start(self);
    self->has_started = true;
    self->link = self->family->has_link(self) ? NIC_LINK_UP : NIC_LINK_DOWN;
    enable_interrupt(self);
}

static void pci_close(struct nic *nic)
{
    struct pci_nic *self = pci_nic(nic);
    unsigned int ms;

    /* uio_pci_generic ends DMA as soon as it is closed: the last frames get
     * some time to leave before. */
    for (ms = 0; ms < CLOSE_MS && self->has_started &&
                 !self->family->is_idle(self); ms++)
        usleep(1000);
    if (self->registers)
        munmap((void *)self->registers, self->register_bytes);
    if (self->memory)
        munmap(self->memory, NIC_DMA_PAGES * PAGE_BYTES);
    if (self->nic.fd >= 0)
        close(self->nic.fd);
    if (self->nic.link_fd >= 0)
        close(self->nic.link_fd);
    if (self->config_fd >= 0)
        close(self->config_fd);
    free(self->family_data);
    free(self);
}

/* What it has opened when it fails is for pci_close(). */
static int open_and_start(struct pci_nic *self, const char *specification)
{
    unsigned int pages;
    uint32_t holder;
    uint64_t frame;

    if (parse(self, specification, &holder, &frame, &pages))
        return -1;
    self->nic.link_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (self->nic.link_fd < 0)
        return log_errno("cannot make an event descriptor");
    if (open_uio(self) || open_config(self) || map_registers(self) ||
        map_memory(self, holder, frame) || self->family->reset(self) ||
        enable_dma(self) ||
        confine_writes(self->config_fd, PCI_COMMAND, sizeof(uint16_t)))
        return -1;
    start(self);
    return 0;
}

static int pci_open(struct nic **nic, const char *specification)
{
    struct pci_nic *self = calloc(1, sizeof(*self));

    if (!self)
        return log_error("cannot open the card: out of memory");
    self->nic.driver = &nic_pci_driver;
    self->nic.fd = self->nic.link_fd = self->config_fd = -1;
    if (open_and_start(self, specification)) {
        pci_close(&self->nic);
        return -1;
    }
    *nic = &self->nic;
    return 0;
}

/* ---- at work ---- */

static unsigned int pci_receive(struct nic *nic, nic_frame_function *deliver,
                                void *opaque)
{
    struct pci_nic *self = pci_nic(nic);
    unsigned int count;

    if (self->family->take_causes(self) & PCI_CAUSE_LINK)
        tell_link(self);
    count = self->family->receive(self, deliver, opaque);
    self->has_more = count == PCI_BATCH;
    return count;
}

/* If this is not done after an interrupt, there is no other one.  An interrupt
 * costs three system calls and four accesses to configuration space, of which
 * the kernel makes two. */
static void pci_rearm(struct nic *nic)
{
    struct pci_nic *self = pci_nic(nic);
    int32_t count;

    if (self->has_more)
        return;
    if (read(nic->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
        give_up(self, "is gone");
    else
        enable_interrupt(self);
}

static uint8_t *pci_transmit_space(struct nic *nic)
{
    return pci_nic(nic)->family->transmit_space(pci_nic(nic));
}

static void pci_transmit(struct nic *nic, size_t bytes)
{
    pci_nic(nic)->family->transmit(pci_nic(nic), bytes);
}

static void pci_flush(struct nic *nic)
{
    pci_nic(nic)->family->flush(pci_nic(nic));
}

static enum nic_link pci_link(struct nic *nic)
{
    struct pci_nic *self = pci_nic(nic);
    uint64_t count;
    ssize_t r = read(nic->link_fd, &count, sizeof(count));
    enum nic_link link = NIC_LINK_DOWN;

    (void)r; /* there is nothing to read when we are asked without news */
    if (self->link == NIC_LINK_GONE)
        return NIC_LINK_GONE;
    if (self->family->has_link(self))
        link = NIC_LINK_UP;
    self->link = link;
    return link;
}

/* Resets a card that does not do its work, unless that has been in vain. */
static void restart(struct pci_nic *self, const char *reason)
{
    struct nic_counts *counts = &self->nic.counts;

    if (counts->received != self->received_before)
        self->resets_in_vain = 0;
    self->received_before = counts->received;
    if (self->resets_in_vain++ == VAIN_RESETS) {
        give_up(self, "does not work, however often it is reset");
        return;
    }
    counts->resets++;
    log_warning("network card %s is reset: %s", self->address, reason);
    if (self->family->reset(self)) {
        give_up(self, "does not come back");
        return;
    }
    start(self);
    tell_link(self);
}

static void pci_check(struct nic *nic)
{
    struct pci_nic *self = pci_nic(nic);
    const char *reason = NULL;
    uint16_t command;

    if (!is_able(self, &command))
        enable_interrupt(self); /* which says so */
    else if (!self->family->is_well(self, &reason))
        restart(self, reason);
}

static void pci_accept_group(struct nic *nic, const uint8_t *mac)
{
    struct pci_nic *self = pci_nic(nic);
    unsigned int i;

    for (i = 0; i < self->group_count && i < NIC_GROUPS_MAX; i++)
        if (!memcmp(self->groups[i], mac, NIC_MAC_BYTES))
            return;
    if (self->group_count > NIC_GROUPS_MAX)
        return;
    memcpy(self->groups[self->group_count++], mac, NIC_MAC_BYTES);
    self->family->set_groups(self);
}

const struct nic_driver nic_pci_driver = {
    .prefix = "pci:",
    .open = pci_open,
    .close = pci_close,
    .receive = pci_receive,
    .rearm = pci_rearm,
    .transmit_space = pci_transmit_space,
    .transmit = pci_transmit,
    .flush = pci_flush,
    .link = pci_link,
    .check = pci_check,
    .accept_group = pci_accept_group,
    .syscalls = pci_syscalls,
    .syscall_count = sizeof(pci_syscalls) / sizeof(pci_syscalls[0]),
};
