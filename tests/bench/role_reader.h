/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_reader.h - reads the out rings of all guests of role_load in a thread
 * of its own, asleep while there is nothing, as the net role does
 */
#ifndef ROLE_READER_H
#define ROLE_READER_H

#include "role_guest.h"

/* Returns 0, or another value when it cannot be started. */
int role_reader_start(struct role_guest *guests, unsigned int count);
void role_reader_stop(void);

/* How many bytes of the guest have come. */
uint64_t role_reader_position(unsigned int guest);

/* What went wrong, bytes missed or wrong; NULL when nothing did. */
const char *role_reader_error(void);

#endif
