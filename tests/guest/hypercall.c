/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypercall.c - finds Xen's hypercall page and calls decrease_reservation
 *
 * [xen/include/public/arch-x86/cpuid.h] says how to find Xen and its hypercall
 * page, [xen/include/public/arch-x86/xen-x86_32.h] how to call it, and
 * [xen/include/public/memory.h] what decrease_reservation takes.
 */
#include "hypercall.h"

#include "cpu.h"

#define CPUID_FIRST 0x40000000u
#define CPUID_LAST 0x40010000u
#define CPUID_STEP 0x100u
#define SIGNATURE_EBX 0x566e6558u /* "XenV" */
#define SIGNATURE_ECX 0x65584d4du /* "MMXe" */
#define SIGNATURE_EDX 0x4d4d566eu /* "nVMM" */

#define HYPERVISOR_MEMORY_OP 12
#define XENMEM_DECREASE_RESERVATION 1
#define DOMID_SELF 0x7ff0
#define HYPERCALL_BYTES 32

struct memory_reservation {
    uint32_t *extent_start;
    uint32_t nr_extents;
    uint32_t extent_order;
    uint32_t mem_flags;
    uint16_t domid;
};

static uint8_t page[4096] __attribute__((aligned(4096)));
static bool is_there;

static uint32_t find_xen(void)
{
    uint32_t leaf, eax, ebx, ecx, edx;

    for (leaf = CPUID_FIRST; leaf < CPUID_LAST; leaf += CPUID_STEP) {
        cpuid(leaf, &eax, &ebx, &ecx, &edx);
        if (ebx == SIGNATURE_EBX && ecx == SIGNATURE_ECX &&
            edx == SIGNATURE_EDX)
            return leaf;
    }
    return 0;
}

bool hypercall_start(void)
{
    uint32_t leaf = is_there ? 0 : find_xen(), eax, ebx, ecx, edx;

    if (leaf) {
        cpuid(leaf + 2, &eax, &ebx, &ecx, &edx);
        wrmsr(ebx, (uint32_t)page);
        is_there = true;
    }
    return is_there;
}

static int32_t memory_op(uint32_t command, void *argument)
{
    uint8_t *entry = page + HYPERVISOR_MEMORY_OP * HYPERCALL_BYTES;
    int32_t result;

    __asm__ volatile("call *%1"
                     : "=a"(result), "+r"(entry), "+b"(command), "+c"(argument)
                     : : "memory");
    return result;
}

uint32_t hypercall_give_back(uint32_t first, uint32_t count)
{
    uint32_t frame, given = 0;
    struct memory_reservation reservation = {
        .extent_start = &frame, .nr_extents = 1, .domid = DOMID_SELF,
    };

    for (frame = first; frame < first + count; frame++)
        if (memory_op(XENMEM_DECREASE_RESERVATION, &reservation) == 1)
            given++;
    return given;
}
