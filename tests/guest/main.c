/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - from start.S to the command loop
 *
 * The guest runs the commands of the parameter block first, then those that
 * come by COM2.  Without a COM2 it stops after the block's commands, or shows
 * the demo if the block is empty.
 */
#include <stdint.h>

#include "channel.h"
#include "command.h"
#include "cpu.h"
#include "interrupt.h"
#include "memory.h"
#include "timer.h"
#include "uart.h"

#define LINE_BYTES 4096

#define START_FLOPPY 0x50504c46u    /* boot.S */
#define START_MULTIBOOT 0x2badb002u
#define START_INFO_MAGIC 0x336ec578u /* xen/arch-x86/hvm/start_info.h */

/* patch.py finds the name in the image and writes the text behind it. */
struct parameters {
    char name[24];
    char text[256];
};
static volatile struct parameters parameters
    __attribute__((section(".parameters"), aligned(4), used)) = {
        .name = "MEDIATOR-GUEST-COMMANDS",
    };

void guest_main(uint32_t eax, uint32_t ebx);

static const char *start_name(uint32_t eax, uint32_t ebx)
{
    if (eax == START_FLOPPY)
        return "floppy";
    if (eax == START_MULTIBOOT)
        return "multiboot";
    if (ebx && !(ebx & 3) && mmio_read32(ebx) == START_INFO_MAGIC)
        return "xen";
    return "unknown";
}

void guest_main(uint32_t eax, uint32_t ebx)
{
    static char script[sizeof(parameters.text) + 1];
    static char line[LINE_BYTES];
    const char *how = start_name(eax, ebx);
    bool has_com2 = channel_start();

    interrupts_start();
    timer_start();
    command_set_start(how, memory_probe_mib());
    reply_note("mediator test guest: start=%s com2=%s", how,
               has_com2 ? "yes" : "no");

    for (unsigned int i = 0; i < sizeof(parameters.text); i++)
        script[i] = parameters.text[i];
    command_run_script(script);
    if (!has_com2) {
        if (!script[0])
            command_demo(0);
        reply_note("no COM2: nothing more to do");
        cpu_stay();
    }

    reply_note("ready");
    for (;;) {
        if (channel_read_line(line, sizeof(line)))
            command_run(line);
        else
            reply_error("a command of %u bytes or more", LINE_BYTES);
    }
}
