/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_support.h - what fuzzers have in common: an input that is taken apart,
 * claims that must hold, and what the code under test would have logged
 *
 * fuzz_support.c stands in the place of log.c.
 */
#ifndef TESTS_FUZZ_SUPPORT_H
#define TESTS_FUZZ_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

/* What is left of the input.  At its end there are zeros. */
struct input {
    const uint8_t *at, *end;
};

uint8_t take8(struct input *input);
uint16_t take16(struct input *input);
uint32_t take32(struct input *input);

/* Takes *bytes bytes of the input, or as many as there are, and says so in
 * *bytes. */
const uint8_t *take(struct input *input, size_t *bytes);

/* A text of up to bytes - 1 bytes, whose length stands before it; it may hold
 * zeros, and has one behind it.  Returns its length. */
size_t take_text(struct input *input, char *text, size_t bytes);

/* Ends the fuzzer, with the last message logged, if this does not hold. */
#define claim(what) ((what) ? (void)0 : claim_fails(#what, __FILE__, __LINE__))

_Noreturn void claim_fails(const char *what, const char *file, int line);

/* How many descriptors below FUZZ_DESCRIPTORS are open. */
#define FUZZ_DESCRIPTORS 128
unsigned int open_descriptors(void);

/* What the code under test prints by stdio goes nowhere from now on. */
void silence_stderr(void);

#endif
