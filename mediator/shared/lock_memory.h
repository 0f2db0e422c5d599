/* SPDX-License-Identifier: BSD-2-Clause */
/* lock_memory.h - a guest that waits for a byte must not wait for a swap disk */
#ifndef MEDIATOR_LOCK_MEMORY_H
#define MEDIATOR_LOCK_MEMORY_H

/* Keeps what this process has and will have in memory, page by page as it is
 * first used.  Only root may; others (tests) go on without. */
void lock_memory(void);

#endif
