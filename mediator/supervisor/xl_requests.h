/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xl_requests.h - what libxl asks for in xenstore when a guest with the option
 * ioreq_server is created
 *
 * libxl writes /libxl/DOMID/ioreq-server/N/{name,ports,irq,options} and state
 * = "requested", and waits; we serve the domain and answer in state with
 * "running", or with "error" and the reason in error.  Beside them stand
 * version, of this protocol, daemon, which is whom libxl asks, and generation,
 * by which a request is told from the one that was there before.  The node
 * /tool/ioreq-server/mediatord, our process id, says that somebody is there to
 * answer, and its child version how.  xen-patch/ documents it for the other
 * side.
 */
#ifndef MEDIATOR_XL_REQUESTS_H
#define MEDIATOR_XL_REQUESTS_H

/* To be watched in xenstore. */
#define XL_REQUESTS_ROOT "/libxl"

struct console_list;
struct store;
struct xl_requests;

/* Serves what xl asks for with these consoles.  NULL, with a message, when
 * memory is short.  All that follows takes NULL, too. */
struct xl_requests *xl_requests_start(struct console_list *consoles,
                                      struct store *store);
void xl_requests_stop(struct xl_requests *requests);

/* A node at or below XL_REQUESTS_ROOT has changed. */
void xl_requests_changed(struct xl_requests *requests, const char *path);

/* The store is connected again. */
void xl_requests_connected(struct xl_requests *requests);

/* A request that had to wait for the end of another domain may go on. */
void xl_requests_retry(struct xl_requests *requests);

#endif
