/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_nic.c - a card that is two queues of frames, and a driver that leaves
 * out what needs a real PCI card or time to pass
 */
#include "fuzz_nic.h"

#include <stdlib.h>
#include <string.h>

#include "unit/nic/card_model.h"
#include "nic/intel_registers.h"

#define QUEUE_FRAMES 64

static const uint8_t our_mac[NIC_MAC_BYTES] = { 0x52, 0x54, 0, 0, 0, 2 };

struct queue {
    struct {
        uint8_t *frame; /* allocated, so that a sanitizer sees its end */
        size_t bytes;
    } frames[QUEUE_FRAMES];
    unsigned int count;
};

static struct {
    struct nic nic;
    struct queue to_stack, to_cable;
    uint8_t space[NIC_TRANSMIT_BYTES_MAX];
} plain;

static struct card_model *models[FUZZ_NIC_KINDS];
static struct card_model *model; /* the one in use; NULL: the queue */
static bool is_cable_free, has_cable;

/* ---- a queue ---- */

static void put(struct queue *queue, const uint8_t *frame, size_t bytes)
{
    uint8_t *copy;

    if (queue->count == QUEUE_FRAMES)
        return;
    copy = malloc(bytes ? bytes : 1);
    if (!copy)
        abort();
    memcpy(copy, frame, bytes);
    queue->frames[queue->count].frame = copy;
    queue->frames[queue->count++].bytes = bytes;
}

static void empty(struct queue *queue)
{
    while (queue->count > 0)
        free(queue->frames[--queue->count].frame);
}

static unsigned int queue_receive(struct nic *nic,
                                  nic_frame_function *deliver, void *opaque)
{
    struct queue now = plain.to_stack;
    unsigned int i;

    (void)nic;
    plain.to_stack.count = 0;
    for (i = 0; i < now.count; i++)
        deliver(opaque, now.frames[i].frame, now.frames[i].bytes, false);
    i = now.count;
    empty(&now);
    return i;
}

static uint8_t *queue_transmit_space(struct nic *nic)
{
    (void)nic;
    return is_cable_free && plain.to_cable.count < QUEUE_FRAMES ? plain.space
                                                              : NULL;
}

static void queue_transmit(struct nic *nic, size_t bytes)
{
    nic->counts.transmitted++;
    put(&plain.to_cable, plain.space, bytes);
}

static void queue_flush(struct nic *nic)
{
    (void)nic;
}

static enum nic_link link(struct nic *nic)
{
    (void)nic;
    return has_cable ? NIC_LINK_UP : NIC_LINK_DOWN;
}

static void queue_accept_group(struct nic *nic, const uint8_t *mac)
{
    (void)nic;
    (void)mac;
}

static const struct nic_driver queue_driver = {
    .receive = queue_receive,
    .transmit_space = queue_transmit_space,
    .transmit = queue_transmit,
    .flush = queue_flush,
    .link = link,
    .accept_group = queue_accept_group,
};

/* ---- Intel's driver, without nic_pci.c ---- */

/* Does what nic_pci.c does, but for the sleep of a reset. */
static void model_check(struct nic *nic)
{
    struct pci_nic *card = (struct pci_nic *)nic;
    const char *reason;

    if (!card->family->is_well(card, &reason))
        card->family->start(card);
}

static void model_accept_group(struct nic *nic, const uint8_t *mac)
{
    struct pci_nic *card = (struct pci_nic *)nic;

    if (card->group_count < NIC_GROUPS_MAX)
        memcpy(card->groups[card->group_count++], mac, NIC_MAC_BYTES);
    card->family->set_groups(card);
}

static const struct nic_driver model_driver = {
    .receive = card_model_nic_receive,
    .transmit_space = card_model_nic_transmit_space,
    .transmit = card_model_nic_transmit,
    .flush = card_model_nic_flush,
    .link = link,
    .check = model_check,
    .accept_group = model_accept_group,
};

static struct nic *start_model(enum fuzz_nic_kind kind)
{
    const struct pci_family *family =
        kind == FUZZ_NIC_82540 ? &pci_family_82540 : &pci_family_82574;

    if (!models[kind]) {
        models[kind] = card_model_new(family);
        if (!models[kind] || family->reset(&models[kind]->card))
            abort();
        models[kind]->card.nic.driver = &model_driver;
    }
    model = models[kind];
    model->is_slow = false;
    model->sent_count = 0;
    model->card.group_count = 0;
    model->card.nic.is_awaited = false;
    family->start(&model->card);
    return &model->card.nic;
}

/* ---- both ---- */

struct nic *fuzz_nic_start(enum fuzz_nic_kind kind)
{
    is_cable_free = has_cable = true;
    model = NULL;
    if (kind != FUZZ_NIC_QUEUE)
        return start_model(kind);
    empty(&plain.to_stack);
    empty(&plain.to_cable);
    plain.nic = (struct nic){ .driver = &queue_driver, .fd = -1,
                              .link_fd = -1 };
    memcpy(plain.nic.mac, our_mac, sizeof(our_mac));
    return &plain.nic;
}

void fuzz_nic_arrive(const uint8_t *frame, size_t bytes)
{
    if (!model)
        put(&plain.to_stack, frame, bytes);
    else if (bytes >= NIC_MAC_BYTES)
        /* A frame that is too long comes in more buffers than one, and this
         * is the first of them. */
        card_model_receive(model, frame,
                           bytes < INTEL_BUFFER_BYTES ? bytes
                                                      : INTEL_BUFFER_BYTES,
                           bytes <= INTEL_BUFFER_BYTES);
}

void fuzz_nic_set_cable(bool is_free, bool has_link)
{
    is_cable_free = is_free;
    has_cable = has_link;
    if (!model)
        return;
    model->is_slow = !is_free;
    if (is_free)
        card_model_send(model);
}

void fuzz_nic_go_mad(const uint8_t *data)
{
    struct intel_rings *rings;
    unsigned int i;

    if (!model)
        return;
    rings = intel_rings(&model->card);
    i = (rings->receive_next + data[0] % 8) % INTEL_RECEIVE_RING;
    rings->receive[i].length = data[1] << 8 | data[2];
    rings->receive[i].status = data[3];
    rings->receive[i].errors = data[4];
    i = (rings->transmit_first + data[5] % 8) % INTEL_TRANSMIT_RING;
    rings->transmit[i].status = data[6];
    model->registers[ICR / 4] = data[7] * 0x01010101u;
}

void fuzz_nic_sent(void (*take)(const uint8_t *frame, size_t bytes))
{
    unsigned int i;

    if (model) {
        for (i = 0; i < model->sent_count; i++)
            take(model->sent[i].frame, model->sent[i].bytes);
        model->sent_count = 0;
        return;
    }
    for (i = 0; i < plain.to_cable.count; i++)
        take(plain.to_cable.frames[i].frame, plain.to_cable.frames[i].bytes);
    empty(&plain.to_cable);
}
