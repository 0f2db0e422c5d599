/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock_memory.h - keeps a process's memory from being swapped out: a guest
 * that waits for a byte must not wait for a disk
 */
#ifndef MEDIATOR_LOCK_MEMORY_H
#define MEDIATOR_LOCK_MEMORY_H

/* Locks the memory that this process has and will have, page by page as each
 * is first used.  Only root may do this; a process of another user, such as a
 * test, goes on without it. */
void lock_memory(void);

#endif
