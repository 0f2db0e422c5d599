/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - the instructions that C does not have
 *
 * Every port access here is one instruction (or one rep-prefixed instruction),
 * so that a test can tell which access Xen will see.
 */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define EFLAGS_IF (1u << 9)

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outw(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outl(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint16_t inw(uint16_t port)
{
    uint16_t value;

    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint32_t inl(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

/* What a rep-prefixed string instruction left in its registers. */
struct rep_result {
    uint32_t pointer; /* ESI or EDI */
    uint32_t left;    /* ECX: 0 unless the instruction stopped early */
};

/* size is 1, 2 or 4 bytes, count the number of elements, downwards is
 * EFLAGS.DF.  They are defined in cpu.c. */
struct rep_result rep_outs(unsigned int size, uint16_t port, uint32_t address,
                           uint32_t count, bool downwards);
struct rep_result rep_ins(unsigned int size, uint16_t port, uint32_t address,
                          uint32_t count, bool downwards);

static inline uint64_t rdtsc(void)
{
    uint64_t ticks;

    __asm__ volatile("rdtsc" : "=A"(ticks) : : "memory");
    return ticks;
}

static inline void interrupts_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void interrupts_disable(void)
{
    __asm__ volatile("cli" : : : "memory");
}

/* STI takes effect after the next instruction, so that no interrupt comes
 * between the two. */
static inline void interrupts_enable_and_halt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

/* A compiler barrier and a hint to the processor, for loops that watch a
 * variable of a handler. */
static inline void cpu_relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

static inline uint64_t rdmsr(uint32_t index)
{
    uint64_t value;

    __asm__ volatile("rdmsr" : "=A"(value) : "c"(index));
    return value;
}

static inline void wrmsr(uint32_t index, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(index), "A"(value) : "memory");
}

static inline void cpuid(uint32_t leaf, uint32_t *eax, uint32_t *ebx,
                         uint32_t *ecx, uint32_t *edx)
{
    *eax = leaf;
    *ecx = 0;
    __asm__ volatile("cpuid" : "+a"(*eax), "=b"(*ebx), "+c"(*ecx), "=d"(*edx));
}

static inline uint32_t cpuid_edx(uint32_t leaf)
{
    uint32_t eax, ebx, ecx, edx;

    cpuid(leaf, &eax, &ebx, &ecx, &edx);
    return edx;
}

/* Turns CR0.EM and CR0.TS off and CR0.MP and CR4.OSFXSR on (AMD64 APM 2,
 * 11.3). */
void cpu_enable_sse(void);

static inline void cpu_clear_sse(void)
{
    __asm__ volatile("xorps %xmm0, %xmm0; xorps %xmm1, %xmm1;"
                     "xorps %xmm2, %xmm2; xorps %xmm3, %xmm3");
}

/* Accesses to memory that is not the program's own: MMIO, or RAM that a
 * command names. */
static inline uint32_t mmio_read32(uint32_t address)
{
    return *(volatile uint32_t *)address;
}

static inline void mmio_write32(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

/* Executes HLT for ever, taking interrupts: the domain stays. */
_Noreturn void cpu_stay(void);

/* Executes HLT for ever with interrupts off: Xen powers the domain off once
 * all its vCPUs do that. */
_Noreturn void cpu_stop(void);

/* Loads an empty IDT and executes INT3: #BP, #DF and then the shutdown that is
 * called a triple fault. */
_Noreturn void cpu_triple_fault(void);

#endif
