/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt.h - IDT, the two 8259 and the way from there to the processor
 *
 * Nothing is taken from a BIOS: there may have been none.
 */
#ifndef GUEST_INTERRUPT_H
#define GUEST_INTERRUPT_H

#include <stdint.h>

#define INTERRUPT_LINES 16

/* Everything masked except lines that get a handler later; interrupts on. */
void interrupts_start(void);

/* Called with interrupts off; the 8259 is told EOI afterwards.  Unmasks the
 * line; NULL masks it. */
void interrupt_set_handler(unsigned int line, void (*handler)(void));

/* Interrupts that the 8259 took back before they were acknowledged. */
uint32_t interrupt_spurious_count(void);

/* What interrupt_entry.S pushes. */
struct interrupt_frame {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax; /* pusha */
    uint32_t vector, error;
    uint32_t eip, cs, eflags;
};

/* The C side of interrupt_entry.S. */
void interrupt_dispatch(const struct interrupt_frame *frame);

#endif
