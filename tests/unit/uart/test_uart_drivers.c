/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_drivers.c - what drivers and probes do to a UART, and what they
 * must read, on both modes
 *
 * Each sequence has the accesses that a driver makes, in its order.  In
 * mode=passthrough the machine's UART takes its time.  Sections are those of
 * PC16550D.
 */
#include "uart/uart_passthrough.h"
#include "uart/uart_virtual.h"

#include "unit/uart/uart_fixture.h"

#define PATIENCE 400 /* looks at a register until it must have changed */

enum what {
    END,
    WRITE,  /* value to a register */
    READ,   /* a register, of which the bits of mask must be value */
    AWAIT,  /* the same, after a while */
    PAUSE,  /* a character's time, in which nobody looks */
    CLIENT, /* types value */
    FILL,   /* THR until LSR says overrun: at write `value` */
    SENT,   /* the clients have got so many bytes of the guest */
};

struct step {
    enum what what;
    uint8_t offset, value, mask;
};

#define W(offset, value) { WRITE, offset, value, 0 }
#define R(offset, value) { READ, offset, value, 0xff }
#define RM(offset, mask, value) { READ, offset, value, mask }
#define IGNORE(offset) { READ, offset, 0, 0 }
#define UNTIL(offset, mask, value) { AWAIT, offset, value, mask }
/* What a driver that polls does for a byte. */
#define PUT(value) UNTIL(UART_LSR, UART_LSR_THRE, UART_LSR_THRE), \
                   W(UART_TX, value)
#define SET_DIVISOR(lcr, dlm, dll) \
    W(UART_LCR, UART_LCR_DLAB | (lcr)), W(UART_DLL, dll), W(UART_DLM, dlm), \
    W(UART_LCR, lcr)

/* ---- Linux, drivers/tty/serial/8250 ---- */

/* Is there a UART, what is it, and does it have what later ones have? */
static const struct step linux_autoconfig[] = {
    IGNORE(UART_IER), W(UART_IER, 0), RM(UART_IER, 0x0f, 0),
    W(UART_IER, 0x0f), RM(UART_IER, 0x0f, 0x0f), W(UART_IER, 0),
    /* OUT2 and RTS in loop mode are DCD and CTS: 8.8. */
    IGNORE(UART_MCR), IGNORE(UART_LCR), W(UART_MCR, UART_MCR_LOOP | 0x0a),
    RM(UART_MSR, 0xf0, 0x90), W(UART_MCR, 0),
    /* EFR of a 16650 stands where IIR and FCR do. */
    W(UART_LCR, 0xbf), W(UART_FCR, 0), W(UART_LCR, 0),
    W(UART_FCR, UART_FCR_ENABLE_FIFO), RM(UART_IIR, 0xc0, 0xc0),
    W(UART_LCR, UART_LCR_DLAB), RM(UART_IIR, 0xcf, 0xc1),
    W(UART_LCR, 0xbf), RM(UART_IIR, 0xcf, 0xc1),
    /* EXCR1 of a National SuperIO stands where IIR does, in another bank. */
    W(UART_LCR, 0), R(UART_MCR, 0), W(UART_LCR, 0xe0),
    RM(UART_IIR, UART_MCR_LOOP, 0), W(UART_LCR, 0),
    W(UART_MCR, UART_MCR_LOOP), W(UART_LCR, 0xe0),
    RM(UART_IIR, UART_MCR_LOOP, 0), W(UART_LCR, 0), W(UART_MCR, 0),
    /* A 16750 has FCR bit 5 with DLAB, and shows it in IIR. */
    W(UART_LCR, 0), W(UART_FCR, 0x21), RM(UART_IIR, 0xe0, 0xc0),
    W(UART_FCR, 0x01), W(UART_LCR, UART_LCR_DLAB), W(UART_FCR, 0x21),
    RM(UART_IIR, 0xe0, 0xc0), W(UART_FCR, 0x01), W(UART_LCR, 0),
    /* UUE of an XScale. */
    R(UART_IER, 0), W(UART_IER, 0x40), R(UART_IER, 0), W(UART_IER, 0),
    /* It is left empty. */
    W(UART_LCR, 0), W(UART_FCR, 1), W(UART_FCR, 7), W(UART_FCR, 0),
    IGNORE(UART_RX), W(UART_IER, 0), { SENT, 0, 0, 0 }, { END, 0, 0, 0 },
};

/* The port is opened: are the interrupts of the transmitter in order?  Then it
 * is set to 9600 8N1. */
