/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_client.h - what the fake libraries share: this process's way to the
 * fake hypervisor
 */
#ifndef FAKE_CLIENT_H
#define FAKE_CLIENT_H

#include "fake-xen/fake_call.h"
#include "fake-xen/fake_xen.h"

/* A connection to the hypervisor; each library handle has one, and is
 * restricted by it. */
struct fake_connection {
    struct fake_connection *next;
    int fd;
    enum fake_kind kind;
    uint32_t number; /* which the hypervisor gave it */
};

/* Maps the shared memory of FAKE_XEN_DIR; returns the same pointer each time,
 * or NULL with errno when there is none. */
struct fake_xen *fake_xen_attach(void);
/* Unmaps it: another fake Xen will be used. */
void fake_xen_detach(void);

/* Attaches, and gives the path of a file in that directory.  False: there is
 * no fake Xen. */
bool fake_xen_path(char *path, unsigned int bytes, const char *file);

/* Opens a connection.  0, or -1 with errno. */
int fake_connect(struct fake_connection *connection, enum fake_kind kind,
                 uint64_t value);
void fake_disconnect(struct fake_connection *connection);

/* Makes a call; the answer replaces it.  fd: where a descriptor goes that
 * comes with the answer, or NULL. 0, or -1 with errno. */
int fake_call(struct fake_connection *connection, struct fake_call *call,
              int *fd);

/* Restrict one connection, and every connection of the libraries, to a domain.
 * 0, or -1 with errno. */
int fake_restrict(struct fake_connection *connection, uint32_t domid);
int fake_restrict_all(uint32_t domid);

/* Notes that a rule of Xen's was broken, which fails the test. */
void fake_violation(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

struct fake_domain *fake_find_domain(struct fake_xen *xen, uint32_t domid);
uint32_t fake_domain_index(struct fake_xen *xen, struct fake_domain *domain);

/* Crashes a domain, as Xen does with one whose ioreq server misbehaves. */
void fake_crash(struct fake_domain *domain);

void fake_futex_wake(_Atomic uint32_t *word);
/* Waits until *word is not `seen` any more.  False: that took more than
 * timeout_ms. */
bool fake_futex_wait(_Atomic uint32_t *word, uint32_t seen, int timeout_ms);

/* Set by fake_fault.c, which then calls fake_evtchn_note_taken() when
 * INPROCESS was stored somewhere.  So an answer to a request that nobody took
 * is found out when its event is sent. */
extern bool fake_is_taking_noted;
void fake_evtchn_note_taken(void);

#endif
