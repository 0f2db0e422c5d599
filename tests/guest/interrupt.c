/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt.c - sets up the IDT, the 8259 and the local APIC, and calls
 * handlers
 *
 * The 8259's names are those of [Intel 8259A data sheet, Initialization and
 * Operation Command Words], the local APIC's those of [Intel SDM volume 3,
 * chapter "APIC"].
 */
#include "interrupt.h"

#include <stddef.h>

#include "channel.h"
#include "cpu.h"

#define PIC_MASTER 0x20
#define PIC_SLAVE 0xa0
#define PIC_ICW1_INIT 0x11  /* edge triggered, cascade, ICW4 follows */
#define PIC_ICW4_8086 0x01
#define PIC_OCW2_EOI 0x20   /* nonspecific */
#define PIC_OCW3_READ_ISR 0x0b
#define PIC_CASCADE 2

#define LAPIC_ADDRESS 0xfee00000u
#define LAPIC_SVR 0xf0
#define LAPIC_SVR_ENABLED 0x100
#define LAPIC_LVT_LINT0 0x350
#define LAPIC_LVT_EXTINT 0x700 /* not masked, the 8259 gives the vector */
#define MSR_APIC_BASE 0x1b
#define MSR_APIC_BASE_ENABLED (1u << 11)
#define CPUID1_EDX_APIC (1u << 9)

#define OPCODE_HLT 0xf4

#define VECTORS 256
#define EXCEPTIONS 32
#define ENTRY_BYTES 16 /* .balign in interrupt_entry.S */

extern const uint8_t interrupt_entries[];
extern const uint8_t interrupt_ignore[];

struct gate {
    uint16_t offset_low, selector;
    uint16_t type, offset_high;
};

static struct gate idt[VECTORS] __attribute__((aligned(8)));
static void (*handlers[INTERRUPT_LINES])(void);
static uint16_t masked = 0xffff & ~(1u << PIC_CASCADE);
static uint32_t spurious_count;

static void idt_load(void)
{
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) table = { sizeof(idt) - 1, (uint32_t)idt };

    for (unsigned int i = 0; i < VECTORS; i++) {
        uint32_t entry = i < EXCEPTIONS + INTERRUPT_LINES
            ? (uint32_t)interrupt_entries + i * ENTRY_BYTES
            : (uint32_t)interrupt_ignore;

        idt[i].offset_low = (uint16_t)entry;
        idt[i].offset_high = (uint16_t)(entry >> 16);
        idt[i].selector = 0x08;
        idt[i].type = 0x8e00; /* 32-bit interrupt gate, ring 0, present */
    }
    __asm__ volatile("lidt %0" : : "m"(table));
}

static void pic_write_masks(void)
{
    outb(PIC_MASTER + 1, (uint8_t)masked);
    outb(PIC_SLAVE + 1, (uint8_t)(masked >> 8));
}

static void pic_start(void)
{
    outb(PIC_MASTER, PIC_ICW1_INIT);
    outb(PIC_SLAVE, PIC_ICW1_INIT);
    outb(PIC_MASTER + 1, EXCEPTIONS);
    outb(PIC_SLAVE + 1, EXCEPTIONS + 8);
    outb(PIC_MASTER + 1, 1u << PIC_CASCADE);
    outb(PIC_SLAVE + 1, PIC_CASCADE);
    outb(PIC_MASTER + 1, PIC_ICW4_8086);
    outb(PIC_SLAVE + 1, PIC_ICW4_8086);
    pic_write_masks();
}

/*
 * The 8259's INT pin reaches the processor if the local APIC is disabled
 * altogether, or passes it on from LINT0 as ExtINT.  A BIOS arranges the
 * second; after a reset alone LINT0 is masked, and stays so while SVR says
 * "disabled".
 */
static void lapic_pass_8259(void)
{
    if (!(cpuid_edx(1) & CPUID1_EDX_APIC) ||
        !(rdmsr(MSR_APIC_BASE) & MSR_APIC_BASE_ENABLED))
        return;
    mmio_write32(LAPIC_ADDRESS + LAPIC_SVR, LAPIC_SVR_ENABLED | 0xff);
    mmio_write32(LAPIC_ADDRESS + LAPIC_LVT_LINT0, LAPIC_LVT_EXTINT);
}

void interrupts_start(void)
{
    idt_load();
    pic_start();
    lapic_pass_8259();
    interrupts_enable();
}

void interrupt_set_handler(unsigned int line, void (*handler)(void))
{
    interrupts_disable();
    handlers[line] = handler;
    if (handler)
        masked &= (uint16_t)~(1u << line);
    else
        masked |= (uint16_t)(1u << line);
    pic_write_masks();
    interrupts_enable();
}

uint32_t interrupt_spurious_count(void)
{
    return spurious_count;
}

/* The 8259 raises line 7 or 15 also when the interrupt is gone at the moment
 * when the processor asks for its vector. */
static bool is_spurious(unsigned int line)
{
    uint16_t pic = line < 8 ? PIC_MASTER : PIC_SLAVE;

    if (line != 7 && line != 15)
        return false;
    outb(pic, PIC_OCW3_READ_ISR);
    if (inb(pic) & 0x80)
        return false;
    if (line == 15)
        outb(PIC_MASTER, PIC_OCW2_EOI); /* the cascade line was real */
    return true;
}

/*
 * Behind STI no interrupt may come before the HLT that waits for it.  Where QEMU
 * emulates SVM one does: the shadow of STI is lost when the guest leaves to Xen
 * between the two.  The HLT would then wait for an interrupt that has been, so it
 * is left out.
 */
static void skip_hlt(struct interrupt_frame *frame)
{
    if (*(const uint8_t *)frame->eip == OPCODE_HLT)
        frame->eip++;
}

void interrupt_dispatch(struct interrupt_frame *frame)
{
    unsigned int line = frame->vector - EXCEPTIONS;

    if (frame->vector < EXCEPTIONS) {
        channel_printf("error exception vector=%u code=%x eip=%08x eax=%08x "
                       "esp=%08x\n", frame->vector, frame->error, frame->eip,
                       frame->eax, frame->esp);
        cpu_stop();
    }
    if (is_spurious(line)) {
        spurious_count++;
        return;
    }
    skip_hlt(frame);
    if (handlers[line])
        handlers[line]();
    if (line >= 8)
        outb(PIC_SLAVE, PIC_OCW2_EOI);
    outb(PIC_MASTER, PIC_OCW2_EOI);
}
