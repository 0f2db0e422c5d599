/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_machine.c - the commands for the guest itself: its version, time,
 * and ways to end it
 */
#include "channel.h"
#include "command.h"
#include "cpu.h"
#include "timer.h"
#include "uart.h"

#define VERSION 1

#define RESET_CONTROL 0xcf9   /* PIIX3 Reset Control Register */
#define RESET_HARD 0x06
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_PULSE_RESET 0xfe

static const char *start = "unknown";
static unsigned int memory;

void command_set_start(const char *how, unsigned int memory_mib)
{
    start = how;
    memory = memory_mib;
}

static int run_version(struct words *words)
{
    (void)words;
    return reply_ok("version guest=%u start=%s memory_mib=%u%s "
                    "tsc_per_ms=%u timer_irq=%u", VERSION, start, memory,
                    memory == 64 ? "+" : "", timer_ticks_per_ms(),
                    (unsigned int)timer_has_interrupt());
}

static int run_echo(struct words *words)
{
    return reply_ok("echo %s", words_rest(words));
}

static int run_sleep(struct words *words)
{
    uint32_t ms;

    if (!words_decimal(words, &ms, UINT32_MAX))
        return reply_usage();
    timer_sleep_ms(ms);
    return reply_ok("sleep ms=%u", ms);
}

/* Uses the SSE registers, so that Xen has FPU state to hand over when it
 * switches vCPUs; tests/lab/machine.py says why that matters. */
static int run_sse(struct words *words)
{
    struct deadline deadline;
    uint32_t ms;

    if (!words_decimal(words, &ms, UINT32_MAX))
        return reply_usage();
    cpu_enable_sse();
    deadline = deadline_in_ms(ms);
    while (!deadline_is_over(&deadline)) {
        cpu_clear_sse();
        timer_sleep_ms(1);
    }
    return reply_ok("sse ms=%u", ms);
}

static int run_halt(struct words *words)
{
    (void)words;
    reply_ok("halt");
    cpu_stay();
}

static int run_poweroff(struct words *words)
{
    (void)words;
    reply_ok("poweroff");
    channel_drain();
    cpu_stop();
}

static int run_reset(struct words *words)
{
    (void)words;
    reply_ok("reset");
    channel_drain();
    outb(RESET_CONTROL, RESET_HARD);
    outb(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
    timer_spin_us(1000000);
    cpu_triple_fault();
}

static int run_triplefault(struct words *words)
{
    const char *text = words_rest(words);

    reply_ok("triplefault");
    channel_drain();
    interrupts_disable();
    if (*text) {
        uart_print_raw(text);
        uart_print_raw("\r\n");
    }
    cpu_triple_fault();
}

const struct command machine_commands[] = {
    { "version", "", "how it started, memory found, TSC, timer", run_version },
    { "echo", "TEXT", "TEXT back on the channel", run_echo },
    { "sleep", "MS", "do nothing for a while", run_sleep },
    { "sse", "MS", "use the SSE registers, each millisecond anew", run_sse },
    { "halt", "", "stay, for ever (HLT with interrupts on)", run_halt },
    { "poweroff", "", "HLT with interrupts off: Xen ends the domain",
      run_poweroff },
    { "reset", "", "by port cf9, else the keyboard controller", run_reset },
    { "triplefault", "[TEXT]", "TEXT CR LF by bare outb and at once the end",
      run_triplefault },
    { NULL, NULL, NULL, NULL },
};