static const struct step linux_startup[] = {
    W(UART_FCR, 1), W(UART_FCR, 7), W(UART_FCR, 0), R(UART_LSR, 0x60),
    IGNORE(UART_RX), IGNORE(UART_IIR), IGNORE(UART_MSR), R(UART_LSR, 0x60),
    UNTIL(UART_LSR, UART_LSR_THRE, UART_LSR_THRE),
    W(UART_IER, UART_IER_THRI), R(UART_IIR, UART_IIR_THRI), W(UART_IER, 0),
    W(UART_IER, UART_IER_THRI), R(UART_IIR, UART_IIR_THRI), W(UART_IER, 0),
    W(UART_LCR, UART_LCR_WLEN8), W(UART_MCR, UART_MCR_OUT2),
    W(UART_IER, UART_IER_THRI), R(UART_LSR, 0x60), R(UART_IIR, UART_IIR_THRI),
    W(UART_IER, 0), IGNORE(UART_LSR), IGNORE(UART_RX), IGNORE(UART_IIR),
    IGNORE(UART_MSR), W(UART_IER, UART_IER_RDI | UART_IER_RLSI),
    SET_DIVISOR(UART_LCR_WLEN8, 0, 12), W(UART_FCR, 0x81),
    W(UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2),
    R(UART_IIR, 0xc1), { SENT, 0, 0, 0 }, { END, 0, 0, 0 },
};

/* A message of the kernel's, and then a FIFO of the tty's by interrupt. */
static const struct step linux_writes[] = {
    W(UART_FCR, 0x81), W(UART_IER, UART_IER_RDI | UART_IER_RLSI),
    R(UART_IER, 0x05), W(UART_IER, 0),
    PUT('k'), PUT('e'), PUT('y'), PUT('\r'), PUT('\n'),
    UNTIL(UART_LSR, 0x60, 0x60), W(UART_IER, 0x05),
    W(UART_IER, 0x07), RM(UART_IIR, 0x0f, UART_IIR_THRI), R(UART_LSR, 0x60),
    W(UART_TX, 't'), W(UART_TX, 't'), W(UART_TX, 'y'),
    UNTIL(UART_IIR, 0x0f, UART_IIR_THRI), RM(UART_LSR, 0x20, 0x20),
    W(UART_IER, 0x05), R(UART_IIR, 0xc1), { SENT, 0, 8, 0 }, { END, 0, 0, 0 },
};

/* What is typed below the trigger level comes by the time-out: 8.11. */
static const struct step linux_reads[] = {
    W(UART_FCR, 0x81), W(UART_IER, UART_IER_RDI | UART_IER_RLSI),
    { CLIENT, 0, 'a', 0 }, { CLIENT, 0, 'b', 0 },
    UNTIL(UART_IIR, 0x0f, UART_IIR_RX_TIMEOUT),
    R(UART_LSR, 0x61), R(UART_RX, 'a'), R(UART_LSR, 0x61), R(UART_RX, 'b'),
    R(UART_LSR, 0x60), R(UART_IIR, 0xc1), { END, 0, 0, 0 },
};

/* ---- FreeBSD, sys/dev/uart/uart_dev_ns8250.c ---- */

/* The FIFO's size is one less than the write that overran it.  D4. */
static const struct step freebsd_probe[] = {
    RM(UART_IIR, 0x30, 0), RM(UART_MCR, 0xa0, 0),
    W(UART_MCR, 0x1b), W(UART_FCR, 1), RM(UART_IIR, 0xc0, 0xc0),
    W(UART_FCR, 7), UNTIL(UART_LSR, UART_LSR_TEMT, UART_LSR_TEMT),
    { FILL, 0, 17, 0 }, W(UART_FCR, 7), W(UART_MCR, 0x0b),
    RM(UART_LSR, 0x7d, 0x60), { SENT, 0, 0, 0 }, { END, 0, 0, 0 },
};

/* The console of the kernel's debugger keeps the port as it was found, for
 * each character: DLAB is set and cleared, on a machine that is slow.  D1, D2.
 */
#define FREEBSD_OPEN(c) \
    IGNORE(UART_LCR), W(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8), \
    { PAUSE, 0, 0, 0 }, \
    { PAUSE, 0, 0, 0 }, R(UART_DLL, 12), \
    R(UART_DLM, 0), W(UART_LCR, UART_LCR_WLEN8), IGNORE(UART_IER), \
    W(UART_IER, 0), PUT(c), \
    UNTIL(UART_LSR, UART_LSR_TEMT, UART_LSR_TEMT), \
    W(UART_LCR, UART_LCR_WLEN8 | UART_LCR_DLAB), R(UART_DLL, 12), \
    W(UART_LCR, UART_LCR_WLEN8)
