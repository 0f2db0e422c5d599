/* SPDX-License-Identifier: BSD-2-Clause */
/* test_nic_imaginary.c - the driver of the card that is a recipe */
#include "unit/unit.h"

#include "unit/nic/card_model.h"

static size_t received;

static void deliver(void *opaque, const uint8_t *frame, size_t bytes,
                    bool is_vouched)
{
    (void)opaque;
    (void)frame;
    (void)is_vouched;
    received = bytes;
}

static void nic_imaginary_card_has_a_driver(void **state)
{
    (void)state;
    assert_true(nic_drives_pci(0x8086, 0xffee));
}

static void nic_imaginary_card_is_reset_twice(void **state)
{
    const struct pci_family *family = &pci_family_imaginary;
    struct card_model *model = card_model_new(family);

    (void)state;
    assert_int_equal(family->reset(&model->card), 0);
    assert_int_equal(model->resets, 2);
    card_model_free(model);
}

static void nic_imaginary_card_receives(void **state)
{
    static const uint8_t frame[60] = { 0x52, 0x54, 0, 0, 0, 2 };
    const struct pci_family *family = &pci_family_imaginary;
    struct card_model *model = card_model_new(family);

    (void)state;
    assert_int_equal(family->reset(&model->card), 0);
    family->start(&model->card);
    assert_true(card_model_receive(model, frame, sizeof(frame), true));
    assert_int_equal(family->receive(&model->card, deliver, NULL), 1);
    assert_int_equal(received, sizeof(frame));
    card_model_free(model);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nic_imaginary_card_has_a_driver),
    cmocka_unit_test(nic_imaginary_card_is_reset_twice),
    cmocka_unit_test(nic_imaginary_card_receives),
};

UNIT_MAIN(tests)
