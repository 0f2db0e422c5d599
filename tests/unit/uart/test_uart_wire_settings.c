/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_wire_settings.c - what a tty must be to be a wire, and what the
 * guest's UART sets it to
 */
#include <sys/ioctl.h>
#include <unistd.h>

#include "shared/log.h"
#include "unit/uart/wire_fixture.h"

#define DIVISOR_9600 12

/* ---- what is refused ---- */

static void assert_refused(const char *name, const char *word)
{
    struct wire_tty tty;

    assert_int_equal(wire_tty_open(&tty, name, &before), -1);
    if (!strstr(log_last_error(), name) || !strstr(log_last_error(), word))
        fail_msg("\"%s\" should say \"%s\"", log_last_error(), word);
}

static void uart_wire_what_is_no_tty_is_refused(void **state)
{
    (void)state;
    assert_refused("/dev/does-not-exist", "plugged in");
    assert_refused("/proc/self/exe", "no device");
    assert_refused("/dev/null", "no serial line");
    modem.refused = TIOCEXCL;
    assert_refused(wire_path, "cannot set up");
    modem.refused = 0;
    modem.is_absent = true;
    assert_refused(wire_path, "no UART behind it");
}

static void uart_wire_one_that_cannot_be_opened_is_refused(void **state)
{
    int locked = 1;

    (void)state;
    wire_tty_close(&wire.tty, &before);
    assert_int_equal(ioctl(other, TIOCSPTLCK, &locked), 0);
    assert_refused(wire_path, "cannot open");
    locked = 0;
    assert_int_equal(ioctl(other, TIOCSPTLCK, &locked), 0);
}

static void uart_wire_who_holds_it_open_keeps_what_came(void **state)
{
    int holder = wire_tty_open_path(wire_path);

    (void)state;
    assert_true(holder >= 0);
    type_bytes("x", 1);
    close(wire.tty.fd); /* as when the process is killed */
    assert_int_equal(wire_connect(), 0);
    receive_all();
    assert_int_equal(in(UART_RX), 'x');
    wire_tty_let_go(holder);
}

static void uart_wire_old_settings_come_back(void **state)
{
    struct termios2 old;

    (void)state;
    wire_tty_close(&wire.tty, &before);
    old = settings();
    assert_true(old.c_lflag & ECHO);
    assert_int_equal(wire_connect(), 0);
    assert_int_equal(settings().c_lflag, 0);
    /* The process is killed: its successor finds a raw tty, and the settings
     * that were kept. */
    close(wire.tty.fd);
    assert_int_equal(wire_connect(), 0);
    wire_tty_close(&wire.tty, &before);
    assert_int_equal(settings().c_lflag, old.c_lflag);
    assert_int_equal(settings().c_iflag, old.c_iflag);
    assert_false(before.is_kept);
    /* The settings that were kept of another tty are not for this one. */
    before.is_kept = true;
    before.device = 1;
    assert_int_equal(wire_connect(), 0);
    assert_int_not_equal(before.device, 1);
    wire_tty_close(&wire.tty, &before);
    wire_tty_close(&wire.tty, &before);
}

static void uart_wire_closing_waits_for_the_last_bytes(void **state)
{
    (void)state;
    out(UART_TX, 'x');
    modem.unsent = 3;
    modem.is_sending = true;
    wire_tty_close(&wire.tty, &before);
    assert_int_equal(modem.unsent, 0);
    assert_false(modem.is_flushed);
    assert_came("x");
}

static void uart_wire_what_does_not_go_out_is_dropped(void **state)
{
    (void)state;
    wire_tty_let_go(wire_tty_open_path(wire_path));
    assert_false(modem.is_flushed);
    modem.unsent = 1;
    wire_tty_let_go(wire_tty_open_path(wire_path));
    assert_true(modem.is_flushed);
}

/* ---- settings ---- */

static void uart_wire_the_baud_rate_is_the_guests(void **state)
{
    (void)state;
    assert_int_equal(settings().c_ospeed, 115200);
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out(UART_DLL, DIVISOR_9600);
    /* Half of a divisor sets nothing. */
    out(UART_MCR, UART_MCR_DTR);
    assert_int_equal(settings().c_ospeed, 115200);
    out(UART_DLM, 0);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_int_equal(settings().c_ospeed, 9600);
    assert_int_equal(settings().c_ispeed, 9600);
    /* A baud rate that has no B constant. */
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out(UART_DLL, 0x13);
    out(UART_DLM, 0x01);
    out(UART_LCR, UART_LCR_WLEN8 | UART_LCR_STOP);
    assert_int_equal(settings().c_ospeed, 115200 / 0x113);
    assert_true(settings().c_cflag & CSTOPB);
    /* A divisor of 0 sets nothing: B0 would hang up. */
    out(UART_LCR, UART_LCR_DLAB);
    out(UART_DLL, 0);
    out(UART_DLM, 0);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_int_equal(settings().c_ospeed, 115200 / 0x113);
}

