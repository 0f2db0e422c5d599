/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_terminal.c - makes the terminal raw and restores it at exit and at
 * every signal that ends or stops the program; undoes what the guest did to it
 * at every end
 */
#define _GNU_SOURCE
#include "ctl/attach_terminal.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/attach_undo.h"
#include "shared/printable.h"

#define TEXT_BYTES_MAX 4096

static struct termios before, raw;
static volatile sig_atomic_t is_raw;
static volatile sig_atomic_t is_shown; /* standard output is a terminal */

/* The signals whose default action ends a program. */
static const int ending_signals[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2,
    SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGXCPU, SIGXFSZ,
};

static void restore(void)
{
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

/* Raises the signal again: its default action is back (SA_RESETHAND), and it
 * is not blocked (SA_NODEFER). */
static void on_ending(int number)
{
    restore();
    attach_terminal_undo();
    raise(number);
}

/* The shell that stops us shall get its terminal as it was before. */
static void on_stop(int number)
{
    (void)number;
    restore();
    raise(SIGSTOP);
}

static void on_continue(int number)
{
    (void)number;
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void catch_signals(void)
{
    struct sigaction ending = {
        .sa_handler = on_ending, .sa_flags = SA_RESETHAND | SA_NODEFER,
    };
    struct sigaction stop = {
        .sa_handler = on_stop, .sa_flags = SA_RESTART | SA_NODEFER,
    };
    struct sigaction go_on = {
        .sa_handler = on_continue, .sa_flags = SA_RESTART,
    };
    struct sigaction old;
    size_t i;

    for (i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++)
        /* A signal that nohup and the like have set to be ignored stays so. */
        if (!sigaction(ending_signals[i], NULL, &old) &&
            old.sa_handler != SIG_IGN)
            sigaction(ending_signals[i], &ending, NULL);
    sigaction(SIGTSTP, &stop, NULL);
    sigaction(SIGCONT, &go_on, NULL);
}

bool attach_terminal_begin(void)
{
    bool is_terminal = !tcgetattr(STDIN_FILENO, &before);

    is_shown = isatty(STDOUT_FILENO);
    if (!is_terminal && !is_shown)
        return false;
    raw = before;
    cfmakeraw(&raw);
    atexit(attach_terminal_end);
    is_raw = is_terminal;
    catch_signals();
    if (is_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    return is_terminal;
}

void attach_terminal_end(void)
{
    restore();
    is_raw = 0;
    attach_terminal_undo();
}

void attach_terminal_shown(const uint8_t *bytes, size_t count)
{
    if (is_shown)
        attach_undo_note(bytes, count);
}

void attach_terminal_undo(void)
{
    if (is_shown)
        attach_undo_write();
}

void attach_say(const char *format, ...)
{
    char raw_text[TEXT_BYTES_MAX], text[TEXT_BYTES_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(raw_text, sizeof(raw_text), format, arguments);
    va_end(arguments);
    printable(text, sizeof(text), raw_text);
    /* A raw terminal does not return to the left margin by itself. */
    fputs(is_raw ? "\r\n[mediatorctl: " : "mediatorctl: ", stderr);
    fputs(text, stderr);
    fputs(is_raw ? "]\r\n" : "\n", stderr);
}
