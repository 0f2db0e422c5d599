/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intel_rings.h - the receive and transmit ring of Intel's gigabit cards,
 * with legacy descriptors, which all of them understand
 *
 * [SDM] 3.2.3 (receive) and 3.3.3 (transmit); intel_registers.h names the
 * manual.  Rings and buffers have fixed places in the card's memory; a frame
 * never crosses a page.
 */
#ifndef LWIP_PORT_INTEL_RINGS_H
#define LWIP_PORT_INTEL_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nic/nic_pci.h"

#define INTEL_RECEIVE_RING  512 /* descriptors */
#define INTEL_TRANSMIT_RING 256
#define INTEL_BUFFER_BYTES  2048

/* Both kinds of descriptor are little-endian, as this machine is. */
struct intel_receive_descriptor {
    uint64_t address;
    uint16_t length;
    uint16_t checksum;
    uint8_t status;
    uint8_t errors;
    uint16_t special;
};

struct intel_transmit_descriptor {
    uint64_t address;
    uint16_t length;
    uint8_t checksum_offset;
    uint8_t command;
    uint8_t status;
    uint8_t checksum_start;
    uint16_t special;
};

struct intel_rings {
    /* The card owns a descriptor from the moment when the tail register moves
     * past it until the card sets DD in the descriptor's status. */
    volatile struct intel_receive_descriptor *receive;
    volatile struct intel_transmit_descriptor *transmit;
    uint8_t *receive_buffers, *transmit_buffers;

    unsigned int receive_next;   /* the next descriptor to get DD */
    unsigned int transmit_first; /* the oldest descriptor without DD */
    unsigned int transmit_last;  /* the next descriptor to fill */
    unsigned int transmit_tail;  /* the tail as the card was told */
    bool waits_for_space;        /* INT_TXDW is enabled: a sender waits */

    /* A secret random number that stands at the start of each free receive
     * buffer.  A frame that leaves it there never arrived, whatever its
     * descriptor says. */
    uint64_t mark;

    /* For intel_rings_are_well(), once a second. */
    uint64_t lost;               /* frames that never arrived */
    uint64_t received;           /* frames taken since the last check */
    unsigned int idle_checks;    /* checks in a row at which the card had
                                  * received and we had not */
    unsigned int stuck_checks;   /* checks in a row at which no frame had left
                                  * although one was due */
    unsigned int stuck_at;       /* transmit_first at the last check */
};

/* The family_data of every family that uses these rings. */
static inline struct intel_rings *intel_rings(struct pci_nic *self)
{
    return self->family_data;
}

/* Makes the rings empty and tells the card where they are; receiving and
 * transmitting may be turned on after that. */
void intel_rings_start(struct pci_nic *self);

/* The functions of the same names in struct pci_family. */
unsigned int intel_rings_receive(struct pci_nic *self,
                                 nic_frame_function *deliver, void *opaque);
uint8_t *intel_rings_transmit_space(struct pci_nic *self);
void intel_rings_transmit(struct pci_nic *self, size_t bytes);
void intel_rings_flush(struct pci_nic *self);
bool intel_rings_are_idle(struct pci_nic *self);

/* Whether the card does its work; otherwise *reason says what is wrong.
 * received: the good frames that the card has counted since the last call. */
bool intel_rings_are_well(struct pci_nic *self, uint64_t received,
                          const char **reason);

#endif
