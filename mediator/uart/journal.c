/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * journal.c - the two copies of the state, and the word that says which of
 * them is current
 */
#include "uart/journal.h"

#include <string.h>

#include "uart/fault_point.h"

#define STATE_VERSION 4

#define PROGRESS_COPY    UINT64_C(1)
#define PROGRESS_DEVICE  UINT64_C(2)
#define PROGRESS_ACTIVE  UINT64_C(4)
#define PROGRESS_INPUT   UINT64_C(8)
#define PROGRESS_UNITS   8 /* shift */

static const struct shared_file_kind state_kind = {
    .name = "state",
    .magic = "MEDIA_ST",
    .version = STATE_VERSION,
};

_Static_assert(sizeof(struct journal_page) <= SHARED_FILE_HEADER_BYTES,
               "the state stands in the header page");

static uint64_t load_progress(const struct journal *journal)
{
    return atomic_load_explicit(&journal->page->progress,
                                memory_order_relaxed);
}

static void store_progress(struct journal *journal, uint64_t progress)
{
    atomic_store_explicit(&journal->page->progress, progress,
                          memory_order_release);
}

int journal_create(const char *path)
{
    return shared_file_create(path, &state_kind, 0);
}

int journal_open(struct journal *journal, const char *path,
                 _Atomic uint64_t *in_doubt)
{
    int rc = shared_file_open(&journal->file, path, &state_kind, true);

    journal->page = journal->file.header;
    journal->in_doubt = in_doubt;
    journal->is_device_in_doubt =
        !rc && (load_progress(journal) & PROGRESS_DEVICE);
    journal->is_input_in_doubt =
        !rc && (load_progress(journal) & PROGRESS_INPUT);
    return rc;
}

void journal_close(struct journal *journal)
{
    shared_file_close(&journal->file);
    journal->page = NULL;
}

void journal_forget(struct journal *journal, uint32_t domid,
                    uint64_t out_offset, uint64_t in_offset)
{
    struct journal_page *page = journal->page;

    atomic_store(&page->is_reset, 0);
    store_progress(journal, 0);
    memset(page->copies, 0, sizeof(page->copies));
    page->copies[0].uart.out_offset = out_offset;
    page->copies[0].uart.in_offset = in_offset;
    page->domid = domid;
    journal->is_device_in_doubt = false;
}

const struct uart_state *journal_current(const struct journal *journal)
{
    uint64_t progress = load_progress(journal);

    return &journal->page->copies[progress & PROGRESS_COPY].uart;
}

static struct uart_state *current_state(struct journal *journal)
{
    return &journal->page->copies[load_progress(journal) & PROGRESS_COPY].uart;
}

void journal_correct_output(struct journal *journal, uint64_t out_offset)
{
    struct uart_state *state = current_state(journal);

    state->out_offset = out_offset;
    state->wire_offset = out_offset;
}

void journal_correct_input(struct journal *journal, uint64_t in_offset)
{
    current_state(journal)->in_offset = in_offset;
}

bool journal_is_active(const struct journal *journal)
{
    return load_progress(journal) & PROGRESS_ACTIVE;
}

uint64_t journal_units_done(const struct journal *journal)
{
    return load_progress(journal) >> PROGRESS_UNITS;
}

uint64_t journal_response(const struct journal *journal)
{
    uint64_t progress = load_progress(journal);

    return journal->page->copies[progress & PROGRESS_COPY].response;
}

void journal_begin(struct journal *journal, const struct port_request *request)
{
    uint64_t copy = load_progress(journal) & PROGRESS_COPY;

    journal->page->request = *request;
    journal->page->copies[copy].response = 0;
    store_progress(journal, copy | PROGRESS_ACTIVE);
    fault_point(FAULT_BEGUN);
}

void journal_end(struct journal *journal)
{
    journal->is_device_in_doubt = false;
    store_progress(journal, load_progress(journal) & PROGRESS_COPY);
    fault_point(FAULT_ENDED);
}

struct journal_copy *journal_work(struct journal *journal)
{
    uint64_t copy = load_progress(journal) & PROGRESS_COPY;
    struct journal_copy *copies = journal->page->copies;

    copies[copy ^ 1] = copies[copy];
    return &copies[copy ^ 1];
}

static void count_doubt(struct journal *journal)
{
    journal->is_device_in_doubt = false;
    atomic_fetch_add(journal->in_doubt, 1);
}

void journal_commit(struct journal *journal, uint64_t units_done)
{
    uint64_t progress = load_progress(journal);

    /* The access that the predecessor died in is repeated, and has not come to
     * the device this time: the state has moved on since.  The next access to
     * the device is another one, and nobody is in doubt about that. */
    if (journal->is_device_in_doubt)
        count_doubt(journal);
    store_progress(journal, ((progress & PROGRESS_COPY) ^ 1) |
                   (progress & PROGRESS_ACTIVE) |
                   units_done << PROGRESS_UNITS);
    fault_point(FAULT_COMMITTED);
}

static bool enter(struct journal *journal, uint64_t marks)
{
    if (journal->is_device_in_doubt) {
        count_doubt(journal);
        return false;
    }
    store_progress(journal, load_progress(journal) | marks);
    fault_point(FAULT_DEVICE_MARKED);
    return true;
}

bool journal_enter_device(struct journal *journal)
{
    return enter(journal, PROGRESS_DEVICE);
}

bool journal_enter_input(struct journal *journal)
{
    return enter(journal, PROGRESS_DEVICE | PROGRESS_INPUT);
}
