/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_terminal_parser.c - where control sequences begin and end, and what
 * they say
 */
#include "shared/terminal_parser.h"

#include "unit/unit.h"

static struct terminal_parser parser;

static int begin(void **state)
{
    (void)state;
    memset(&parser, 0, sizeof(parser));
    return 0;
}

/* A letter for the event of each byte: text, control, inside, broken (and the
 * byte taken again), escape, [ for CSI, string. */
static const char *events(const char *bytes)
{
    static const char letters[] = "tcibe[s";
    static char text[64];
    size_t at = 0;

    for (; *bytes && at + 2 < sizeof(text); bytes++) {
        enum terminal_event event;

        do {
            event = terminal_parser_take(&parser, (uint8_t)*bytes);
            text[at++] = letters[event];
        } while (event == TERMINAL_BROKEN);
    }
    text[at] = '\0';
    return text;
}

static void main_text_and_controls_are_told_apart(void **state)
{
    (void)state;
    assert_string_equal(events("a\r\n\x7f"), "tccc");
    /* UTF-8, whose later bytes look like C1 characters, and Latin-1. */
    assert_string_equal(events("\xc3\x9b\xe2\x80\x9b\xf0\x9f\x9b\x9b"),
                        "ttttttttt");
    assert_string_equal(events("\xc2\xa0" "\xc2" "a\xe9" "a\xff"), "ititttt");
    assert_false(terminal_parser_is_inside(&parser));
}

static void main_sequences_end_at_their_finals(void **state)
{
    (void)state;
    assert_string_equal(events("\x1b" "Za"), "iet");
    assert_int_equal(parser.final, 'Z');
    assert_string_equal(events("\x1b(0a"), "iiet");
    assert_string_equal(events("\x1b[6na"), "iii[t");
    assert_string_equal(events("\x9b" "6n\xc2\x9b" "6n"), "ii[iii[");
    assert_string_equal(events("\x9a"), "e");
    assert_int_equal(parser.final, 'Z');
    assert_string_equal(events("\x1b[?1;25$p"), "iiiiiiii[");
    assert_int_equal(parser.prefix, '?');
    assert_int_equal(parser.intermediate, '$');
    assert_int_equal(parser.final, 'p');
    assert_int_equal(parser.parameter_count, 2);
    assert_int_equal(parser.parameters[1], 25);
    assert_string_equal(events("\x1b[;99999999999m"), "iiiiiiiiiiiiii[");
    assert_int_equal(parser.parameters[0], 0);
    assert_int_equal(parser.parameters[1], UINT16_MAX);
}

static void main_strings_end_at_st_and_some_at_bel(void **state)
{
    (void)state;
    assert_string_equal(events("\x1b]11;?\x07" "a"), "iiiiiist");
    assert_int_equal(parser.kind, ']');
    assert_int_equal(parser.parameters[0], 11);
    assert_string_equal(events("\x1b]4\x1b\\a"), "iiibiet");
    assert_string_equal(events("\x1bPq\x07\x9c" "a"), "iiiist");
    assert_string_equal(events("\x90q\xc2\x9c" "a"), "iiist");
    /* Its text may be UTF-8. */
    assert_string_equal(events("\x1b]0;\xc5\x9c\x07"), "iiiiiis");
    /* Linux's own have no end. */
    assert_string_equal(events("\x1b]Pa012345aa"), "iiiiiiiiistt");
    assert_string_equal(events("\x1b]Ra"), "iist");
}

static void main_broken_sequences_end_where_something_else_begins(
    void **state)
{
    (void)state;
    assert_string_equal(events("\x1b[6\x1b[m"), "iiibii[");
    assert_string_equal(events("\x1b[6\r"), "iiibc");
    assert_string_equal(events("\x1b[1?n"), "iiibtt");
    assert_string_equal(events("\x1b\x1b[m"), "ibii[");
    assert_string_equal(events("\x1bPq\x18" "a"), "iiibct");
    assert_string_equal(events("\x1bPq\x1b[m"), "iiibii[");
    assert_string_equal(events("\x1b]P0g"), "iiiibt");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(main_text_and_controls_are_told_apart, begin),
    cmocka_unit_test_setup(main_sequences_end_at_their_finals, begin),
    cmocka_unit_test_setup(main_strings_end_at_st_and_some_at_bel, begin),
    cmocka_unit_test_setup(
        main_broken_sequences_end_where_something_else_begins, begin),
};

UNIT_MAIN(tests)