static const struct step freebsd_dlab_a_character[] = {
    SET_DIVISOR(UART_LCR_WLEN8, 0, 12), W(UART_FCR, 1),
    FREEBSD_OPEN('d'), FREEBSD_OPEN('b'), { CLIENT, 0, 's', 0 },
    FREEBSD_OPEN('>'), UNTIL(UART_LSR, UART_LSR_DR, UART_LSR_DR),
    R(UART_RX, 's'), RM(UART_LSR, UART_LSR_DR, 0), { SENT, 0, 3, 0 },
    { END, 0, 0, 0 },
};

/* ---- GRUB, grub-core/term/ns8250.c ---- */

static const struct step grub[] = {
    W(UART_SCR, 0x5a), R(UART_SCR, 0x5a), W(UART_SCR, 0), R(UART_SCR, 0),
    W(UART_IER, 0), W(UART_LCR, UART_LCR_DLAB), W(UART_DLL, 1),
    W(UART_DLM, 0), W(UART_LCR, UART_LCR_WLEN8), W(UART_FCR, 0xc1),
    W(UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2),
    RM(UART_LSR, UART_LSR_DR, 0), PUT('G'), PUT('R'), PUT('U'), PUT('B'),
    RM(UART_LSR, UART_LSR_DR, 0), { CLIENT, 0, 'e', 0 },
    UNTIL(UART_LSR, UART_LSR_DR, UART_LSR_DR), R(UART_RX, 'e'),
    { SENT, 0, 4, 0 }, { END, 0, 0, 0 },
};

/* ---- small systems ---- */

/* Sends a byte in loop mode and reads RBR, without a look at LSR.  D3. */
static const struct step probe_by_rbr[] = {
    W(UART_IER, 0), SET_DIVISOR(UART_LCR_WLEN8, 0, 3), W(UART_FCR, 0xc7),
    W(UART_MCR, 0x0b), W(UART_MCR, 0x1e), W(UART_TX, 0xae),
    { PAUSE, 0, 0, 0 }, R(UART_RX, 0xae), W(UART_MCR, 0x0f), PUT('!'),
    { SENT, 0, 1, 0 }, { END, 0, 0, 0 },
};

/* SeaBIOS: enabling THRI must show in IER and IIR, and no other bit. */
static const struct step probe_by_iir[] = {
    W(UART_IER, UART_IER_THRI), R(UART_IER, UART_IER_THRI),
    RM(UART_IIR, 0x3f, UART_IIR_THRI), W(UART_IER, 0), { END, 0, 0, 0 },
};

/* Which of the family is it?  By the FIFO bits of IIR, and by SCR. */
static const struct step probe_for_the_kind[] = {
    W(UART_FCR, 0xe7), RM(UART_IIR, 0xe0, 0xc0), W(UART_FCR, 0),
    W(UART_SCR, 0x2a), R(UART_SCR, 0x2a), { END, 0, 0, 0 },
};

/* By the modem lines of loop mode, one after the other. */
static const struct step probe_by_modem_lines[] = {
    W(UART_MCR, 0x10), RM(UART_MSR, 0xf0, 0x00),
    W(UART_MCR, 0x1f), RM(UART_MSR, 0xf0, 0xf0),
    W(UART_MCR, 0x11), RM(UART_MSR, 0xf0, 0x20),
    W(UART_MCR, 0x12), RM(UART_MSR, 0xf0, 0x10),
    W(UART_MCR, 0x14), RM(UART_MSR, 0xf0, 0x40),
    W(UART_MCR, 0x18), RM(UART_MSR, 0xf0, 0x80),
    W(UART_MCR, 0), { END, 0, 0, 0 },
};

/* xv6: is LSR ff?  Then nothing is there.  Interrupts of the receiver only. */
static const struct step xv6[] = {
    W(UART_FCR, 0), W(UART_LCR, 0x80), W(UART_DLL, 12), W(UART_DLM, 0),
    W(UART_LCR, 3), W(UART_MCR, 0), W(UART_IER, 1), R(UART_LSR, 0x60),
    IGNORE(UART_IIR), IGNORE(UART_RX), PUT('x'), PUT('v'), PUT('6'),
    { CLIENT, 0, 'q', 0 }, UNTIL(UART_IIR, 0x0f, UART_IIR_RDI),
    R(UART_RX, 'q'),
    R(UART_IIR, UART_IIR_NO_INT), { SENT, 0, 3, 0 }, { END, 0, 0, 0 },
};

/* Does the divisor stand behind DLAB, and nowhere else? */
static const struct step probe_by_divisor[] = {
    W(UART_SCR, 0xae), W(UART_LCR, 0x83), W(UART_DLL, 0x18),
    W(UART_DLM, 0xae), R(UART_DLL, 0x18), R(UART_DLM, 0xae),
    R(UART_SCR, 0xae), W(UART_DLL, 1), W(UART_DLM, 0), W(UART_LCR, 3),
    R(UART_IER, 0), R(UART_LCR, 3), { SENT, 0, 0, 0 }, { END, 0, 0, 0 },
};

