/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.c - the settings: their defaults, a file of xl.cfg syntax, and which
 * values make sense
 */
#include "supervisor/config/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxlutil.h>

#include "shared/control_protocol.h"
#include "shared/log.h"
#include "supervisor/config/config_lines.h"

int config_set(char **value, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        return log_error("out of memory");
    free(*value);
    *value = copy;
    return 0;
}

/* They take 40 to 100 microseconds on hardware, most of that in the last 2048,
 * which have a PAUSE each (uart_sleep.c). */
#define SPINS_AUTO 10240u
#define SPINS_MAX  1000000u

/* The number that text is; 0 when it is no number, or one beyond SPINS_MAX. */
static unsigned int spins_number(const char *text)
{
    unsigned long number;
    char *end;

    errno = 0;
    number = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && !errno &&
           number <= SPINS_MAX ? number : 0;
}

unsigned int config_spins(const struct config *config, unsigned int host_cpus)
{
    if (strcmp(config->spin, "auto"))
        return spins_number(config->spin);
    /* On a single processor the guest cannot run while a role looks. */
    return host_cpus > 1 ? SPINS_AUTO : 0;
}

int config_check(const struct config *config)
{
    if (!config->nic)
        return log_error("no network card is configured; name the dedicated "
                         "one in " CONFIG_FILE ", nic = \"pci:0000:00:02.0\" "
                         "or nic = \"netdev:eth1\", say");
    if (strcmp(config->iommu, "on") && strcmp(config->iommu, "off"))
        return log_error("iommu = \"%s\" is not understood; write \"on\", or "
                         "\"off\" for a machine that has none", config->iommu);
    if (strcmp(config->spin, "auto") && strcmp(config->spin, "off") &&
        !spins_number(config->spin))
        return log_error("spin = \"%s\" is not understood; write \"auto\", "
                         "\"off\" or a number from 1 to %u",
                         config->spin, SPINS_MAX);
    return 0;
}

int config_init(struct config *config)
{
    *config = (struct config){ 0 };
    if (config_set(&config->iommu, "on") ||
        config_set(&config->address, "192.168.0.2/24") ||
        config_set(&config->address6, "off") ||
        config_set(&config->spin, "auto") ||
        config_set(&config->uart_user, "mediatord-uart") ||
        config_set(&config->net_user, "mediatord-net") ||
        config_set(&config->directory, CONTROL_DIRECTORY))
        return -1;
    return 0;
}

void config_free(struct config *config)
{
    free(config->nic);
    free(config->iommu);
    free(config->address);
    free(config->address6);
    free(config->gateway);
    free(config->spin);
    free(config->uart_user);
    free(config->net_user);
    free(config->directory);
    free(config->consoles);
    *config = (struct config){ 0 };
}

/* The settings whose value is one string. */
static const struct {
    const char *key;
    size_t offset; /* of its member */
} strings[] = {
    { "nic", offsetof(struct config, nic) },
    { "iommu", offsetof(struct config, iommu) },
    { "address", offsetof(struct config, address) },
    { "address6", offsetof(struct config, address6) },
    { "gateway", offsetof(struct config, gateway) },
    { "spin", offsetof(struct config, spin) },
    { "uart_user", offsetof(struct config, uart_user) },
    { "net_user", offsetof(struct config, net_user) },
};

#define STRINGS (sizeof(strings) / sizeof(strings[0]))
#define CONSOLES_KEY "consoles"
#define CONSOLE_TEXT_BYTES 1024

struct reader {
    struct config *config;
    const char *path;
    XLU_Config *file;
    struct config_lines lines;
};

static bool is_known(const char *key)
{
    unsigned int i;

    for (i = 0; i < STRINGS; i++)
        if (!strcmp(strings[i].key, key))
            return true;
    return !strcmp(key, CONSOLES_KEY);
}

static int check_keys(const struct reader *reader)
{
    size_t i;

    for (i = 0; i < reader->lines.count; i++) {
        const struct config_line *line = &reader->lines.lines[i];

        if (line->item == CONFIG_NO_ITEM && !is_known(line->key))
            return log_error("%s:%u: there is no setting \"%s\"; known are "
                             "nic, iommu, address, address6, gateway, spin, "
                             "uart_user, net_user and " CONSOLES_KEY,
                             reader->path, line->line, line->key);
    }
    return 0;
}

static int read_string(const struct reader *reader, const char *key,
                       char **value)
{
    const char *text;
    int r = xlu_cfg_get_string(reader->file, key, &text, 1);

    if (r == ESRCH)
        return 0;
    if (r)
        return log_error("%s:%u: %s must be a string, %s = \"...\"",
                         reader->path,
                         config_lines_find(&reader->lines, key,
                                           CONFIG_NO_ITEM),
                         key, key);
    return config_set(value, text);
}

