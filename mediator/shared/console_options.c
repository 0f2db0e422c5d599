/* SPDX-License-Identifier: BSD-2-Clause */
/* console_options.c - a console's options as text: one pair of functions for
 * each kind of value, and one table made of the list */
#include "shared/console_options.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"
#include "shared/out_ring.h"
#include "shared/uart_mode.h"

struct option {
    const struct option_kind *kind;
    const char *key;
    size_t offset;         /* of its member */
    const char *initial;   /* its value when nothing is said */
    const char *choice[2]; /* of a choice: both words */
};

/* Of each kind of value.  member points into a struct console_options. */
struct option_kind {
    /* Reads the value; fails with a message. */
    int (*parse)(const struct option *option, const char *value,
                 void *member);
    /* Writes it as parse() reads it.  "" where there is none. */
    void (*format)(const struct option *option, const void *member,
                   char *text, size_t bytes);
};

static int bad(const struct option *option, const char *value,
               const char *wanted)
{
    return log_error("option %s=%.64s: %s", option->key, value, wanted);
}

static bool parse_number(const char *text, int base, unsigned long max,
                         unsigned long *number)
{
    char *end;

    if (!isxdigit((unsigned char)*text))
        return false;
    errno = 0;
    *number = strtoul(text, &end, base);
    return !errno && !*end && *number <= max;
}

/* ---- names and other texts ---- */

static void format_text(const struct option *option, const void *member,
                        char *text, size_t bytes)
{
    (void)option;
    snprintf(text, bytes, "%s", (const char *)member);
}

