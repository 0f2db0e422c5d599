/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_nic.h - the card of the fuzzed net role: a queue, or Intel's driver on
 * the model of the card
 */
#ifndef TESTS_FUZZ_NIC_H
#define TESTS_FUZZ_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nic/nic.h"

enum fuzz_nic_kind {
    FUZZ_NIC_QUEUE,
    FUZZ_NIC_82540,
    FUZZ_NIC_82574,
    FUZZ_NIC_KINDS
};

/* Returns the card as it is after power-on. */
struct nic *fuzz_nic_start(enum fuzz_nic_kind kind);

/* A frame comes from the network cable, for the next receive(). */
void fuzz_nic_arrive(const uint8_t *frame, size_t bytes);

/* Whether the cable takes what is sent, and whether there is one. */
void fuzz_nic_set_cable(bool is_free, bool has_link);

/* Scribbles over descriptors and registers, as a card gone mad may; only
 * what it can write itself. */
void fuzz_nic_go_mad(const uint8_t *data);

/* Hands over what was sent, oldest first, and forgets it. */
void fuzz_nic_sent(void (*take)(const uint8_t *frame, size_t bytes));

#endif
