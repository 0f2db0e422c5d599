/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * card_model.h - an Intel gigabit card as its manual has it, as far as our
 * drivers use it: registers with their side effects, rings in memory
 *
 * It stands in the place of pci_registers.c.
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
    bool loses_dma;         /* frames never reach memory, descriptors do */
    bool keeps_frames;      /* counted, and no descriptor is written */
    bool is_slow;           /* sends only on card_model_send() */
    bool stays_in_reset;

    unsigned int resets;
    bool was_master_disabled; /* at the last reset */
    bool had_dma_on;          /* likewise */

    struct {
        uint8_t frame[INTEL_BUFFER_BYTES];
        size_t bytes;
    } sent[CARD_MODEL_SENT_MAX];
    unsigned int sent_count;
};

struct card_model *card_model_new(const struct pci_family *family);
void card_model_free(struct card_model *model);

/* A frame arrives from the wire; false: dropped, by filter or for want of
 * descriptors.  end_of_packet false: a part of a frame too long. */
bool card_model_receive(struct card_model *model, const uint8_t *frame,
                        size_t bytes, bool end_of_packet);

/* Sends what is queued. */
void card_model_send(struct card_model *model);

void card_model_set_link(struct card_model *model, bool is_up);
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