static int parse_server_name(const struct option *option, const char *value,
                             void *member)
{
    const char *at;

    for (at = value; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_-", *at))
            break;
    if (*at || at == value || at - value >= SERVER_NAME_BYTES)
        return bad(option, value, "wants 1 to 31 letters, digits, - or _");
    memcpy(member, value, at - value + 1);
    return 0;
}

static const struct option_kind kind_server_name = {
    .parse = parse_server_name,
    .format = format_text,
};

static int parse_mode(const struct option *option, const char *value,
                      void *member)
{
    const struct uart_mode *mode;
    char modes[128] = "";

    (void)option;
    if (uart_mode_find(value)) {
        snprintf(member, sizeof(option_mode), "%s", value);
        return 0;
    }
    for (mode = uart_mode_list; mode->name; mode++)
        snprintf(modes + strlen(modes), sizeof(modes) - strlen(modes), " %s",
                 mode->name);
    return log_error("option mode=%.64s: this mediatord knows only%s", value,
                     modes);
}

static const struct option_kind kind_mode = {
    .parse = parse_mode,
    .format = format_text,
};

static int parse_allow(const struct option *option, const char *value,
                       void *member)
{
    struct access_list list;
    int rc = access_list_parse(&list, value);

    (void)option;
    if (!rc)
        snprintf(member, sizeof(option_allow), "%s", value);
    return rc;
}

static const struct option_kind kind_allow = {
    .parse = parse_allow,
    .format = format_text,
};

/* Also /dev/serial/by-id/usb-...; a path that leaves /dev again could name
 * anything. */
static int parse_tty(const struct option *option, const char *value,
                     void *member)
{
    static const char below[] = "/dev/";

    if (strncmp(value, below, strlen(below)) || !value[strlen(below)] ||
        strstr(value, "..") || strlen(value) >= sizeof(option_tty))
        return bad(option, value, "wants a tty below /dev, e.g. "
                   "/dev/ttyUSB0");
    strcpy(member, value);
    return 0;
}

static const struct option_kind kind_tty = {
    .parse = parse_tty,
    .format = format_text,
};

/* ---- numbers ---- */

/* Ports are written in hexadecimal, as in xl.cfg's ioports. */
static int parse_base_port(const struct option *option, const char *value,
                           void *member)
{
    option_base_port *port = member;
    unsigned long number;

    if (!parse_number(value, 16, 0x10000 - UART_REGS, &number) || number == 0)
        return bad(option, value, "wants a UART's base port, e.g. 3f8");
    *port = number;
    return 0;
}

static void format_base_port(const struct option *option, const void *member,
                             char *text, size_t bytes)
{
    (void)option;
    snprintf(text, bytes, "%x", *(const option_base_port *)member);
}

static const struct option_kind kind_base_port = {
    .parse = parse_base_port,
    .format = format_base_port,
};

static int parse_ports(const struct option *option, const char *value,
                       void *member)
{
    option_ports *ports = member;
    unsigned long first, last;
    char text[16], *dash;

    if (snprintf(text, sizeof(text), "%s", value) >= (int)sizeof(text))
        goto refused;
    dash = strchr(text, '-');
    if (!dash)
        goto refused;
    *dash = '\0';
    if (!parse_number(text, 16, 0xffff, &first) ||
        !parse_number(dash + 1, 16, 0xffff, &last) || first == 0 ||
        last != first + UART_REGS - 1)
        goto refused;
    *ports = first;
    return 0;
refused:
    return bad(option, value, "wants a UART's eight ports, e.g. 3f8-3ff");
}

static void format_ports(const struct option *option, const void *member,
                         char *text, size_t bytes)
{
    unsigned int first = *(const option_ports *)member;

    (void)option;
    snprintf(text, bytes, "%x-%x", first, first + UART_REGS - 1);
}

static const struct option_kind kind_ports = {
    .parse = parse_ports,
    .format = format_ports,
};

static int parse_isa_irq(const struct option *option, const char *value,
                         void *member)
{
    option_isa_irq *irq = member;
    unsigned long number;

    if (!parse_number(value, 10, 15, &number))
        return bad(option, value, "wants an ISA interrupt from 0 to 15");
    *irq = number;
    return 0;
}

static void format_isa_irq(const struct option *option, const void *member,
                           char *text, size_t bytes)
{
    (void)option;
    snprintf(text, bytes, "%u", *(const option_isa_irq *)member);
}

static const struct option_kind kind_isa_irq = {
    .parse = parse_isa_irq,
    .format = format_isa_irq,
};

static int parse_tcp_port(const struct option *option, const char *value,
                          void *member)
{
    option_tcp_port *port = member;
    unsigned long number;

    if (!parse_number(value, 10, 65535, &number) || number == 0)
        return bad(option, value, "wants a TCP port from 1 to 65535");
    *port = number;
    return 0;
}

static void format_tcp_port(const struct option *option, const void *member,
                            char *text, size_t bytes)
{
    (void)option;
    snprintf(text, bytes, "%u", *(const option_tcp_port *)member);
}

static const struct option_kind kind_tcp_port = {
    .parse = parse_tcp_port,
    .format = format_tcp_port,
};

/* ---- sizes ---- */

/* 65536, 64K, 1M: up to OUT_RING_BYTES_MAX, however it is written. */
static bool parse_size(const char *value, uint64_t *bytes)
{
    char *end;
    unsigned long long number;
    unsigned int shift = 0;

    if (!isdigit((unsigned char)*value))
        return false;
    errno = 0;
    number = strtoull(value, &end, 10);
    if (*end == 'K' || *end == 'k')
        shift = 10;
    else if (*end == 'M' || *end == 'm')
        shift = 20;
    if (shift)
        end++;
    *bytes = number << shift;
    return !errno && !*end && number <= OUT_RING_BYTES_MAX >> shift;
}

static int parse_history(const struct option *option, const char *value,
                         void *member)
{
    option_history *history = member;
    uint64_t bytes;

    if (!parse_size(value, &bytes) || bytes < OUT_RING_BYTES_MIN)
        return bad(option, value, "wants a size from 4K to 1024M");
    *history = bytes;
    return 0;
}

static void format_history(const struct option *option, const void *member,
                           char *text, size_t bytes)
{
    (void)option;
    snprintf(text, bytes, "%llu",
             (unsigned long long)*(const option_history *)member);
}

static const struct option_kind kind_history = {
    .parse = parse_history,
    .format = format_history,
};

static int parse_replay(const struct option *option, const char *value,
                        void *member)
{
    option_replay *replay = member;
    uint64_t bytes;

    if (!strcmp(value, "off"))
        *replay = 0;
    else if (!strcmp(value, "all"))
        *replay = REPLAY_ALL;
    else if (parse_size(value, &bytes))
        *replay = bytes;
    else
        return bad(option, value, "wants \"off\", \"all\" or a size up to "
                   "1024M, e.g. 64K");
    return 0;
}

static void format_replay(const struct option *option, const void *member,
                          char *text, size_t bytes)
{
    option_replay replay = *(const option_replay *)member;

    (void)option;
    if (replay == REPLAY_ALL)
        snprintf(text, bytes, "all");
    else
        snprintf(text, bytes, "%llu", (unsigned long long)replay);
}

static const struct option_kind kind_replay = {
    .parse = parse_replay,
    .format = format_replay,
};

/* ---- choices ---- */

static int parse_choice(const struct option *option, const char *value,
                        void *member)
{
    option_choice *is_second = member;
    char wanted[64];

    snprintf(wanted, sizeof(wanted), "wants %s or %s", option->choice[0],
             option->choice[1]);
    if (strcmp(value, option->choice[0]) && strcmp(value, option->choice[1]))
        return bad(option, value, wanted);
    *is_second = !strcmp(value, option->choice[1]);
    return 0;
}

static void format_choice(const struct option *option, const void *member,
                          char *text, size_t bytes)
{
    snprintf(text, bytes, "%s",
             option->choice[*(const option_choice *)member]);
}

static const struct option_kind kind_choice = {
    .parse = parse_choice,
    .format = format_choice,
};

/* ---- all of them ---- */

static const struct option table[] = {
#define ROW(option_kind, option_key, member, initial_text, ...)              \
    {                                                                        \
        .kind = &kind_##option_kind,                                         \
        .key = option_key,                                                   \
        .offset = offsetof(struct console_options, member),                  \
        .initial = initial_text,                                             \
        .choice = { __VA_ARGS__ },                                           \
    },
    CONSOLE_OPTIONS(ROW)
#undef ROW
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))

