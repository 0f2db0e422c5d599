/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.c - the PIT and the TSC
 *
 * The PIT's names are those of [Intel 8254 data sheet, Control Word Format].
 */
#include "timer.h"

#include "cpu.h"
#include "interrupt.h"
#include "text.h"

#define PIT_HZ 1193182u
#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_CONTROL 0x43
/* Both load the low byte, then the high byte.  Mode 4 is the software strobe;
 * in mode 0 OUT rises when the count is 0. */
#define PIT_CONTROL_CHANNEL0_MODE4 0x38
#define PIT_CONTROL_CHANNEL2_MODE0 0xb0

#define PORT61 0x61
#define PORT61_GATE2 0x01
#define PORT61_SPEAKER 0x02
#define PORT61_OUT2 0x20

#define CALIBRATION_MS 50u /* the counter has room for 54 */
#define CALIBRATIONS_MAX 10

static uint32_t ticks_per_ms = 1000000;
static bool has_interrupt;
static volatile uint32_t interrupts_seen;

static void pit_load(uint16_t port, uint8_t control, unsigned int ms)
{
    unsigned int count = PIT_HZ / 1000 * ms;

    outb(PIT_CONTROL, control);
    outb(port, (uint8_t)count);
    outb(port, (uint8_t)(count >> 8));
}

static uint64_t measure_once(void)
{
    uint64_t start;
    uint32_t polls = 0;

    outb(PORT61, (uint8_t)((inb(PORT61) & ~PORT61_SPEAKER) | PORT61_GATE2));
    start = rdtsc(); /* before the load, so that time stolen now counts */
    pit_load(PIT_CHANNEL2, PIT_CONTROL_CHANNEL2_MODE0, CALIBRATION_MS);
    /* The limit is for a machine without a PIT, which must not hang here. */
    while (!(inb(PORT61) & PORT61_OUT2) && ++polls < 5000000)
        ;
    return rdtsc() - start;
}

/* Whatever steals time makes a measurement longer, so the shortest one is
 * right.  It is believed once another one is within 1/64 of it. */
static uint64_t measure_shortest(void)
{
    uint64_t best = measure_once();

    for (int i = 1; i < CALIBRATIONS_MAX; i++) {
        uint64_t ticks = measure_once();
        uint64_t longer = ticks > best ? ticks - best : best - ticks;

        if (ticks < best)
            best = ticks;
        if (longer <= best >> 6)
            break;
    }
    return best;
}

static void on_tick(void)
{
    interrupts_seen++;
}

void timer_start(void)
{
    struct deadline deadline;

    ticks_per_ms = (uint32_t)divide(measure_shortest(), CALIBRATION_MS);
    if (!ticks_per_ms)
        ticks_per_ms = 1;

    interrupt_set_handler(0, on_tick);
    pit_load(PIT_CHANNEL0, PIT_CONTROL_CHANNEL0_MODE4, 5);
    deadline = deadline_in_ms(500);
    while (!interrupts_seen && !deadline_is_over(&deadline))
        cpu_relax();
    has_interrupt = interrupts_seen != 0;
}

uint32_t timer_ticks_per_ms(void)
{
    return ticks_per_ms;
}

bool timer_has_interrupt(void)
{
    return has_interrupt;
}

uint64_t timer_us(uint64_t ticks)
{
    return divide(ticks * 1000, ticks_per_ms);
}

void timer_spin_us(uint32_t us)
{
    uint64_t start = rdtsc();
    uint64_t ticks = divide((uint64_t)us * ticks_per_ms, 1000);

    while (rdtsc() - start < ticks)
        cpu_relax();
}

void timer_nap(unsigned int ms)
{
    if (!has_interrupt) {
        timer_spin_us(1000);
        return;
    }
    interrupts_disable();
    pit_load(PIT_CHANNEL0, PIT_CONTROL_CHANNEL0_MODE4, ms);
    interrupts_enable_and_halt();
}

void timer_sleep_ms(uint32_t ms)
{
    uint64_t start = rdtsc();
    uint64_t ticks = (uint64_t)ms * ticks_per_ms;

    for (;;) {
        uint64_t gone = rdtsc() - start;
        uint32_t left_ms;

        if (gone >= ticks)
            return;
        left_ms = (uint32_t)divide(ticks - gone, ticks_per_ms) + 1;
        timer_nap(left_ms > 50 ? 50 : left_ms);
    }
}

struct deadline deadline_in_ms(uint32_t ms)
{
    struct deadline deadline = {
        .tsc = rdtsc() + (uint64_t)ms * ticks_per_ms,
        .is_never = ms == 0,
    };

    return deadline;
}

bool deadline_is_over(const struct deadline *deadline)
{
    return !deadline->is_never && (int64_t)(rdtsc() - deadline->tsc) >= 0;
}
