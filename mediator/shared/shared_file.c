/* SPDX-License-Identifier: BSD-2-Clause */
/* shared_file.c - a versioned file that roles map: made, opened, checked */
#include "shared/shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"

int shared_file_create(const char *path, const struct shared_file_kind *kind,
                       uint64_t data_bytes)
{
    struct shared_file_header header = {
        .version = kind->version,
        .data_bytes = data_bytes,
    };
    char temporary[4096];
    int fd = -1, rc = 0;

    memcpy(header.magic, kind->magic, sizeof(header.magic));
    if (snprintf(temporary, sizeof(temporary), "%s.new", path) >=
        (int)sizeof(temporary))
        return log_error("cannot create %s: the path is too long", path);

    fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        rc = log_errno("cannot create %s", temporary);
        goto out;
    }
    /* Allocated now: a full tmpfs must show here, not as a SIGBUS while a
     * guest waits. */
    errno = posix_fallocate(fd, 0, SHARED_FILE_HEADER_BYTES + data_bytes);
    if (errno) {
        rc = log_errno("cannot allocate %llu bytes for %s",
                       (unsigned long long)data_bytes, temporary);
        goto out;
    }
    if (write(fd, &header, sizeof(header)) != sizeof(header)) {
        rc = log_errno("cannot write %s", temporary);
        goto out;
    }
    if (rename(temporary, path))
        rc = log_errno("cannot rename %s to %s", temporary, path);
out:
    if (fd >= 0)
        close(fd);
    if (rc)
        unlink(temporary);
    return rc;
}

static int check_header(const struct shared_file *file,
                        const struct shared_file_kind *kind)
{
    struct shared_file_header header;

    memcpy(&header, file->header, sizeof(header));
    if (memcmp(header.magic, kind->magic, sizeof(header.magic)))
        return log_error("%s refused: not such a file", kind->name);
    if (header.version != kind->version)
        return log_error("%s refused: version %u, but this mediatord reads "
                         "version %u",
                         kind->name, header.version, kind->version);
    if (header.data_bytes != file->data_bytes)
        return log_error("%s refused: it is %llu bytes long, its header says "
                         "%llu",
                         kind->name,
                         (unsigned long long)file->data_bytes +
                             SHARED_FILE_HEADER_BYTES,
                         (unsigned long long)header.data_bytes +
                             SHARED_FILE_HEADER_BYTES);
    return 0;
}

/* The length of the file behind its header page; -1 with a message. */
static int64_t measure(int fd, const struct shared_file_kind *kind)
{
    struct stat status;

    if (fstat(fd, &status))
        return log_errno("cannot examine the %s", kind->name);
    if (status.st_size < SHARED_FILE_HEADER_BYTES)
        return log_error("%s refused: it is only %lld bytes long", kind->name,
                         (long long)status.st_size);
    return status.st_size - SHARED_FILE_HEADER_BYTES;
}

static int map_file(struct shared_file *file, int fd,
                    const struct shared_file_kind *kind, bool is_writable,
                    uint64_t data_bytes)
{
    int protection = PROT_READ | (is_writable ? PROT_WRITE : 0);
    void *mapping = mmap(NULL, SHARED_FILE_HEADER_BYTES + data_bytes,
                         protection, MAP_SHARED, fd, 0);

    if (mapping == MAP_FAILED)
        return log_errno("cannot map the %s", kind->name);
    *file = (struct shared_file){
        .header = mapping,
        .data = (uint8_t *)mapping + SHARED_FILE_HEADER_BYTES,
        .data_bytes = data_bytes,
    };
    return 0;
}

int shared_file_open_fd(struct shared_file *file, int fd,
                        const struct shared_file_kind *kind, bool is_writable)
{
    int64_t bytes = measure(fd, kind);
    int rc = bytes < 0 ? -1 : 0;

    *file = SHARED_FILE_CLOSED;
    if (!rc)
        rc = map_file(file, fd, kind, is_writable, bytes);
    if (!rc)
        rc = check_header(file, kind);
    if (rc)
        shared_file_close(file);
    close(fd);
    return rc;
}

static int open_path(struct shared_file *file, const char *path, int mode)
{
    int fd = open(path, mode | O_CLOEXEC);

    *file = SHARED_FILE_CLOSED;
    return fd < 0 ? log_errno("cannot open %s", path) : fd;
}

int shared_file_open(struct shared_file *file, const char *path,
                     const struct shared_file_kind *kind, bool is_writable)
{
    int fd = open_path(file, path, is_writable ? O_RDWR : O_RDONLY);

    return fd < 0 ? -1 : shared_file_open_fd(file, fd, kind, is_writable);
}

int shared_file_open_unchecked(struct shared_file *file, const char *path,
                               const struct shared_file_kind *kind,
                               uint64_t data_bytes)
{
    int fd = open_path(file, path, O_RDONLY), rc = 0;
    int64_t bytes;

    if (fd < 0)
        return -1;
    bytes = measure(fd, kind);
    if (bytes < 0)
        rc = -1;
    else if ((uint64_t)bytes < data_bytes)
        rc = log_error("%s refused: it has only %lld bytes of %llu",
                       kind->name, (long long)bytes,
                       (unsigned long long)data_bytes);
    else
        rc = map_file(file, fd, kind, false, data_bytes);
    close(fd);
    return rc;
}

void shared_file_close(struct shared_file *file)
{
    if (file->header)
        munmap(file->header, SHARED_FILE_HEADER_BYTES + file->data_bytes);
    *file = SHARED_FILE_CLOSED;
}
