/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_attach_undo.c - what is written to a terminal that a guest has left in
 * some state
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/attach_undo.h"

#include "unit/unit.h"

/* What attach_undo_write() writes to standard output. */
static const char *undo(void)
{
    static char text[1024];
    int fds[2], output = dup(STDOUT_FILENO);
    ssize_t bytes;

    fflush(stdout);
    assert_true(output >= 0 && !pipe(fds));
    assert_int_equal(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
    attach_undo_write();
    assert_int_equal(dup2(output, STDOUT_FILENO), STDOUT_FILENO);
    close(output);
    close(fds[1]);
    bytes = read(fds[0], text, sizeof(text) - 1);
    assert_true(bytes >= 0);
    text[bytes] = '\0';
    close(fds[0]);
    return text;
}

static void show(const char *bytes)
{
    attach_undo_note((const uint8_t *)bytes, strlen(bytes));
}

static void assert_undone_by(const char *shown, const char *undoing)
{
    show(shown);
    assert_string_equal(undo(), undoing);
}

static void main_what_the_guest_left_is_undone(void **state)
{
    (void)state;
    assert_undone_by("\x1b[?1049h\x1b[?25l", "\x1b[?1049l\x1b[?25h");
    assert_undone_by("\x1b[?1000;1006h", "\x1b[?1000l\x1b[?1006l");
    assert_undone_by("\x1b[?2004h\x1b[?1h\x1b=",
                     "\x1b[?1l\x1b[?2004l\x1b>");
    assert_undone_by("\x1b[1;32mgreen", "\x1b[m");
    assert_undone_by("\x1b[2;20r", "\x1b" "7\x1b[r\x1b" "8");
    assert_undone_by("\x1b(0\x0e", "\x1b(B\x0f");
    assert_undone_by("\x1b[4h\x1b[3 q", "\x1b[4l\x1b[0 q");
    assert_undone_by("\x1b]11;#ff0000\x07", "\x1b]111\x1b\\");
    assert_undone_by("\x1b[>1u\x1b[>5u\x1b[>4;2m", "\x1b[>4m\x1b[<2u");
    /* And then nothing is left. */
    assert_undone_by("", "");
}

static void main_what_the_guest_undid_is_left_alone(void **state)
{
    (void)state;
    assert_undone_by("login: \r\n", "");
    assert_undone_by("\x1b[?1049h\x1b[?25l\x1b[?25h\x1b[?1049l", "");
    assert_undone_by("\x1b[1m\x1b[m\x1b[2;20r\x1b[r\x1b(0q\x1b(B", "");
    assert_undone_by("\x1b[>1u\x1b[<u\x1b]11;?\x07\x1b]10;red\x07\x1b]110\x07",
                     "");
    assert_undone_by("\x1b[?1049h\x1b[1m\x1b(0\x1b" "c", "");
}

static void main_what_was_cut_off_is_ended(void **state)
{
    (void)state;
    assert_undone_by("\x1b[", "\x18");
    assert_undone_by("\x1b]0;title", "\x1b\\");
    assert_undone_by("\x1b[1m\x1bPq", "\x1b\\\x1b[m");
}

/* The guest's bytes come as they come. */
static void main_sequences_that_come_in_pieces_are_undone(void **state)
{
    static const char shown[] = "\x1b[?1049h\x1b[?1002;1006h\x1b]11;red\x1b\\";
    const char *byte;

    (void)state;
    for (byte = shown; *byte; byte++)
        attach_undo_note((const uint8_t *)byte, 1);
    assert_string_equal(undo(), "\x1b[?1049l\x1b[?1002l\x1b[?1006l"
                                "\x1b]111\x1b\\");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(main_what_the_guest_left_is_undone),
    cmocka_unit_test(main_what_the_guest_undid_is_left_alone),
    cmocka_unit_test(main_what_was_cut_off_is_ended),
    cmocka_unit_test(main_sequences_that_come_in_pieces_are_undone),
};

UNIT_MAIN(tests)
