/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * journal.h - what survives the uart role: a UART's state, and how far the
 * role came with the request that is under way
 *
 * There are two copies of the state.  An access works on the one that is not
 * current; a single store to `progress` then makes it current and notes that
 * more byte accesses of the request are done.  A process that dies anywhere
 * leaves a current copy that is whole, and its successor runs the unfinished
 * byte access again from there.  Running it again is harmless (out_ring_put*()
 * ignores what is there already), but for an access to real hardware that
 * moves a byte: that one stands behind journal_enter_device().
 *
 * Client input is exactly once by the same store: uart_state.in_offset is
 * committed together with the FIFO that holds the bytes before it, and
 * in_tail in the out ring's header, by which the net role knows what it may
 * overwrite, follows after the commit.
 */
#ifndef MEDIATOR_JOURNAL_H
#define MEDIATOR_JOURNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/shared_file.h"
#include "shared/wire_tty.h"
#include "uart/port_request.h"
#include "uart/uart_state.h"

struct journal_copy {
    struct uart_state uart;
    uint64_t response; /* the value of a read, as far as it is assembled */
};

struct journal_page {
    struct shared_file_header file;

    /* Whose state this is; written before the server is used. */
    uint32_t domid;
    uint32_t server;
    _Atomic uint32_t is_reset; /* the UART was reset for this domain */
    struct wire_tty_settings wire_before;

    /* The store to this word commits.  Bit 0: which copy is current; bit 1:
     * the device may have been touched for the byte access that is under way;
     * bit 2: a request is under way; bit 3: touching the device takes input
     * from it; from bit 8: how many byte accesses of the request are done. */
    _Alignas(64) _Atomic uint64_t progress;
    struct port_request request; /* is written before bit 2 is set */
    struct journal_copy copies[2];
};

struct journal {
    struct shared_file file;
    struct journal_page *page;
    _Atomic uint64_t *in_doubt; /* the count of doubts, for status */
    bool is_device_in_doubt;    /* the predecessor died at the device */
    bool is_input_in_doubt;     /* it died taking a byte from the device */
};

/* Makes an empty state file.  The state itself is in its header page. */
int journal_create(const char *path);

/* Opens it; in_doubt is where accesses are counted of which nobody can tell
 * whether they happened.  0, or -1 with a message logged. */
int journal_open(struct journal *journal, const char *path,
                 _Atomic uint64_t *in_doubt);
void journal_close(struct journal *journal);

/* Begins anew for a new domain: all but the two ring offsets is zero. */
void journal_forget(struct journal *journal, uint32_t domid,
                    uint64_t out_offset, uint64_t in_offset);

/* The committed state. */
const struct uart_state *journal_current(const struct journal *journal);

/* Correct the committed state in place: its offsets do not fit the rings. */
void journal_correct_output(struct journal *journal, uint64_t out_offset);
void journal_correct_input(struct journal *journal, uint64_t in_offset);

/* Is a request under way, and how many of its byte accesses are done? */
bool journal_is_active(const struct journal *journal);
uint64_t journal_units_done(const struct journal *journal);

/* The value of a read, once all its byte accesses are done. */
uint64_t journal_response(const struct journal *journal);

/* A request is under way from begin to end. */
void journal_begin(struct journal *journal,
                   const struct port_request *request);
void journal_end(struct journal *journal);

/* Makes the copy that is not current equal to the current one, and returns it
 * to be worked on. */
struct journal_copy *journal_work(struct journal *journal);

/* The copy that a UART's state is part of. */
static inline struct journal_copy *journal_copy_of(struct uart_state *state)
{
    return (struct journal_copy *)((char *)state -
                                   offsetof(struct journal_copy, uart));
}

/* Makes the working copy current.  units_done: how many byte accesses of the
 * request under way are done with it, or as many as before; 0 without a
 * request. */
void journal_commit(struct journal *journal, uint64_t units_done);

/* Call it before an access to a device that must not happen twice.  False: the
 * predecessor died between this point and the commit, so nobody can tell
 * whether the access happened; it is counted, and must be left out now. */
bool journal_enter_device(struct journal *journal);

/* The same before an access that only takes a byte from the device, where a
 * successor must know whether input or output is in doubt. */
bool journal_enter_input(struct journal *journal);

#endif
