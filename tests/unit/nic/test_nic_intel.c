/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_nic_intel.c - the drivers of both of Intel's families, on a model of
 * their cards
 */
#include "unit/unit.h"

#include <string.h>

#include "unit/nic/card_model.h"
#include "nic/intel_registers.h"

static const struct pci_family *const families[] = {
    &pci_family_82540,
    &pci_family_82574,
};

static const uint8_t to_us[NIC_MAC_BYTES] = { 0x52, 0x54, 0, 0, 0, 2 };

/* The last frame that the driver handed over, and how many there were. */
static struct {
    uint8_t frame[INTEL_BUFFER_BYTES];
    size_t bytes;
    unsigned int count;
} got;

static void deliver(void *opaque, const uint8_t *frame, size_t bytes,
                    bool is_vouched)
{
    (void)opaque;
    assert_false(is_vouched);
    assert_in_range(bytes, 1, sizeof(got.frame));
    memcpy(got.frame, frame, bytes);
    got.bytes = bytes;
    got.count++;
}

static struct card_model *started(const struct pci_family *family)
{
    struct card_model *model = card_model_new(family);

    assert_non_null(model);
    memset(&got, 0, sizeof(got));
    assert_int_equal(family->reset(&model->card), 0);
    family->start(&model->card);
    return model;
}

static void make_frame(uint8_t *frame, size_t bytes, unsigned int number)
{
    size_t i;

    memcpy(frame, to_us, sizeof(to_us));
    for (i = sizeof(to_us); i < bytes; i++)
        frame[i] = number + i;
}

static unsigned int receive(struct card_model *model)
{
    return model->card.family->receive(&model->card, deliver, NULL);
}

/* ---- tests that are run for each family ---- */

static void reads_its_address_and_turns_on(const struct pci_family *family)
{
    struct card_model *model = started(family);

    assert_memory_equal(model->card.nic.mac, to_us, sizeof(to_us));
    assert_true(model->registers[RCTL / 4] & RCTL_EN);
    assert_true(model->registers[TCTL / 4] & TCTL_EN);
    assert_true(model->registers[CTRL / 4] & CTRL_SLU);
    assert_int_equal(model->registers[RDBAL / 4],
                     model->card.memory_address);
    assert_false(card_model_interrupts(model));
    card_model_free(model);
}

static void ends_dma_before_a_reset(const struct pci_family *family)
{
    struct card_model *model = started(family);

    assert_int_equal(family->reset(&model->card), 0);
    assert_int_equal(model->resets, 2);
    assert_false(model->had_dma_on);
    assert_int_equal(model->was_master_disabled,
                     family == &pci_family_82574);
    assert_int_equal(model->registers[IMS / 4], 0);
    card_model_free(model);
}

static void says_that_it_stays_in_reset(const struct pci_family *family)
{
    struct card_model *model = card_model_new(family);

    model->stays_in_reset = true;
    assert_int_equal(family->reset(&model->card), -1);
    card_model_free(model);
}

static void refuses_a_card_without_address(const struct pci_family *family)
{
    struct card_model *model = card_model_new(family);

    memset(model->mac, 0, sizeof(model->mac));
    assert_int_equal(family->reset(&model->card), -1);
    memset(model->mac, 0xff, sizeof(model->mac));
    assert_int_equal(family->reset(&model->card), -1);
    card_model_free(model);
}

/* Goes three times around the ring, with frames of all sizes. */
static void receives_frames_in_order(const struct pci_family *family)
{
    struct card_model *model = started(family);
    uint8_t frame[INTEL_BUFFER_BYTES];
    unsigned int i;

    for (i = 0; i < 3 * INTEL_RECEIVE_RING; i++) {
        size_t bytes = 60 + i % 1459;

        make_frame(frame, bytes, i);
        assert_true(card_model_receive(model, frame, bytes, true));
        assert_true(card_model_interrupts(model));
        family->take_causes(&model->card);
        assert_false(card_model_interrupts(model));
        assert_int_equal(receive(model), 1);
        assert_int_equal(got.count, i + 1);
        assert_int_equal(got.bytes, bytes);
        assert_memory_equal(got.frame, frame, bytes);
    }
    assert_int_equal(receive(model), 0);
    card_model_free(model);
}

static void takes_a_burst_in_batches(const struct pci_family *family)
{
    struct card_model *model = started(family);
    uint8_t frame[60];
    unsigned int in = 0, out = 0, count;

    make_frame(frame, sizeof(frame), 0);
    while (card_model_receive(model, frame, sizeof(frame), true))
        in++;
    /* One descriptor always stays with the driver: head and tail must
     * differ. */
    assert_int_equal(in, INTEL_RECEIVE_RING - 1);
    while ((count = receive(model)) > 0) {
        assert_in_range(count, 1, PCI_BATCH);
        out += count;
    }
    assert_int_equal(out, in);
    assert_true(card_model_receive(model, frame, sizeof(frame), true));
    card_model_free(model);
}

