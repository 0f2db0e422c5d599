/* SPDX-License-Identifier: BSD-2-Clause */
/* test_config.c - what mediator.cfg says, and on which line it is wrong */
#include "supervisor/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/config/config_lines.h"

#include "unit/unit.h"

static char path[64];
static struct config config;

static int begin(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/test_config.%d.cfg", (int)getpid());
    return config_init(&config);
}

static int end(void **state)
{
    (void)state;
    config_free(&config);
    unlink(path);
    return 0;
}

static int read_text(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return config_read(&config, path, false);
}

/* Such a file is refused, and the message names this line and all these
 * words. */
static void assert_refused(const char *text, unsigned int line,
                           const char *word)
{
    char where[96];

    assert_int_equal(read_text(text), -1);
    snprintf(where, sizeof(where), "%s:%u: ", path, line);
    if (strncmp(log_last_error(), where, strlen(where)) ||
        !strstr(log_last_error(), word))
        fail_msg("\"%s\" should begin with \"%s\" and say \"%s\"",
                 log_last_error(), where, word);
}

static void xl_config_values_replace_the_defaults(void **state)
{
    (void)state;
    assert_int_equal(read_text("# a comment with = and [\n"
                               "nic = \"netdev:eth7\"\n"
                               "gateway='10.0.0.1' # another\n"), 0);
    assert_string_equal(config.nic, "netdev:eth7");
    assert_string_equal(config.gateway, "10.0.0.1");
    assert_string_equal(config.address, "192.168.0.2/24");
    assert_int_equal(config.console_count, 0);
}

static void xl_config_names_consoles_beforehand(void **state)
{
    (void)state;
    assert_int_equal(read_text("consoles = [ \"guest=g1\",\n"
                               "  \"guest=g2,name=com2,tcp=1300,"
                               "history=64K\" ]\n"), 0);
    assert_int_equal(config.console_count, 2);
    assert_string_equal(config.consoles[0].guest, "g1");
    assert_string_equal(config.consoles[0].options.name, "com1");
    assert_int_equal(config.consoles[0].options.tcp_port, 1234);
    assert_string_equal(config.consoles[1].guest, "g2");
    assert_string_equal(config.consoles[1].options.name, "com2");
    assert_int_equal(config.consoles[1].options.tcp_port, 1300);
    assert_int_equal(config.consoles[1].options.history_bytes, 65536);
}

static void xl_config_errors_name_file_and_line(void **state)
{
    (void)state;
    assert_refused("nic = \"netdev:eth1\"\n\ncolour = \"red\"\n", 3, "colour");
    assert_refused("nic = [ \"a\", \"b\" ]\n", 1, "nic");
    assert_refused("\nconsoles = \"guest=g1\"\n", 2, "list");
    assert_refused("consoles = [\n \"guest=g1\",\n \"guest=g2,tcp=0\" ]\n", 3,
                   "tcp=0");
    assert_refused("consoles = [\n \"guest=g1\",\n \"guest=g2\" ]\n", 3,
                   "TCP port 1234 is g1's");
    assert_refused("consoles = [ \"guest=g1\",\n\"guest=g1,tcp=1300\" ]\n", 2,
                   "g1/com1 is there already");
    assert_refused("consoles = [ \"name=com1\" ]\n", 1, "guest=");
    assert_refused("consoles = [ \"guest=g1,nonsense\" ]\n", 1, "nonsense");
    assert_refused("consoles = [ \"guest=g1\",\n [ \"x\" ] ]\n", 2, "string");
}

static void xl_config_a_wire_is_a_tty_of_a_virtual_uart(void **state)
{
    (void)state;
    assert_int_equal(read_text("consoles = [ \"guest=g1,"
                               "wire=/dev/serial/by-id/usb-0,mode=virtual\","
                               "\"guest=g2,tcp=1300\" ]\n"), 0);
    assert_string_equal(config.consoles[0].options.wire,
                        "/dev/serial/by-id/usb-0");
    assert_string_equal(config.consoles[1].options.wire, "");
    assert_refused("consoles = [ \"guest=g1,wire=/dev/ttyUSB0\" ]\n", 1,
                   "only mode=virtual");
    assert_refused("consoles = [ \"guest=g1,wire=ttyUSB0\" ]\n", 1,
                   "below /dev");
    assert_refused("consoles = [ \"guest=g1,wire=/dev/\" ]\n", 1,
                   "below /dev");
    assert_refused("consoles = [ \"guest=g1,wire=/devious\" ]\n", 1,
                   "below /dev");
    assert_refused("consoles = [ \"guest=g1,wire=/dev/../etc/x\" ]\n", 1,
                   "below /dev");
}

