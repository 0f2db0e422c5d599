/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_printable.c - texts of others in a log and at a terminal (A8)
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/printable.h"
#include "shared/role_link.h"

#include "unit/unit.h"

static void assert_printed(const char *text, const char *right)
{
    char place[128];

    printable(place, sizeof(place), text);
    assert_string_equal(place, right);
}

static void trust_what_can_be_printed_stays_as_it_is(void **state)
{
    (void)state;
    assert_printed("", "");
    assert_printed("guest-1 \\x1b \"quoted\" ~", "guest-1 \\x1b \"quoted\" ~");
    assert_printed("Gr\xc3\xb6\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x90\xa7",
                   "Gr\xc3\xb6\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x90\xa7");
}

static void trust_what_a_terminal_or_a_log_obeys_is_escaped(void **state)
{
    (void)state;
    assert_printed("x\n<0>kernel: FORGED", "x\\x0a<0>kernel: FORGED");
    assert_printed("\x1b[2J\r\t\x7f", "\\x1b[2J\\x0d\\x09\\x7f");
    assert_printed("\xc2\x9b" "31m", "\\xc2\\x9b31m"); /* CSI */
    assert_printed("\x9b" "31m", "\\x9b31m");
    assert_printed("a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb");
}

static void trust_what_is_no_utf_8_is_escaped(void **state)
{
    (void)state;
    assert_printed("\xc3", "\\xc3");
    assert_printed("\xe2\x82", "\\xe2\\x82");
    assert_printed("\xc0\x8a", "\\xc0\\x8a"); /* a long line feed */
    assert_printed("\xe0\x80\x8a", "\\xe0\\x80\\x8a");
    assert_printed("\xed\xa0\x80", "\\xed\\xa0\\x80");
    assert_printed("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
    assert_printed("\xff" "a", "\\xffa");
}

static void trust_a_long_text_is_cut_between_characters(void **state)
{
    char place[8];

    (void)state;
    printable(place, sizeof(place), "12345\xc3\xb6");
    assert_string_equal(place, "12345\xc3\xb6");
    printable(place, sizeof(place), "123456\xc3\xb6");
    assert_string_equal(place, "123456");
    printable(place, sizeof(place), "1234\n");
    assert_string_equal(place, "1234");
    printable(place, 1, "1");
    assert_string_equal(place, "");
}

/* Returns what was logged. */
static const char *logged(void (*log)(void))
{
    static char text[4096];
    int pipes[2], stderr_fd = dup(STDERR_FILENO);
    struct stat status;
    ssize_t bytes;

    assert_int_equal(pipe(pipes), 0);
    /* As if the journal read it. */
    assert_int_equal(fstat(pipes[1], &status), 0);
    snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)status.st_dev,
             (uintmax_t)status.st_ino);
    setenv("JOURNAL_STREAM", text, 1);
    dup2(pipes[1], STDERR_FILENO);
    log();
    dup2(stderr_fd, STDERR_FILENO);
    close(stderr_fd);
    close(pipes[1]);
    bytes = read(pipes[0], text, sizeof(text) - 1);
    close(pipes[0]);
    text[bytes < 0 ? 0 : bytes] = '\0';
    return text;
}

static void log_a_guests_name(void)
{
    log_set_name("uart %s", "g\n<0>kernel");
    log_warning("guest %s is new", "x\n<0>kernel: FORGED\x1b[2J");
}

static void log_a_long_text(void)
{
    static char text[2 * LOG_TEXT_BYTES];

    memset(text, '\n', sizeof(text) - 1);
    log_warning("%s", text);
}

static void trust_a_name_makes_no_lines_in_the_log(void **state)
{
    const char *text;

    (void)state;
    assert_string_equal(logged(log_a_guests_name),
                        "<4>uart g\\x0a<0>kernel: guest x\\x0a<0>kernel: "
                        "FORGED\\x1b[2J is new\n");
    text = logged(log_a_long_text);
    assert_true(strlen(text) > LOG_TEXT_BYTES);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void trust_what_a_role_says_can_be_printed(void **state)
{
    struct role_message message;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(role_link_send_text(pair[0], ROLE_FAILED, 0,
                                         "no\n<0>\x1b]0;title"), 0);
    assert_int_equal(role_link_receive(pair[1], &message, NULL),
                     ROLE_LINK_MESSAGE);
    assert_string_equal(message.text, "no\\x0a<0>\\x1b]0;title");
    close(pair[0]);
    close(pair[1]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(trust_what_can_be_printed_stays_as_it_is),
    cmocka_unit_test(trust_what_a_terminal_or_a_log_obeys_is_escaped),
    cmocka_unit_test(trust_what_is_no_utf_8_is_escaped),
    cmocka_unit_test(trust_a_long_text_is_cut_between_characters),
    cmocka_unit_test(trust_a_name_makes_no_lines_in_the_log),
    cmocka_unit_test(trust_what_a_role_says_can_be_printed),
};

UNIT_MAIN(tests)
