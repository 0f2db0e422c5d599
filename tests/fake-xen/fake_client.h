/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_client.h - what the fake libraries share: this process's way to the
 * fake hypervisor
 */
#ifndef FAKE_CLIENT_H
#define FAKE_CLIENT_H

#include "fake-xen/fake_call.h"
#include "fake-xen/fake_xen.h"

/* One for each library handle; restrictions sit in it. */
struct fake_connection {
    struct fake_connection *next;
    int fd;
    enum fake_kind kind;
    uint32_t number; /* that the hypervisor gave it */
};

/* Maps the shared memory of FAKE_XEN_DIR; the same answer each time.  NULL,
 * with errno, when there is none. */
struct fake_xen *fake_xen_attach(void);
/* Before another fake Xen is used. */
void fake_xen_detach(void);

/* fake_xen_attach() and path in that directory; false when there is none. */
bool fake_xen_path(char *path, unsigned int bytes, const char *file);

/* 0, or -1 with errno. */
int fake_connect(struct fake_connection *connection, enum fake_kind kind,
                 uint64_t value);
void fake_disconnect(struct fake_connection *connection);

/* The answer replaces the call.  0, or -1 with errno.  fd: a descriptor that
 * comes with the answer, or NULL. */
int fake_call(struct fake_connection *connection, struct fake_call *call,
              int *fd);

/* 0, or -1 with errno: this connection; every one of a library's. */
int fake_restrict(struct fake_connection *connection, uint32_t domid);
int fake_restrict_all(uint32_t domid);

/* A rule of Xen's was broken. */
void fake_violation(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

struct fake_domain *fake_find_domain(struct fake_xen *xen, uint32_t domid);
uint32_t fake_domain_index(struct fake_xen *xen, struct fake_domain *domain);

/* Crashes it, as Xen does with a guest whose ioreq server misbehaves. */
void fake_crash(struct fake_domain *domain);

void fake_futex_wake(_Atomic uint32_t *word);
/* False: nothing happened for timeout_ms. */
bool fake_futex_wait(_Atomic uint32_t *word, uint32_t seen, int timeout_ms);

/* fake_fault.c sets it, and calls fake_evtchn_note_taken() after INPROCESS
 * was stored somewhere: so a response to a request that nobody took can be
 * told when it is announced. */
extern bool fake_is_taking_noted;
void fake_evtchn_note_taken(void);

#endif
