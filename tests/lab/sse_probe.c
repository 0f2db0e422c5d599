/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sse_probe.c - whether a process keeps its SSE registers
 *
 * usage: sse_probe SECONDS
 *
 * It fills them, spins and compares, until SECONDS have passed.  It prints
 * "intact ROUNDS"; or, and exits with 1, the first round in which a register
 * had changed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REGISTERS 16
#define SPINS     20000 /* take longer than the rest of a round */

static uint8_t filled[REGISTERS][16], found[REGISTERS][16];

#define LOAD(n)  "movdqu 16*" #n "(%[filled]), %%xmm" #n "\n"
#define STORE(n) "movdqu %%xmm" #n ", 16*" #n "(%[found])\n"
#define EACH(what)                                                            \
    what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8)   \
        what(9) what(10) what(11) what(12) what(13) what(14) what(15)

static void fill_spin_and_read(void)
{
    unsigned long spins = SPINS;

    __asm__ volatile(EACH(LOAD) "1: dec %[spins]\n"
                                "jnz 1b\n" EACH(STORE)
                     : [spins] "+r"(spins)
                     : [filled] "r"(filled), [found] "r"(found)
                     : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
                       "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                       "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static int is_intact(unsigned long round)
{
    for (int i = 0; i < REGISTERS; i++) {
        if (memcmp(filled[i], found[i], sizeof(filled[i])) == 0)
            continue;
        printf("round %lu: xmm%d changed from", round, i);
        for (int j = 15; j >= 0; j--)
            printf("%s%02x", j == 15 ? " " : "", filled[i][j]);
        for (int j = 15; j >= 0; j--)
            printf("%s%02x", j == 15 ? " to " : "", found[i][j]);
        printf("\n");
        return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    unsigned long round = 0;
    time_t end;

    if (argc != 2)
        return 2;
    end = time(NULL) + atol(argv[1]);
    while (time(NULL) < end) {
        round++;
        for (int i = 0; i < REGISTERS; i++)
            memset(filled[i], (int)(round + 17u * (unsigned int)i) | 1,
                   sizeof(filled[i]));
        fill_spin_and_read();
        if (!is_intact(round))
            return 1;
    }
    printf("intact %lu\n", round);
    return 0;
}
