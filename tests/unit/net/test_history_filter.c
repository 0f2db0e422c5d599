/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_history_filter.c - what passes into a terminal, however the bytes come
 */
#include "net/history_filter.h"

#include <stdlib.h>

#include "unit/unit.h"

#define BYTES_MAX 65536

static uint8_t out[BYTES_MAX];
static size_t out_bytes;
static struct history_filter filter;

static int begin(void **state)
{
    (void)state;
    memset(&filter, 0, sizeof(filter));
    out_bytes = 0;
    return 0;
}

/* Filters what is history and then what is live, as a client does who is given
 * at most so many bytes of the ring at once and takes at most so many of those
 * that pass. */
static void run(const uint8_t *bytes, size_t history, size_t count,
                size_t given, size_t taken)
{
    size_t at = 0;

    memset(&filter, 0, sizeof(filter));
    out_bytes = 0;
    while (at < count) {
        size_t end = at < history ? history : count;
        size_t more = end - at < given ? end - at : given;
        bool passes = true;

        if (at < history || history_filter_is_needed(&filter))
            more = history_filter_next(&filter, bytes + at, more,
                                       at >= history || at + more == end,
                                       &passes);
        assert_true(more > 0);
        if (passes) {
            more = more < taken ? more : taken;
            memcpy(out + out_bytes, bytes + at, more);
            out_bytes += more;
            history_filter_passed(&filter, more);
        }
        at += more;
    }
}

static void assert_text(const char *history, const char *live,
                        const char *wanted)
{
    char text[512];

    snprintf(text, sizeof(text), "%s%s", history, live);
    run((uint8_t *)text, strlen(history), strlen(text), BYTES_MAX, BYTES_MAX);
    out[out_bytes] = '\0';
    assert_string_equal((char *)out, wanted);
}

/* D8 */
static void main_queries_in_the_history_are_left_out(void **state)
{
    static const char *const queries[] = {
        "\x1b[6n", "\x1b[5n", "\x1b[?6n", "\x1b[?15n", "\x1b[?996n",
        "\x1b[c", "\x1b[0c", "\x1b[>c", "\x1b[>0c", "\x1b[=c", "\x1bZ",
        "\x9a", "\xc2\x9a", "\x05", "\x9b" "6n", "\xc2\x9b" "6n",
        "\x1b[>q", "\x1b[>0q", "\x1b[x", "\x1b[1x",
        "\x1b[?1$p", "\x1b[4$p", "\x1b[?u", "\x1b[?4m", "\x1b[1$w", "\x1b[&u",
        "\x1b[14t", "\x1b[18t", "\x1b[21t", "\x1b[?1;1;0S", "\x1b[1;1;1*y",
        "\x1b[\"v", "\x1b[?2048h", "\x1b[?1004h", "\x1b[?25;1004h",
        "\x1bP$qm\x1b\\", "\x1bP+q544e\x1b\\", "\x90$qm\x9c",
        "\x1b]11;?\x1b\\", "\x1b]10;?\x07", "\x1b]4;1;?\x07",
        "\x1b]52;c;?\x07", "\x9d" "11;?\x07", "\x1b_Gi=1,a=q;\x1b\\",
        "\x1b^x\x1b\\", "\x1bXx\x1b\\", "\x1b]P0000000",
        /* Cut off, broken, disguised. */
        "\x1bP$qm\x1b\x1b[6n", "\x1b[6\x1b[6n", "\x1b[;;6n", "\x1b[06n",
        "\x1b\x1b[6n", "\x1b[ n", "\x1bP\x18\x1b[c",
    };
    char text[64];
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        snprintf(text, sizeof(text), "before %s after", queries[i]);
        assert_text(text, "", strchr(queries[i], 0x18) ? "before \x18 after"
                                                       : "before  after");
    }
}

