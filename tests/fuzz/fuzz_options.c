/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_options.c - libFuzzer on a console's options: as an operator writes
 * them, as a role's command line has them, and in a saved record
 *
 * The first byte of the input chooses what the rest is: options, or a record.
 * What is accepted is written and read again, and must then be the same.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/fuzz_support.h"
#include "shared/access_list.h"
#include "shared/out_ring.h"
#include "shared/role.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_record.h"
#include "uart/uart_arguments.h"

#define TEXT_BYTES 2048
#define KEY "k"
#define FOLDER "consoles/" KEY

static struct config config = { .directory = "." };
static struct console_list list = { .config = &config };

/* ---- options ---- */

static void check_values(const struct console_options *options)
{
    struct access_list allow;

    claim(*options->name && strlen(options->name) < SERVER_NAME_BYTES);
    claim(options->first_port > 0 && options->first_port <= 0xfff8);
    claim(options->machine_port > 0 && options->machine_port <= 0xfff8);
    claim(options->irq < 16 && options->tcp_port > 0);
    claim(options->history_bytes >= OUT_RING_BYTES_MIN &&
          options->history_bytes <= OUT_RING_BYTES_MAX);
    claim(!*options->wire || !strncmp(options->wire, "/dev/", 5));
    claim(!strstr(options->wire, ".."));
    claim(!access_list_parse(&allow, options->allow));
    claim((allow.count == 0) == !*options->allow);
}

/* A role that is told of them, as console_life.c tells it, has the same. */
static void check_role(char text[CONSOLE_OPTIONS_BYTES])
{
    char option[CONSOLE_OPTIONS_BYTES + 16], again[CONSOLE_OPTIONS_BYTES];
    char *argv[] = {
        "mediatord-uart", "--directory=d", "--user=u", "--console=c",
        "--label=l", "--domid=7", "--server=4294967295", option, NULL,
    };
    struct uart_arguments arguments;

    snprintf(option, sizeof(option), "--options=%s", text);
    optind = 0; /* getopt() begins anew */
    claim(!uart_arguments_parse(&arguments, 8, argv));
    claim(arguments.domid == 7 && arguments.server == ROLE_NO_SERVER);
    console_options_format(&arguments.options, again);
    claim(!strcmp(again, text));
}

static void check_options(const struct console_options *options)
{
    char text[CONSOLE_OPTIONS_BYTES], again[CONSOLE_OPTIONS_BYTES];
    struct console_options read;

    check_values(options);
    console_options_format(options, text);
    claim(strlen(text) < sizeof(text) - 1);
    console_options_init(&read);
    claim(!console_options_parse(&read, text));
    claim(!console_options_check(&read));
    console_options_format(&read, again);
    claim(!strcmp(again, text));
    check_role(text);
}

static void parse_options(struct input *input)
{
    struct console_options options, before;
    char text[TEXT_BYTES];
    size_t bytes = sizeof(text) - 1;
    const uint8_t *at = take(input, &bytes);

    memcpy(text, at, bytes);
    text[bytes] = '\0';
    console_options_init(&options);
    if (console_options_parse(&options, text) ||
        console_options_check(&options))
        return;
    check_options(&options);
    /* To say it again changes nothing. */
    before = options;
    claim(!console_options_parse(&options, text));
    claim(!memcmp(&options, &before, sizeof(options)));
}

/* ---- a record ---- */

static void write_record(struct input *input)
{
    int fd = open(FOLDER "/record", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t bytes = input->end - input->at;

    claim(fd >= 0 && write(fd, input->at, bytes) == bytes);
    close(fd);
}

/* False when there is none. */
static bool load(struct console *console)
{
    bool has_domain = false;

    *console = (struct console){ .list = &list, .key = KEY };
    if (console_record_load(console, config.directory, KEY, &has_domain))
        return false;
    console->state = has_domain ? CONSOLE_SERVING : CONSOLE_IDLE;
    return true;
}

static void claim_same_tty(const struct linux_tty *tty,
                           const struct linux_tty *other)
{
    claim(!strcmp(tty->name, other->name));
    claim(tty->serial.type == other->serial.type);
    claim(tty->serial.line == other->serial.line);
    claim(tty->serial.port == other->serial.port);
    claim(tty->serial.irq == other->serial.irq);
    claim(tty->serial.flags == other->serial.flags);
    claim(tty->serial.xmit_fifo_size == other->serial.xmit_fifo_size);
    claim(tty->serial.baud_base == other->serial.baud_base);
    claim(tty->serial.close_delay == other->serial.close_delay);
    claim(tty->serial.closing_wait == other->serial.closing_wait);
}

static void claim_same(const struct console *console,
                       const struct console *other)
{
    const struct domain *domain = &console->domain;

    claim(console->state == other->state);
    claim(!strcmp(console->guest, other->guest));
    claim(console->server == other->server);
    claim(domain->domid == other->domain.domid);
    claim(domain->has_isa_irqs == other->domain.has_isa_irqs);
    claim(!memcmp(domain->uuid, other->domain.uuid, sizeof(domain->uuid)));
    claim_same_tty(&console->tty, &other->tty);
}

static void parse_record(struct input *input)
{
    struct console console, again;

    write_record(input);
    if (!load(&console))
        return;
    check_options(&console.options);
    claim(console.state == CONSOLE_SERVING ||
          console.server == ROLE_NO_SERVER);
    claim(!console_record_save(&console));
    claim(load(&again));
    claim_same(&console, &again);
    check_options(&again.options);
}

/* The folder that this begins in is for its files. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    silence_stderr();
    mkdir("consoles", 0700);
    mkdir(FOLDER, 0700);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input input = { data, data + bytes };
    unsigned int descriptors = open_descriptors();

    if (take8(&input) % 2)
        parse_record(&input);
    else
        parse_options(&input);
    claim(open_descriptors() == descriptors);
    return 0;
}
