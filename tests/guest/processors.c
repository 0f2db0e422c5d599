/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * processors.c - starts the other processors by INIT and SIPI
 *
 * [Intel SDM volume 3, "Multiple-Processor Initialization", "Interrupt Command
 * Register"]
 */
#include "processors.h"

#include "cpu.h"
#include "memory.h"
#include "timer.h"

#define LAPIC_ICR_LOW 0xfee00300u
#define ICR_ALL_BUT_SELF 0x000c0000u
#define ICR_ASSERT 0x4000u
#define ICR_INIT 0x500u
#define ICR_STARTUP 0x600u
#define INIT_US 10000

/* Below 1 MiB; its page number is the SIPI's vector. */
#define START_PAGE 0x9000u

extern const uint8_t processor_start[], processor_start_end[];

/* processor_entry.S reads and counts these. */
uint8_t processor_stacks[PROCESSORS_MAX][4096] __attribute__((aligned(16)));
volatile uint32_t processors_come;
void processor_main(unsigned int processor);

static void (*volatile job)(unsigned int processor);
static volatile uint32_t processors_done;

void processor_main(unsigned int processor)
{
    if (processor < PROCESSORS_MAX)
        job(processor);
    __atomic_fetch_add(&processors_done, 1, __ATOMIC_SEQ_CST);
    cpu_stop();
}

bool processors_run(void (*run)(unsigned int processor), unsigned int count,
                    uint32_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);

    job = run;
    processors_come = 0;
    processors_done = 0;
    memcpy((void *)START_PAGE, processor_start,
           (size_t)(processor_start_end - processor_start));

    mmio_write32(LAPIC_ICR_LOW, ICR_ALL_BUT_SELF | ICR_ASSERT | ICR_INIT);
    timer_spin_us(INIT_US);
    mmio_write32(LAPIC_ICR_LOW, ICR_ALL_BUT_SELF | ICR_ASSERT | ICR_STARTUP |
                                    START_PAGE >> 12);
    while (processors_come < count)
        if (deadline_is_over(&deadline))
            return false;
    return true;
}

bool processors_wait(uint32_t ms)
{
    struct deadline deadline = deadline_in_ms(ms);

    while (processors_done != processors_come)
        if (deadline_is_over(&deadline))
            return false;
    return true;
}
