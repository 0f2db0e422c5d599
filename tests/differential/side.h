/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * side.h - one side of a comparison: a UART as a guest, its serial line and
 * time see it
 *
 * All sides have the same clock, which begins at 0 and stands still but for
 * pass_time().
 */
#ifndef TESTS_SIDE_H
#define TESTS_SIDE_H

#include <stdbool.h>
#include <stdint.h>

/* What is not asked by an access, since asking changes it. */
struct side_facts {
    uint8_t lcr, fcr, mcr, ier;
    unsigned int received; /* how many characters wait in the receiver */
    bool is_timed_out;     /* the receiver's time-out is pending */
    uint64_t sent;         /* how many characters the guest has sent */
};

struct side {
    const char *name;

    /* 0, or -1 with a message logged. */
    int (*open)(void);
    void (*close)(void);

    void (*out)(unsigned int offset, uint8_t value);
    uint8_t (*in)(unsigned int offset);

    /* A character comes in, with PE FE BI.  May it? */
    void (*receive)(uint8_t byte, uint8_t errors);
    bool (*takes_input)(void);

    void (*pass_time)(uint64_t ns);

    /* How INTR has moved since the last call: "10" is up and down.  And how it
     * is now. */
    const char *(*line_did)(void);
    bool (*line_is)(void);

    struct side_facts (*facts)(void);
};

/* mode=virtual. */
extern const struct side side_virtual;
/* mode=passthrough over a model of the machine's UART, `device` of
 * uart_fixture.h. */
extern const struct side side_passthrough;
/* A model of the machine's UART by itself: fake-xen/fake_uart.h. */
extern const struct side side_machine;
extern struct fake_uart *side_machine_uart;

#endif
