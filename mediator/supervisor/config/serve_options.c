/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/config/serve_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"
#include "shared/out_ring.h"
#include "uart/uart.h"

#define OPTIONS_BYTES_MAX 1024

static int bad(const char *key, const char *value, const char *wanted)
{
    return log_error("option %s=%.64s: %s", key, value, wanted);
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

/* Ports are written in hexadecimal, as in xl.cfg's ioports. */
static int parse_base_port(const char *key, const char *value, uint16_t *port)
{
    unsigned long number;

    if (!parse_number(value, 16, 0x10000 - UART_REGS, &number) || number == 0)
        return bad(key, value, "wants a UART's base port, e.g. 3f8");
    *port = number;
    return 0;
}

static int parse_ports(const char *value, struct serve_options *options)
{
    unsigned long first, last;
    char text[16], *dash;

    if (snprintf(text, sizeof(text), "%s", value) >= (int)sizeof(text))
        goto bad;
    dash = strchr(text, '-');
    if (!dash)
        goto bad;
    *dash = '\0';
    if (!parse_number(text, 16, 0xffff, &first) ||
        !parse_number(dash + 1, 16, 0xffff, &last) || first == 0 ||
        last != first + UART_REGS - 1)
        goto bad;
    options->first_port = first;
    return 0;
bad:
    return bad("ports", value, "wants a UART's eight ports, e.g. 3f8-3ff");
}

static int parse_name(const char *value, char name[SERVER_NAME_BYTES])
{
    const char *at;

    for (at = value; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_-", *at))
            break;
    if (*at || at == value || at - value >= SERVER_NAME_BYTES)
        return bad("name", value, "wants 1 to 31 letters, digits, - or _");
    memcpy(name, value, at - value + 1);
    return 0;
}

static int parse_mode(const char *value, char mode[MODE_BYTES])
{
    char modes[128] = "";
    unsigned int i;

    if (!uart_mode_find(value)) {
        for (i = 0; uart_modes[i]; i++)
            snprintf(modes + strlen(modes), sizeof(modes) - strlen(modes),
                     " %s", uart_modes[i]->mode);
        return log_error("option mode=%.64s: this mediatord knows only%s",
                         value, modes);
    }
    snprintf(mode, MODE_BYTES, "%s", value);
    return 0;
}

/* 65536, 64K, 1M */
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
    return !errno && !*end && number <= OUT_RING_BYTES_MAX;
}

static int parse_history(const char *value, uint64_t *bytes)
{
    if (!parse_size(value, bytes) || *bytes < OUT_RING_BYTES_MIN ||
        *bytes > OUT_RING_BYTES_MAX)
        return bad("history", value, "wants a size from 4K to 1024M");
    return 0;
}

static int parse_replay(const char *value, uint64_t *bytes)
{
    if (!strcmp(value, "off"))
        *bytes = 0;
    else if (!parse_size(value, bytes))
        return bad("replay", value, "wants \"off\" or a size, e.g. 64K");
    return 0;
}

static int parse_switch(const char *key, const char *value, bool *is_on)
{
    if (strcmp(value, "on") && strcmp(value, "off"))
        return bad(key, value, "wants on or off");
    *is_on = !strcmp(value, "on");
    return 0;
}

static int parse_posted(const char *value, bool *is_off)
{
    bool is_on;
    int rc = parse_switch("posted", value, &is_on);

    if (!rc)
        *is_off = !is_on;
    return rc;
}

static int parse_access(const char *value, bool *is_read_only)
{
    if (strcmp(value, "ro") && strcmp(value, "rw"))
        return bad("access", value, "wants ro or rw");
    *is_read_only = !strcmp(value, "ro");
    return 0;
}

static int parse_input(const char *value, bool *has_plug)
{
    if (strcmp(value, "direct") && strcmp(value, "loopback"))
        return bad("input", value, "wants direct or loopback");
    *has_plug = !strcmp(value, "loopback");
    return 0;
}

static int parse_fifo(const char *value, bool *is_16750)
{
    if (strcmp(value, "16") && strcmp(value, "64"))
        return bad("fifo", value, "wants 16 or 64");
    *is_16750 = !strcmp(value, "64");
    return 0;
}

static int parse_allow(const char *value, char allow[ACCESS_LIST_BYTES])
{
    struct access_list list;
    int rc = access_list_parse(&list, value);

    if (!rc)
        snprintf(allow, ACCESS_LIST_BYTES, "%s", value);
    return rc;
}

/* Also /dev/serial/by-id/usb-...; a path that leaves /dev again could name
 * anything. */
static int parse_wire(const char *value, char wire[WIRE_BYTES])
{
    static const char below[] = "/dev/";

    if (strncmp(value, below, strlen(below)) || !value[strlen(below)] ||
        strstr(value, "..") || strlen(value) >= WIRE_BYTES)
        return bad("wire", value, "wants a tty below /dev, e.g. "
                   "/dev/ttyUSB0");
    strcpy(wire, value);
    return 0;
}

static int parse_item(struct serve_options *options, const char *key,
                      const char *value)
{
    unsigned long number;

    if (!strcmp(key, "name"))
        return parse_name(value, options->name);
    if (!strcmp(key, "mode"))
        return parse_mode(value, options->mode);
    if (!strcmp(key, "ports"))
        return parse_ports(value, options);
    if (!strcmp(key, "machine"))
        return parse_base_port(key, value, &options->machine_port);
    if (!strcmp(key, "history"))
        return parse_history(value, &options->history_bytes);
    if (!strcmp(key, "replay"))
        return parse_replay(value, &options->replay_bytes);
    if (!strcmp(key, "access"))
        return parse_access(value, &options->is_read_only);
    if (!strcmp(key, "allow"))
        return parse_allow(value, options->allow);
    if (!strcmp(key, "input"))
        return parse_input(value, &options->has_plug);
    if (!strcmp(key, "pace"))
        return parse_switch(key, value, &options->is_paced);
    if (!strcmp(key, "fifo"))
        return parse_fifo(value, &options->is_16750);
    if (!strcmp(key, "rts"))
        return parse_switch(key, value, &options->needs_rts);
    if (!strcmp(key, "wire-in"))
        return parse_switch(key, value, &options->has_wire_input);
    if (!strcmp(key, "posted"))
        return parse_posted(value, &options->is_unposted);
    if (!strcmp(key, "wire"))
        return parse_wire(value, options->wire);
    if (!strcmp(key, "irq")) {
        if (!parse_number(value, 10, 15, &number))
            return bad(key, value, "wants an ISA interrupt from 0 to 15");
        options->irq = number;
        return 0;
    }
    if (!strcmp(key, "tcp")) {
        if (!parse_number(value, 10, 65535, &number) || number == 0)
            return bad(key, value, "wants a TCP port from 1 to 65535");
        options->tcp_port = number;
        return 0;
    }
    return log_error("there is no option %.64s; known are name, ports, irq, "
                     "mode, "
                     "machine, tcp, history, replay, access, allow, input, "
                     "pace, "
                     "fifo, rts, wire-in, wire and posted",
                     key);
}

void serve_options_init(struct serve_options *options)
{
    *options = (struct serve_options){
        .name = "com1",
        .mode = "passthrough",
        .first_port = 0x3f8,
        .irq = 4,
        .machine_port = 0x3f8,
        .tcp_port = 1234,
        .history_bytes = 1 << 20,
        .replay_bytes = REPLAY_ALL,
    };
}

int serve_options_parse(struct serve_options *options, const char *text)
{
    char copy[OPTIONS_BYTES_MAX], *item, *next = copy, *value;
    int rc = 0;

    if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
        return log_error("the options are longer than %d bytes",
                         OPTIONS_BYTES_MAX - 1);
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

int serve_options_check(const struct serve_options *options)
{
    const struct uart_ops *ops = uart_mode_find(options->mode);

    if (*options->wire && !ops->send_to_wire)
        return log_error("option wire=%s: only mode=virtual has a wire; "
                         "mode=%s is the machine's own UART, with its own",
                         options->wire, options->mode);
    return 0;
}