static void drops_parts_of_frames(const struct pci_family *family)
{
    struct card_model *model = started(family);
    uint8_t frame[INTEL_BUFFER_BYTES];

    make_frame(frame, sizeof(frame), 0);
    card_model_receive(model, frame, sizeof(frame), false);
    assert_int_equal(receive(model), 1);
    assert_int_equal(got.count, 0);
    assert_int_equal(model->card.nic.counts.receive_drops, 1);
    card_model_free(model);
}

/* A broken card, or one in an attacker's hands, may write any length. */
static void believes_no_length(const struct pci_family *family)
{
    struct card_model *model = started(family);
    uint8_t frame[60];

    make_frame(frame, sizeof(frame), 0);
    card_model_receive(model, frame, sizeof(frame), true);
    intel_rings(&model->card)->receive[0].length = UINT16_MAX;
    assert_int_equal(receive(model), 1);
    assert_int_equal(got.count, 0);
    card_model_free(model);
}

static void sends_frames_in_order(const struct pci_family *family)
{
    struct card_model *model = started(family);
    struct pci_nic *card = &model->card;
    uint8_t frame[NIC_TRANSMIT_BYTES_MAX];
    unsigned int i, wanted = 3 * INTEL_TRANSMIT_RING;

    for (i = 0; i < wanted; i++) {
        size_t bytes = 42 + i % (sizeof(frame) - 42);
        uint8_t *space = family->transmit_space(card);

        assert_non_null(space);
        make_frame(space, bytes, i);
        family->transmit(card, bytes);
        if (i % 7 == 0)
            family->flush(card);
    }
    family->flush(card);
    assert_true(family->is_idle(card));
    assert_int_equal(model->sent_count, wanted);
    for (i = 0; i < wanted; i++) {
        size_t bytes = 42 + i % (sizeof(frame) - 42);

        make_frame(frame, bytes, i);
        assert_int_equal(model->sent[i].bytes, bytes);
        assert_memory_equal(model->sent[i].frame, frame, bytes);
    }
    card_model_free(model);
}

static void says_when_there_is_room_again(const struct pci_family *family)
{
    struct card_model *model = started(family);
    struct pci_nic *card = &model->card;
    unsigned int count = 0;

    model->is_slow = true;
    while (family->transmit_space(card)) {
        family->transmit(card, 60);
        assert_in_range(++count, 1, INTEL_TRANSMIT_RING - 1);
    }
    assert_int_equal(count, INTEL_TRANSMIT_RING - 1);
    assert_false(card_model_interrupts(model));
    card_model_send(model);
    assert_true(card_model_interrupts(model));
    family->take_causes(card);
    assert_non_null(family->transmit_space(card));
    /* Now that there is room, a frame sent does not interrupt any more. */
    family->transmit(card, 60);
    family->flush(card);
    card_model_send(model);
    assert_false(card_model_interrupts(model));
    /* The same happens a second time. */
    model->is_slow = true;
    while (family->transmit_space(card))
        family->transmit(card, 60);
    card_model_send(model);
    assert_true(card_model_interrupts(model));
    card_model_free(model);
}

static bool is_well(struct card_model *model)
{
    const char *reason = NULL;
    bool is = model->card.family->is_well(&model->card, &reason);

    assert_int_equal(is, reason == NULL);
    return is;
}

static void notices_frames_that_never_arrive(const struct pci_family *family)
{
    struct card_model *model = started(family);
    uint8_t frame[60];

    make_frame(frame, sizeof(frame), 0);
    card_model_receive(model, frame, sizeof(frame), true);
    receive(model);
    assert_true(is_well(model));
    model->loses_dma = true;
    card_model_receive(model, frame, sizeof(frame), true);
    assert_int_equal(receive(model), 1);
    assert_int_equal(got.count, 1);
    assert_false(is_well(model));
    /* The watchdog resets the card. */
    model->loses_dma = false;
    assert_int_equal(family->reset(&model->card), 0);
    family->start(&model->card);
    card_model_receive(model, frame, sizeof(frame), true);
    assert_int_equal(receive(model), 1);
    assert_int_equal(got.count, 2);
    assert_true(is_well(model));
    card_model_free(model);
}

static void notices_a_receiver_that_keeps_all(const struct pci_family *family)
{
    struct card_model *model = started(family);
    uint8_t frame[60];

    make_frame(frame, sizeof(frame), 0);
    model->keeps_frames = true;
    card_model_receive(model, frame, sizeof(frame), true);
    /* At the first check the frame may still be on its way. */
    assert_true(is_well(model));
    card_model_receive(model, frame, sizeof(frame), true);
    assert_true(is_well(model));
    card_model_receive(model, frame, sizeof(frame), true);
    assert_false(is_well(model));
    card_model_free(model);
}

static void notices_a_transmitter_that_hangs(const struct pci_family *family)
{
    struct card_model *model = started(family);
    struct pci_nic *card = &model->card;

    model->is_slow = true;
    assert_true(is_well(model));
    family->transmit_space(card);
    family->transmit(card, 60);
    family->flush(card);
    assert_true(is_well(model));
    assert_true(is_well(model));
    assert_false(is_well(model));
    card_model_free(model);
}

