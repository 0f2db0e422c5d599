/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intel_rings.c - the receive and transmit ring of Intel's gigabit cards
 *
 * A descriptor is the card's or ours; intel_rings.h says which.  The card
 * may write anything at any time: what it wrote is read once and checked.
 */
#include "nic/intel_rings.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

#include "nic/intel_registers.h"

#define PAGE_BYTES          4096
#define CHECKS_MAX          3 /* checks without progress, a second apart, until
                               * the card is taken for stuck */

/* Receive status and errors: [SDM] 3.2.3.1, 3.2.3.2. */
#define RECEIVE_DD          BIT(0)
#define RECEIVE_EOP         BIT(1)

/* Transmit command and status: [SDM] 3.3.3.1, 3.3.3.2. */
#define TRANSMIT_EOP        BIT(0)
#define TRANSMIT_IFCS       BIT(1)
#define TRANSMIT_RS         BIT(3)
#define TRANSMIT_DD         BIT(0)

/* The offsets of rings and buffers in the card's memory. */
#define RECEIVE_RING_AT     0
#define TRANSMIT_RING_AT    (2 * PAGE_BYTES)
#define RECEIVE_BUFFERS_AT  (3 * PAGE_BYTES)
#define TRANSMIT_BUFFERS_AT \
    (RECEIVE_BUFFERS_AT + INTEL_RECEIVE_RING * INTEL_BUFFER_BYTES)
#define MEMORY_BYTES \
    (TRANSMIT_BUFFERS_AT + INTEL_TRANSMIT_RING * INTEL_BUFFER_BYTES)

_Static_assert(INTEL_RECEIVE_RING *
               sizeof(struct intel_receive_descriptor) <=
               TRANSMIT_RING_AT, "the receive ring has two pages");
_Static_assert(INTEL_TRANSMIT_RING *
               sizeof(struct intel_transmit_descriptor) <= PAGE_BYTES,
               "the transmit ring has one page");
_Static_assert(MEMORY_BYTES <= NIC_DMA_PAGES * PAGE_BYTES,
               "the holder domain's memory holds it all");
_Static_assert(NIC_TRANSMIT_BYTES_MAX <= INTEL_BUFFER_BYTES,
               "a buffer holds a whole frame");

static uint8_t *receive_buffer(struct intel_rings *rings, unsigned int i)
{
    return rings->receive_buffers + i * INTEL_BUFFER_BYTES;
}

static unsigned int transmit_after(unsigned int i)
{
    return (i + 1) % INTEL_TRANSMIT_RING;
}

/* Prepares descriptor i for the card, which does not look at it before the
 * tail register has moved past it. */
static void offer_buffer(struct pci_nic *self, unsigned int i)
{
    struct intel_rings *rings = intel_rings(self);

    memcpy(receive_buffer(rings, i), &rings->mark, sizeof(rings->mark));
    rings->receive[i].address = self->memory_address + RECEIVE_BUFFERS_AT +
                                i * INTEL_BUFFER_BYTES;
    rings->receive[i].length = 0;
    rings->receive[i].errors = 0;
    rings->receive[i].status = 0;
}

static void start_receiving(struct pci_nic *self)
{
    uint64_t ring = self->memory_address + RECEIVE_RING_AT;
    unsigned int i;

    for (i = 0; i < INTEL_RECEIVE_RING; i++)
        offer_buffer(self, i);
    intel_rings(self)->receive_next = 0;
    pci_write32(self, RDBAL, (uint32_t)ring);
    pci_write32(self, RDBAH, ring >> 32);
    pci_write32(self, RDLEN, INTEL_RECEIVE_RING *
                sizeof(struct intel_receive_descriptor));
    pci_write32(self, RDH, 0);
    /* If head and tail were the same, no descriptor would be free. */
    atomic_thread_fence(memory_order_release);
    pci_write32(self, RDT, INTEL_RECEIVE_RING - 1);
}

static void start_transmitting(struct pci_nic *self)
{
    uint64_t ring = self->memory_address + TRANSMIT_RING_AT;
    struct intel_rings *rings = intel_rings(self);

    memset((void *)rings->transmit, 0, INTEL_TRANSMIT_RING *
           sizeof(struct intel_transmit_descriptor));
    rings->transmit_first = rings->transmit_last = rings->transmit_tail = 0;
    rings->waits_for_space = false;
    pci_write32(self, TDBAL, (uint32_t)ring);
    pci_write32(self, TDBAH, ring >> 32);
    pci_write32(self, TDLEN, INTEL_TRANSMIT_RING *
                sizeof(struct intel_transmit_descriptor));
    pci_write32(self, TDH, 0);
    pci_write32(self, TDT, 0);
}

/* Up to 256 bytes come whole or not at all, and getrandom() cannot fail once
 * the system has its entropy, as dom0 has by now. */
static uint64_t draw_mark(void)
{
    uint64_t mark;

    while (getrandom(&mark, sizeof(mark), 0) != sizeof(mark))
        ;
    return mark;
}

void intel_rings_start(struct pci_nic *self)
{
    struct intel_rings *rings = intel_rings(self);

    rings->receive = (volatile void *)(self->memory + RECEIVE_RING_AT);
    rings->transmit = (volatile void *)(self->memory + TRANSMIT_RING_AT);
    rings->receive_buffers = self->memory + RECEIVE_BUFFERS_AT;
    rings->transmit_buffers = self->memory + TRANSMIT_BUFFERS_AT;
    rings->mark = draw_mark();
    rings->lost = rings->received = 0;
    rings->idle_checks = rings->stuck_checks = rings->stuck_at = 0;
    start_receiving(self);
    start_transmitting(self);
}

