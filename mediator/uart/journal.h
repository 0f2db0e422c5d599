/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * journal.h - what survives the uart role: a UART's state and how far it
 * came with the request under way
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
#include <stdint.h>

#include "shared/shared_file.h"
#include "shared/wire_tty.h"
#include "uart/port_request.h"
#include "uart/uart.h"

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

    /* The committing store.  Bit 0: which copy is current; bit 1: the device
     * may have been touched for the byte access under way; bit 2: a request
     * is under way; bit 3: the device's touch takes input; from bit 8: byte
     * accesses of the request that are done. */
    _Alignas(64) _Atomic uint64_t progress;
    struct port_request request; /* whole before bit 2 is set */
    struct journal_copy copies[2];
};

struct journal {
    struct shared_file file;
    struct journal_page *page;
    _Atomic uint64_t *in_doubt; /* counted here: the out ring's header */
    bool is_device_in_doubt;    /* the predecessor died at the device */
    bool is_input_in_doubt;     /* when it took a byte from it */
};

/* The file's data is one page; the state itself is in the header page. */
int journal_create(const char *path);
int journal_open(struct journal *journal, const char *path,
                 _Atomic uint64_t *in_doubt);
void journal_close(struct journal *journal);

/* A new domain: everything but the two ring offsets starts from zero. */
void journal_forget(struct journal *journal, uint32_t domid,
                    uint64_t out_offset, uint64_t in_offset);

const struct uart_state *journal_current(const struct journal *journal);

/* For a state that does not fit the rings: in the current copy, in place. */
void journal_correct_output(struct journal *journal, uint64_t out_offset);
void journal_correct_input(struct journal *journal, uint64_t in_offset);

/* Is a request under way, and how many of its byte accesses are done? */
bool journal_is_active(const struct journal *journal);
uint64_t journal_units_done(const struct journal *journal);

/* The value of a read, once all its byte accesses are done. */
uint64_t journal_response(const struct journal *journal);

void journal_begin(struct journal *journal, const struct port_request *request);
void journal_end(struct journal *journal);

/* The copy to work on: equal to the current one. */
struct journal_copy *journal_work(struct journal *journal);

/* Makes it current.  units_done counts the byte accesses of the request under
 * way; without a request it is 0. */
void journal_commit(struct journal *journal, uint64_t units_done);

/* Before an access to real hardware that must not happen twice.  False: the
 * predecessor died between this point and the commit, so nobody can tell
 * whether it happened; it is counted and must be left out. */
bool journal_enter_device(struct journal *journal);

/* The same before an access that only takes a byte from it, for a device
 * that can be left in doubt both ways. */
bool journal_enter_input(struct journal *journal);

#endif
