/* SPDX-License-Identifier: BSD-2-Clause */
/* test_console_files.c - which of a console's files go, and which stay */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_files.h"
#include "supervisor/console/console_list.h"

#include "unit/unit.h"

#define HISTORY 4096u
#define READ  100000u /* bytes of input that the uart role has read */
#define TYPED 100002u /* those that the net role has written */

static char directory[] = "/tmp/test_console_files.XXXXXX";
static struct config config = { .directory = directory };
static struct console_list list = { .config = &config };
static struct console console;

static void path_of(char path[PATH_MAX], const char *file)
{
    assert_int_equal(console_path(path, directory, console.key, file), 0);
}

static int begin(void **state)
{
    char path[PATH_MAX];

    (void)state;
    console = (struct console){
        .list = &list,
        .key = "g1@com1",
        .options.history_bytes = HISTORY,
        .out = OUT_RING_CLOSED,
        .in = IN_RING_CLOSED,
    };
    snprintf(directory, sizeof(directory), "/tmp/test_console_files.XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/consoles", directory);
    return mkdir(path, 0700) ? -1 : console_files_prepare(&console);
}

static int finish(void **state)
{
    char path[PATH_MAX];

    (void)state;
    console_files_remove(&console);
    snprintf(path, sizeof(path), "%s/consoles", directory);
    return rmdir(path) | rmdir(directory);
}

/* Makes the files what roles leave behind. */
static void use(void)
{
    struct out_ring out;
    struct in_ring in;
    char path[PATH_MAX];

    path_of(path, "out");
    assert_int_equal(out_ring_open_writer(&out, path), 0);
    atomic_store(&out.header->report.in_tail, READ);
    out_ring_put(&out, 0, 'o');
    out_ring_close(&out);
    path_of(path, "in");
    assert_int_equal(in_ring_open_writer(&in, open(path, O_RDWR)), 0);
    atomic_store(&in.header->head, TYPED);
    in_ring_close(&in);
}

static void main_a_console_goes_on_with_its_files(void **state)
{
    (void)state;
    use();
    assert_int_equal(console_files_prepare(&console), 0);
    assert_int_equal(atomic_load(&console.out.header->head), 1);
    assert_int_equal(atomic_load(&console.out.header->report.in_tail), READ);
    assert_int_equal(atomic_load(&console.in.header->head), TYPED);
}

static void main_a_new_history_has_room_for_input(void **state)
{
    (void)state;
    use();
    console.options.history_bytes = 2 * HISTORY;
    assert_int_equal(console_files_prepare(&console), 0);
    assert_int_equal(atomic_load(&console.out.header->head), 0);
    assert_int_equal(atomic_load(&console.in.header->head),
                     atomic_load(&console.out.header->report.in_tail));
}

/* The in ring's header is of another version, or the net role wrote over
 * it. */
static void main_a_new_in_ring_has_room_for_input(void **state)
{
    char path[PATH_MAX];
    int fd;

    (void)state;
    use();
    path_of(path, "in");
    fd = open(path, O_WRONLY);
    assert_int_equal(write(fd, "?", 1), 1);
    close(fd);
    assert_int_equal(console_files_prepare(&console), 0);
    assert_int_equal(atomic_load(&console.out.header->head), 1);
    assert_int_equal(atomic_load(&console.out.header->report.in_tail), READ);
    assert_int_equal(atomic_load(&console.in.header->head), READ);
}

/* B7.  Whoever tries again must find the history and the UART's state as they
 * were. */
static void trust_ring_that_cannot_be_looked_at_now_is_kept(void **state)
{
    struct rlimit before, none;
    char path[PATH_MAX];
    int fd;

    (void)state;
    use();
    path_of(path, "state");
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){ .rlim_cur = 3, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(console_files_prepare(&console), -1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(console.has_files);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(console_files_prepare(&console), 0);
    assert_true(console.has_files);
    assert_int_equal(atomic_load(&console.out.header->head), 1);
}

#define files_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    files_test(main_a_console_goes_on_with_its_files),
    files_test(main_a_new_history_has_room_for_input),
    files_test(main_a_new_in_ring_has_room_for_input),
    files_test(trust_ring_that_cannot_be_looked_at_now_is_kept),
};

UNIT_MAIN(tests)
