/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_guest.c - starts a guest with its role, and makes its accesses
 */
#include "role_guest.h"

#include <linux/serial_reg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often a vCPU looks for its answer before it sleeps.  A vCPU that is
 * answered soon does not sleep here; a vCPU of Xen does, but it wakes sooner
 * than a process does. */
#define SPINS 20000u

/* Makes the net.wake of guest 0 that of this guest's role, too. */
static int share_wake(const struct role_guest *guest)
{
    char first[4096], own[4096];

    snprintf(first, sizeof(first), "%s/run.1/net.wake", fake_xen_directory());
    snprintf(own, sizeof(own), "%s/net.wake", guest->harness.directory);
    if (guest->number == 0)
        return 0;
    return unlink(own) || link(first, own) ? -1 : 0;
}

int role_guest_start(struct role_guest *guest, unsigned int number)
{
    uint32_t domid = number + 1;
    char name[16];

    guest->number = number;
    snprintf(name, sizeof(name), "g%u", domid);
    if (fake_domain_create(domid, name, 1) ||
        harness_create(&guest->harness, "virtual", domid,
                       ROLE_GUEST_HISTORY) ||
        share_wake(guest) || fake_guest_attach(&guest->guest, domid))
        return -1;
    return harness_start(&guest->harness);
}

int role_guest_stop(struct role_guest *guest)
{
    int rc = harness_stop(&guest->harness);

    harness_destroy(&guest->harness);
    fake_guest_detach(&guest->guest);
    return rc;
}

static bool access_register(struct role_guest *guest, unsigned int offset,
                            bool is_read, uint64_t *value)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO,
        .addr = HARNESS_FIRST_PORT + offset,
        .size = 1,
        .count = 1,
        .data = *value,
        .is_read = is_read,
    };
    unsigned int spins = SPINS;
    uint8_t state;

    fake_guest_start(&guest->guest, 0, -1, &request);
    do {
        __builtin_ia32_pause();
        state = fake_guest_state(&guest->guest, 0);
    } while (state != STATE_IORESP_READY && state != STATE_IOREQ_NONE &&
             --spins > 0);
    return fake_guest_finish(&guest->guest, 0, FAKE_GUEST_TIMEOUT_MS, value) ==
           FAKE_GUEST_OK;
}

bool role_guest_write(struct role_guest *guest)
{
    uint64_t value = role_stream(guest->number, guest->written);

    if (!access_register(guest, UART_TX, false, &value))
        return false;
    guest->written++;
    return true;
}

bool role_guest_poll(struct role_guest *guest)
{
    uint64_t value = 0;

    return access_register(guest, UART_LSR, true, &value) &&
           (value & UART_LSR_THRE);
}

bool role_guest_write_burst(struct role_guest *guest, unsigned int bytes)
{
    while (bytes-- > 0)
        if (!role_guest_write(guest))
            return false;
    return true;
}
