/* SPDX-License-Identifier: BSD-2-Clause */
/* directory_lock.c - the lock of a directory, and who holds it */
#define _GNU_SOURCE
#include "supervisor/directory_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/roles/role_process.h"

#define STOPPING " stopping"

/* ---- the file's text ---- */

struct owner {
    pid_t pid; /* of the supervisor that wrote it, if it lives; else 0 */
    bool is_stopping;
};

static struct owner read_owner(int fd)
{
    struct owner owner = { 0 };
    char text[32] = "", *end;

    if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
        return owner;
    owner.pid = strtol(text, &end, 10);
    owner.is_stopping = !strncmp(end, STOPPING, strlen(STOPPING));
    if (owner.pid <= 0 || (kill(owner.pid, 0) && errno != EPERM))
        owner.pid = 0;
    return owner;
}

/* What the roles inherit cannot be written: the file is opened anew. */
static int write_owner(int fd, const char *more)
{
    char path[64];
    int writable, r;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    writable = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (writable < 0)
        return -1;
    r = dprintf(writable, "%d%s\n", (int)getpid(), more);
    close(writable);
    return r < 0 ? -1 : 0;
}

/* ---- roles that outlive their supervisor ---- */

static bool has_lock(pid_t pid, const struct stat *lock)
{
    char path[64];
    struct stat found;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, ROLE_LOCK_FD);
    return !stat(path, &found) && found.st_dev == lock->st_dev &&
           found.st_ino == lock->st_ino;
}

/* Roles have the lock as ROLE_LOCK_FD: one descriptor of each process is
 * looked at.  Returns the last that was found, or 0. */
static pid_t find_orphan(int fd, bool kill_all)
{
    struct stat lock;
    struct dirent *entry;
    pid_t found = 0;
    DIR *folder;

    if (fstat(fd, &lock))
        return 0;
    folder = opendir("/proc");
    while (folder && (entry = readdir(folder))) {
        pid_t pid = strtol(entry->d_name, NULL, 10);

        if (pid <= 0 || pid == getpid() || !has_lock(pid, &lock))
            continue;
        found = pid;
        if (kill_all) {
            log_warning("process %d of an earlier mediatord does not end; "
                        "killed", (int)pid);
            kill(pid, SIGKILL);
        }
    }
    if (folder)
        closedir(folder);
    return found;
}

/* ---- the lock ---- */

static int give_up(int fd, const char *path)
{
    pid_t pid = find_orphan(fd, false);

    if (pid)
        return log_error("process %d of an earlier mediatord still has %s and "
                         "cannot be ended; see /proc/%d/stack",
                         (int)pid, path, (int)pid);
    return log_error("roles of an earlier mediatord are still running; end "
                     "the processes that fuser %s names", path);
}

/* Waits until the lock is had. */
static int wait_for_lock(int fd, const char *path, unsigned int orphans_ms,
                         unsigned int patience_ms)
{
    static const struct timespec pause = { .tv_nsec = 10000000 };
    unsigned int waited_ms = 0, orphaned_ms = 0;

    while (flock(fd, LOCK_EX | LOCK_NB)) {
        struct owner owner;

        if (errno != EWOULDBLOCK)
            return log_errno("cannot lock %s", path);
        owner = read_owner(fd);
        if (owner.pid && !owner.is_stopping)
            return log_error("mediatord is running already (pid %d, %s); stop "
                             "it first, or use another --directory",
                             (int)owner.pid, path);
        if (waited_ms >= patience_ms)
            return give_up(fd, path);
        if (!owner.pid && orphaned_ms < orphans_ms) {
            orphaned_ms += 10;
            if (orphaned_ms >= orphans_ms)
                find_orphan(fd, true);
        }
        nanosleep(&pause, NULL);
        waited_ms += 10;
    }
    return 0;
}

int directory_lock_take(const char *directory, unsigned int orphans_ms,
                        unsigned int patience_ms)
{
    char path[PATH_MAX];
    int fd, rc;

    snprintf(path, sizeof(path), "%s/lock", directory);
    fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return log_errno("cannot open %s", path);
    rc = wait_for_lock(fd, path, orphans_ms, patience_ms);
    if (!rc && write_owner(fd, ""))
        rc = log_errno("cannot write %s", path);
    if (rc) {
        close(fd);
        return -1;
    }
    return fd;
}

void directory_lock_resign(int fd)
{
    if (write_owner(fd, STOPPING))
        log_warning("another mediatord will not wait for this one's end");
}

void directory_lock_abandon(int fd)
{
    flock(fd, LOCK_UN);
}
