/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_protocol.h - how mediatorctl talks to mediatord
 *
 * They talk over a stream socket in mediatord's directory.  Each side sends
 * JSON objects, one a line; a connection carries any number of requests,
 * which are answered in turn.
 *
 *     {"version": 1, "verb": "serve", "guest": "g1", "options": "tcp=1234"}
 *     {"version": 1, "ok": true}
 *
 *     {"version": 1, "verb": "unserve", "guest": "g1", "name": "com1"}
 *     {"version": 1, "ok": false, "error": "there is no console of \"g1\""}
 *
 *     {"version": 1, "verb": "break", "guest": "g1", "name": "com1"}
 *     {"version": 1, "ok": true}
 *
 *     {"version": 1, "verb": "attach", "guest": "g1", "name": "com1",
 *      "from": 1234, "read_only": true, "terminal": true}
 *     {"version": 1, "ok": true, "questions": true}
 *                                     with a socket, SCM_RIGHTS
 *     {"version": 1, "ok": false, "error": "...", "again": true}
 *
 *     {"version": 1, "verb": "status"}
 *     {"version": 1, "ok": true, "status": {"consoles": [...], ...}}
 *
 *     {"version": 1, "verb": "nic", "action": "release"}   or "take"
 *     {"version": 1, "ok": true}
 *
 * The answer to attach carries a socket whose other end the net role has
 * (attach_protocol.h).  Without "from" the history comes first.  "terminal"
 * says that the output is shown by one, and then what a terminal would answer
 * is left out of the history (net/history_filter.h).  "questions"
 * says that empty packets are understood there; "again", that the same request
 * may be granted in a moment.
 *
 * A break is answered when it stands in the guest's input, behind all that
 * mediatord had received for that guest before.
 *
 * A verb that mediatord does not know is answered by an error that lists
 * those it knows.
 */
#ifndef MEDIATOR_CONTROL_PROTOCOL_H
#define MEDIATOR_CONTROL_PROTOCOL_H

#define CONTROL_VERSION 1

/* mediatord's directory unless --directory names another, and the socket's
 * name in it. */
#define CONTROL_DIRECTORY "/run/mediatord"
#define CONTROL_SOCKET "control"

#define CONTROL_LINE_BYTES_MAX 65536 /* of a request */

#endif
