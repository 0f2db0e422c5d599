/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_input.h - what is typed at mediatorctl attach, on its way to the net
 * role
 *
 * Nothing that was read is thrown away, and no more is read than can be kept.
 * A terminal is read ahead of what the guest takes, up to a bound, because
 * only what has been read can be searched for the escape character.  Its keys
 * are found as they are read; a break, which has its place among the bytes, is
 * found once more as they are sent.
 *
 * After each burst the net role is asked, by the empty packet of
 * attach_protocol.h, to say when all of it is in the in ring.  So it is known
 * what was taken; no more than a burst is under way; and a break is sent
 * behind what was typed before it and before what was typed after it.
 */
#ifndef MEDIATOR_ATTACH_INPUT_H
#define MEDIATOR_ATTACH_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/attach_escape.h"
#include "shared/attach_protocol.h"

#define ATTACH_INPUT_READ_BYTES 4096 /* read at once, if there is room */

/* How much of what the guest does not take is kept: of a terminal's, and of a
 * pipe's, in which no keys are looked for.  Powers of two. */
#define ATTACH_INPUT_AHEAD      (4u << 20)
#define ATTACH_INPUT_PIPE_AHEAD (2u * ATTACH_INPUT_READ_BYTES)

/* What is to be done next. */
enum attach_input_step {
    ATTACH_INPUT_IDLE,  /* nothing: all that was typed was taken */
    ATTACH_INPUT_WAIT,  /* nothing, until the net role answers */
    ATTACH_INPUT_SEND,  /* attach_input_send(), when the socket has room */
    ATTACH_INPUT_BREAK, /* a break; all typed before it was taken */
};

struct attach_input {
    struct attach_escape read, sent; /* as far as was read, and as was sent */
    uint8_t *kept;                   /* a ring of kept_max bytes */
    size_t kept_max;
    uint64_t head, tail; /* what was read, escape characters included, and not
                          * sent is kept[tail] to kept[head - 1] */
    uint64_t typed;      /* bytes for the guest that were read */
    uint64_t taken;      /* of these: known to be in the in ring, or lost */
    uint8_t packet[ATTACH_INPUT_MAX]; /* the next one */
    size_t packet_bytes;
    size_t unasked;      /* bytes sent that the net role was not asked about */
    size_t asked;        /* bytes that it was asked about by the question that
                          * is not answered yet */
    bool is_asking;
    bool is_break_due;
    bool cannot_ask;     /* the mediatord does not know the question */
};

/* The input is all zeros, but for cannot_ask, which may be set at any time.
 * Takes the escape character as attach_escape_parse() gives it; kept_max is a
 * power of two.  Returns 0, or -1 when there is no memory. */
int attach_input_open(struct attach_input *input, int escape,
                      size_t kept_max);
void attach_input_close(struct attach_input *input);

/* How many bytes may be read now. */
size_t attach_input_room(const struct attach_input *input);

/* A byte was read, for which there is room.  Returns what it means to the
 * user; what is for the guest is kept, with the breaks among it. */
enum attach_key attach_input_put(struct attach_input *input, uint8_t byte);

/* How many bytes of what was typed for the guest are not known to be taken. */
uint64_t attach_input_left(const struct attach_input *input);

enum attach_input_step attach_input_next(struct attach_input *input);

/* Sends the next packet or question, if the socket has room. */
void attach_input_send(struct attach_input *input, int socket);

/* The net role has answered the question. */
void attach_input_answered(struct attach_input *input);

/* The break was sent, or refused. */
void attach_input_break_done(struct attach_input *input);

/* The socket is gone, and with it, perhaps, what was under way.  Returns how
 * many bytes that were: they are not sent again, as nobody can tell. */
size_t attach_input_lost(struct attach_input *input);

#endif
