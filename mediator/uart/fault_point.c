/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault_point.c - the names of the fault points, for tests' messages, and the
 * hook that a test may set
 */
#include "uart/fault_point.h"

const char *const fault_point_names[FAULT_POINTS] = {
    [FAULT_TAKEN] = "taken",
    [FAULT_BEGUN] = "begun",
    [FAULT_DEVICE_MARKED] = "device-marked",
    [FAULT_DEVICE_DONE] = "device-done",
    [FAULT_RING_PUT] = "ring-put",
    [FAULT_COMMITTED] = "committed",
    [FAULT_RESPONDED] = "responded",
    [FAULT_NOTIFIED] = "notified",
    [FAULT_ENDED] = "ended",
    [FAULT_POSTED_TAKEN] = "posted-taken",
    [FAULT_LEVEL_NOTED] = "level-noted",
    [FAULT_LINE_SET] = "line-set",
};

void (*fault_point_hook)(enum fault_point point);
