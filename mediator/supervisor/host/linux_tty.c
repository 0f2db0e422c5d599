/* SPDX-License-Identifier: BSD-2-Clause */
/* linux_tty.c - who holds a machine port, and the driver that lets it go */
#define _GNU_SOURCE
#include "supervisor/host/linux_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/host/device_user.h"

/* TIOCSSERIAL's type for a port that the driver shall not touch; the header
 * of that name (linux/serial_core.h) is the kernel's own. */
#ifndef PORT_UNKNOWN
#define PORT_UNKNOWN 0
#endif

/* Reads the first line of a small file; "" when it cannot be read. */
static void read_line(const char *path, char *line, size_t bytes)
{
    FILE *file = fopen(path, "re");

    *line = '\0';
    if (!file)
        return;
    if (!fgets(line, bytes, file))
        *line = '\0';
    line[strcspn(line, "\n")] = '\0';
    fclose(file);
}

/* Finds the tty whose driver has claimed the port. */
static bool find_tty(uint16_t port, char *name, size_t bytes)
{
    glob_t found = { 0 };
    bool is_found = false;
    size_t i;

    glob("/sys/class/tty/ttyS*", 0, NULL, &found);
    for (i = 0; i < found.gl_pathc && !is_found; i++) {
        char path[280], text[32], type[32];

        snprintf(path, sizeof(path), "%.255s/port", found.gl_pathv[i]);
        read_line(path, text, sizeof(text));
        snprintf(path, sizeof(path), "%.255s/type", found.gl_pathv[i]);
        read_line(path, type, sizeof(type));
        is_found = *text && strtoul(text, NULL, 16) == port &&
                   strtoul(type, NULL, 10) != PORT_UNKNOWN;
        if (is_found)
            snprintf(name, bytes, "%s", strrchr(found.gl_pathv[i], '/') + 1);
    }
    globfree(&found);
    return is_found;
}

static bool is_console(const char *name)
{
    char line[256], *word, *next = line;

    read_line("/sys/class/tty/console/active", line, sizeof(line));
    while ((word = strsep(&next, " ")))
        if (!strcmp(word, name))
            return true;
    return false;
}

/* Whether somebody is known to have the device open: "getty (pid 612)".  That
 * nobody is seen may have a reason, which the operator is told. */
static bool is_in_use(const char *device, char *user, size_t bytes)
{
    switch (device_user_find(device, DEVICE_USER_PATIENCE_MS, user, bytes)) {
    case DEVICE_USER_FOUND:
        return true;
    case DEVICE_USER_UNKNOWN:
        log_warning("going on as if nobody used %s, which is not certain: %s; "
                    "look yourself with: fuser -v %s", device, user, device);
        break;
    case DEVICE_USER_NONE:
        break;
    }
    return false;
}

static int open_tty(const char *name)
{
    char path[32];

    snprintf(path, sizeof(path), "/dev/%s", name);
    return open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int linux_tty_check_free(const char *path)
{
    char *device = realpath(path, NULL);
    const char *name;
    char user[128];
    int rc = 0;

    if (!device)
        return log_errno("wire=%s cannot be used; is the adapter plugged "
                         "in? (ls -l /dev/serial/by-id)", path);
    name = strrchr(device, '/') + 1;
    if (is_console(name))
        rc = log_error("wire=%s is dom0's console %s; boot dom0's kernel "
                       "without console=%s, or choose another tty",
                       path, name, name);
    else if (is_in_use(device, user, sizeof(user)))
        rc = log_error("wire=%s is in use by %s; end that first (a login on "
                       "it: systemctl disable --now serial-getty@%s), or "
                       "choose another tty", path, user, name);
    free(device);
    return rc;
}

int linux_tty_release(struct linux_tty *tty, uint16_t port)
{
    struct serial_struct none;
    char device[32], user[128];
    int fd = -1, rc = 0;

    *tty = (struct linux_tty){ .name = "" };
    if (!find_tty(port, tty->name, sizeof(tty->name)))
        return 0;
    if (is_console(tty->name)) {
        rc = log_error("machine port %x is dom0's console %s; boot dom0's "
                       "kernel without console=%s, or serve the guest with "
                       "another machine= port", port, tty->name, tty->name);
        goto out;
    }
    snprintf(device, sizeof(device), "/dev/%s", tty->name);
    if (is_in_use(device, user, sizeof(user))) {
        rc = log_error("machine port %x: /dev/%s is in use by %s; end that "
                       "first (a login on it: systemctl disable --now "
                       "serial-getty@%s), or serve the guest with another "
                       "machine= port", port, tty->name, user, tty->name);
        goto out;
    }
    fd = open_tty(tty->name);
    if (fd < 0 || ioctl(fd, TIOCGSERIAL, &tty->serial)) {
        rc = log_errno("cannot ask /dev/%s for its settings", tty->name);
        goto out;
    }
    none = tty->serial;
    none.type = PORT_UNKNOWN;
    if (ioctl(fd, TIOCSSERIAL, &none)) {
        rc = log_errno("machine port %x: /dev/%s does not let go; is it in "
                       "use?", port, tty->name);
        goto out;
    }
    log_info("machine port %x taken from dom0's %s", port, tty->name);
out:
    if (fd >= 0)
        close(fd);
    if (rc)
        *tty = (struct linux_tty){ .name = "" };
    return rc;
}

void linux_tty_give_back(struct linux_tty *tty)
{
    int fd;

    if (!*tty->name)
        return;
    fd = open_tty(tty->name);
    if (fd < 0 || ioctl(fd, TIOCSSERIAL, &tty->serial))
        log_warning("cannot give /dev/%s back to dom0 (%s); do it with: "
                    "setserial /dev/%s uart 16550A port 0x%x irq %d",
                    tty->name, strerror(errno), tty->name, tty->serial.port,
                    tty->serial.irq);
    else
        log_info("machine port %x given back to dom0's %s", tty->serial.port,
                 tty->name);
    if (fd >= 0)
        close(fd);
    *tty = (struct linux_tty){ .name = "" };
}