static int parse_item(struct console_options *options, const char *key,
                      const char *value)
{
    char known[256] = "";
    unsigned int i;

    for (i = 0; i < OPTIONS; i++) {
        const struct option *option = &table[i];

        if (!strcmp(option->key, key))
            return option->kind->parse(option, value,
                                       (char *)options + option->offset);
        snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
                 i == 0 ? "" : i < OPTIONS - 1 ? ", " : " and ", option->key);
    }
    return log_error("there is no option %.64s; known are %s", key, known);
}

void console_options_init(struct console_options *options)
{
    unsigned int i;

    memset(options, 0, sizeof(*options));
    for (i = 0; i < OPTIONS; i++)
        if (*table[i].initial)
            table[i].kind->parse(&table[i], table[i].initial,
                                 (char *)options + table[i].offset);
}

int console_options_parse(struct console_options *options, const char *text)
{
    char copy[CONSOLE_OPTIONS_BYTES], *item, *next = copy, *value;
    int rc = 0;

    if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
        return log_error("the options are longer than %d bytes",
                         CONSOLE_OPTIONS_BYTES - 1);
    while (!rc && (item = strsep(&next, ";"))) {
        if (!*item)
            continue;
        value = strchr(item, '=');
        if (!value)
            return log_error("option %.64s: wants a value, %.64s=...", item,
                             item);
        *value++ = '\0';
        rc = parse_item(options, item, value);
    }
    return rc;
}

int console_options_check(const struct console_options *options)
{
    const struct uart_mode *mode = uart_mode_find(options->mode);

    if (*options->wire && !mode->can_have_wire)
        return log_error("option wire=%s: only mode=virtual has a wire; "
                         "mode=%s is the machine's own UART, with its own",
                         options->wire, options->mode);
    return 0;
}

void console_options_format(const struct console_options *options,
                            char text[CONSOLE_OPTIONS_BYTES])
{
    unsigned int i;
    size_t used = 0;

    text[0] = '\0';
    for (i = 0; i < OPTIONS; i++) {
        const struct option *option = &table[i];
        char value[ACCESS_LIST_BYTES];

        option->kind->format(option, (const char *)options + option->offset,
                             value, sizeof(value));
        if (*value)
            used += snprintf(text + used, CONSOLE_OPTIONS_BYTES - used,
                             "%s%s=%s", used ? ";" : "", option->key, value);
    }
}
