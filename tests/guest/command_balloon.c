/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_balloon.c - gives memory back to Xen while the UART's server reads
 * it
 */
#include "command.h"
#include "cpu.h"
#include "hypercall.h"
#include "memory.h"
#include "processors.h"
#include "uart.h"

#define PAGE_SHIFT 12
#define PAGES_MAX ((STREAM_BUFFER - FREE_AREA) >> PAGE_SHIFT)
#define OUTS_BYTES 4096
/* When a guest sends from a page that is gone, Xen asks its device model for
 * every single byte. */
#define GONE_PAGES 4u
#define GONE_OUTS_BYTES 64

static uint32_t pages;
static volatile bool is_over;
static volatile uint32_t rounds;

static void outs(uint32_t count, uint32_t bytes)
{
    for (uint32_t i = 0; i < count && !is_over; i++)
        rep_outs(1, uart_base(), FREE_AREA + (i << PAGE_SHIFT), bytes, false);
}

static void outs_until_over(unsigned int processor)
{
    (void)processor;
    while (!is_over) {
        outs(pages, OUTS_BYTES);
        rounds++;
    }
}

/* The guest's second processor sends from the pages while the first one gives
 * them back.  At the end the guest sends from some of them once more. */
static int run_balloon(struct words *words)
{
    uint32_t given, patience = uart_patience_ms();

    if (!words_decimal(words, &pages, PAGES_MAX) || !pages)
        return reply_usage();
    if (!hypercall_start())
        return reply_error("balloon: no Xen is under this guest");
    is_over = false;
    rounds = 0;
    if (!processors_run(outs_until_over, 1, patience))
        return reply_error("balloon: needs a second processor");
    given = hypercall_give_back(FREE_AREA >> PAGE_SHIFT, pages);
    is_over = true;
    if (!processors_wait(patience))
        return reply_error("balloon: the other processor does not come back");
    is_over = false;
    outs(pages < GONE_PAGES ? pages : GONE_PAGES, GONE_OUTS_BYTES);
    return reply_ok("balloon pages=%u given=%u rounds=%u", pages, given,
                    rounds);
}

const struct command balloon_commands[] = {
    { "balloon", "PAGES", "from 400000 on, given back to Xen while another "
      "processor sends them by rep outs", run_balloon },
    { NULL, NULL, NULL, NULL },
};
