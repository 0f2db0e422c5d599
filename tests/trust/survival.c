/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * survival.c - the guest, the clients, and what each of them sends and checks
 */
#define _GNU_SOURCE
#include "trust/survival.h"

#include <linux/serial_reg.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "fake-xen/fake_client.h"

#define OUT_BYTES    400 /* of a portion; 1,000 go into the machine's line */
#define IN_BYTES     150
#define STRING_BYTES 200 /* at most */
#define HASH_BEGIN   UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME   UINT64_C(0x100000001b3)

/* ---- the ends of a stream ---- */

static struct survival_end begin_end(unsigned int seed)
{
    return (struct survival_end){ .seed = seed, .hash = HASH_BEGIN };
}

static void count(struct survival_end *end, uint8_t byte)
{
    end->hash = (end->hash ^ byte) * HASH_PRIME;
    atomic_fetch_add(&end->bytes, 1);
}

static uint8_t make_byte(struct survival_end *end)
{
    uint8_t byte = rand_r(&end->seed) >> 8;

    count(end, byte);
    return byte;
}

/* The hash is of what came, not of what should have. */
static bool take_byte(struct survival_end *end, uint8_t byte)
{
    uint8_t right = rand_r(&end->seed) >> 8;

    count(end, byte);
    return byte == right;
}

static uint64_t left(const struct survival_end *end,
                     const _Atomic uint64_t *may)
{
    return atomic_load(may) - atomic_load(&end->bytes);
}

/* ---- the guest ---- */

static void out(struct survival *survival, uint16_t port, uint8_t value)
{
    if (fake_out(&survival->test->guest, 0, port, 1, value) != FAKE_GUEST_OK)
        survival->problem = "the guest waits for its access";
}

static uint8_t in(struct survival *survival, uint16_t port)
{
    return fake_in(&survival->test->guest, 0, port, 1);
}

static void write_bytes(struct survival *survival, unsigned int bytes)
{
    while (bytes-- > 0 && left(&survival->written, &survival->may_write) > 0)
        out(survival, THR, make_byte(&survival->written));
}

/* By rep outsb: anywhere in the guest's memory, so that its pages must be
 * mapped, and at times downwards. */
static void write_string(struct survival *survival, unsigned int *dice)
{
    struct fake_guest *guest = &survival->test->guest;
    uint64_t room = left(&survival->written, &survival->may_write);
    uint64_t first = 0x10000 + rand_r(dice) % 0xe0000;
    unsigned int bytes = 1 + rand_r(dice) % STRING_BYTES, i;
    bool df = rand_r(dice) & 0x100;

    if (bytes > room)
        bytes = room;
    for (i = 0; i < bytes; i++)
        guest->memory[df ? first - i : first + i] =
            make_byte(&survival->written);
    if (bytes > 0 && fake_rep(guest, 1, false, THR, 1, first, bytes, df) !=
                         FAKE_GUEST_OK)
        survival->problem = "the guest waits for its string";
}

static void hear_some(struct survival *survival)
{
    unsigned int i;

    for (i = 0; i < 16; i++) {
        uint8_t lsr = in(survival, LSR);

        if (!(lsr & UART_LSR_DR))
            return;
        if (lsr & UART_LSR_OE)
            survival->problem = "what was typed was overrun";
        if (!take_byte(&survival->heard, in(survival, RBR)))
            survival->problem = "what was typed was lost, doubled or changed";
        if (survival->problem)
            return;
    }
}

static void handle_interrupt(struct survival *survival)
{
    unsigned int i;

    /* Each byte that is sent makes THRE pending again: without a bound this
     * would go on for long. */
    for (i = 0; i < 16 && !survival->problem; i++) {
        switch (in(survival, IIR) & 0x0f) {
        case UART_IIR_RDI:
        case UART_IIR_RX_TIMEOUT:
            hear_some(survival);
            break;
        case UART_IIR_THRI:
            write_bytes(survival, 3);
            break;
        case UART_IIR_NO_INT:
            return;
        default:
            survival->problem = "IIR makes no sense";
        }
    }
}

static void *guest_main(void *opaque)
{
    struct survival *survival = opaque;
    struct fake_domain *domain = survival->test->guest.domain;
    unsigned int dice = survival->written.seed + 2;

    while (!survival->is_ending && !survival->problem) {
        uint32_t moves = atomic_load(&domain->irq_count);

        if (atomic_load(&domain->irq_level[HARNESS_IRQ]))
            handle_interrupt(survival);
        else if (left(&survival->written, &survival->may_write) == 0)
            fake_futex_wait(&domain->irq_count, moves, 1);
        else if (rand_r(&dice) & 0x100)
            write_string(survival, &dice);
        else
            write_bytes(survival, 1); /* the interrupt brings those behind */
    }
    return NULL;
}

/* ---- the clients ---- */

static void *typist_main(void *opaque)
{
    struct survival *survival = opaque;
    const struct timespec pause = { .tv_nsec = 100000 };
    struct waker waker = net_side(survival->test);
    uint8_t byte = 0;
    bool has_byte = false;

    while (!survival->is_ending && !survival->problem) {
        if (!has_byte && left(&survival->typed, &survival->may_type) > 0) {
            byte = make_byte(&survival->typed);
            has_byte = true;
        }
        if (has_byte && type_byte(survival->test, &waker, byte))
            has_byte = false;
        else
            nanosleep(&pause, NULL);
    }
    close(waker.fd);
    return NULL;
}

bool survival_check(struct survival *survival)
{
    uint64_t cursor = survival->came.bytes, missed;
    uint8_t bytes[4096];
    size_t got, i;

    do {
        got = out_ring_read(&survival->test->harness.out, &cursor, bytes,
                            sizeof(bytes), &missed);
        if (missed)
            survival->problem = "the clients are too slow for this test";
        for (i = 0; i < got; i++)
            if (!take_byte(&survival->came, bytes[i]))
                survival->problem = "output was lost, doubled or changed";
    } while (got > 0 && !survival->problem);
    return left(&survival->came, &survival->may_write) == 0 &&
           left(&survival->heard, &survival->may_type) == 0;
}

/* ---- begin and end ---- */

void survival_begin(struct survival *survival, struct role_test *test)
{
    survival->first_seed = test->seed;
    survival->written = survival->came = begin_end(test->seed);
    survival->typed = survival->heard = begin_end(test->seed + 1);
    /* The FIFO is emptied by this, so it comes before anything is typed. */
    out(survival, FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
    out(survival, IER, UART_IER_RDI | UART_IER_THRI);
    assert_int_equal(
        pthread_create(&survival->guest, NULL, guest_main, survival), 0);
    assert_int_equal(
        pthread_create(&survival->typist, NULL, typist_main, survival), 0);
}

void survival_move_on(struct survival *survival)
{
    atomic_fetch_add(&survival->may_write, OUT_BYTES);
    atomic_fetch_add(&survival->may_type, IN_BYTES);
}

void survival_end(struct survival *survival)
{
    survival->is_ending = true;
    pthread_join(survival->guest, NULL);
    pthread_join(survival->typist, NULL);
    print_message("%lu bytes written, hash %016lx; %lu came, hash %016lx\n",
                  (unsigned long)survival->written.bytes,
                  (unsigned long)survival->written.hash,
                  (unsigned long)survival->came.bytes,
                  (unsigned long)survival->came.hash);
    print_message("%lu bytes typed, hash %016lx; %lu heard, hash %016lx\n",
                  (unsigned long)survival->typed.bytes,
                  (unsigned long)survival->typed.hash,
                  (unsigned long)survival->heard.bytes,
                  (unsigned long)survival->heard.hash);
}
