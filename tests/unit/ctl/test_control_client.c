/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_control_client.c - what mediatorctl shows of an answer (A8)
 */
#include "ctl/control_client.h"

#include <stdlib.h>

#include "unit/unit.h"

#define HOSTILE "g\n\x1b[2J\xc2\x9b" "31m\x7f\xff"

static json_object *answer_with(const char *name)
{
    json_object *answer = json_object_new_object();
    json_object *list = json_object_new_array();
    json_object *console = json_object_new_object();

    json_object_object_add(console, "guest", json_object_new_string(name));
    json_object_object_add(console, "domid", json_object_new_int(7));
    json_object_object_add(console, "tcp", NULL);
    json_object_array_add(list, console);
    json_object_object_add(answer, "consoles", list);
    return answer;
}

static json_object *console_of(json_object *answer)
{
    json_object *list = NULL;

    assert_true(json_object_object_get_ex(answer, "consoles", &list));
    return json_object_array_get_idx(list, 0);
}

static void trust_names_are_made_printable_wherever_they_stand(void **state)
{
    json_object *answer = answer_with(HOSTILE);

    (void)state;
    control_make_printable(answer);
    assert_string_equal(control_text(console_of(answer), "guest"),
                        "g\\x0a\\x1b[2J\\xc2\\x9b31m\\x7f\\xff");
    assert_string_equal(control_text(console_of(answer), "domid"), "7");
    assert_string_equal(control_text(console_of(answer), "tcp"), "-");
    json_object_put(answer);
}

static void trust_json_holds_no_byte_that_a_terminal_obeys(void **state)
{
    json_object *answer = answer_with(HOSTILE), *again;
    char *text = control_json_text(answer);
    const char *at;

    (void)state;
    assert_non_null(text);
    for (at = text; *at; at++)
        assert_true((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f);
    again = json_tokener_parse(text);
    assert_non_null(again);
    assert_string_equal(control_text(console_of(again), "guest"),
                        "g\n\x1b[2J\xc2\x9b" "31m\x7f\xef\xbf\xbd");
    json_object_put(again);
    free(text);

    json_object_put(answer);
    answer = answer_with("Gr\xc3\xb6\xc3\x9f" "e");
    text = control_json_text(answer);
    assert_non_null(strstr(text, "Gr\xc3\xb6\xc3\x9f" "e"));
    free(text);
    json_object_put(answer);
}

/* An answer of another version of mediatord, say. */
static void main_answer_of_another_kind_shows_nothing(void **state)
{
    json_object *answer = json_tokener_parse(
        "{\"number\": 5, \"none\": null, \"list\": [1, 2], \"object\": "
        "{\"\x7f\": 1}}"), *value;

    (void)state;
    assert_int_equal(control_array_length(answer), 0);
    assert_int_equal(control_array_length(NULL), 0);
    json_object_object_get_ex(answer, "list", &value);
    assert_int_equal(control_array_length(value), 2);
    assert_string_equal(control_text(value, "number"), "-");
    assert_string_equal(control_text(answer, "number"), "5");
    assert_string_equal(control_text(answer, "list"), "-");
    assert_string_equal(control_text(answer, "object"), "-");
    json_object_put(answer);
}

static void main_refusal_without_a_reason_is_one(void **state)
{
    (void)state;
    assert_int_equal(control_exit_status(json_tokener_parse(
                         "{\"ok\": false, \"error\": null}")), EXIT_FAILURE);
    assert_int_equal(control_exit_status(json_tokener_parse("[]")),
                     EXIT_FAILURE);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(main_answer_of_another_kind_shows_nothing),
    cmocka_unit_test(main_refusal_without_a_reason_is_one),
    cmocka_unit_test(trust_names_are_made_printable_wherever_they_stand),
    cmocka_unit_test(trust_json_holds_no_byte_that_a_terminal_obeys),
};

UNIT_MAIN(tests)
