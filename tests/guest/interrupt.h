/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt.h - the IDT, the two 8259, and the way from there to the processor
 *
 * It relies on no settings of a BIOS: none may have run.
 */
#ifndef GUEST_INTERRUPT_H
#define GUEST_INTERRUPT_H

#include <stdint.h>

#define INTERRUPT_LINES 16

/* Turns interrupts on, with every line masked until it gets a handler. */
void interrupts_start(void);

/* Sets the line's handler and unmasks the line; NULL masks it.  The handler is
 * called with interrupts off, and the 8259 gets EOI afterwards. */
void interrupt_set_handler(unsigned int line, void (*handler)(void));

/* The number of interrupts that the 8259 took back before they were
 * acknowledged. */
uint32_t interrupt_spurious_count(void);

/* What interrupt_entry.S pushes. */
struct interrupt_frame {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax; /* pusha */
    uint32_t vector, error;
    uint32_t eip, cs, eflags;
};

/* Called by interrupt_entry.S for every interrupt and exception. */
void interrupt_dispatch(struct interrupt_frame *frame);

#endif
