/* SPDX-License-Identifier: BSD-2-Clause */
/* console_paths.c - where a console's files are */
#include "shared/console_paths.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shared/log.h"

static bool is_plain(unsigned char character)
{
    return isalnum(character) || character == '-' || character == '_' ||
           character == '.';
}

/* Appends the escaped text at key[*used]; false when it does not fit. */
static bool append_escaped(char *key, size_t *used, const char *text)
{
    const unsigned char *at;

    for (at = (const unsigned char *)text; *at; at++) {
        /* A leading dot would hide the folder, or be "..". */
        bool is_escaped = !is_plain(*at) ||
                          (*at == '.' && (const char *)at == text);

        if (*used + 4 > CONSOLE_KEY_BYTES)
            return false;
        *used += sprintf(key + *used, is_escaped ? "%%%02x" : "%c", *at);
    }
    return true;
}

int console_key(char key[CONSOLE_KEY_BYTES], const char *guest,
                const char *name)
{
    size_t used = 0;

    if (!*guest || !*name)
        return log_error("a console needs the guest's name and a server name");
    if (!append_escaped(key, &used, guest) || used + 2 > CONSOLE_KEY_BYTES)
        goto too_long;
    key[used++] = '@';
    if (!append_escaped(key, &used, name))
        goto too_long;
    key[used] = '\0';
    return 0;

too_long:
    return log_error("the names \"%.64s\", \"%.64s\" are too long for a "
                     "console",
                     guest, name);
}

int console_path(char path[PATH_MAX], const char *directory, const char *key,
                 const char *file)
{
    int length = snprintf(path, PATH_MAX, "%s/consoles/%s%s%s", directory,
                          key, *file ? "/" : "", file);

    if (length >= PATH_MAX)
        return log_error("the path of console %s in %s is too long", key,
                         directory);
    return 0;
}
