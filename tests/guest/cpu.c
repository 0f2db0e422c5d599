/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.c - the instructions of cpu.h that are more than an inline function
 */
#include "cpu.h"

/* "cld" at the end is for the C ABI, which wants DF = 0. */
#define REP_OUTS(suffix)                                                   \
    __asm__ volatile("test %3, %3; jz 1f; std; 1: rep outs" suffix "; cld" \
                     : "+S"(result.pointer), "+c"(result.left)             \
                     : "d"(port), "r"((uint32_t)downwards)                 \
                     : "memory", "cc")
#define REP_INS(suffix)                                                    \
    __asm__ volatile("test %3, %3; jz 1f; std; 1: rep ins" suffix "; cld"  \
                     : "+D"(result.pointer), "+c"(result.left)             \
                     : "d"(port), "r"((uint32_t)downwards)                 \
                     : "memory", "cc")

struct rep_result rep_outs(unsigned int size, uint16_t port, uint32_t address,
                           uint32_t count, bool downwards)
{
    struct rep_result result = { address, count };

    if (size == 1)
        REP_OUTS("b");
    else if (size == 2)
        REP_OUTS("w");
    else
        REP_OUTS("l");
    return result;
}

struct rep_result rep_ins(unsigned int size, uint16_t port, uint32_t address,
                          uint32_t count, bool downwards)
{
    struct rep_result result = { address, count };

    if (size == 1)
        REP_INS("b");
    else if (size == 2)
        REP_INS("w");
    else
        REP_INS("l");
    return result;
}

#define CR0_MP (1u << 1)
#define CR0_EM (1u << 2)
#define CR0_TS (1u << 3)
#define CR4_OSFXSR (1u << 9)

void cpu_enable_sse(void)
{
    uint32_t cr0, cr4;

    __asm__ volatile("mov %%cr0, %0; mov %%cr4, %1" : "=r"(cr0), "=r"(cr4));
    cr0 = (cr0 & ~(CR0_EM | CR0_TS)) | CR0_MP;
    cr4 |= CR4_OSFXSR;
    __asm__ volatile("mov %0, %%cr0; mov %1, %%cr4" : : "r"(cr0), "r"(cr4));
}

_Noreturn void cpu_stay(void)
{
    for (;;)
        interrupts_enable_and_halt();
}

_Noreturn void cpu_stop(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

_Noreturn void cpu_triple_fault(void)
{
    static const struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) no_table = { 0, 0 };

    __asm__ volatile("cli; lidt %0; int3" : : "m"(no_table));
    cpu_stop();
}