static void main_what_is_seen_passes(void **state)
{
    static const char *const texts[] = {
        "login: \r\n\t\b\a", "\x1b[1;31mred\x1b[m\x1b[38:2:1:2:3m",
        "\x1b[H\x1b[2J\x1b[12;1H\x1b[K", "\x1b[?25l\x1b[?1049h\x1b[?12;25h",
        "\x1b[?1000;1006h\x1b[?2004h", "\x1b=\x1b>\x1b" "7\x1b" "8\x1b" "c",
        "\x1b(0lqk\x1b(B\x0e\x0f", "\x1b[2 q\x1b[!p", "\x1b[>4;2m\x1b[>1u",
        "Gr\xc3\xbc\xc3\x9f" "e \xe2\x94\x80\xe2\x96\x9b", "Gr\xfc\xdf" "e",
        "\x1b%G\x1b#8", "\x84\x85",
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_text(texts[i], "", texts[i]);
}

static void main_live_output_passes_whatever_it_is(void **state)
{
    (void)state;
    assert_text("a\x1b[6n", "\x1b[6n\x05\x1bP$qm\x1b\\",
                "a\x1b[6n\x05\x1bP$qm\x1b\\");
    /* What ends live is live. */
    assert_text("a\x1b[6n\x1b[", "6nb", "a\x1b[6nb");
    assert_text("a\x1b]11;", "?\x07" "b", "a\x1b]11;?\x07" "b");
    assert_text("a\x1b", "[6n", "a\x1b[6n");
}

static void main_string_longer_than_a_piece_is_left_out_to_its_end(
    void **state)
{
    char text[400];

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "a\x1b]", 3);
    memcpy(text + 300, "\x07" "b\x1b[6nc", 7);
    run((uint8_t *)text, 307, 307, 64, 64);
    assert_int_equal(out_bytes, 3);
    assert_memory_equal(out, "abc", 3);
    /* Also if it goes on live; what is live behind it passes. */
    run((uint8_t *)text, 290, 307, 64, 64);
    assert_int_equal(out_bytes, 7);
    assert_memory_equal(out, "ab\x1b[6nc", 7);
}

/* Nothing of what passed would be left out: it makes no sequence that was not
 * one before. */
static void assert_harmless(void)
{
    static uint8_t copy[BYTES_MAX];
    size_t bytes = out_bytes;

    memcpy(copy, out, bytes);
    run(copy, bytes, bytes, BYTES_MAX, BYTES_MAX);
    assert_int_equal(out_bytes, bytes);
}

static void main_pieces_of_any_size_give_the_same(void **state)
{
    static const char letters[] =
        "\x1b\x1b\x1b\x1b[[[]P_?>;;0156nccqmhlRZ$ \x05\x07\x18\\\xc2\x9b\xc3";
    static uint8_t bytes[2000], whole[2000];
    unsigned int seed, i;
    size_t whole_bytes;

    (void)state;
    for (seed = 1; seed <= 200; seed++) {
        srand(seed);
        for (i = 0; i < sizeof(bytes); i++)
            bytes[i] = letters[rand() % (sizeof(letters) - 1)];
        run(bytes, sizeof(bytes), sizeof(bytes), BYTES_MAX, BYTES_MAX);
        whole_bytes = out_bytes;
        memcpy(whole, out, out_bytes);
        assert_harmless();
        for (i = 1; i < 40; i++) {
            run(bytes, sizeof(bytes), sizeof(bytes), BYTES_MAX, i);
            assert_int_equal(out_bytes, whole_bytes);
            assert_memory_equal(out, whole, whole_bytes);
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(main_queries_in_the_history_are_left_out, begin),
    cmocka_unit_test_setup(main_what_is_seen_passes, begin),
    cmocka_unit_test_setup(main_live_output_passes_whatever_it_is, begin),
    cmocka_unit_test_setup(
        main_string_longer_than_a_piece_is_left_out_to_its_end, begin),
    cmocka_unit_test_setup(main_pieces_of_any_size_give_the_same, begin),
};

UNIT_MAIN(tests)
