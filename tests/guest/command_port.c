/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_port.c - the commands for accesses to any port and any memory,
 * exactly as the command says
 */
#include "channel.h"
#include "command.h"
#include "cpu.h"
#include "memory.h"
#include "sha256.h"
#include "stream.h"

#define PEEK_BYTES_MAX 1024

static bool take_size(struct words *words, uint32_t *size)
{
    return words_decimal(words, size, 4) &&
           (*size == 1 || *size == 2 || *size == 4);
}

static int run_in(struct words *words)
{
    uint32_t size, port, value;

    if (!take_size(words, &size) || !words_hex(words, &port, 0xffff))
        return reply_usage();
    if (size == 1)
        value = inb((uint16_t)port);
    else if (size == 2)
        value = inw((uint16_t)port);
    else
        value = inl((uint16_t)port);
    if (size == 1)
        return reply_ok("in port=%x value=%02x", port, value);
    if (size == 2)
        return reply_ok("in port=%x value=%04x", port, value);
    return reply_ok("in port=%x value=%08x", port, value);
}

static int run_out(struct words *words)
{
    uint32_t size, port, value;

    if (!take_size(words, &size) || !words_hex(words, &port, 0xffff) ||
        !words_hex(words, &value,
                   size == 4 ? 0xffffffff : (1u << 8 * size) - 1))
        return reply_usage();
    if (size == 1)
        outb((uint16_t)port, (uint8_t)value);
    else if (size == 2)
        outw((uint16_t)port, (uint16_t)value);
    else
        outl((uint16_t)port, value);
    return reply_ok("out port=%x value=%x", port, value);
}

static int run_rep(struct words *words, const char *name,
                   struct rep_result (*rep)(unsigned int, uint16_t, uint32_t,
                                            uint32_t, bool))
{
    uint32_t size, port, address, count;
    const char *df;
    struct rep_result result;
    uint64_t start;

    if (!take_size(words, &size) || !words_hex(words, &port, 0xffff) ||
        !words_hex(words, &address, UINT32_MAX) ||
        !words_decimal(words, &count, UINT32_MAX))
        return reply_usage();
    df = words_take(words);
    if (df && !text_equal(df, "df"))
        return reply_usage();
    start = rdtsc();
    result = rep(size, (uint16_t)port, address, count, df != NULL);
    return reply_ok("%s count=%u pointer=%x left=%u ticks=%llu", name, count,
                    result.pointer, result.left, rdtsc() - start);
}

static int run_outs(struct words *words)
{
    return run_rep(words, "outs", rep_outs);
}

static int run_ins(struct words *words)
{
    return run_rep(words, "ins", rep_ins);
}

/* Whether the range touches the program itself, which no command may write. */
static bool is_own_memory(uint32_t address, uint32_t count)
{
    return (uint64_t)address + count > PROGRAM_START && address < PROGRAM_END;
}

static int reply_own_memory(const char *name)
{
    return reply_error("%s: %x-%x is the program; free memory starts at %x",
                       name, PROGRAM_START, PROGRAM_END - 1, FREE_AREA);
}

static int run_fill(struct words *words)
{
    uint32_t address, count;
    uint64_t value;
    const char *word, *seed;
    struct stream stream;

    if (!words_hex(words, &address, UINT32_MAX) ||
        !words_decimal(words, &count, UINT32_MAX))
        return reply_usage();
    word = words_take(words);
    if (!word)
        return reply_usage();
    seed = text_after(word, "seed=");
    if (seed ? !text_number(seed, 10, UINT64_MAX, &value)
             : !text_number(word, 16, 0xff, &value))
        return reply_usage();
    if (is_own_memory(address, count))
        return reply_own_memory("fill");
    if (seed) {
        stream_start(&stream, value);
        stream_fill(&stream, (uint8_t *)address, count);
    } else {
        memset((void *)address, (int)value, count);
    }
    return reply_ok("fill address=%x count=%u", address, count);
}

static int run_peek(struct words *words)
{
    uint32_t address, count;

    if (!words_hex(words, &address, UINT32_MAX) ||
        !words_decimal(words, &count, PEEK_BYTES_MAX))
        return reply_usage();
    channel_printf("ok peek address=%x hex=", address);
    for (uint32_t i = 0; i < count; i++)
        channel_printf("%02x", *(volatile uint8_t *)(address + i));
    channel_printf("\n");
    return 0;
}

static int run_poke(struct words *words)
{
    uint32_t address;
    char *bytes;
    int count;

    if (!words_hex(words, &address, UINT32_MAX))
        return reply_usage();
    bytes = words_rest(words);
    count = text_hex_bytes(bytes);
    if (count <= 0)
        return reply_usage();
    if (is_own_memory(address, (uint32_t)count))
        return reply_own_memory("poke");
    for (int i = 0; i < count; i++)
        *(volatile uint8_t *)(address + (uint32_t)i) = (uint8_t)bytes[i];
    return reply_ok("poke address=%x count=%d", address, count);
}

static int run_sha(struct words *words)
{
    uint32_t address, count;
    struct sha256 sha;
    char digest[SHA256_TEXT];

    if (!words_hex(words, &address, UINT32_MAX) ||
        !words_decimal(words, &count, UINT32_MAX))
        return reply_usage();
    sha256_start(&sha);
    sha256_add(&sha, (const void *)address, count);
    sha256_text(&sha, digest);
    return reply_ok("sha address=%x count=%u sha256=%s", address, count,
                    digest);
}

const struct command port_commands[] = {
    { "in", "SIZE PORT", "one access of 1, 2 or 4 bytes", run_in },
    { "out", "SIZE PORT VALUE", "one access of 1, 2 or 4 bytes", run_out },
    { "outs", "SIZE PORT ADDR COUNT [df]",
      "rep outs of COUNT elements at ADDR; df: downwards", run_outs },
    { "ins", "SIZE PORT ADDR COUNT [df]", "rep ins likewise", run_ins },
    { "fill", "ADDR COUNT BYTE|seed=SEED",
      "memory, by a byte or as stream does", run_fill },
    { "peek", "ADDR COUNT", "up to 1024 bytes of memory as hex", run_peek },
    { "poke", "ADDR HEX...", "bytes into memory", run_poke },
    { "sha", "ADDR COUNT", "SHA-256 of memory", run_sha },
    { NULL, NULL, NULL, NULL },
};
