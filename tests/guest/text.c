/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.c - words, numbers and a small printf
 */
#include "text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

char *words_rest(struct words *words)
{
    while (is_blank(*words->next))
        words->next++;
    return words->next;
}

char *words_take(struct words *words)
{
    char *word = words_rest(words);

    if (!*word)
        return NULL;
    while (*words->next && !is_blank(*words->next))
        words->next++;
    if (*words->next)
        *words->next++ = '\0';
    return word;
}

bool words_end(struct words *words)
{
    return !*words_rest(words);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool text_number(const char *text, unsigned int base, uint64_t max,
                 uint64_t *value)
{
    uint64_t sum = 0;

    if (text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
    }
    if (!*text)
        return false;
    for (; *text; text++) {
        int digit = digit_value(*text);

        /* This is sum * base + digit > max, without an overflow. */
        if (digit < 0 || (unsigned int)digit >= base ||
            (unsigned int)digit > max || sum > divide(max, base) ||
            sum * base > max - (uint64_t)digit)
            return false;
        sum = sum * base + (uint64_t)digit;
    }
    *value = sum;
    return true;
}

static bool take_number(struct words *words, unsigned int base, uint32_t max,
                        uint32_t *value)
{
    char *word = words_take(words);
    uint64_t number;

    if (!word || !text_number(word, base, max, &number))
        return false;
    *value = (uint32_t)number;
    return true;
}

bool words_hex(struct words *words, uint32_t *value, uint32_t max)
{
    return take_number(words, 16, max, value);
}

bool words_decimal(struct words *words, uint32_t *value, uint32_t max)
{
    return take_number(words, 10, max, value);
}

bool words_hex_or(struct words *words, uint32_t *value, uint32_t max)
{
    return words_end(words) || words_hex(words, value, max);
}

bool words_decimal_or(struct words *words, uint32_t *value, uint32_t max)
{
    return words_end(words) || words_decimal(words, value, max);
}

bool words_seed(struct words *words, uint64_t *seed)
{
    char *word = words_take(words);

    return word && text_number(word, 10, UINT64_MAX, seed);
}

int text_hex_bytes(char *text)
{
    uint8_t *out = (uint8_t *)text;
    int count = 0;

    for (;;) {
        int high, low;

        while (is_blank(*text))
            text++;
        if (!*text)
            return count;
        high = digit_value(text[0]);
        low = high < 0 ? -1 : digit_value(text[1]);
        if (low < 0)
            return -1;
        out[count++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
}

bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

const char *text_after(const char *text, const char *prefix)
{
    while (*prefix) {
        if (*text++ != *prefix++)
            return NULL;
    }
    return text;
}

size_t text_length(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

uint64_t divide(uint64_t dividend, uint32_t divisor)
{
    uint32_t high = (uint32_t)(dividend >> 32);
    uint32_t low = (uint32_t)dividend;
    uint32_t quotient_high = high / divisor;
    uint32_t rest = high % divisor;
    uint32_t quotient_low;

    /* rest < divisor, so the quotient fits in 32 bits. */
    __asm__("divl %4"
            : "=a"(quotient_low), "=d"(rest)
            : "0"(low), "1"(rest), "rm"(divisor)
            : "cc");
    return (uint64_t)quotient_high << 32 | quotient_low;
}

static void put_number(void (*put)(char c), uint64_t value, unsigned int base,
                       bool is_negative, char pad, unsigned int width)
{
    char digits[24];
    unsigned int count = 0;

    do {
        uint64_t quotient = base == 16 ? value >> 4 : divide(value, 10);
        unsigned int digit = (unsigned int)(value - quotient * base);

        digits[count++] = "0123456789abcdef"[digit];
        value = quotient;
    } while (value);
    if (is_negative)
        digits[count++] = '-';
    while (width > count) {
        put(pad);
        width--;
    }
    while (count)
        put(digits[--count]);
}

/* Does one conversion, with format behind its %.  Returns what follows it. */
static const char *put_conversion(void (*put)(char c), const char *format,
                                  va_list *args)
{
    char pad = ' ';
    unsigned int width = 0;
    bool is_long = false, is_negative = false;
    uint64_t value = 0;

    if (*format == '0')
        pad = *format++;
    while (*format >= '0' && *format <= '9')
        width = width * 10 + (unsigned int)(*format++ - '0');
    while (*format == 'l') {
        is_long = true; /* only "ll" is used: "l" would be 32 bits here */
        format++;
    }
    switch (*format) {
    case 's':
        for (const char *s = va_arg(*args, const char *); *s; s++)
            put(*s);
        break;
    case 'c':
        put((char)va_arg(*args, int));
        break;
    case 'd':
    case 'u':
    case 'x':
        value = is_long ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t);
        if (*format == 'd') {
            int64_t number = is_long ? (int64_t)value : (int32_t)value;

            is_negative = number < 0;
            value = (uint64_t)(is_negative ? -number : number);
        }
        put_number(put, value, *format == 'x' ? 16 : 10, is_negative, pad,
                   width);
        break;
    default:
        put(*format);
        break;
    }
    return format + 1;
}

void text_format(void (*put)(char c), const char *format, va_list args)
{
    va_list copy;

    va_copy(copy, args);
    while (*format) {
        if (*format == '%')
            format = put_conversion(put, format + 1, &copy);
        else
            put(*format++);
    }
    va_end(copy);
}
