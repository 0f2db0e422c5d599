/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_attach_escape.c - the keys of mediatorctl attach
 */
#include "ctl/attach_escape.h"

#include "unit/unit.h"

static struct attach_escape escape;

static int begin(void **state)
{
    (void)state;
    escape = (struct attach_escape){ .character = ATTACH_ESCAPE_DEFAULT };
    return 0;
}

static enum attach_key take(uint8_t byte)
{
    return attach_escape_take(&escape, byte);
}

static void main_every_byte_but_the_escape_goes_to_the_guest(void **state)
{
    unsigned int byte;

    (void)state;
    for (byte = 0; byte < 256; byte++)
        if (byte != ATTACH_ESCAPE_DEFAULT)
            assert_int_equal(take(byte), ATTACH_KEY_SEND);
}

static void main_escape_and_a_letter_are_a_command(void **state)
{
    static const struct {
        char letter;
        enum attach_key key;
    } keys[] = {
        { '.', ATTACH_KEY_DETACH }, { 'b', ATTACH_KEY_BREAK },
        { 's', ATTACH_KEY_STATUS }, { '?', ATTACH_KEY_HELP },
        { 'x', ATTACH_KEY_UNKNOWN }, { '\r', ATTACH_KEY_UNKNOWN },
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_int_equal(take(ATTACH_ESCAPE_DEFAULT), ATTACH_KEY_PREFIX);
        assert_int_equal(take(keys[i].letter), keys[i].key);
        /* Without the escape character before it, it is the guest's. */
        assert_int_equal(take(keys[i].letter), ATTACH_KEY_SEND);
    }
}

static void main_escape_twice_sends_it_once(void **state)
{
    (void)state;
    assert_int_equal(take(ATTACH_ESCAPE_DEFAULT), ATTACH_KEY_PREFIX);
    assert_int_equal(take(ATTACH_ESCAPE_DEFAULT), ATTACH_KEY_SEND);
    assert_int_equal(take('.'), ATTACH_KEY_SEND);
}

static void main_without_an_escape_every_byte_is_sent(void **state)
{
    unsigned int byte;

    (void)state;
    escape.character = ATTACH_ESCAPE_NONE;
    for (byte = 0; byte < 256; byte++)
        assert_int_equal(take(byte), ATTACH_KEY_SEND);
}

static void main_escape_character_is_written_as_on_terminals(void **state)
{
    static const char *const wrong[] = {
        "", "^", "x", "]", "^1", "^]]", "None", "^ ",
    };
    char text[3];
    unsigned int i;
    int character = 0;

    (void)state;
    assert_int_equal(attach_escape_parse("^]", &character), 0);
    assert_int_equal(character, 0x1d);
    attach_escape_describe(character, text);
    assert_string_equal(text, "^]");
    assert_int_equal(attach_escape_parse("^a", &character), 0);
    assert_int_equal(character, 1);
    attach_escape_describe(character, text);
    assert_string_equal(text, "^A");
    assert_int_equal(attach_escape_parse("^?", &character), 0);
    assert_int_equal(character, 0x7f);
    attach_escape_describe(character, text);
    assert_string_equal(text, "^?");
    assert_int_equal(attach_escape_parse("none", &character), 0);
    assert_int_equal(character, ATTACH_ESCAPE_NONE);
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(attach_escape_parse(wrong[i], &character), -1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(main_every_byte_but_the_escape_goes_to_the_guest,
                           begin),
    cmocka_unit_test_setup(main_escape_and_a_letter_are_a_command, begin),
    cmocka_unit_test_setup(main_escape_twice_sends_it_once, begin),
    cmocka_unit_test_setup(main_without_an_escape_every_byte_is_sent, begin),
    cmocka_unit_test_setup(main_escape_character_is_written_as_on_terminals,
                           begin),
};

UNIT_MAIN(tests)
