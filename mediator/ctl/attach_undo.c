/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_undo.c - a table of what a guest can do to a terminal, each with the
 * control sequence that undoes it
 *
 * The sequences are xterm's ("XTerm Control Sequences") and, for the keyboard,
 * kitty's.
 */
#include "ctl/attach_undo.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "shared/terminal_parser.h"

#define SI 0x0f
#define SO 0x0e
#define TAKES_MS 200 /* that a terminal may need to take the next bytes */
#define PUSHES_MAX 9

/* A mode of the terminal, which is not as it is by default: CSI h or l. */
struct mode {
    uint8_t prefix;
    uint16_t number;
    bool is_on_by_default;
    const char *undo;
};

/* In this order they are undone: the alternate screen first, as the rest is
 * about the one that stays. */
static const struct mode modes[] = {
    { '?', 1049, false, "\033[?1049l" },
    { '?', 1047, false, "\033[?1047l" },
    { '?', 47, false, "\033[?47l" },
    { '?', 2026, false, "\033[?2026l" }, /* output held back */
    { '?', 25, true, "\033[?25h" },      /* the cursor is seen */
    { '?', 7, true, "\033[?7h" },        /* lines wrap */
    { '?', 8, true, "\033[?8h" },        /* keys repeat */
    { '?', 1, false, "\033[?1l" },       /* cursor keys */
    { '?', 5, false, "\033[?5l" },       /* reverse video */
    { '?', 6, false, "\033[?6l\033[999;1H" }, /* origin; moves the cursor */
    { '?', 66, false, "\033[?66l" },     /* keypad */
    { '?', 69, false, "\033[?69l" },     /* margins left and right */
    { '?', 9, false, "\033[?9l" },       /* the mouse, to 1016 */
    { '?', 1000, false, "\033[?1000l" },
    { '?', 1001, false, "\033[?1001l" },
    { '?', 1002, false, "\033[?1002l" },
    { '?', 1003, false, "\033[?1003l" },
    { '?', 1004, false, "\033[?1004l" }, /* the focus */
    { '?', 1005, false, "\033[?1005l" },
    { '?', 1006, false, "\033[?1006l" },
    { '?', 1015, false, "\033[?1015l" },
    { '?', 1016, false, "\033[?1016l" },
    { '?', 2004, false, "\033[?2004l" }, /* pastes in brackets */
    { '?', 2031, false, "\033[?2031l" }, /* reports of colours */
    { '?', 2048, false, "\033[?2048l" }, /* reports of the size */
    { 0, 2, false, "\033[2l" },          /* the keyboard is locked */
    { 0, 4, false, "\033[4l" },          /* insert */
    { 0, 20, false, "\033[20l" },        /* new line */
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

/* What else. */
enum change {
    KEYPAD,
    KEYS,       /* xterm's modifyOtherKeys */
    KEY_FLAGS,  /* kitty's, set and not pushed */
    CHARACTERS, /* G0 */
    SHIFTED,    /* to G1 */
    REGION,     /* that scrolls */
    CURSOR,     /* its shape */
    ATTRIBUTES, /* bold, colours and so on */
    PALETTE,
    FOREGROUND,
    BACKGROUND,
    CURSOR_COLOUR,
    CHANGES
};

static const char *const undo_changes[CHANGES] = {
    [KEYPAD] = "\033>",
    [KEYS] = "\033[>4m",
    [KEY_FLAGS] = "\033[=0u",
    [CHARACTERS] = "\033(B",
    [SHIFTED] = "\017",
    [REGION] = "\0337\033[r\0338",
    [CURSOR] = "\033[0 q",
    [ATTRIBUTES] = "\033[m",
    [PALETTE] = "\033]104\033\\",
    [FOREGROUND] = "\033]110\033\\",
    [BACKGROUND] = "\033]111\033\\",
    [CURSOR_COLOUR] = "\033]112\033\\",
};

/* A signal handler reads these at any moment: it may miss the last change. */
static struct terminal_parser parser;
static volatile uint8_t is_mode_changed[MODES];
static volatile uint8_t is_changed[CHANGES];
static volatile uint8_t pushes; /* of kitty's key flags */

static void forget_all(void)
{
    size_t i;

    for (i = 0; i < MODES; i++)
        is_mode_changed[i] = 0;
    for (i = 0; i < CHANGES; i++)
        is_changed[i] = 0;
    pushes = 0;
}

/* ---- what the guest writes ---- */

static void note_modes(bool is_on)
{
    unsigned int i, j;

    for (i = 0; i < parser.parameter_count; i++)
        for (j = 0; j < MODES; j++)
            if (modes[j].prefix == parser.prefix &&
                modes[j].number == parser.parameters[i])
                is_mode_changed[j] = is_on != modes[j].is_on_by_default;
}

static void note_key_flags(void)
{
    unsigned int count = parser.parameter_count > 0 ? parser.parameters[0]
                                                    : 0;

    count = count > 0 ? count : 1;
    if (parser.prefix == '>')
        pushes += pushes < PUSHES_MAX;
    else if (parser.prefix == '<')
        pushes -= count < pushes ? count : pushes;
    else if (parser.prefix == '=')
        is_changed[KEY_FLAGS] = parser.parameters[0] != 0;
}

/* Whether a sequence has no parameter, or one that is 0. */
static bool is_plain(void)
{
    return parser.parameter_count == 0 ||
           (parser.parameter_count == 1 && parser.parameters[0] == 0);
}

static void note_csi(void)
{
    if (parser.intermediate == ' ' && parser.final == 'q')
        is_changed[CURSOR] = !is_plain();
    if (parser.intermediate)
        return;
    if (parser.final == 'h' || parser.final == 'l')
        note_modes(parser.final == 'h');
    else if (parser.final == 'u')
        note_key_flags();
    else if (parser.final == 'm' && parser.prefix == '>')
        is_changed[KEYS] = 1;
    else if (parser.final == 'm' && !parser.prefix)
        is_changed[ATTRIBUTES] = !is_plain();
    else if (parser.final == 'r' && !parser.prefix)
        is_changed[REGION] = !is_plain();
}

static void note_escape(void)
{
    if (parser.intermediate == '(')
        is_changed[CHARACTERS] = parser.final != 'B';
    if (parser.intermediate)
        return;
    switch (parser.final) {
    case '=':
    case '>':
        is_changed[KEYPAD] = parser.final == '=';
        break;
    case 'c': /* RIS */
        forget_all();
        break;
    }
}

/* Of OSC strings; a question changes nothing. */
static void note_string(void)
{
    if (parser.kind != ']' || parser.has_question)
        return;
    switch (parser.parameters[0]) {
    case 4: is_changed[PALETTE] = 1; break;
    case 10: is_changed[FOREGROUND] = 1; break;
    case 11: is_changed[BACKGROUND] = 1; break;
    case 12: is_changed[CURSOR_COLOUR] = 1; break;
    case 104: is_changed[PALETTE] = 0; break;
    case 110: is_changed[FOREGROUND] = 0; break;
    case 111: is_changed[BACKGROUND] = 0; break;
    case 112: is_changed[CURSOR_COLOUR] = 0; break;
    }
}

static void note_byte(uint8_t byte)
{
    bool was_in_string = terminal_parser_is_in_string(&parser);
    enum terminal_event event = terminal_parser_take(&parser, byte);

    if (event == TERMINAL_STRING ||
        (event == TERMINAL_BROKEN && was_in_string))
        note_string();
    if (event == TERMINAL_BROKEN)
        event = terminal_parser_take(&parser, byte);
    if (event == TERMINAL_CSI)
        note_csi();
    else if (event == TERMINAL_ESCAPE)
        note_escape();
    else if (event == TERMINAL_CONTROL && (byte == SO || byte == SI))
        is_changed[SHIFTED] = byte == SO;
}

void attach_undo_note(const uint8_t *bytes, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        note_byte(bytes[i]);
}

/* ---- undoing it ---- */

/* Returns whether the terminal has taken the text. */
static bool put(const char *text)
{
    struct pollfd terminal = { .fd = STDOUT_FILENO, .events = POLLOUT };
    size_t bytes = strlen(text);

    return poll(&terminal, 1, TAKES_MS) == 1 &&
           write(STDOUT_FILENO, text, bytes) == (ssize_t)bytes;
}

/* What has begun and not ended: CAN cancels it, ST ends a string. */
static bool put_end(void)
{
    if (terminal_parser_is_in_string(&parser))
        return put("\033\\");
    return !terminal_parser_is_inside(&parser) || put("\030");
}

void attach_undo_write(void)
{
    char pop[] = "\033[<0u";
    bool is_taken = put_end();
    size_t i;

    for (i = 0; i < MODES && is_taken; i++)
        if (is_mode_changed[i])
            is_taken = put(modes[i].undo);
    for (i = 0; i < CHANGES && is_taken; i++)
        if (is_changed[i])
            is_taken = put(undo_changes[i]);
    pop[3] += pushes;
    if (pushes > 0 && is_taken)
        put(pop);
    memset(&parser, 0, sizeof(parser));
    forget_all();
}
