/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu.h"

/* "cld" at the end: the C ABI wants DF = 0. */
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
