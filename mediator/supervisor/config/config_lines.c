/* SPDX-License-Identifier: BSD-2-Clause */
/* config_lines.c - in which lines of a configuration file its values stand */
#include "supervisor/config/config_lines.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"

struct scanner {
    FILE *file;
    unsigned int line;
    unsigned int depth; /* of [ */
    int item;
    char key[CONFIG_KEY_BYTES];
    struct config_lines *lines;
};

static int next(struct scanner *scanner)
{
    int c = getc(scanner->file);

    if (c == '\n')
        scanner->line++;
    return c;
}

static int add(struct scanner *scanner, int item, unsigned int line)
{
    struct config_lines *lines = scanner->lines;
    struct config_line *more;

    more = reallocarray(lines->lines, lines->count + 1, sizeof(*more));
    if (!more)
        return log_error("out of memory");
    lines->lines = more;
    more += lines->count++;
    memcpy(more->key, scanner->key, sizeof(more->key));
    more->item = item;
    more->line = line;
    return 0;
}

static void skip_comment(struct scanner *scanner)
{
    int c;

    do {
        c = next(scanner);
    } while (c != '\n' && c != EOF);
}

static int scan_string(struct scanner *scanner, int quote)
{
    unsigned int line = scanner->line;
    int c;

    while ((c = next(scanner)) != quote && c != EOF)
        if (c == '\\')
            next(scanner);
    return scanner->depth > 0 ? add(scanner, scanner->item++, line) : 0;
}

/* A word is a key, or a number, which is noted only as an item of a list. */
static int scan_word(struct scanner *scanner, int c)
{
    char word[CONFIG_KEY_BYTES];
    size_t length = 0;

    for (; isalnum(c) || c == '_' || c == '.'; c = next(scanner))
        if (length < sizeof(word) - 1)
            word[length++] = c;
    word[length] = '\0';
    /* What ended it may be the start of something else. */
    if (c == '\n')
        scanner->line--;
    ungetc(c, scanner->file);
    if (scanner->depth > 0)
        return add(scanner, scanner->item++, scanner->line);
    if (isdigit((unsigned char)word[0]))
        return 0;
    memcpy(scanner->key, word, sizeof(word));
    scanner->item = 0;
    return add(scanner, CONFIG_NO_ITEM, scanner->line);
}

static int scan(struct scanner *scanner)
{
    int c, rc = 0;

    while (!rc && (c = next(scanner)) != EOF) {
        if (c == '#')
            skip_comment(scanner);
        else if (c == '"' || c == '\'')
            rc = scan_string(scanner, c);
        else if (isalnum(c) || c == '_')
            rc = scan_word(scanner, c);
        else if (c == '[')
            scanner->depth++;
        else if (c == ']' && scanner->depth > 0)
            scanner->depth--;
    }
    return rc;
}

int config_lines_read(struct config_lines *lines, const char *path)
{
    struct scanner scanner = { .line = 1, .lines = lines };
    int rc;

    *lines = (struct config_lines){ 0 };
    scanner.file = fopen(path, "re");
    if (!scanner.file)
        return log_errno("cannot read %s", path);
    rc = scan(&scanner);
    fclose(scanner.file);
    if (rc)
        config_lines_free(lines);
    return rc;
}

void config_lines_free(struct config_lines *lines)
{
    free(lines->lines);
    *lines = (struct config_lines){ 0 };
}

unsigned int config_lines_find(const struct config_lines *lines,
                               const char *key, int item)
{
    size_t i;

    for (i = 0; i < lines->count; i++)
        if (lines->lines[i].item == item && !strcmp(lines->lines[i].key, key))
            return lines->lines[i].line;
    return 0;
}
