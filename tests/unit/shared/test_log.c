/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_log.c - who reads messages gets them in the form that he knows
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"

#include "unit/unit.h"

/* Logs into a file, with JOURNAL_STREAM set to its device and inode plus
 * `beside`; negative: not set.  Returns what was logged. */
static const char *logged(int beside)
{
    static char text[256];
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    struct stat status;
    size_t bytes;

    assert_true(file && kept >= 0 && !fstat(fileno(file), &status));
    snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)status.st_dev,
             (uintmax_t)status.st_ino + beside);
    if (beside < 0)
        unsetenv("JOURNAL_STREAM");
    else
        setenv("JOURNAL_STREAM", text, 1);
    dup2(fileno(file), STDERR_FILENO);
    log_set_name("mediatord");
    log_info("hello");
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    bytes = fread(text, 1, sizeof(text) - 1, file);
    text[bytes] = '\0';
    fclose(file);
    return text;
}

/* G6 */
static void main_log_has_priorities_for_the_journal_only(void **state)
{
    (void)state;
    assert_string_equal(logged(0), "<6>mediatord: hello\n");
    /* systemd started it, and somebody redirected it. */
    assert_string_equal(logged(1), "mediatord: hello\n");
    assert_string_equal(logged(-1), "mediatord: hello\n");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(main_log_has_priorities_for_the_journal_only),
};

UNIT_MAIN(tests)