/* ---- they are run ---- */

static void await(const struct step *step)
{
    unsigned int looks;
    uint8_t value = 0;

    for (looks = 0; looks < PATIENCE; looks++) {
        value = in(step->offset);
        if ((value & step->mask) == step->value)
            return;
        let_time_pass(fake_uart_character_ns(device) / 8);
    }
    fail_msg("register %u stays at %02x", step->offset, value);
}

static void fill(unsigned int expected)
{
    unsigned int count, looks;
    uint8_t lsr = 0;

    for (count = 0; !(lsr & UART_LSR_OE) && count < 260; count++) {
        out(UART_TX, 0);
        lsr = 0;
        for (looks = 0; looks < PATIENCE && !(lsr & UART_LSR_TEMT); looks++) {
            let_time_pass(fake_uart_character_ns(device) / 8);
            lsr |= in(UART_LSR);
        }
    }
    assert_int_equal(count, expected);
}

static void run_step(const struct step *step, long number)
{
    uint8_t value;

    switch (step->what) {
    case WRITE:
        out(step->offset, step->value);
        break;
    case READ:
        value = in(step->offset);
        if ((value & step->mask) != step->value)
            fail_msg("step %ld: register %u reads %02x, not %02x", number,
                     step->offset, value, step->value);
        break;
    case AWAIT:
        await(step);
        break;
    case PAUSE:
        let_time_pass(fake_uart_character_ns(device));
        break;
    case CLIENT:
        if (room() == 0)
            let_time_pass(2 * fake_uart_character_ns(device));
        feed_byte(step->value, 0);
        break;
    case FILL:
        fill(step->value);
        break;
    case SENT:
        assert_int_equal(fixture.ring.header->head, step->value);
        break;
    default:
        break;
    }
}

static void run(const struct step *steps)
{
    const struct step *step;

    for (step = steps; step->what != END; step++) {
        run_step(step, step - steps);
        let_time_pass(1000); /* an access takes a microsecond */
    }
}

static int begin_virtual(void **state)
{
    (void)state;
    return uart_fixture_open(&uart_virtual) || uart_fixture_reset() ? -1 : 0;
}

static int begin_passthrough(void **state)
{
    (void)state;
    if (uart_fixture_open(&uart_passthrough))
        return -1;
    device->takes_time = true;
    return uart_fixture_reset();
}

static int begin_plug(void **state)
{
    if (begin_passthrough(state))
        return -1;
    device->has_plug = fixture.uart.options.has_plug = true;
    return uart_fixture_reset();
}

#define DRIVER(name) \
    static void uart_driver_##name##_on_either_mode(void **state) \
    { \
        (void)state; \
        run(name); \
    }
#define DRIVER_TEST(name) \
    { "uart_driver_" #name "_on_virtual", \
      uart_driver_##name##_on_either_mode, begin_virtual, \
      uart_fixture_end, NULL }, \
    { "uart_driver_" #name "_on_passthrough", \
      uart_driver_##name##_on_either_mode, begin_passthrough, \
      uart_fixture_end, NULL }, \
    { "uart_driver_" #name "_on_passthrough_with_a_plug", \
      uart_driver_##name##_on_either_mode, begin_plug, \
      uart_fixture_end, NULL }

DRIVER(linux_autoconfig)
DRIVER(linux_startup)
DRIVER(linux_writes)
DRIVER(linux_reads)
DRIVER(freebsd_probe)
DRIVER(freebsd_dlab_a_character)
DRIVER(grub)
DRIVER(probe_by_rbr)
DRIVER(probe_by_iir)
DRIVER(probe_for_the_kind)
DRIVER(probe_by_modem_lines)
DRIVER(xv6)
DRIVER(probe_by_divisor)

static const struct CMUnitTest tests[] = {
    DRIVER_TEST(linux_autoconfig),
    DRIVER_TEST(linux_startup),
    DRIVER_TEST(linux_writes),
    DRIVER_TEST(linux_reads),
    DRIVER_TEST(freebsd_probe),
    DRIVER_TEST(freebsd_dlab_a_character),
    DRIVER_TEST(grub),
    DRIVER_TEST(probe_by_rbr),
    DRIVER_TEST(probe_by_iir),
    DRIVER_TEST(probe_for_the_kind),
    DRIVER_TEST(probe_by_modem_lines),
    DRIVER_TEST(xv6),
    DRIVER_TEST(probe_by_divisor),
};

UNIT_MAIN(tests)
