/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unit.h - the main() of a unit test program
 *
 *     static const struct CMUnitTest tests[] = {
 *         cmocka_unit_test(main_a_sentence_that_is_true),
 *     };
 *     UNIT_MAIN(tests)
 *
 * usage: test_x [--list] [--only PATTERN]
 *
 * --list prints the names, one a line; --only takes * and ?.  The output is
 * TAP; the exit status counts the failures.  Test names begin with the area
 * of the project that they belong to.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* How many descriptors this process has open, the one that counts included:
 * to be compared with an earlier answer. */
static inline unsigned int unit_open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned int count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static inline int unit_main(int argc, char **argv, const char *program,
                            const struct CMUnitTest *tests, size_t count)
{
    const char *pattern = "*";
    size_t i, matches = 0;

    if (argc == 3 && !strcmp(argv[1], "--only")) {
        pattern = argv[2];
    } else if (argc == 2 && !strcmp(argv[1], "--list")) {
        for (i = 0; i < count; i++)
            puts(tests[i].name);
        return 0;
    } else if (argc != 1) {
        fprintf(stderr, "usage: %s [--list] [--only PATTERN]\n", argv[0]);
        return 2;
    }
    for (i = 0; i < count; i++)
        matches += !fnmatch(pattern, tests[i].name, 0);
    if (matches == 0) {
        fprintf(stderr, "%s: no test is named %s\n", argv[0], pattern);
        return 2;
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    cmocka_set_test_filter(pattern);
    return _cmocka_run_group_tests(program, tests, count, NULL, NULL);
}

#define UNIT_MAIN(tests) \
    int main(int argc, char **argv) \
    { \
        return unit_main(argc, argv, __FILE__, tests, \
                         sizeof(tests) / sizeof(tests[0])); \
    }

#endif
