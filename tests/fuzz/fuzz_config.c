/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_config.c - libFuzzer on mediator.cfg: libxlutil's parser and what we
 * make of its values
 *
 * The input is the file.  One that is refused is refused with a line that it
 * has.  One that is accepted is written anew from what was understood, and
 * must mean the same then.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz_support.h"
#include "shared/log.h"
#include "supervisor/config/config.h"
#include "supervisor/config/config_lines.h"

static int file_fd;
static char file_path[64];

/* What libxlutil forgets of a file that it refuses is its own; mediatord ends
 * then. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libxlutil\n";
}

static void set_file(const void *bytes, size_t count)
{
    claim(!ftruncate(file_fd, 0));
    claim(pwrite(file_fd, bytes, count, 0) == (ssize_t)count);
}

/* ---- what must hold ---- */

static unsigned int count_lines(const uint8_t *bytes, size_t count)
{
    unsigned int lines = 1;

    while (count-- > 0)
        lines += *bytes++ == '\n';
    return lines;
}

/* The line that the last message names, as "PATH:LINE: ...". */
static void check_message(unsigned int lines)
{
    const char *message = log_last_error();
    unsigned int line;

    if (strncmp(message, file_path, strlen(file_path)) ||
        message[strlen(file_path)] != ':')
        return;
    claim(sscanf(message + strlen(file_path), ":%u: ", &line) == 1);
    claim(line >= 1 && line <= lines);
}

static void check_lines(unsigned int lines)
{
    struct config_lines found;
    size_t i;

    claim(!config_lines_read(&found, file_path));
    for (i = 0; i < found.count; i++) {
        claim(found.lines[i].line >= 1 && found.lines[i].line <= lines);
        claim(i == 0 || found.lines[i].line >= found.lines[i - 1].line);
        claim(strlen(found.lines[i].key) < CONFIG_KEY_BYTES);
    }
    config_lines_free(&found);
}

static void check_values(const struct config *config)
{
    size_t i, j;

    claim(config->iommu && config->address && config->address6 &&
          config->spin && config->uart_user && config->net_user &&
          config->directory);
    for (i = 0; i < config->console_count; i++) {
        const struct config_console *console = &config->consoles[i];

        claim(*console->guest && strlen(console->guest) < DOMAIN_NAME_BYTES);
        claim(!console_options_check(&console->options));
        for (j = 0; j < i; j++)
            claim(config->consoles[j].options.tcp_port !=
                  console->options.tcp_port);
    }
    if (!config_check(config) && strcmp(config->spin, "off")) {
        claim(config_spins(config, 2) > 0);
        claim(config_spins(config, 2) <= 1000000);
    }
}

/* ---- the file anew ---- */

static FILE *anew;
static bool is_writable; /* libxlutil has no way to quote some bytes */

static void put_text(const char *text)
{
    is_writable = is_writable && !strpbrk(text, "\"\\\n\r");
    fputs(text, anew);
}

static void put_string(const char *key, const char *value)
{
    if (!value)
        return;
    fprintf(anew, "%s = \"", key);
    put_text(value);
    fputs("\"\n", anew);
}

static void put_consoles(const struct config *config)
{
    char options[CONSOLE_OPTIONS_BYTES];
    size_t i;

    fputs("consoles = [", anew);
    for (i = 0; i < config->console_count; i++) {
        console_options_format(&config->consoles[i].options, options);
        fputs(i > 0 ? ",\n\"guest=" : "\"guest=", anew);
        put_text(config->consoles[i].guest);
        fputs(",", anew);
        put_text(options);
        fputs("\"", anew);
        /* A console's description is shorter than all options can be. */
        is_writable = is_writable && strlen(options) < 800;
    }
    fputs("]\n", anew);
}

/* Returns whether the file says all that is in config now. */
static bool write_anew(const struct config *config)
{
    char *text;
    size_t bytes;

    is_writable = true;
    anew = open_memstream(&text, &bytes);
    claim(anew);
    put_string("nic", config->nic);
    put_string("iommu", config->iommu);
    put_string("address", config->address);
    put_string("address6", config->address6);
    put_string("gateway", config->gateway);
    put_string("spin", config->spin);
    put_string("uart_user", config->uart_user);
    put_string("net_user", config->net_user);
    put_consoles(config);
    claim(!fclose(anew));
    set_file(text, bytes);
    free(text);
    return is_writable;
}

static bool is_same(const char *text, const char *other)
{
    return text && other ? !strcmp(text, other) : text == other;
}

static void claim_same(const struct config *config, const struct config *other)
{
    char options[CONSOLE_OPTIONS_BYTES], others[CONSOLE_OPTIONS_BYTES];
    size_t i;

    claim(is_same(config->nic, other->nic));
    claim(is_same(config->iommu, other->iommu));
    claim(is_same(config->address, other->address));
    claim(is_same(config->address6, other->address6));
    claim(is_same(config->gateway, other->gateway));
    claim(is_same(config->spin, other->spin));
    claim(is_same(config->uart_user, other->uart_user));
    claim(is_same(config->net_user, other->net_user));
    claim(config->console_count == other->console_count);
    for (i = 0; i < config->console_count; i++) {
        claim(is_same(config->consoles[i].guest, other->consoles[i].guest));
        console_options_format(&config->consoles[i].options, options);
        console_options_format(&other->consoles[i].options, others);
        claim(!strcmp(options, others));
    }
}

static void check_anew(const struct config *config)
{
    struct config again;

    if (!write_anew(config))
        return;
    claim(!config_init(&again));
    claim(!config_read(&again, file_path, false));
    claim_same(config, &again);
    config_free(&again);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    file_fd = memfd_create("mediator.cfg", MFD_CLOEXEC);
    claim(file_fd >= 0);
    snprintf(file_path, sizeof(file_path), "/proc/self/fd/%d", file_fd);
    silence_stderr();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    unsigned int descriptors = open_descriptors();
    unsigned int lines = count_lines(data, bytes);
    struct config config;

    set_file(data, bytes);
    claim(!config_init(&config));
    log_error("none");
    if (config_read(&config, file_path, false)) {
        check_message(lines);
    } else {
        check_lines(lines);
        check_values(&config);
        check_anew(&config);
    }
    config_free(&config);
    claim(open_descriptors() == descriptors);
    return 0;
}
