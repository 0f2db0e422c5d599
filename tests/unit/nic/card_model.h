/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * card_model.h - a model of an Intel gigabit card as its manual describes it,
 * as far as our drivers use it: registers with their side effects, and rings
 * in memory
 *
 * It is linked in the place of pci_registers.c.
 */
#ifndef TESTS_UNIT_CARD_MODEL_H
#define TESTS_UNIT_CARD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nic/intel_rings.h"

#define CARD_MODEL_SENT_MAX 2048

struct card_model {
    struct pci_nic card; /* what the driver has; its memory and family_data
                          * are allocated by card_model_new() */
    uint32_t registers[0x8000];
    uint8_t mac[NIC_MAC_BYTES];

    /* Faults that a test turns on. */
    bool loses_dma;         /* descriptors reach memory, frames never do */
    bool keeps_frames;      /* frames are counted, but no descriptor is
                             * written */
    bool is_slow;           /* frames are sent only by card_model_send() */
    bool stays_in_reset;

    unsigned int resets;
    bool was_master_disabled; /* CTRL.GIO_MASTER_DISABLE at the last reset */
    bool had_dma_on;          /* receiver or transmitter was on at the last
                               * reset */

    struct {
        uint8_t frame[INTEL_BUFFER_BYTES];
        size_t bytes;
    } sent[CARD_MODEL_SENT_MAX];
    unsigned int sent_count;
};

/* NULL when there is no memory. */
struct card_model *card_model_new(const struct pci_family *family);
void card_model_free(struct card_model *model);

/* A frame arrives from the network.  Returns false if it is dropped, by the
 * filter or because no descriptor is free.  end_of_packet is false for a part
 * of a frame that is longer than a buffer. */
bool card_model_receive(struct card_model *model, const uint8_t *frame,
                        size_t bytes, bool end_of_packet);

/* Sends the frames that are queued. */
void card_model_send(struct card_model *model);

void card_model_set_link(struct card_model *model, bool is_up);

/* Whether the card's interrupt is up. */
bool card_model_interrupts(const struct card_model *model);

/* What a struct nic_driver above the model needs for model->card.nic: the
 * family's functions, as nic_pci.c calls them. */
unsigned int card_model_nic_receive(struct nic *nic,
                                    nic_frame_function *deliver,
                                    void *opaque);
uint8_t *card_model_nic_transmit_space(struct nic *nic);
void card_model_nic_transmit(struct nic *nic, size_t bytes);
void card_model_nic_flush(struct nic *nic);

#endif
