/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shared_file.h - a versioned file in /run/mediatord, mapped by roles
 *
 * Every such file begins with the same header page, so that a role can tell
 * a file of another version, or one cut short, before it believes a byte of
 * it.  The header's first three fields never change after creation.
 */
#ifndef MEDIATOR_SHARED_FILE_H
#define MEDIATOR_SHARED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARED_FILE_HEADER_BYTES 4096

struct shared_file_header {
    char magic[8];       /* which kind of file */
    uint32_t version;    /* of the kind's layout */
    uint32_t reserved;
    uint64_t data_bytes; /* after the header page */
};

struct shared_file {
    void *header;        /* the mapping; NULL when closed */
    uint8_t *data;       /* header + SHARED_FILE_HEADER_BYTES */
    uint64_t data_bytes; /* checked against the file's size; the header's own
                          * field is never looked at again */
};

struct shared_file_kind {
    const char *name;    /* for messages: "out ring" */
    char magic[8];
    uint32_t version;
};

#define SHARED_FILE_CLOSED ((struct shared_file){ 0 })

/* Makes the file (mode 0600, all zeroes behind the header) under a temporary
 * name and renames it to path, so that nobody ever sees half of a file.  Fails
 * with a message. */
int shared_file_create(const char *path, const struct shared_file_kind *kind,
                       uint64_t data_bytes);

/* Opens and maps a file that is there.  Fails, with a message, when it is of
 * another kind or version, or not exactly as long as its header claims.  The
 * mapping is all that is kept: without a descriptor a role cannot change how
 * long the file is. */
int shared_file_open(struct shared_file *file, const char *path,
                     const struct shared_file_kind *kind, bool is_writable);

/* The same for a descriptor, which this takes over and closes. */
int shared_file_open_fd(struct shared_file *file, int fd,
                        const struct shared_file_kind *kind,
                        bool is_writable);

/* Opens a file read-only, whatever its header says, and maps data_bytes of it
 * if it is at least so long: for a reader who believes no byte of a file whose
 * writer may have spoiled it. */
int shared_file_open_unchecked(struct shared_file *file, const char *path,
                               const struct shared_file_kind *kind,
                               uint64_t data_bytes);

/* A file that is closed already may be closed again. */
void shared_file_close(struct shared_file *file);

#endif