/* ---- receive ---- */

/* Hands over the frame in buffer i.  Damaged frames never get here: RCTL.SBP
 * is 0. */
static void take_frame(struct pci_nic *self, unsigned int i, size_t bytes,
                       bool is_whole, nic_frame_function *deliver,
                       void *opaque)
{
    struct intel_rings *rings = intel_rings(self);
    const uint8_t *buffer = receive_buffer(rings, i);

    if (!memcmp(buffer, &rings->mark, sizeof(rings->mark)))
        rings->lost++;
    else if (!is_whole || bytes > INTEL_BUFFER_BYTES)
        self->nic.counts.receive_drops++;
    else {
        self->nic.counts.received++;
        deliver(opaque, buffer, bytes, false);
    }
}

unsigned int intel_rings_receive(struct pci_nic *self,
                                 nic_frame_function *deliver, void *opaque)
{
    struct intel_rings *rings = intel_rings(self);
    unsigned int count = 0, last = 0;

    while (count < PCI_BATCH) {
        unsigned int i = rings->receive_next;
        uint8_t status = rings->receive[i].status;

        if (!(status & RECEIVE_DD))
            break;
        /* DD is read first, then the rest of what DD vouches for. */
        atomic_thread_fence(memory_order_acquire);
        take_frame(self, i, rings->receive[i].length, status & RECEIVE_EOP,
                   deliver, opaque);
        offer_buffer(self, i);
        last = i;
        rings->receive_next = (i + 1) % INTEL_RECEIVE_RING;
        count++;
    }
    if (count > 0) {
        rings->received += count;
        atomic_thread_fence(memory_order_release);
        pci_write32(self, RDT, last);
    }
    return count;
}

/* ---- transmit ---- */

/* Takes back the descriptors whose frames the card has sent. */
static void reclaim(struct intel_rings *rings)
{
    while (rings->transmit_first != rings->transmit_tail &&
           (rings->transmit[rings->transmit_first].status & TRANSMIT_DD))
        rings->transmit_first = transmit_after(rings->transmit_first);
    atomic_thread_fence(memory_order_acquire);
}

uint8_t *intel_rings_transmit_space(struct pci_nic *self)
{
    struct intel_rings *rings = intel_rings(self);

    if (transmit_after(rings->transmit_last) == rings->transmit_first) {
        intel_rings_flush(self);
        reclaim(rings);
    }
    if (transmit_after(rings->transmit_last) == rings->transmit_first) {
        /* A sender waits: the card shall interrupt when there is room. */
        if (!rings->waits_for_space)
            pci_write32(self, IMS, INT_TXDW);
        rings->waits_for_space = true;
        return NULL;
    }
    return rings->transmit_buffers +
           rings->transmit_last * INTEL_BUFFER_BYTES;
}

void intel_rings_transmit(struct pci_nic *self, size_t bytes)
{
    struct intel_rings *rings = intel_rings(self);
    unsigned int i = rings->transmit_last;
    volatile struct intel_transmit_descriptor *one = &rings->transmit[i];

    one->address = self->memory_address + TRANSMIT_BUFFERS_AT +
                   i * INTEL_BUFFER_BYTES;
    one->length = bytes;
    one->status = 0;
    one->command = TRANSMIT_EOP | TRANSMIT_IFCS | TRANSMIT_RS;
    rings->transmit_last = transmit_after(i);
    self->nic.counts.transmitted++;
}

void intel_rings_flush(struct pci_nic *self)
{
    struct intel_rings *rings = intel_rings(self);

    if (rings->transmit_tail == rings->transmit_last)
        return;
    atomic_thread_fence(memory_order_release);
    rings->transmit_tail = rings->transmit_last;
    pci_write32(self, TDT, rings->transmit_tail);
}

bool intel_rings_are_idle(struct pci_nic *self)
{
    struct intel_rings *rings = intel_rings(self);

    reclaim(rings);
    return rings->transmit_first == rings->transmit_last;
}

/* ---- the watchdog's check ---- */

/* Whether the card sends what is queued, as far as one can tell. */
static bool sends(struct pci_nic *self)
{
    struct intel_rings *rings = intel_rings(self);

    /* Without a link a card may keep its frames. */
    if (intel_rings_are_idle(self) || self->link != NIC_LINK_UP ||
        rings->transmit_first != rings->stuck_at)
        rings->stuck_checks = 0;
    else
        rings->stuck_checks++;
    rings->stuck_at = rings->transmit_first;
    return rings->stuck_checks < CHECKS_MAX;
}

/* Whether the card hands over the frames that it has counted. */
static bool receives(struct intel_rings *rings, uint64_t received)
{
    if (rings->received > 0 || received == 0)
        rings->idle_checks = 0;
    else
        rings->idle_checks++;
    rings->received = 0;
    return rings->idle_checks < CHECKS_MAX;
}

bool intel_rings_are_well(struct pci_nic *self, uint64_t received,
                          const char **reason)
{
    struct intel_rings *rings = intel_rings(self);
    bool does_send = sends(self), does_receive = receives(rings, received);

    if (rings->lost > 0)
        *reason = "frames that it received never reached its memory";
    else if (!does_receive)
        *reason = "it receives frames and does not hand them over";
    else if (!does_send)
        *reason = "it does not send";
    else
        return true;
    return false;
}