static void is_patient_without_a_link(const struct pci_family *family)
{
    struct card_model *model = started(family);
    struct pci_nic *card = &model->card;
    unsigned int i;

    card_model_set_link(model, false);
    assert_int_equal(family->take_causes(card), PCI_CAUSE_LINK);
    assert_false(family->has_link(card));
    card->link = NIC_LINK_DOWN;
    family->transmit_space(card);
    family->transmit(card, 60);
    family->flush(card);
    for (i = 0; i < 10; i++)
        assert_true(is_well(model));
    card_model_set_link(model, true);
    assert_true(family->has_link(card));
    card_model_free(model);
}

static void listens_to_groups(const struct pci_family *family)
{
    struct card_model *model = started(family);
    uint8_t frame[60], group[NIC_MAC_BYTES] = { 0x33, 0x33, 0xff, 1, 2, 3 };
    unsigned int i;

    make_frame(frame, sizeof(frame), 0);
    memcpy(frame, group, sizeof(group));
    assert_false(card_model_receive(model, frame, sizeof(frame), true));
    memcpy(model->card.groups[model->card.group_count++], group,
           sizeof(group));
    family->set_groups(&model->card);
    assert_true(card_model_receive(model, frame, sizeof(frame), true));
    /* With more groups than there is room for, frames to any come in. */
    model->card.group_count = NIC_GROUPS_MAX + 1;
    family->set_groups(&model->card);
    for (i = 0; i < 100; i++) {
        frame[4] = frame[5] = i;
        assert_true(card_model_receive(model, frame, sizeof(frame), true));
    }
    card_model_free(model);
}

static void counts_what_the_card_missed(const struct pci_family *family)
{
    struct card_model *model = started(family);

    model->registers[MPC / 4] = 3;
    model->registers[CRCERRS / 4] = 2;
    assert_true(is_well(model));
    assert_true(is_well(model));
    assert_int_equal(model->card.nic.counts.receive_drops, 3);
    assert_int_equal(model->card.nic.counts.receive_errors, 2);
    card_model_free(model);
}

static void nic_drives_what_it_lists(void **state)
{
    (void)state;
    assert_true(nic_drives_pci(0x8086, 0x100e));
    assert_true(nic_drives_pci(0x8086, 0x100f));
    assert_true(nic_drives_pci(0x8086, 0x10d3));
    assert_false(nic_drives_pci(0x8086, 0x10c9));
    assert_false(nic_drives_pci(0x1af4, 0x100e));
    assert_false(nic_drives_pci(0, 0));
}

#define FOR_BOTH(body)                                                       \
    static void nic_##body(void **state)                                     \
    {                                                                        \
        (void)state;                                                         \
        body(families[0]);                                                   \
        body(families[1]);                                                   \
    }

FOR_BOTH(reads_its_address_and_turns_on)
FOR_BOTH(ends_dma_before_a_reset)
FOR_BOTH(says_that_it_stays_in_reset)
FOR_BOTH(refuses_a_card_without_address)
FOR_BOTH(receives_frames_in_order)
FOR_BOTH(takes_a_burst_in_batches)
FOR_BOTH(drops_parts_of_frames)
FOR_BOTH(believes_no_length)
FOR_BOTH(sends_frames_in_order)
FOR_BOTH(says_when_there_is_room_again)
FOR_BOTH(notices_frames_that_never_arrive)
FOR_BOTH(notices_a_receiver_that_keeps_all)
FOR_BOTH(notices_a_transmitter_that_hangs)
FOR_BOTH(is_patient_without_a_link)
FOR_BOTH(listens_to_groups)
FOR_BOTH(counts_what_the_card_missed)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nic_drives_what_it_lists),
    cmocka_unit_test(nic_reads_its_address_and_turns_on),
    cmocka_unit_test(nic_ends_dma_before_a_reset),
    cmocka_unit_test(nic_says_that_it_stays_in_reset),
    cmocka_unit_test(nic_refuses_a_card_without_address),
    cmocka_unit_test(nic_receives_frames_in_order),
    cmocka_unit_test(nic_takes_a_burst_in_batches),
    cmocka_unit_test(nic_drops_parts_of_frames),
    cmocka_unit_test(nic_believes_no_length),
    cmocka_unit_test(nic_sends_frames_in_order),
    cmocka_unit_test(nic_says_when_there_is_room_again),
    cmocka_unit_test(nic_notices_frames_that_never_arrive),
    cmocka_unit_test(nic_notices_a_receiver_that_keeps_all),
    cmocka_unit_test(nic_notices_a_transmitter_that_hangs),
    cmocka_unit_test(nic_is_patient_without_a_link),
    cmocka_unit_test(nic_listens_to_groups),
    cmocka_unit_test(nic_counts_what_the_card_missed),
};

UNIT_MAIN(tests)
