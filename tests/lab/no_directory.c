/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * no_directory.c - preloaded into xl: xenstore fails, with EIO, to list the
 * ioreq servers of domains
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

char **xs_directory(void *xs, uint32_t transaction, const char *path,
                    unsigned int *count)
{
    char **(*real)(void *, uint32_t, const char *, unsigned int *);

    if (strstr(path, "/ioreq-server")) {
        errno = EIO;
        return NULL;
    }
    real = dlsym(RTLD_NEXT, "xs_directory");
    return real ? real(xs, transaction, path, count) : NULL;
}
