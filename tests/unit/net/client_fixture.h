/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_fixture.h - a console whose clients are descriptors, an event loop
 * for them, and what was shown to one of them
 */
#ifndef TESTS_CLIENT_FIXTURE_H
#define TESTS_CLIENT_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net_console.h"
#include "shared/role_link.h"

#define PATIENCE_MS 10000

extern struct net_console console;

/* All that the test's client has read; the last byte stays 0. */
extern uint8_t shown[1u << 20];
extern size_t shown_bytes;
extern uint64_t next; /* of the last frame of attach_protocol.h */
extern unsigned int answers; /* frames without bytes */

/* cmocka's fixtures; closing closes the console's clients, too. */
int client_fixture_open(void **state);
int client_fixture_close(void **state);

/* All happens that can happen without waiting. */
void turn_loop(void);

/* The console goes, as far as its clients are concerned. */
void close_clients(void);

/* A ROLE_ADD_LOCAL of a console. */
struct role_message local_message(enum role_local kind, uint64_t from,
                                  bool is_read_only);

/* Waits until there is something to read, or fails. */
void wait_readable(int fd);

/* The guest reads so many bytes of what was typed. */
void consume(uint64_t bytes);

/* Does a client hold input for which the in ring has no room? */
bool has_held_input(void);

/* Adds a client as mediatorctl attach does.  Returns mediatorctl's end. */
int attach(uint64_t from, bool is_read_only);

/* Takes the frames that are there for it.  Returns false when its socket is
 * closed. */
bool show(int fd);

/* What was shown is the guest's output from `from` to `end` and no more. */
void assert_shown(uint64_t from, uint64_t end);

/* What was shown is the guest's output from byte 0 on, with notices in the
 * place of as many bytes as they name.  Returns the offset where it ends. */
uint64_t shown_until(unsigned int *notices);

#endif
