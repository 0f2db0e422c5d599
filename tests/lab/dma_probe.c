/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dma_probe.c - makes a passed-through card write to memory of dom0
 *
 * usage: dma_probe DOMID FRAME PCI-ADDRESS
 *
 * It runs as root in dom0, behind mediatord's back.  It fills a page of its
 * own, the canary, points each receive descriptor in the holder's memory to it
 * and prints "pointed".  After a line on standard input it prints "unchanged",
 * or how many of the canary's bytes have changed.  Its exit status is 0, or 2
 * if it could not do its work.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenguest.h>

#include "nic/intel_registers.h"
#include "nic/intel_rings.h"

#define PAGE_BYTES 4096
#define RING_PAGES 2

static int fail(const char *what)
{
    fprintf(stderr, "dma_probe: %s\n", what);
    exit(2);
}

/* The page's frame number as Linux has it. */
static uint64_t find_pfn(const void *page)
{
    uint64_t entry;
    int fd = open("/proc/self/pagemap", O_RDONLY);
    off_t at = (uintptr_t)page / PAGE_BYTES * sizeof(entry);

    if (fd < 0 || pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
        fail("cannot read /proc/self/pagemap");
    close(fd);
    return entry & ((UINT64_C(1) << 55) - 1);
}

/* Whether the machine frame holds the same as the page. */
static bool is_page(xenforeignmemory_handle *foreign, xen_pfn_t frame,
                    const void *page)
{
    int failed = 0;
    void *same = xenforeignmemory_map(foreign, DOMID_SELF, PROT_READ, 1,
                                      &frame, &failed);
    bool is_it = same && !failed && !memcmp(same, page, PAGE_BYTES);

    if (same)
        xenforeignmemory_unmap(foreign, same, 1);
    return is_it;
}

/* Finds the machine frame of a PV dom0's page.  Xen's table goes from machine
 * frames to pages, so it is searched. */
static uint64_t find_frame(xenforeignmemory_handle *foreign, const void *page)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    uint64_t pfn = find_pfn(page);
    unsigned long frames, i;
    xen_pfn_t *m2p, first;

    if (!xc || xc_maximum_ram_page(xc, &frames))
        fail("cannot ask Xen for the machine's memory");
    m2p = xc_map_m2p(xc, frames, PROT_READ, &first);
    if (!m2p)
        fail("cannot map Xen's machine to physical table");
    for (i = 0; i < frames; i++)
        if (m2p[i] == pfn && is_page(foreign, i, page))
            return i;
    fail("cannot find the canary in the machine's memory");
    return 0;
}

/* Fails unless the card's receive ring is at this address. */
static void check_ring(const char *card, uint64_t ring)
{
    volatile uint32_t *registers;
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource0", card);
    fd = open(path, O_RDWR | O_SYNC);
    registers = fd < 0 ? MAP_FAILED :
                mmap(NULL, INTEL_REGISTER_BYTES, PROT_READ, MAP_SHARED, fd,
                     0);
    if (registers == MAP_FAILED)
        fail("cannot map the card's registers");
    if (registers[RDBAL / 4] != ring)
        fail("the card's receive ring is elsewhere");
}

int main(int argc, char **argv)
{
    xenforeignmemory_handle *foreign = xenforeignmemory_open(NULL, 0);
    struct intel_receive_descriptor *ring;
    xen_pfn_t frames[RING_PAGES];
    uint8_t *canary, before[PAGE_BYTES];
    unsigned int i, changed = 0;
    uint64_t frame;

    if (argc != 4)
        fail("usage: dma_probe DOMID FRAME PCI-ADDRESS");
    canary = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
    if (!canary || mlock(canary, PAGE_BYTES) || !foreign)
        fail("no memory, or no Xen");
    srandom(getpid());
    for (i = 0; i < PAGE_BYTES; i++)
        canary[i] = random() >> 8;
    memcpy(before, canary, PAGE_BYTES);
    frame = find_frame(foreign, canary);

    for (i = 0; i < RING_PAGES; i++)
        frames[i] = strtoull(argv[2], NULL, 16) + i;
    check_ring(argv[3], frames[0] * PAGE_BYTES);
    ring = xenforeignmemory_map(foreign, strtoul(argv[1], NULL, 10),
                                PROT_READ | PROT_WRITE, RING_PAGES, frames,
                                NULL);
    if (!ring)
        fail("cannot map the holder's memory");
    for (i = 0; i < INTEL_RECEIVE_RING; i++)
        ring[i].address = frame * PAGE_BYTES;
    puts("pointed");
    fflush(stdout);

    if (getchar() == EOF)
        fail("nobody asks for the result");
    for (i = 0; i < PAGE_BYTES; i++)
        changed += canary[i] != before[i];
    if (changed)
        printf("%u changed\n", changed);
    else
        puts("unchanged");
    return 0;
}
