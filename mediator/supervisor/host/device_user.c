/* SPDX-License-Identifier: BSD-2-Clause */
/* device_user.c - a walk over /proc/PID/fd, with an end */
#define _GNU_SOURCE
#include "supervisor/host/device_user.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void read_command(long pid, char command[64])
{
    char path[48];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    file = fopen(path, "re");
    if (!file || !fgets(command, 64, file))
        command[0] = '\0';
    command[strcspn(command, "\n")] = '\0';
    if (file)
        fclose(file);
}

static bool leads_to(int folder, const char *name, const char *device)
{
    char target[256];
    ssize_t length = readlinkat(folder, name, target, sizeof(target) - 1);

    if (length < 0)
        return false;
    target[length] = '\0';
    return !strcmp(target, device);
}

static enum device_user look_at(long pid, const char *device)
{
    enum device_user result = DEVICE_USER_NONE;
    unsigned int count = 0;
    struct dirent *entry;
    char path[48];
    DIR *folder;

    snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
    folder = opendir(path);
    if (!folder)
        return DEVICE_USER_NONE; /* it is gone */
    while (result == DEVICE_USER_NONE && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        if (count++ == DEVICE_USER_DESCRIPTORS)
            result = DEVICE_USER_UNKNOWN;
        else if (leads_to(dirfd(folder), entry->d_name, device))
            result = DEVICE_USER_FOUND;
    }
    closedir(folder);
    return result;
}

static enum device_user walk(DIR *proc, const char *device,
                             unsigned int patience_ms, char *text,
                             size_t bytes)
{
    enum device_user result = DEVICE_USER_NONE, one;
    uint64_t begin_ms = now_ms();
    struct dirent *entry;
    char command[64];
    char *end;
    long pid;

    while (result != DEVICE_USER_FOUND && (entry = readdir(proc))) {
        pid = strtol(entry->d_name, &end, 10);
        if (*end || pid <= 0 || pid == getpid())
            continue;
        if (now_ms() - begin_ms >= patience_ms) {
            snprintf(text, bytes, "dom0 has more descriptors than can be "
                     "looked at in %u ms", patience_ms);
            return DEVICE_USER_UNKNOWN;
        }
        one = look_at(pid, device);
        if (one == DEVICE_USER_NONE)
            continue;
        result = one;
        read_command(pid, command);
        if (one == DEVICE_USER_FOUND)
            snprintf(text, bytes, "%s (pid %ld)", command, pid);
        else
            snprintf(text, bytes, "%s (pid %ld) has more than %u descriptors",
                     command, pid, DEVICE_USER_DESCRIPTORS);
    }
    return result;
}

enum device_user device_user_find(const char *device,
                                  unsigned int patience_ms, char *text,
                                  size_t bytes)
{
    DIR *proc = opendir("/proc");
    enum device_user result;

    *text = '\0';
    if (!proc) {
        snprintf(text, bytes, "/proc cannot be read");
        return DEVICE_USER_UNKNOWN;
    }
    result = walk(proc, device, patience_ms, text, bytes);
    closedir(proc);
    return result;
}
