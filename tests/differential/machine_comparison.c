/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_comparison.c - the rows, the time of both sides, and what must be
 * equal behind each operation
 */
#include "differential/machine_comparison.h"

#include <linux/serial_reg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/uart/uart_fixture.h"

#define HISTORY 40
#define US UINT64_C(1000)
#define POLLS_MAX 40 /* until nothing is left to be seen */

static struct {
    const char *name;
    bool is_refused;
    unsigned long uses;
} rows[] = {
    { "polled-line", false, 0 },   { "time-out-late", false, 0 },
    { "dlab-receiver", false, 0 }, { "line-waits", false, 0 },
    { "two-sources", false, 0 },   { "line-unheard", false, 0 },
    { "thr-without-room", false, 0 }, { "plug", false, 0 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct side *const ours = &side_passthrough;
const struct side *const model = &side_machine;
struct comparison comparison;

static char history[HISTORY][64];
static uint64_t ring_at, device_sent, plugged;

bool row(const char *name)
{
    unsigned int i;

    for (i = 0; i < ROWS && strcmp(rows[i].name, name); i++)
        ;
    if (i == ROWS)
        abort();
    rows[i].uses++;
    return !rows[i].is_refused;
}

void differ(const char *what, unsigned int our, unsigned int its)
{
    unsigned int i;

    for (i = 0; i < HISTORY; i++)
        if (*history[(comparison.done + 1 + i) % HISTORY])
            printf("# %s\n", history[(comparison.done + 1 + i) % HISTORY]);
    printf("# operation %lu, line %d, %s: passthrough %02x, the model %02x\n",
           comparison.done, comparison.line, what, our, its);
    ours->close();
    exit(1);
}

void note(const char *what, unsigned int a, unsigned int b)
{
    snprintf(history[++comparison.done % HISTORY], sizeof(history[0]),
             "%s %x %02x", what, a, b);
}

void note_result(uint8_t value)
{
    char *now = history[comparison.done % HISTORY];
    size_t used = strlen(now);

    snprintf(now + used, sizeof(history[0]) - used, " = %02x", value);
}

bool is_dlab(void)
{
    return side_machine_uart->lcr & UART_LCR_DLAB;
}

bool is_loop(void)
{
    return side_machine_uart->mcr & UART_MCR_LOOP;
}

bool is_heard(void)
{
    return comparison.line != LINE_UNHEARD || is_loop();
}

/* ---- time ---- */

/* Row plug: what clients have typed is received when it comes back. */
static void bring_back(void)
{
    while (comparison.line == LINE_PLUGGED && plugged < device->sent) {
        if (!is_loop())
            model->receive(device->sent_bytes[plugged % FAKE_SENT], 0);
        plugged++;
    }
}

void pass_time(uint64_t ns)
{
    uint64_t step, left;

    for (; ns > 0; ns -= step) {
        left = device->is_shifting ? device->shifted_ns - device->clock_ns
                                   : ns;
        step = left > 0 && left < ns ? left : ns;
        ours->pass_time(step);
        model->pass_time(step);
        bring_back();
    }
}

static bool is_time_out_late(void)
{
    return side_machine_uart->is_timed_out && !ours->facts().is_timed_out;
}

/* Has passthrough seen all that has happened in the device? */
static bool has_seen_all(void)
{
    const struct uart_state *state = journal_current(&fixture.journal);

    return !(is_heard() &&
             (device->received_count > 0 || device->lsr_errors)) &&
           !(state->is_transmitting && device->waiting_count == 0) &&
           !((state->ier & UART_IER_MSI) &&
             (device->msr & UART_MSR_ANY_DELTA));
}

bool is_behind(void)
{
    return is_dlab() && is_heard() &&
           (device->received_count > 0 || device->lsr_errors);
}

void see_all(void)
{
    unsigned int i;

    for (i = 0; i < POLLS_MAX && !has_seen_all() &&
                fixture.uart.poll_interval_ns > 0; i++)
        pass_time(fixture.uart.poll_interval_ns);
}

/* Row time-out-late. */
void await_time_out(void)
{
    uint64_t late = 5 * fake_uart_character_ns(device) + 1000 * US;
    unsigned int i;

    if (!is_time_out_late() || !row("time-out-late"))
        return;
    for (i = 0; i < 60 && is_time_out_late() && !is_behind(); i++)
        pass_time(late / 10);
    if (is_time_out_late() && !(is_behind() && row("dlab-receiver")))
        differ("time-out", 0, 1);
}

/* Row polled-line. */
static void await_line(void)
{
    unsigned int i;

    for (i = 0; i < POLLS_MAX && ours->line_is() != model->line_is() &&
                !is_behind() && row("polled-line"); i++)
        pass_time(fixture.uart.poll_interval_ns);
    await_time_out();
    if (is_behind() && row("dlab-receiver"))
        return;
    if (ours->line_is() != model->line_is())
        differ("interrupt line", ours->line_is(), model->line_is());
}

/* ---- what is compared behind each operation ---- */

void compare_line(bool was_in_step)
{
    char our[64], its[256], what[400];

    snprintf(our, sizeof(our), "%s", ours->line_did());
    snprintf(its, sizeof(its), "%s", model->line_did());
    comparison.edges += strlen(its);
    if (device->intr)
        differ("the machine's own interrupt", 1, 0);
    if (is_behind() && row("dlab-receiver"))
        return;
    if (ours->facts().is_timed_out && !model->facts().is_timed_out)
        differ("time-out early", 1, 0);
    comparison.time_outs += model->facts().is_timed_out;
    was_in_step = was_in_step && !is_time_out_late();
    await_time_out();
    if (was_in_step && strcmp(our, its)) {
        snprintf(what, sizeof(what), "edges \"%s\" and \"%s\"", our, its);
        differ(what, 0, 0);
    }
    await_line();
    ours->line_did();
    model->line_did();
}

/* On the line: the same bytes, in both. */
void compare_sent(void)
{
    if (comparison.line == LINE_PLUGGED)
        return;
    if (device->sent != side_machine_uart->sent)
        differ("bytes on the line", device->sent, side_machine_uart->sent);
    for (; device_sent < device->sent; device_sent++)
        if (device->sent_bytes[device_sent % FAKE_SENT] !=
            side_machine_uart->sent_bytes[device_sent % FAKE_SENT])
            differ("byte on the line",
                   device->sent_bytes[device_sent % FAKE_SENT],
                   side_machine_uart->sent_bytes[device_sent % FAKE_SENT]);
}

/* To the clients: each byte that the guest sends, as the line carries it. */
void compare_ring(bool is_sent, uint8_t value)
{
    uint64_t head = fixture.ring.header->head;
    uint8_t in_ring = fixture.ring.file.data[ring_at % 4096];
    uint8_t frame = 0xff >> (3 - (side_machine_uart->lcr & UART_LCR_WLEN8));

    if (head != ring_at + is_sent)
        differ("bytes for clients", head - ring_at, is_sent);
    if (is_sent && in_ring != (value & frame))
        differ("byte for clients", in_ring, value & frame);
    ring_at = head;
    comparison.sent += is_sent;
}

bool is_in_step(void)
{
    return has_seen_all() && ours->line_is() == model->line_is() &&
           !(is_dlab() && is_heard());
}

int refuse_row(const char *name)
{
    unsigned int i;

    for (i = 0; i < ROWS; i++)
        if (!strcmp(rows[i].name, name)) {
            rows[i].is_refused = true;
            return 0;
        }
    fprintf(stderr, "there is no row %s\n", name);
    return -1;
}

void print_rows(void)
{
    unsigned int i;

    for (i = 0; i < ROWS; i++)
        printf("%s %lu%s", rows[i].name, rows[i].uses,
               i + 1 < ROWS ? ", " : "\n");
}

void comparison_begin(enum comparison_line line)
{
    comparison.line = line;
    ring_at = device_sent = plugged = 0;
    ours->line_did();
    model->line_did();
}
