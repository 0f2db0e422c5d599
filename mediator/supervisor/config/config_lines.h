/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config_lines.h - on which line of a file of xl.cfg syntax something stands
 *
 * libxlutil reads the values, and names the line in its own messages only;
 * this finds it for mediatord's.
 */
#ifndef MEDIATOR_CONFIG_LINES_H
#define MEDIATOR_CONFIG_LINES_H

#include <stddef.h>

#define CONFIG_KEY_BYTES 64
#define CONFIG_NO_ITEM   (-1)

struct config_line {
    char key[CONFIG_KEY_BYTES]; /* cut short when it is longer */
    int item; /* which of the key's list, from 0 on; or CONFIG_NO_ITEM for the
               * line of the key itself */
    unsigned int line;
};

struct config_lines {
    struct config_line *lines;
    size_t count;
};

/* Reads a file that libxlutil has read without complaint.  Fails with a
 * message. */
int config_lines_read(struct config_lines *lines, const char *path);

/* Also after a failure. */
void config_lines_free(struct config_lines *lines);

/* The number of the line, from 1 on; 0 when it is not there. */
unsigned int config_lines_find(const struct config_lines *lines,
                               const char *key, int item);

#endif
