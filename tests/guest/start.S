/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.S - from whoever loaded us to guest_main()
 *
 * It is entered at 0x100000 in 32-bit protected mode, with flat segments and
 * paging off:
 *   by boot.S        %eax = START_FLOPPY
 *   by a multiboot loader (qemu -kernel)      %eax = 0x2badb002
 *   by Xen's domain builder (firmware_override=)  %ebx -> hvm_start_info
 * It relies on nothing else: in the last case no BIOS has run.
 */
        .set MULTIBOOT_MAGIC, 0x1badb002

        .section .start, "ax"
        .code32
        .globl start
start:
        jmp     1f

        .balign 4                       /* in the file's first 8 KiB */
        .long   MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC

1:      cli
        cld
        lgdt    gdt_pointer
        ljmp    $0x08, $2f
2:      mov     $0x10, %cx
        mov     %cx, %ds
        mov     %cx, %es
        mov     %cx, %fs
        mov     %cx, %gs
        mov     %cx, %ss
        mov     $stack_top, %esp

        mov     %eax, %edx
        mov     $bss_start, %edi
        mov     $bss_end, %ecx
        sub     %edi, %ecx
        shr     $2, %ecx
        xor     %eax, %eax
        rep stosl

        push    %eax                    /* end of the chain of frames */
        push    %ebx
        push    %edx
        call    guest_main
3:      cli
        hlt
        jmp     3b

        .section .rodata
        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* 08: code, base 0, limit 4 GiB */
        .quad   0x00cf93000000ffff      /* 10: data, base 0, limit 4 GiB */
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt

        .section .bss
        .balign 16
        .skip   16384
stack_top:

        .section .note.GNU-stack, "", @progbits
