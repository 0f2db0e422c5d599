/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wake.h - a FIFO in /run/mediatord that wakes a sleeping role
 *
 * What is written into it means nothing but "look again".  A role that is
 * about to sleep stores a number other than 0, new for each sleep (also of a
 * predecessor: a role counts from some arbitrary number on), in its
 * "sleeps" word in shared memory, looks once more, and only then sleeps; it
 * stores 0 when it woke.  The other side writes the FIFO only when that word
 * holds a number that it has not answered yet: a busy stream costs no system
 * call, and a sleeper who is slow to wake costs one.
 */
#ifndef MEDIATOR_WAKE_H
#define MEDIATOR_WAKE_H

#include <stdatomic.h>
#include <stdint.h>

/* The end that signals. */
struct waker {
    int fd;
    uint32_t answered; /* the last sleep that was signalled */
};

#define WAKER_CLOSED ((struct waker){ .fd = -1 })

/* Makes the FIFO (mode 0600) unless it is there.  0, or -1 with a message
 * logged. */
int wake_create(const char *path);

/* Opens either end; neither blocks, whether or not the other is open.  Returns
 * a descriptor, or -1 with a message logged. */
int wake_open(const char *path);

/* The same for who may only write: several roles share one FIFO, and none is
 * to take what another one wrote.  SIGPIPE must be ignored. */
int wake_open_writer(const char *path);

/* Writes one token. */
void wake_signal(int fd);

/* Takes out the tokens that there are, but no more than one read() does: who
 * writes without end must not hold up the reader, who is woken once more by
 * what is left. */
void wake_drain(int fd);

/* Wakes the other role if it sleeps; call it when something was published for
 * it.  The full barrier puts what was published before the load of the word;
 * wake_sleep() has the other half. */
static inline void wake_if_asleep(struct waker *waker,
                                  const _Atomic uint32_t *sleeps)
{
    uint32_t sleep;

    atomic_thread_fence(memory_order_seq_cst);
    sleep = atomic_load_explicit(sleeps, memory_order_relaxed);
    if (sleep != 0 && sleep != waker->answered) {
        waker->answered = sleep;
        wake_signal(waker->fd);
    }
}

/* Says "I sleep": call it, look once more for work, then sleep. */
static inline void wake_sleep(_Atomic uint32_t *sleeps, uint32_t *count)
{
    if (++*count == 0)
        *count = 1;
    atomic_store_explicit(sleeps, *count, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
}

/* Says "I am awake". */
static inline void wake_woken(_Atomic uint32_t *sleeps)
{
    atomic_store_explicit(sleeps, 0, memory_order_relaxed);
}

#endif
