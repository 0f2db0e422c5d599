# SPDX-License-Identifier: BSD-2-Clause
"""This is the example of HACKING.md's recipe for a console option.  With its option, ring=on,
the guest's UART sees its modem line RI up, as if the phone rang all the time."""

from documents.recipe import Edit, Recipe

RECIPE = Recipe(
    heading="Add a console option",
    files_max=4,
    steps=[
        Edit("console_options.h", """\
    OPTION(choice, "posted", is_unposted, "on", "on", "off")
""", """\
    OPTION(choice, "posted", is_unposted, "on", "on", "off")                 \\
    /* on: the modem line RI of mode=virtual is up. */                       \\
    OPTION(choice, "ring", is_ringing, "off", "off", "on")
"""),
        Edit("uart_virtual.c", """\
    state->lines = LINES_OF_A_NETWORK;
""", """\
    state->lines = LINES_OF_A_NETWORK;
    if (uart->options.is_ringing)
        state->lines |= UART_MSR_RI;
"""),
        Edit("mediatorctl.1", """\
.TP
.BI wire= /dev/TTY
""", """\
.TP
.BI ring= off\\fR|\\fBon
With
.B on
and
.BR mode=virtual :
the guest sees its modem line RI up.
.TP
.BI wire= /dev/TTY
"""),
        Edit("test_uart_virtual.c", """\
static const struct CMUnitTest tests[] = {
""", """\
static void uart_ring_on_holds_ri_up(void **state)
{
    (void)state;
    assert_int_equal(
        console_options_parse(&fixture.uart.options, "ring=on"), 0);
    assert_int_equal(uart_fixture_reset(), 0);
    assert_true(in(UART_MSR) & UART_MSR_RI);
    assert_int_equal(
        console_options_parse(&fixture.uart.options, "ring=off"), 0);
    assert_int_equal(uart_fixture_reset(), 0);
    assert_false(in(UART_MSR) & UART_MSR_RI);
}

static const struct CMUnitTest tests[] = {
    UART_VIRTUAL_TEST(uart_ring_on_holds_ri_up),
"""),
    ],
    programs=["mediator/mediatord"],
    tests=["tests/unit/uart/test_uart_virtual", "tests/unit/shared/test_console_options"],
)
