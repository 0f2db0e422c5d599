/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_console_options.c - a console's options as text, there and back
 */
#include "shared/console_options.h"
#include "shared/log.h"

#include "unit/unit.h"

static struct console_options parsed(const char *text)
{
    struct console_options options;

    console_options_init(&options);
    assert_int_equal(console_options_parse(&options, text), 0);
    return options;
}

static void assert_refused(const char *text, const char *said)
{
    struct console_options options;

    console_options_init(&options);
    assert_int_equal(console_options_parse(&options, text), -1);
    assert_non_null(strstr(log_last_error(), said));
}

static void main_console_has_these_options_when_nothing_is_said(void **state)
{
    struct console_options options = parsed("");

    (void)state;
    assert_string_equal(options.name, "com1");
    assert_string_equal(options.mode, "passthrough");
    assert_int_equal(options.first_port, 0x3f8);
    assert_int_equal(options.irq, 4);
    assert_int_equal(options.machine_port, 0x3f8);
    assert_int_equal(options.tcp_port, 1234);
    assert_int_equal(options.history_bytes, 1 << 20);
    assert_true(options.replay_bytes == REPLAY_ALL);
    assert_string_equal(options.allow, "");
    assert_string_equal(options.wire, "");
    assert_false(options.is_read_only || options.has_plug ||
                 options.is_paced || options.is_16750 || options.needs_rts ||
                 options.has_line_input || options.is_unposted);
}

/* What a role is told, and what is kept over a restart, is what was said. */
static void main_options_survive_being_written_and_read(void **state)
{
    static const char *const texts[] = {
        "",
        "name=com2;ports=2f8-2ff;irq=3;machine=2e8;tcp=65535",
        "mode=virtual;wire=/dev/serial/by-id/usb-x-port0;rts=on;pace=on",
        "history=4K;replay=off", "history=1024M;replay=all", "replay=12345",
        "access=ro;allow=192.168.0.0/24,fd00::/8 10.1.2.3",
        "mode=virtual;fifo=64;posted=off", "input=loopback;wire-in=on",
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct console_options options = parsed(texts[i]), again;
        char text[CONSOLE_OPTIONS_BYTES];

        console_options_format(&options, text);
        again = parsed(text);
        assert_memory_equal(&again, &options, sizeof(options));
    }
}

static void fill(char *text, size_t bytes, const char *begin,
                 const char *more)
{
    snprintf(text, bytes, "%s", begin);
    while (strlen(text) + strlen(more) < bytes)
        strcat(text, more);
}

static void main_longest_options_fit_their_text(void **state)
{
    struct console_options options = parsed("mode=passthrough;ports=fff0-fff7;"
        "machine=fff8;irq=15;tcp=65535;history=1024M;replay=1024M;access=ro;"
        "input=loopback;pace=off;fifo=16;rts=off;wire-in=off;posted=off");
    char text[CONSOLE_OPTIONS_BYTES];
    struct console_options again;

    (void)state;
    fill(options.name, sizeof(options.name), "", "n");
    fill(options.allow, sizeof(options.allow), "fd00::/8", 
         ",fd00:1111:2222:3333:4444::/80");
    fill(options.wire, sizeof(options.wire), "/dev/", "t");
    console_options_format(&options, text);
    assert_true(strlen(text) < CONSOLE_OPTIONS_BYTES - 1);
    again = parsed(text);
    assert_memory_equal(&again, &options, sizeof(options));
}

/* Such a console was served, and its role and its record could not read what
 * it was written as. */
static void main_replay_is_no_longer_than_a_history_can_be(void **state)
{
    (void)state;
    assert_true(parsed("replay=1024M").replay_bytes == 1u << 30);
    assert_refused("replay=1025M", "or a size up to 1024M");
    assert_refused("replay=1048577K", "or a size up to 1024M");
    assert_refused("replay=17592186044417M", "or a size up to 1024M");
    assert_refused("history=1025M", "wants a size from 4K to 1024M");
}

/* "name, mode, ports and irq", of all that there are. */
static void list_keys(char *text, size_t bytes)
{
#define KEY(kind, key, ...) key,
    static const char *const keys[] = { CONSOLE_OPTIONS(KEY) };
#undef KEY
    const size_t count = sizeof(keys) / sizeof(keys[0]);
    size_t i;

    text[0] = '\0';
    for (i = 0; i < count; i++)
        snprintf(text + strlen(text), bytes - strlen(text), "%s%s",
                 i == 0 ? "" : i < count - 1 ? ", " : " and ", keys[i]);
}

static void main_wrong_option_is_refused_with_what_is_wanted(void **state)
{
    char said[512] = "there is no option tpc; known are ";

    (void)state;
    list_keys(said + strlen(said), sizeof(said) - strlen(said));
    assert_refused("tpc=1", said);
    assert_refused("tcp", "option tcp: wants a value, tcp=...");
    assert_refused("tcp=0", "option tcp=0: wants a TCP port");
    assert_refused("tcp=65536", "wants a TCP port from 1 to 65535");
    assert_refused("irq=16", "wants an ISA interrupt from 0 to 15");
    assert_refused("fifo=32", "option fifo=32: wants 16 or 64");
    assert_refused("posted=yes", "wants on or off");
    assert_refused("access=r", "wants rw or ro");
    assert_refused("input=plug", "wants direct or loopback");
    assert_refused("mode=virtua", "this mediatord knows only passthrough "
                   "virtual");
    assert_refused("ports=3f8", "wants a UART's eight ports");
    assert_refused("ports=3f8-3fe", "wants a UART's eight ports");
    assert_refused("machine=fff9", "wants a UART's base port");
    assert_refused("history=3K", "wants a size from 4K to 1024M");
    assert_refused("replay=some", "wants \"off\", \"all\" or a size");
    assert_refused("wire=ttyS0", "wants a tty below /dev");
    assert_refused("wire=/dev/../etc/passwd", "wants a tty below /dev");
    assert_refused("name=", "wants 1 to 31 letters");
    assert_refused("allow=nobody", "nobody");
}

static void main_wire_is_refused_where_there_can_be_none(void **state)
{
    struct console_options options = parsed("wire=/dev/ttyUSB0");

    (void)state;
    assert_int_equal(console_options_check(&options), -1);
    assert_non_null(strstr(log_last_error(), "only mode=virtual has a wire"));
    assert_int_equal(console_options_parse(&options, "mode=virtual"), 0);
    assert_int_equal(console_options_check(&options), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(main_console_has_these_options_when_nothing_is_said),
    cmocka_unit_test(main_options_survive_being_written_and_read),
    cmocka_unit_test(main_longest_options_fit_their_text),
    cmocka_unit_test(main_replay_is_no_longer_than_a_history_can_be),
    cmocka_unit_test(main_wrong_option_is_refused_with_what_is_wanted),
    cmocka_unit_test(main_wire_is_refused_where_there_can_be_none),
};

int main(int argc, char **argv)
{
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
