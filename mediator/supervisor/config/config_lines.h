/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config_lines.h - on which line of a file of xl.cfg syntax something stands
 *
 * libxlutil reads the values but names lines only for its own complaints; ours
 * shall name theirs.
 */
#ifndef MEDIATOR_CONFIG_LINES_H
#define MEDIATOR_CONFIG_LINES_H

#include <stddef.h>

#define CONFIG_KEY_BYTES 64
#define CONFIG_NO_ITEM   (-1)

struct config_line {
    char key[CONFIG_KEY_BYTES]; /* cut short when longer */
    int item; /* of a list, from 0 on; CONFIG_NO_ITEM: the key itself */
    unsigned int line;
};

struct config_lines {
    struct config_line *lines;
    size_t count;
};

/* path: a file that libxlutil has read without complaint. */
int config_lines_read(struct config_lines *lines, const char *path);
void config_lines_free(struct config_lines *lines);

/* 0: it is not there. */
unsigned int config_lines_find(const struct config_lines *lines,
                               const char *key, int item);

#endif
