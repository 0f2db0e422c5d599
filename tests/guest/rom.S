/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rom.S - a 64 KiB ROM that starts the program where no BIOS has run
 *
 * It is for selftest.py only.  qemu -bios guest.rom leaves PIC, PIT, local
 * APIC and UARTs as the reset did, and enters the program as Xen's domain
 * builder does (%ebx points to something that starts as hvm_start_info does).
 */
        .set ROM, 0xffff0000
        .set PROGRAM_ADDRESS, 0x100000
        .set STUB, 0xfe00

        .section .text
        .incbin "program.bin"
        .org    STUB

        .code16
stub:   cli
        lgdtl   %cs:gdt_pointer
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmpl   $0x08, $(ROM + STUB + (protected - stub))

        .code32
protected:
        mov     $0x10, %cx
        mov     %cx, %ds
        mov     %cx, %es
        mov     %cx, %ss
        cld
        mov     $ROM, %esi
        mov     $PROGRAM_ADDRESS, %edi
        mov     $(STUB / 4), %ecx
        rep movsl
        mov     $(ROM + STUB + (start_info - stub)), %ebx
        xor     %eax, %eax
        mov     $PROGRAM_ADDRESS, %edx
        jmp     *%edx

        .balign 4
gdt:    .quad   0
        .quad   0x00cf9b000000ffff
        .quad   0x00cf93000000ffff
gdt_pointer:
        .word   . - gdt - 1
        .long   ROM + STUB + (gdt - stub)
        .balign 4
start_info:
        .long   0x336ec578

        .org    0xfff0                  /* the reset vector, f000:fff0 */
        .code16
        jmp     stub
        .org    0x10000
        .section .note.GNU-stack, "", @progbits