/* "guest=g1,name=com1,tcp=1234": items as of mediatorctl serve, but for the
 * first one and the commas. */
static int parse_console(struct config_console *console, const char *text)
{
    char copy[CONSOLE_TEXT_BYTES], *item, *next = copy;
    int rc = 0;

    console_options_init(&console->options);
    if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
        return log_error("a console is described in less than %d characters",
                         CONSOLE_TEXT_BYTES);
    while (!rc && (item = strsep(&next, ",;"))) {
        if (strncmp(item, "guest=", strlen("guest=")))
            rc = console_options_parse(&console->options, item);
        else if (snprintf(console->guest, sizeof(console->guest), "%s",
                          item + strlen("guest=")) >=
                 (int)sizeof(console->guest))
            rc = log_error("the guest's name is too long");
    }
    if (!rc && !*console->guest)
        rc = log_error("a console wants a guest's name, \"guest=g1,...\"");
    if (!rc)
        rc = console_options_check(&console->options);
    return rc;
}

static int check_unique(const struct config *config,
                        const struct config_console *console)
{
    const struct config_console *other;

    for (other = config->consoles; other < console; other++) {
        if (other->options.tcp_port == console->options.tcp_port)
            return log_error("TCP port %u is %s's already",
                             console->options.tcp_port, other->guest);
        if (!strcmp(other->guest, console->guest) &&
            !strcmp(other->options.name, console->options.name))
            return log_error("%s/%s is there already", console->guest,
                             console->options.name);
    }
    return 0;
}

static int read_console(const struct reader *reader,
                        const XLU_ConfigList *list, int item)
{
    struct config *config = reader->config;
    struct config_console *console = &config->consoles[config->console_count];
    const char *text = xlu_cfg_get_listitem(list, item);
    int rc;

    rc = text ? parse_console(console, text)
              : log_error("a console is a string, \"guest=g1,name=com1\"");
    if (!rc)
        rc = check_unique(config, console);
    if (rc)
        return log_error("%s:%u: " CONSOLES_KEY ": %.400s", reader->path,
                         config_lines_find(&reader->lines, CONSOLES_KEY, item),
                         log_last_error());
    config->console_count++;
    return 0;
}

static int read_consoles(const struct reader *reader)
{
    struct config *config = reader->config;
    XLU_ConfigList *list;
    int r, count, item, rc = 0;

    r = xlu_cfg_get_list(reader->file, CONSOLES_KEY, &list, &count, 1);
    if (r == ESRCH)
        return 0;
    if (r)
        return log_error("%s:%u: " CONSOLES_KEY " must be a list, "
                         CONSOLES_KEY " = [ \"guest=g1\" ]", reader->path,
                         config_lines_find(&reader->lines, CONSOLES_KEY,
                                           CONFIG_NO_ITEM));
    free(config->consoles);
    config->console_count = 0;
    config->consoles = calloc(count + 1, sizeof(*config->consoles));
    if (!config->consoles)
        return log_error("out of memory");
    for (item = 0; item < count && !rc; item++)
        rc = read_console(reader, list, item);
    return rc;
}

static int read_settings(const struct reader *reader)
{
    char *members = (char *)reader->config;
    unsigned int i;
    int rc = check_keys(reader);

    for (i = 0; i < STRINGS && !rc; i++)
        rc = read_string(reader, strings[i].key,
                         (char **)(members + strings[i].offset));
    return rc ? rc : read_consoles(reader);
}

/* libxlutil ends the program at a zero byte in a string. */
static int check_bytes(const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned int line = 1;
    int c, rc = 0;

    if (!file)
        return log_errno("cannot read %s", path);
    while (!rc && (c = getc(file)) != EOF) {
        if (c == '\0')
            rc = log_error("%s:%u: there is a zero byte, which is no text",
                           path, line);
        line += c == '\n';
    }
    fclose(file);
    return rc;
}

int config_read(struct config *config, const char *path, bool is_optional)
{
    struct reader reader = { .config = config, .path = path };
    int rc = 0;

    if (is_optional && access(path, F_OK))
        return 0;
    rc = check_bytes(path);
    if (rc)
        return rc;
    /* libxlutil writes its own messages, with the line, to stderr. */
    reader.file = xlu_cfg_init(stderr, path);
    if (!reader.file)
        return log_error("out of memory");
    if (xlu_cfg_readfile(reader.file, path)) {
        rc = log_error("cannot read the configuration %s", path);
        goto out;
    }
    rc = config_lines_read(&reader.lines, path);
    if (!rc)
        rc = read_settings(&reader);
out:
    config_lines_free(&reader.lines);
    xlu_cfg_destroy(reader.file);
    return rc;
}
