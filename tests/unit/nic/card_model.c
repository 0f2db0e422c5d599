/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * card_model.c - the model's registers, its receiver and its transmitter
 */
#include "unit/nic/card_model.h"

#include <stdlib.h>
#include <string.h>

#include "nic/intel_registers.h"

#define PAGE_BYTES     4096
#define MEMORY_ADDRESS 0x7f800000u
#define DD             BIT(0)
#define EOP            BIT(1)
#define COMMAND_RS     BIT(3)

static struct card_model *model_of(struct pci_nic *card)
{
    return (struct card_model *)card; /* its first member */
}

static uint32_t *at(struct card_model *model, uint32_t offset)
{
    return &model->registers[offset / 4];
}

static uint32_t value(const struct card_model *model, uint32_t offset)
{
    return model->registers[offset / 4];
}

/* What stands at an address of the card's; NULL outside of the memory that the
 * card can reach. */
static void *memory(struct card_model *model, uint64_t address)
{
    uint64_t offset = address - model->card.memory_address;

    return offset < NIC_DMA_PAGES * PAGE_BYTES ? model->card.memory + offset
                                               : NULL;
}

static void power_on(struct card_model *model)
{
    uint32_t link = value(model, STATUS) & STATUS_LU;

    memset(model->registers, 0, sizeof(model->registers));
    *at(model, STATUS) = link;
    *at(model, RAL0) = model->mac[0] | model->mac[1] << 8 |
                       model->mac[2] << 16 | (uint32_t)model->mac[3] << 24;
    *at(model, RAH0) = model->mac[4] | model->mac[5] << 8 | RAH_AV;
}

struct card_model *card_model_new(const struct pci_family *family)
{
    static const uint8_t mac[] = { 0x52, 0x54, 0, 0, 0, 2 };
    struct card_model *model = calloc(1, sizeof(*model));

    if (!model)
        return NULL;
    model->card.family = family;
    model->card.family_data = calloc(1, family->data_bytes);
    model->card.memory = calloc(NIC_DMA_PAGES, PAGE_BYTES);
    model->card.memory_address = MEMORY_ADDRESS;
    model->card.link = NIC_LINK_UP;
    memcpy(model->mac, mac, sizeof(mac));
    *at(model, STATUS) = STATUS_LU;
    power_on(model);
    return model;
}

void card_model_free(struct card_model *model)
{
    free(model->card.family_data);
    free(model->card.memory);
    free(model);
}

void card_model_send(struct card_model *model)
{
    uint64_t ring = value(model, TDBAL);
    unsigned int count = value(model, TDLEN) / 16;

    while (value(model, TDH) != value(model, TDT) &&
           (value(model, TCTL) & TCTL_EN) &&
           (value(model, STATUS) & STATUS_LU)) {
        struct intel_transmit_descriptor *one =
            memory(model, ring + 16 * value(model, TDH));
        uint8_t *frame = memory(model, one->address);

        if (frame && model->sent_count < CARD_MODEL_SENT_MAX) {
            memcpy(model->sent[model->sent_count].frame, frame, one->length);
            model->sent[model->sent_count++].bytes = one->length;
        }
        if (one->command & COMMAND_RS)
            one->status = DD;
        *at(model, TDH) = (value(model, TDH) + 1) % count;
        *at(model, ICR) |= INT_TXDW;
    }
}

static bool passes_filter(struct card_model *model, const uint8_t *mac)
{
    static const uint8_t broadcast[] = { 255, 255, 255, 255, 255, 255 };
    uint32_t control = value(model, RCTL);
    unsigned int hash = (mac[4] >> 4 | mac[5] << 4) & 0xfff;

    if (!(control & RCTL_EN))
        return false;
    if (!memcmp(mac, broadcast, sizeof(broadcast)))
        return control & RCTL_BAM;
    if (!(mac[0] & 1))
        return !memcmp(mac, model->mac, sizeof(model->mac));
    return (control & RCTL_MPE) ||
           (value(model, MTA + 4 * (hash >> 5)) & BIT(hash & 0x1f));
}

bool card_model_receive(struct card_model *model, const uint8_t *frame,
                        size_t bytes, bool end_of_packet)
{
    uint64_t ring = value(model, RDBAL);
    unsigned int count = value(model, RDLEN) / 16;
    struct intel_receive_descriptor *one;
    uint8_t *buffer;

    if (!passes_filter(model, frame))
        return false;
    ++*at(model, GPRC);
    if (model->keeps_frames)
        return true;
    if (value(model, RDH) == value(model, RDT)) {
        ++*at(model, MPC);
        return false;
    }
    one = memory(model, ring + 16 * value(model, RDH));
    buffer = memory(model, one->address);
    if (buffer && !model->loses_dma)
        memcpy(buffer, frame, bytes);
    one->length = bytes;
    one->status = DD | (end_of_packet ? EOP : 0);
    *at(model, RDH) = (value(model, RDH) + 1) % count;
    *at(model, ICR) |= INT_RXT0;
    return true;
}

void card_model_set_link(struct card_model *model, bool is_up)
{
    *at(model, STATUS) = is_up ? STATUS_LU : 0;
    *at(model, ICR) |= INT_LSC;
}

bool card_model_interrupts(const struct card_model *model)
{
    return value(model, ICR) & value(model, IMS);
}

/* ---- in the place of nic_pci.c ---- */

static struct pci_nic *card_of(struct nic *nic)
{
    return (struct pci_nic *)nic; /* its first member */
}

unsigned int card_model_nic_receive(struct nic *nic,
                                    nic_frame_function *deliver,
                                    void *opaque)
{
    struct pci_nic *card = card_of(nic);

    card->family->take_causes(card);
    return card->family->receive(card, deliver, opaque);
}

uint8_t *card_model_nic_transmit_space(struct nic *nic)
{
    return card_of(nic)->family->transmit_space(card_of(nic));
}

void card_model_nic_transmit(struct nic *nic, size_t bytes)
{
    card_of(nic)->family->transmit(card_of(nic), bytes);
}

void card_model_nic_flush(struct nic *nic)
{
    card_of(nic)->family->flush(card_of(nic));
}

/* ---- in the place of pci_registers.c ---- */

uint32_t pci_read32(struct pci_nic *card, uint32_t offset)
{
    struct card_model *model = model_of(card);
    uint32_t answer = value(model, offset);

    /* The interrupt causes and the statistics are cleared when read. */
    if (offset == ICR || (offset >= 0x4000 && offset < 0x4200))
        *at(model, offset) = 0;
    return answer;
}

static void reset(struct card_model *model)
{
    model->resets++;
    model->was_master_disabled = value(model, CTRL) &
                                 CTRL_GIO_MASTER_DISABLE;
    model->had_dma_on = (value(model, RCTL) & RCTL_EN) ||
                        (value(model, TCTL) & TCTL_EN);
    power_on(model);
    if (model->stays_in_reset)
        *at(model, CTRL) = CTRL_RST;
}

void pci_write32(struct pci_nic *card, uint32_t offset, uint32_t new)
{
    struct card_model *model = model_of(card);

    switch (offset) {
    case CTRL:
        *at(model, CTRL) = new;
        if (new & CTRL_RST)
            reset(model);
        return;
    case IMS:
        *at(model, IMS) |= new;
        return;
    case IMC:
        *at(model, IMS) &= ~new;
        return;
    }
    *at(model, offset) = new;
    if (offset == TDT && !model->is_slow)
        card_model_send(model);
}
