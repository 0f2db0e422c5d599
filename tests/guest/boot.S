/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.S - the floppy's boot sector
 *
 * It reads the PROGRAM_SECTORS sectors behind itself by BIOS int 13h to
 * 0x10000, a track at a time (one sector at a time once something has failed),
 * enters 32-bit protected mode, copies the program to 0x100000 and jumps
 * there.  The program fits in one 64 KiB page of the DMA controller (guest.ld
 * sees to that), so no read crosses a page.  A drive that is no floppy works
 * as well, because the BIOS is asked for the geometry.
 */
        .set LOAD_SEGMENT, 0x1000
        .set PROGRAM_ADDRESS, 0x100000
        .set START_FLOPPY, 0x50504c46   /* "FLPP", see main.c */
        .set TRIES, 6

        .section .text
        .code16
        .globl boot
boot:
        cli
        cld
        xor     %ax, %ax
        mov     %ax, %ds
        mov     %ax, %ss
        mov     $0x7c00, %sp
        ljmp    $0, $1f                 /* some BIOSes come as 07c0:0000 */
1:      sti
        mov     %dl, drive

        mov     $0x08, %ah              /* drive parameters */
        xor     %di, %di
        mov     %di, %es
        int     $0x13
        jc      2f
        and     $0x3f, %cl
        jz      2f
        movzx   %cl, %cx
        mov     %cx, sectors_per_track
        movzx   %dh, %dx
        inc     %dx
        mov     %dx, heads
2:
read_next:
        mov     sector, %ax             /* 0 is this sector */
        xor     %dx, %dx
        divw    sectors_per_track       /* ax: track, dx: sector in it */
        mov     at_once, %bx
        mov     sectors_per_track, %cx
        sub     %dx, %cx                /* to the end of the track */
        cmp     %cx, %bx
        jbe     3f
        mov     %cx, %bx
3:      cmp     left, %bx
        jbe     4f
        mov     left, %bx
4:      mov     %dl, %cl
        inc     %cl                     /* sectors count from 1 */
        xor     %dx, %dx
        divw    heads                   /* ax: cylinder, dx: head */
        mov     %al, %ch
        mov     %dl, %dh
        mov     drive, %dl
        mov     %bl, %al
        mov     $0x02, %ah              /* read %al sectors */
        mov     segment, %es
        push    %bx
        xor     %bx, %bx
        int     $0x13
        pop     %bx
        jc      failed
        add     %bx, sector
        mov     %bx, %ax
        shl     $5, %ax                 /* 512 bytes are 32 paragraphs */
        add     %ax, segment
        sub     %bx, left
        jnz     read_next

        in      $0x92, %al              /* turn A20 on where it is off */
        or      $2, %al
        and     $0xfe, %al
        out     %al, $0x92
        cli
        lgdt    gdt_pointer
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmp    $0x08, $protected

failed:
        decb    tries
        jz      give_up
        movw    $1, at_once
        xor     %ah, %ah                /* reset the drive, then try again */
        mov     drive, %dl
        int     $0x13
        jmp     read_next

give_up:
        mov     $message, %si
1:      lodsb
        test    %al, %al
        jz      2f
        out     %al, $0xe9              /* Xen's debug port: in Xen's log */
        mov     $0x0e, %ah
        xor     %bx, %bx
        int     $0x10
        jmp     1b
2:      hlt
        jmp     2b

        .code32
protected:
        mov     $0x10, %cx
        mov     %cx, %ds
        mov     %cx, %es
        mov     %cx, %ss
        mov     $(LOAD_SEGMENT << 4), %esi
        mov     $PROGRAM_ADDRESS, %edi
        mov     $(PROGRAM_SECTORS * 128), %ecx
        rep movsl
        mov     $START_FLOPPY, %eax
        xor     %ebx, %ebx
        mov     $PROGRAM_ADDRESS, %edx
        jmp     *%edx

        .balign 4
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* 08: code, base 0, limit 4 GiB */
        .quad   0x00cf93000000ffff      /* 10: data, base 0, limit 4 GiB */
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt

drive:  .byte   0
tries:  .byte   TRIES
sectors_per_track: .word 18             /* 1.44 MB, if the BIOS does not say */
heads:  .word   2
sector: .word   1                       /* next one to read */
left:   .word   PROGRAM_SECTORS
at_once: .word  127
segment: .word  LOAD_SEGMENT
message: .asciz "\nmediator guest: cannot read the boot floppy\n"

        .org    510
        .word   0xaa55
        .section .note.GNU-stack, "", @progbits
