/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt_entry.S - one entry point for each vector from 0 to 2f: 00-1f are
 * the processor's exceptions, 20-2f the two 8259.  interrupt_ignore is for the
 * other vectors.
 */
        .text
        .code32

        /* 8, 10 to 14, 17, 21, 29, 30: the processor pushes an error code. */
        .set WITH_ERROR_CODE, 0x60227d00

        .balign 16
        .globl interrupt_entries
interrupt_entries:
        .set vector, 0
        .rept 0x30
        .balign 16
        .if vector >= 32 || !((WITH_ERROR_CODE >> vector) & 1)
        push    $0
        .endif
        push    $vector
        jmp     common
        .set vector, vector + 1
        .endr

common: pusha
        cld
        push    %esp
        call    interrupt_dispatch
        add     $4, %esp
        popa
        add     $8, %esp
        iret

        .globl interrupt_ignore
interrupt_ignore:
        iret

        .section .note.GNU-stack, "", @progbits
