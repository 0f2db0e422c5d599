/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt_remapping.c - does Xen's IOMMU look at interrupts, too? */
#include "supervisor/host/interrupt_remapping.h"

#include <stdbool.h>
#include <string.h>

const char *interrupt_remapping_name(enum interrupt_remapping remapping)
{
    static const char *const names[] = {
        [INTERRUPT_REMAPPING_UNKNOWN] = "unknown",
        [INTERRUPT_REMAPPING_OFF] = "off",
        [INTERRUPT_REMAPPING_ON] = "on",
    };

    return names[remapping];
}

/* ---- what Xen said ---- */

/* iommu_setup() in xen/drivers/passthrough/iommu.c says so, once, where there
 * is an IOMMU of either make. */
#define MESSAGE "Interrupt remapping "

/* Behind "(XEN) " there may be a time in brackets (console_timestamps=). */
static const char *skip_prefix(const char *line)
{
    static const char prefix[] = "(XEN) ";
    const char *text;

    if (strncmp(line, prefix, strlen(prefix)))
        return NULL;
    text = line + strlen(prefix);
    if (*text == '[') {
        text += strcspn(text, "]\n");
        if (strncmp(text, "] ", 2))
            return NULL;
        text += 2;
    }
    return text;
}

static bool is_line(const char *text, const char *wanted)
{
    size_t length = strlen(wanted);

    return !strncmp(text, wanted, length) &&
           (text[length] == '\n' || text[length] == '\r' || !text[length]);
}

/* Guests' words are in the ring as well, each line behind "(d1) " or the
 * like, so only a line that begins with Xen's own prefix counts.  The first
 * line may be the end of one that was overwritten, perhaps of a guest's. */
enum interrupt_remapping interrupt_remapping_in_messages(
    const char *messages)
{
    const char *line, *text;

    while ((line = strchr(messages, '\n'))) {
        messages = line + 1;
        text = skip_prefix(messages);
        if (!text)
            continue;
        if (is_line(text, MESSAGE "enabled"))
            return INTERRUPT_REMAPPING_ON;
        if (is_line(text, MESSAGE "disabled"))
            return INTERRUPT_REMAPPING_OFF;
    }
    return INTERRUPT_REMAPPING_UNKNOWN;
}

/* ---- what Xen was told ---- */

static bool is_word(const char *text, size_t length, const char *wanted)
{
    return length == strlen(wanted) && !memcmp(text, wanted, length);
}

/* The words by which Xen turns something off (parse_bool() in
 * xen/common/kernel.c). */
static bool says_no(const char *text, size_t length)
{
    return is_word(text, length, "no") || is_word(text, length, "off") ||
           is_word(text, length, "false") ||
           is_word(text, length, "disable") || is_word(text, length, "0");
}

/* One item of iommu=; what does not concern interrupts leaves `is_off`. */
static void read_item(const char *item, size_t length, bool *is_off)
{
    static const char key[] = "intremap";
    size_t key_length = strlen(key);

    if (is_word(item, length, "no-intremap"))
        *is_off = true;
    else if (is_word(item, length, key))
        *is_off = false;
    else if (length > key_length && !memcmp(item, key, key_length) &&
             item[key_length] == '=')
        *is_off = says_no(item + key_length + 1, length - key_length - 1);
}

/* The last item holds, as for Xen. */
static void read_option(const char *option, size_t length, bool *is_off)
{
    static const char key[] = "iommu=";
    const char *end = option + length, *item = option + strlen(key);
    size_t item_length;

    if (length < strlen(key) || memcmp(option, key, strlen(key)))
        return;
    while (item < end) {
        item_length = strcspn(item, ", ");
        read_item(item, item_length, is_off);
        item += item_length + 1;
    }
}

enum interrupt_remapping interrupt_remapping_in_options(const char *options)
{
    bool is_off = false;
    size_t length;

    while (*options) {
        length = strcspn(options, " ");
        read_option(options, length, &is_off);
        options += length + strspn(options + length, " ");
    }
    return is_off ? INTERRUPT_REMAPPING_OFF : INTERRUPT_REMAPPING_UNKNOWN;
}

/* ---- what the firmware says ---- */

/* Intel's VT-d specification, 8.1: the table begins with ACPI's header of 36
 * bytes, an address width and the flags. */
#define DMAR_FLAGS      37
#define DMAR_INTR_REMAP 0x01

/* Xen turns the first letter into an X, so that dom0's Linux leaves the IOMMU
 * alone (acpi_dmar_zap() in xen/drivers/passthrough/vtd/dmar.c).  A table
 * that offers remapping does not say that it is used. */
enum interrupt_remapping interrupt_remapping_in_dmar(const uint8_t *dmar,
                                                     size_t bytes)
{
    if (bytes <= DMAR_FLAGS || memcmp(dmar + 1, "MAR", 3) ||
        (dmar[0] != 'D' && dmar[0] != 'X') ||
        (dmar[DMAR_FLAGS] & DMAR_INTR_REMAP))
        return INTERRUPT_REMAPPING_UNKNOWN;
    return INTERRUPT_REMAPPING_OFF;
}

/* ---- together ---- */

enum interrupt_remapping interrupt_remapping_find(
    const struct interrupt_remapping_sources *sources)
{
    enum interrupt_remapping answer =
        interrupt_remapping_in_messages(sources->messages);

    if (answer == INTERRUPT_REMAPPING_UNKNOWN)
        answer = interrupt_remapping_in_options(sources->options);
    if (answer == INTERRUPT_REMAPPING_UNKNOWN)
        answer = interrupt_remapping_in_dmar(sources->dmar,
                                             sources->dmar_bytes);
    return answer;
}
