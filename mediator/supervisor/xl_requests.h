/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xl_requests.h - what libxl asks for in xenstore when a guest with the option
 * ioreq_server is created
 *
 * libxl writes /libxl/DOMID/ioreq-server/N/{name,ports,irq,options} and state
 * = "requested", and waits; we serve the domain and answer in state with
 * "running", or with "error" and the reason in error.  The node
 * /tool/ioreq-server/mediatord says that somebody is there to answer.
 * xen-patch/ documents it for the other side.
 */
#ifndef MEDIATOR_XL_REQUESTS_H
#define MEDIATOR_XL_REQUESTS_H

struct console_list;
struct xl_requests;

/* Serves what xl asks for with these consoles.  NULL, with a message, when
 * xenstore cannot be used. */
struct xl_requests *xl_requests_start(struct console_list *consoles);

/* requests may be NULL. */
void xl_requests_stop(struct xl_requests *requests);

/* A request that had to wait for the end of another domain may go on.
 * requests may be NULL. */
void xl_requests_retry(struct xl_requests *requests);

#endif
