/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_console_paths.c - a console's key and the paths of its files
 */
#include "shared/console_paths.h"

#include <stdlib.h>

#include "shared/log.h"

#include "unit/unit.h"

static const char *key_of(const char *guest, const char *name)
{
    static char key[CONSOLE_KEY_BYTES];

    assert_int_equal(console_key(key, guest, name), 0);
    return key;
}

static void main_a_plain_name_is_its_own_key(void **state)
{
    (void)state;
    assert_string_equal(key_of("guest-1_a.b", "com1"), "guest-1_a.b@com1");
}

static void main_what_a_file_name_cannot_hold_is_escaped(void **state)
{
    (void)state;
    assert_string_equal(key_of("a/b", "com1"), "a%2fb@com1");
    assert_string_equal(key_of("a@b", "c%d"), "a%40b@c%25d");
    assert_string_equal(key_of("a b\n", "\xc3\xa4"), "a%20b%0a@%c3%a4");
}

static void main_no_name_leads_out_of_the_folder(void **state)
{
    (void)state;
    assert_string_equal(key_of("..", "."), "%2e.@%2e");
    assert_string_equal(key_of(".hidden", "../x"), "%2ehidden@%2e.%2fx");
}

static void main_different_consoles_have_different_keys(void **state)
{
    (void)state;
    /* '@' within a name is not the one that joins. */
    assert_string_not_equal(key_of("a@b", "c"), "a@b@c");
    assert_string_equal(key_of("a", "b@c"), "a@b%40c");
    assert_string_equal(key_of("a%40", "c"), "a%2540@c");
}

static void main_an_empty_name_is_an_error(void **state)
{
    char key[CONSOLE_KEY_BYTES];

    (void)state;
    assert_int_equal(console_key(key, "", "com1"), -1);
    assert_int_equal(console_key(key, "guest", ""), -1);
}

/* Tries many lengths of both names, plain and escaped: each pair is refused or
 * has a key that fits. */
static void main_names_too_long_are_an_error_at_every_length(void **state)
{
    static char guest[300], name[300];
    struct {
        char key[CONSOLE_KEY_BYTES];
        char guard[8];
    } space;
    unsigned int i, j, refused = 0, taken = 0;

    (void)state;
    for (i = 1; i < sizeof(guest); i += 1 + i % 7)
        for (j = 1; j < sizeof(name); j += 1 + (j > 10) * 6) {
            memset(guest, i % 2 ? '/' : 'g', i);
            guest[i] = '\0';
            memset(name, j % 2 ? 'n' : '@', j);
            name[j] = '\0';
            memset(&space, 0x55, sizeof(space));
            if (console_key(space.key, guest, name)) {
                refused++;
            } else {
                taken++;
                assert_true(strlen(space.key) < CONSOLE_KEY_BYTES);
            }
            assert_memory_equal(space.guard, "UUUUUUUU", 8);
        }
    assert_true(refused > 0 && taken > 0);
}

static void main_a_path_is_below_the_consoles_folder(void **state)
{
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(console_path(path, "/run/mediatord", "g@com1", "out"),
                     0);
    assert_string_equal(path, "/run/mediatord/consoles/g@com1/out");
    assert_int_equal(console_path(path, "/run/mediatord", "g@com1", ""), 0);
    assert_string_equal(path, "/run/mediatord/consoles/g@com1");
}

static void main_a_directory_too_long_is_an_error(void **state)
{
    static char directory[PATH_MAX];
    char path[PATH_MAX];

    (void)state;
    memset(directory, 'd', sizeof(directory) - 1);
    assert_int_equal(console_path(path, directory, "g@com1", "out"), -1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(main_a_plain_name_is_its_own_key),
    cmocka_unit_test(main_what_a_file_name_cannot_hold_is_escaped),
    cmocka_unit_test(main_no_name_leads_out_of_the_folder),
    cmocka_unit_test(main_different_consoles_have_different_keys),
    cmocka_unit_test(main_an_empty_name_is_an_error),
    cmocka_unit_test(main_names_too_long_are_an_error_at_every_length),
    cmocka_unit_test(main_a_path_is_below_the_consoles_folder),
    cmocka_unit_test(main_a_directory_too_long_is_an_error),
};

UNIT_MAIN(tests)
