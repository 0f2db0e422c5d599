/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command.c - finds a command in the tables, runs it and sends its answer
 */
#include "command.h"

#include "channel.h"

static int run_help(struct words *words);

static const struct command own_commands[] = {
    { "help", "[NAME]", "this list, as notes", run_help },
    { NULL, NULL, NULL, NULL },
};

static const struct command *const tables[] = {
    own_commands, console_commands, stream_commands, duplex_commands,
    port_commands, interrupt_commands, conformance_commands,
    hammer_commands, balloon_commands, machine_commands,
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static const struct command *running;

static int run_help(struct words *words)
{
    const char *name = words_take(words);
    unsigned int count = 0;

    for (unsigned int i = 0; i < TABLES; i++) {
        for (const struct command *c = tables[i]; c->name; c++) {
            if (name && !text_equal(c->name, name))
                continue;
            reply_note("%s %s - %s", c->name, c->arguments, c->summary);
            count++;
        }
    }
    if (!count)
        return reply_error("no command %s; try help", name);
    return reply_ok("help commands=%u", count);
}

static void reply(const char *start, const char *format, va_list args)
{
    channel_printf("%s ", start);
    channel_vprintf(format, args);
    channel_printf("\n");
}

int reply_ok(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    reply("ok", format, args);
    va_end(args);
    return 0;
}

int reply_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    reply("error", format, args);
    va_end(args);
    return -1;
}

void reply_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    reply("#", format, args);
    va_end(args);
}

int reply_usage(void)
{
    return reply_error("%s: wrong arguments; usage: %s %s", running->name,
                       running->name, running->arguments);
}

void command_run(char *line)
{
    struct words words = { line };
    const char *name = words_take(&words);

    if (!name)
        return;
    for (unsigned int i = 0; i < TABLES; i++) {
        for (const struct command *c = tables[i]; c->name; c++) {
            if (text_equal(c->name, name)) {
                running = c;
                c->run(&words);
                return;
            }
        }
    }
    reply_error("no command %s; try help", name);
}

void command_run_script(char *script)
{
    while (*script) {
        char *line = script;

        while (*script && *script != ';')
            script++;
        if (*script)
            *script++ = '\0';
        command_run(line);
    }
}
