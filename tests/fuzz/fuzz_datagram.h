/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_datagram.h - what comes by a link between roles (role_link.h), as the
 * input says: a message, or what is none, with any descriptors
 */
#ifndef TESTS_FUZZ_DATAGRAM_H
#define TESTS_FUZZ_DATAGRAM_H

#include <stdbool.h>

#include "fuzz/fuzz_support.h"
#include "shared/role_link.h"

/* More than a message may have, as far as Linux lets them through. */
#define DATAGRAM_FDS_MAX 5

/* Sends one, with up to fd_count of these descriptors (one of them may come
 * several times), and says what it was in message.  False when it was no
 * message, because of its size; true also when the link took nothing. */
bool datagram_send(int link, struct input *input, const int *fds,
                   unsigned int fd_count, struct role_message *message);

#endif
