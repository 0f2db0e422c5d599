/* SPDX-License-Identifier: BSD-2-Clause */
/* test_console_record.c - a console's record, there and back */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/role.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_record.h"

#include "unit/unit.h"

#define KEY "g1@com1"
#define UUID "00112233445566778899aabbccddeeff"

static char directory[] = "/tmp/test_console_record.XXXXXX";
static struct config config = { .directory = directory };
static struct console_list list = { .config = &config };

static int begin(void **state)
{
    char path[64];

    (void)state;
    strcpy(strchr(directory, '.'), ".XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/consoles", directory);
    if (mkdir(path, 0700))
        return -1;
    strcat(path, "/" KEY);
    return mkdir(path, 0700);
}

static int end(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

static struct console new_console(void)
{
    return (struct console){ .list = &list, .key = KEY, .guest = "g1" };
}

/* Whether a record of a served console with this UUID is taken. */
static bool is_taken(const char *uuid)
{
    struct console console = new_console();
    char path[128];
    bool has_domain;
    FILE *file;

    snprintf(path, sizeof(path), "%s/consoles/" KEY "/record", directory);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "{\"version\": 3, \"guest\": \"g1\", \"options\": \"\", "
            "\"domid\": 5, \"uuid\": \"%s\", \"server\": 2, \"tty\": {}}",
            uuid);
    assert_int_equal(fclose(file), 0);
    return !console_record_load(&console, directory, KEY, &has_domain);
}

/* ---- what is true ---- */

static void main_record_says_again_what_was_saved(void **state)
{
    struct console console = new_console(), again = new_console();
    bool has_domain = false;

    (void)state;
    console_options_init(&console.options);
    console.options.tcp_port = 4321;
    console.state = CONSOLE_SERVING;
    console.server = 7;
    console.domain.domid = 5;
    memset(console.domain.uuid, 0xa5, sizeof(console.domain.uuid));
    strcpy(console.tty.name, "ttyS0");
    console.tty.serial.baud_base = 115200;
    assert_int_equal(console_record_save(&console), 0);
    assert_int_equal(console_record_load(&again, directory, KEY,
                                         &has_domain), 0);
    assert_true(has_domain);
    assert_string_equal(again.guest, "g1");
    assert_int_equal(again.options.tcp_port, 4321);
    assert_int_equal(again.server, 7);
    assert_int_equal(again.domain.domid, 5);
    assert_memory_equal(again.domain.uuid, console.domain.uuid,
                        sizeof(again.domain.uuid));
    assert_string_equal(again.tty.name, "ttyS0");
    assert_int_equal(again.tty.serial.baud_base, 115200);
}

static void main_record_of_no_domain_has_none(void **state)
{
    struct console console = new_console();
    bool has_domain = true;

    (void)state;
    console_options_init(&console.options);
    console.state = CONSOLE_IDLE;
    assert_int_equal(console_record_save(&console), 0);
    console.server = 7;
    assert_int_equal(console_record_load(&console, directory, KEY,
                                         &has_domain), 0);
    assert_false(has_domain);
    assert_int_equal(console.server, ROLE_NO_SERVER);
}

/* A UUID is what a new domain of the same number is told from the old one
 * by. */
static void trust_record_whose_uuid_is_none_is_refused(void **state)
{
    (void)state;
    assert_true(is_taken(UUID));
    assert_false(is_taken(""));
    assert_false(is_taken("001122334455667788"));
    assert_false(is_taken(UUID "0"));
    assert_false(is_taken(" 0+1-2 3 4 5 6 7 8 9 a b c d e f"));
    assert_false(is_taken("0x112233445566778899aabbccddeeff"));
}

#define record_test(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    record_test(main_record_says_again_what_was_saved),
    record_test(main_record_of_no_domain_has_none),
    record_test(trust_record_whose_uuid_is_none_is_refused),
};

UNIT_MAIN(tests)
