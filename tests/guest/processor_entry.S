/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * processor_entry.S - from a SIPI to processor_main(number)
 *
 * processors.c copies the first part to a page below 1 MiB.  A processor
 * starts there in real mode, with CS = that page; all addresses of that part
 * are offsets in it.
 */
        .section .rodata
        .globl processor_start, processor_start_end
        .code16
processor_start:
        cli
        cld
        mov     %cs, %ax
        mov     %ax, %ds
        lgdtl   gdt_pointer - processor_start
        mov     %cr0, %eax
        or      $1, %al                 /* PE */
        mov     %eax, %cr0
        ljmpl   $0x08, $processor_entry

        .balign 4
gdt_pointer:
        .word   gdt_end - gdt - 1
        .long   gdt
processor_start_end:

        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* 08: code, base 0, limit 4 GiB */
        .quad   0x00cf93000000ffff      /* 10: data, base 0, limit 4 GiB */
gdt_end:

        .text
        .code32
processor_entry:
        mov     $0x10, %cx
        mov     %cx, %ds
        mov     %cx, %es
        mov     %cx, %fs
        mov     %cx, %gs
        mov     %cx, %ss
        mov     $1, %eax
        lock xadd %eax, processors_come
        inc     %eax                    /* the first one is number 0 */
        cmp     $8, %eax                /* PROCESSORS_MAX */
        jae     1f
        mov     %eax, %edx
        shl     $12, %edx
        lea     processor_stacks + 4096(%edx), %esp
        push    %eax
        push    $0                      /* no return address: it stays */
        jmp     processor_main
1:      lock decl processors_come       /* no place for it */
2:      hlt
        jmp     2b

        .section .note.GNU-stack, "", @progbits
