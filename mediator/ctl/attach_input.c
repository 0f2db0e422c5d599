/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_input.c - keeps what is typed at mediatorctl attach until the net
 * role takes it, in bursts, each of which ends with a question
 */
#include "ctl/attach_input.h"

#include <stdlib.h>
#include <sys/socket.h>

/* Bytes sent before the net role is asked about them: what an in ring holds,
 * so that a guest that reads is not kept waiting. */
#define BURST_BYTES 16384

int attach_input_open(struct attach_input *input, int escape,
                      size_t kept_max)
{
    input->read.character = input->sent.character = escape;
    input->kept_max = kept_max;
    input->kept = malloc(kept_max); /* Linux gives memory when it is used */
    return input->kept ? 0 : -1;
}

void attach_input_close(struct attach_input *input)
{
    free(input->kept);
    input->kept = NULL;
}

size_t attach_input_room(const struct attach_input *input)
{
    return input->kept_max - (input->head - input->tail);
}

enum attach_key attach_input_put(struct attach_input *input, uint8_t byte)
{
    enum attach_key key = attach_escape_take(&input->read, byte);

    /* From the beginning again, so that little memory is used. */
    if (input->head == input->tail)
        input->head = input->tail = 0;
    input->kept[input->head++ & (input->kept_max - 1)] = byte;
    input->typed += key == ATTACH_KEY_SEND;
    return key;
}

uint64_t attach_input_left(const struct attach_input *input)
{
    return input->typed - input->taken;
}

/* Fills the packet with what is kept, up to the next break. */
static void make_packet(struct attach_input *input)
{
    while (input->tail < input->head && !input->is_break_due &&
           input->packet_bytes < sizeof(input->packet)) {
        uint8_t byte = input->kept[input->tail++ & (input->kept_max - 1)];
        enum attach_key key = attach_escape_take(&input->sent, byte);

        if (key == ATTACH_KEY_SEND)
            input->packet[input->packet_bytes++] = byte;
        input->is_break_due = key == ATTACH_KEY_BREAK;
    }
}

enum attach_input_step attach_input_next(struct attach_input *input)
{
    if (input->is_asking)
        return ATTACH_INPUT_WAIT;
    if (input->packet_bytes == 0 && input->unasked < BURST_BYTES)
        make_packet(input);
    if (input->packet_bytes > 0 || input->unasked > 0)
        return ATTACH_INPUT_SEND;
    return input->is_break_due ? ATTACH_INPUT_BREAK : ATTACH_INPUT_IDLE;
}

/* A socket that is closed is noticed when it is read. */
static bool put(int socket, const void *bytes, size_t count)
{
    return send(socket, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           (ssize_t)count;
}

void attach_input_send(struct attach_input *input, int socket)
{
    if (input->packet_bytes > 0) {
        if (!put(socket, input->packet, input->packet_bytes))
            return;
        input->unasked += input->packet_bytes;
        input->packet_bytes = 0;
    } else if (input->cannot_ask || put(socket, "", 0)) {
        input->asked = input->unasked;
        input->unasked = 0;
        input->is_asking = true;
    }
    if (input->is_asking && input->cannot_ask)
        attach_input_answered(input);
}

void attach_input_answered(struct attach_input *input)
{
    input->taken += input->asked;
    input->asked = 0;
    input->is_asking = false;
}

void attach_input_break_done(struct attach_input *input)
{
    input->is_break_due = false;
}

size_t attach_input_lost(struct attach_input *input)
{
    size_t lost = input->unasked + input->asked;

    input->asked = lost;
    input->unasked = 0;
    attach_input_answered(input);
    return lost;
}
