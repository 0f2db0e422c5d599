/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_shared_file.c - files that roles share: creating, opening, and what is
 * refused
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/shared_file.h"

#include "unit/unit.h"

static const struct shared_file_kind kind = {
    .name = "thing",
    .magic = "MEDIATST",
    .version = 3,
};

static char path[64];

static int name_file(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/test_shared_file.%d", (int)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static void patch(off_t offset, const void *bytes, size_t count)
{
    int fd = open(path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, count, offset), count);
    close(fd);
}

static int count_fds(void)
{
    int fd, count = 0;

    for (fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* Opening is refused with that text, and leaves no descriptor open. */
static void assert_refused(const char *why)
{
    struct shared_file file;
    int fds = count_fds();

    assert_int_equal(shared_file_open(&file, path, &kind, true), -1);
    assert_non_null(strstr(log_last_error(), why));
    assert_null(file.header);
    assert_int_equal(count_fds(), fds);
    shared_file_close(&file);
}

static void main_what_is_written_is_seen_by_the_next(void **state)
{
    struct shared_file file;
    int fds = count_fds();

    (void)state;
    assert_int_equal(shared_file_create(path, &kind, 5000), 0);
    assert_int_equal(shared_file_open(&file, path, &kind, true), 0);
    assert_int_equal(count_fds(), fds);
    assert_int_equal(file.data_bytes, 5000);
    file.data[4999] = 42;
    shared_file_close(&file);
    assert_int_equal(shared_file_open(&file, path, &kind, false), 0);
    assert_int_equal(file.data[4999], 42);
    assert_int_equal(file.data[0], 0);
    shared_file_close(&file);
    shared_file_close(&file);
}

static void main_a_file_is_for_its_owner_only(void **state)
{
    struct stat status;

    (void)state;
    assert_int_equal(shared_file_create(path, &kind, 0), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void main_creating_replaces_and_leaves_the_old_to_its_users(
    void **state)
{
    struct shared_file old, new;
    char temporary[80];

    (void)state;
    assert_int_equal(shared_file_create(path, &kind, 16), 0);
    assert_int_equal(shared_file_open(&old, path, &kind, true), 0);
    old.data[0] = 1;
    assert_int_equal(shared_file_create(path, &kind, 32), 0);
    assert_int_equal(shared_file_open(&new, path, &kind, true), 0);
    assert_int_equal(new.data[0], 0);
    assert_int_equal(old.data[0], 1);
    shared_file_close(&old);
    shared_file_close(&new);
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    assert_int_equal(access(temporary, F_OK), -1);
}

static void main_another_kind_is_refused(void **state)
{
    (void)state;
    assert_int_equal(shared_file_create(path, &kind, 16), 0);
    patch(0, "MEDIAELF", 8);
    assert_refused("not such a file");
}

static void main_another_version_is_refused_by_its_number(void **state)
{
    const uint32_t version = 4;

    (void)state;
    assert_int_equal(shared_file_create(path, &kind, 16), 0);
    patch(8, &version, sizeof(version));
    assert_refused("version 4, but this mediatord reads version 3");
}

static void main_a_file_cut_short_or_grown_is_refused(void **state)
{
    (void)state;
    assert_int_equal(shared_file_create(path, &kind, 16), 0);
    assert_int_equal(truncate(path, SHARED_FILE_HEADER_BYTES + 15), 0);
    assert_refused("bytes long");
    assert_int_equal(truncate(path, SHARED_FILE_HEADER_BYTES + 17), 0);
    assert_refused("bytes long");
    assert_int_equal(truncate(path, SHARED_FILE_HEADER_BYTES), 0);
    assert_refused("bytes long");
    assert_int_equal(truncate(path, 10), 0);
    assert_refused("only 10 bytes long");
    assert_int_equal(truncate(path, 0), 0);
    assert_refused("only 0 bytes long");
}

static void main_a_header_that_lies_about_its_size_is_refused(void **state)
{
    static const uint64_t lies[] = { 0, 15, 17, UINT64_MAX,
                                     UINT64_MAX - 4095, 1ull << 63 };
    unsigned int i;

    (void)state;
    assert_int_equal(shared_file_create(path, &kind, 16), 0);
    for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        patch(16, &lies[i], sizeof(lies[i]));
        assert_refused("its header says");
    }
}

static void main_a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    assert_refused(path);
}

static void main_a_path_too_long_is_an_error(void **state)
{
    static char long_path[5000];

    (void)state;
    memset(long_path, 'a', sizeof(long_path) - 1);
    assert_int_equal(shared_file_create(long_path, &kind, 16), -1);
}

static void main_a_full_disk_shows_at_creation(void **state)
{
    char temporary[80];

    (void)state;
    /* No file may have so many bytes. */
    assert_int_equal(shared_file_create(path, &kind, UINT64_C(1) << 62), -1);
    assert_non_null(strstr(log_last_error(), "cannot allocate"));
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    assert_int_equal(access(temporary, F_OK), -1);
    assert_int_equal(access(path, F_OK), -1);
}

#define FILE_TEST(name) \
    cmocka_unit_test_setup_teardown(name, name_file, remove_file)

static const struct CMUnitTest tests[] = {
    FILE_TEST(main_what_is_written_is_seen_by_the_next),
    FILE_TEST(main_a_file_is_for_its_owner_only),
    FILE_TEST(main_creating_replaces_and_leaves_the_old_to_its_users),
    FILE_TEST(main_another_kind_is_refused),
    FILE_TEST(main_another_version_is_refused_by_its_number),
    FILE_TEST(main_a_file_cut_short_or_grown_is_refused),
    FILE_TEST(main_a_header_that_lies_about_its_size_is_refused),
    FILE_TEST(main_a_file_that_is_not_there_is_named),
    FILE_TEST(main_a_path_too_long_is_an_error),
    FILE_TEST(main_a_full_disk_shows_at_creation),
};

UNIT_MAIN(tests)