/* libxlutil fails an assertion at it. */
static void trust_config_with_a_zero_byte_is_refused(void **state)
{
    static const char text[] = "# one\nnic = \"a\0b\"\n";
    FILE *file = fopen(path, "w");

    (void)state;
    assert_non_null(file);
    fwrite(text, 1, sizeof(text) - 1, file);
    fclose(file);
    assert_int_equal(config_read(&config, path, false), -1);
    assert_non_null(strstr(log_last_error(), ":2: there is a zero byte"));
}

static void xl_config_bad_syntax_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_text("nic = \"netdev:eth1\n"), -1);
    assert_non_null(strstr(log_last_error(), path));
    assert_int_equal(config_read(&config, "/does/not/exist", true), 0);
    assert_int_equal(config_read(&config, "/does/not/exist", false), -1);
}

static void xl_config_lines_are_found_behind_strings_and_comments(
    void **state)
{
    struct config_lines lines;

    (void)state;
    read_text("a = \"x\\\"y = 3\" # b = 1\n"
              "c = [ 'one', # two\n"
              "      2, \"three\" ]; d = 4\n"
              "e = 5\n");
    assert_int_equal(config_lines_read(&lines, path), 0);
    assert_int_equal(config_lines_find(&lines, "a", CONFIG_NO_ITEM), 1);
    assert_int_equal(config_lines_find(&lines, "b", CONFIG_NO_ITEM), 0);
    assert_int_equal(config_lines_find(&lines, "c", CONFIG_NO_ITEM), 2);
    assert_int_equal(config_lines_find(&lines, "c", 0), 2);
    assert_int_equal(config_lines_find(&lines, "c", 1), 3);
    assert_int_equal(config_lines_find(&lines, "c", 2), 3);
    assert_int_equal(config_lines_find(&lines, "d", CONFIG_NO_ITEM), 3);
    assert_int_equal(config_lines_find(&lines, "e", CONFIG_NO_ITEM), 4);
    config_lines_free(&lines);
}

static void main_spinning_is_for_a_host_with_more_than_one_cpu(void **state)
{
    (void)state;
    assert_int_equal(read_text("nic = \"none\"\n"), 0);
    assert_int_equal(config_spins(&config, 1), 0);
    assert_int_equal(config_spins(&config, 0), 0); /* unknown */
    assert_true(config_spins(&config, 2) > 0);
    assert_int_equal(read_text("nic = \"none\"\nspin = \"100\"\n"), 0);
    assert_int_equal(config_check(&config), 0);
    assert_int_equal(config_spins(&config, 1), 100);
    assert_int_equal(read_text("nic = \"none\"\nspin = \"off\"\n"), 0);
    assert_int_equal(config_check(&config), 0);
    assert_int_equal(config_spins(&config, 2), 0);
}

static void main_a_bad_spin_is_refused(void **state)
{
    static const char *const bad[] = { "on", "", "0", "-1", "1000001", "5 us",
                                       "99999999999999999999" };
    unsigned int i;

    (void)state;
    assert_int_equal(config_set(&config.nic, "none"), 0);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(config_set(&config.spin, bad[i]), 0);
        assert_int_equal(config_check(&config), -1);
        assert_non_null(strstr(log_last_error(), "spin = "));
    }
}

#define CONFIG_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    CONFIG_TEST(xl_config_values_replace_the_defaults),
    CONFIG_TEST(xl_config_names_consoles_beforehand),
    CONFIG_TEST(xl_config_errors_name_file_and_line),
    CONFIG_TEST(xl_config_a_wire_is_a_tty_of_a_virtual_uart),
    CONFIG_TEST(xl_config_bad_syntax_is_refused),
    CONFIG_TEST(trust_config_with_a_zero_byte_is_refused),
    CONFIG_TEST(main_spinning_is_for_a_host_with_more_than_one_cpu),
    CONFIG_TEST(main_a_bad_spin_is_refused),
    CONFIG_TEST(xl_config_lines_are_found_behind_strings_and_comments),
};

UNIT_MAIN(tests)