static void uart_wire_a_frame_is_termios(void **state)
{
    static const struct {
        uint8_t frame;
        uint32_t flags;
    } frames[] = {
        { UART_LCR_WLEN5, CS5 },
        { UART_LCR_WLEN6 | UART_LCR_STOP, CS6 | CSTOPB },
        { UART_LCR_WLEN7 | UART_LCR_PARITY, CS7 | PARENB | PARODD },
        { UART_LCR_WLEN8 | UART_LCR_PARITY | UART_LCR_EPAR, CS8 | PARENB },
        /* The parity bit is always 1, and always 0. */
        { UART_LCR_WLEN8 | UART_LCR_PARITY | UART_LCR_SPAR,
          CS8 | PARENB | PARODD | CMSPAR },
        { UART_LCR_WLEN8 | UART_LCR_PARITY | UART_LCR_SPAR | UART_LCR_EPAR,
          CS8 | PARENB | CMSPAR },
        { UART_LCR_WLEN8 | UART_LCR_EPAR, CS8 },
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        assert_int_equal(wire_tty_frame_flags(frames[i].frame),
                         frames[i].flags);
}

static void uart_wire_dtr_and_rts_are_the_guests(void **state)
{
    (void)state;
    assert_int_equal(modem.lines, TIOCM_CAR);
    out(UART_MCR, UART_MCR_DTR | UART_MCR_OUT2);
    assert_int_equal(modem.lines, TIOCM_CAR | TIOCM_DTR);
    out(UART_MCR, UART_MCR_RTS);
    assert_int_equal(modem.lines, TIOCM_CAR | TIOCM_RTS);
    /* 8.8: in loop mode the outputs are low. */
    out(UART_MCR, UART_MCR_RTS | UART_MCR_LOOP);
    assert_int_equal(modem.lines, TIOCM_CAR);
}

static void uart_wire_with_flow_control_rts_is_the_kernels(void **state)
{
    (void)state;
    fixture.uart.options.needs_rts = true;
    out(UART_LCR, UART_LCR_WLEN7);
    out(UART_MCR, UART_MCR_DTR | UART_MCR_RTS);
    assert_int_equal(modem.lines, TIOCM_CAR | TIOCM_DTR);
    assert_true(settings().c_cflag & CRTSCTS);
    out(UART_MCR, 0);
    assert_int_equal(modem.lines, TIOCM_CAR);
}

static void uart_wire_the_guests_break_is_on_it(void **state)
{
    (void)state;
    out(UART_LCR, UART_LCR_SBC | UART_LCR_WLEN8);
    assert_true(modem.has_break);
    out(UART_MCR, UART_MCR_LOOP);
    assert_false(modem.has_break);
    out(UART_MCR, 0);
    assert_true(modem.has_break);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_false(modem.has_break);
}

static void uart_wire_msr_is_its_lines(void **state)
{
    (void)state;
    assert_int_equal(in(UART_MSR), UART_MSR_DCD);
    modem.lines = TIOCM_CTS | TIOCM_DSR | TIOCM_RNG;
    assert_int_equal(in(UART_MSR), UART_MSR_CTS | UART_MSR_DSR | UART_MSR_RI |
                     UART_MSR_DCTS | UART_MSR_DDSR | UART_MSR_DDCD);
    modem.lines = TIOCM_CTS | TIOCM_DSR;
    assert_int_equal(in(UART_MSR), UART_MSR_CTS | UART_MSR_DSR |
                     UART_MSR_TERI);
    assert_int_equal(in(UART_MSR), UART_MSR_CTS | UART_MSR_DSR);
}

static void uart_wire_lines_are_looked_at_while_they_interrupt(void **state)
{
    unsigned int asked;

    (void)state;
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
    in(UART_MSR);
    out(UART_IER, UART_IER_MSI);
    assert_int_equal(fixture.uart.poll_interval_ns, 10000000);
    modem.lines = 0;
    poll_uart();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_MSR), UART_MSR_DDCD);
    assert_string_equal(line_did(), "0");
    out(UART_IER, 0);
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
    asked = modem.asked;
    poll_uart();
    in(UART_LSR);
    assert_int_equal(modem.asked, asked);
}

static void uart_wire_one_without_lines_is_always_ready(void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_DTR | UART_MCR_RTS);
    assert_int_equal(in(UART_MSR), UART_MSR_CTS | UART_MSR_DSR |
                     UART_MSR_DCD);
}

static const struct CMUnitTest tests[] = {
    WIRE_TEST(uart_wire_what_is_no_tty_is_refused),
    WIRE_TEST(uart_wire_one_that_cannot_be_opened_is_refused),
    WIRE_TEST(uart_wire_who_holds_it_open_keeps_what_came),
    WIRE_TEST(uart_wire_old_settings_come_back),
    WIRE_TEST(uart_wire_closing_waits_for_the_last_bytes),
    WIRE_TEST(uart_wire_what_does_not_go_out_is_dropped),
    WIRE_TEST(uart_wire_the_baud_rate_is_the_guests),
    WIRE_TEST(uart_wire_a_frame_is_termios),
    LINES_TEST(uart_wire_dtr_and_rts_are_the_guests),
    LINES_TEST(uart_wire_with_flow_control_rts_is_the_kernels),
    LINES_TEST(uart_wire_the_guests_break_is_on_it),
    LINES_TEST(uart_wire_msr_is_its_lines),
    LINES_TEST(uart_wire_lines_are_looked_at_while_they_interrupt),
    WIRE_TEST(uart_wire_one_without_lines_is_always_ready),
};

UNIT_MAIN(tests)
