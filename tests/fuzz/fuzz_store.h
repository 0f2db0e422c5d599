/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_store.h - a xenstore in this process, in the place of store.h: its
 * nodes are the fuzzer's to change, and it claims that its client keeps its
 * promises
 */
#ifndef TESTS_FUZZ_STORE_H
#define TESTS_FUZZ_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "supervisor/host/store.h"

/* What the client is given. */
struct store *fuzz_store(void);

/* What goes wrong next: so many transactions end with EAGAIN, so many calls of
 * any kind fail. */
extern unsigned int fuzz_store_conflicts, fuzz_store_failures;

/* Is asked at each write by the client, with the node as it was; value is
 * terminated. */
extern void (*fuzz_store_on_write)(const char *path, const char *value,
                                   bool is_in_transaction);

/* The node's value, terminated, or NULL. */
const char *fuzz_store_value(const char *path);

/* The node that the client read last, or tried to. */
const char *fuzz_store_last_read(void);

void fuzz_store_write(const char *path, const void *value, size_t bytes);
/* The node and what is below it. */
void fuzz_store_remove(const char *path);

/* A watch tells of this path: fuzz_store_changed() returns it, which is the
 * caller's to free(), or NULL when there is none. */
void fuzz_store_tell(const char *path);
char *fuzz_store_changed(void);

/* While xenstored is away, all calls fail, and changes are not told. */
void fuzz_store_go(void);
void fuzz_store_come(void);

/* No node and no event is left, and the client has ended all of its
 * transactions. */
void fuzz_store_end(void);

#endif
