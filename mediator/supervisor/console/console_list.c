/* SPDX-License-Identifier: BSD-2-Clause */
/* console_list.c - all consoles, in the order in which they came */
#include "supervisor/console/console_list.h"

#include <string.h>

#include "shared/log.h"
#include "supervisor/console/console.h"

void console_list_add(struct console *console)
{
    struct console **place = &console->list->first;

    while (*place)
        place = &(*place)->next;
    *place = console;
}

void console_list_remove(struct console *console)
{
    struct console **place = &console->list->first;

    while (*place != console)
        place = &(*place)->next;
    *place = console->next;
}

unsigned int console_list_count(const struct console_list *list)
{
    const struct console *console;
    unsigned int count = 0;

    console_list_for_each(console, list)
        count++;
    return count;
}

struct console *console_list_find(const struct console_list *list,
                                  const char *guest, const char *name)
{
    struct console *console;

    console_list_for_each(console, list)
        if (!strcmp(console->guest, guest) &&
            (!name || !strcmp(console->options.name, name)))
            return console;
    return NULL;
}

struct console *console_list_by_number(const struct console_list *list,
                                       uint32_t number)
{
    struct console *console;

    console_list_for_each(console, list)
        if (console->number == number)
            return console;
    return NULL;
}

struct console *console_list_find_one(const struct console_list *list,
                                      const char *guest, const char *name)
{
    struct console *console = console_list_find(list, guest, name);
    const struct console *other;

    if (!console) {
        log_error("there is no console of \"%s\"%s%s; see mediatorctl list",
                  guest, name ? " named " : "", name ? name : "");
        return NULL;
    }
    for (other = console->next; !name && other; other = other->next)
        if (!strcmp(other->guest, guest)) {
            log_error("\"%s\" has more than one console; name one of %s, %s",
                      guest, console->options.name, other->options.name);
            return NULL;
        }
    return console;
}
