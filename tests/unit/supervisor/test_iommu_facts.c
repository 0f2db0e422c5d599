/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_iommu_facts.c - what the IOMMU does not see: interrupts, and what goes
 * on between neighbours on the bus (A10)
 *
 * Machines are built of configuration spaces, tables and texts as Xen, the
 * firmware and PCI Express's specification have them.
 */
#define _GNU_SOURCE
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/host/iommu_facts.h"

#include "unit/unit.h"

/* ---- interrupt remapping ---- */

#define BOOT   " Xen 4.17.4\n(XEN) Xen version 4.17.4 (Debian)\n"
#define ON     "(XEN) Interrupt remapping enabled\n"
#define OFF    "(XEN) Interrupt remapping disabled\n"
#define OTHERS "(XEN)  - Dom0 mode: Relaxed\n"

static void says(const char *messages, enum interrupt_remapping wanted)
{
    assert_int_equal(interrupt_remapping_in_messages(messages), wanted);
}

static void trust_xens_messages_tell_of_interrupt_remapping(void **state)
{
    (void)state;
    says(BOOT OTHERS ON OTHERS, INTERRUPT_REMAPPING_ON);
    says(BOOT OTHERS OFF, INTERRUPT_REMAPPING_OFF);
    says("\n(XEN) [2026-11-27 22:17:04] Interrupt remapping enabled\r\n",
         INTERRUPT_REMAPPING_ON);
    says("\n(XEN) [    0.512345] Interrupt remapping disabled",
         INTERRUPT_REMAPPING_OFF);
    says("", INTERRUPT_REMAPPING_UNKNOWN);
    says(BOOT OTHERS, INTERRUPT_REMAPPING_UNKNOWN);
    says(BOOT "(XEN) Interrupt remapping enabled?\n",
         INTERRUPT_REMAPPING_UNKNOWN);
    says(BOOT "(XEN) [never closed\nInterrupt remapping enabled\n",
         INTERRUPT_REMAPPING_UNKNOWN);
}

/* A guest's words stand in the same ring.  Where the ring has been written
 * round, its first line can begin in the middle of a guest's. */
static void trust_a_guests_words_do_not_pass_for_xens(void **state)
{
    (void)state;
    says(BOOT "(d1) " ON "(XEN) d1v0 " ON OFF, INTERRUPT_REMAPPING_OFF);
    says(BOOT "(d1) " ON, INTERRUPT_REMAPPING_UNKNOWN);
    says(ON OTHERS, INTERRUPT_REMAPPING_UNKNOWN);
}

static void trust_xens_options_can_tell_that_there_is_none(void **state)
{
    static const struct {
        const char *options;
        enum interrupt_remapping wanted;
    } cases[] = {
        { "", INTERRUPT_REMAPPING_UNKNOWN },
        { "iommu=no-intremap", INTERRUPT_REMAPPING_OFF },
        { "dom0_mem=1G iommu=on,intremap=off console=vga",
          INTERRUPT_REMAPPING_OFF },
        { "iommu=verbose,intremap=0,strict", INTERRUPT_REMAPPING_OFF },
        { "iommu=intremap=off iommu=intremap", INTERRUPT_REMAPPING_UNKNOWN },
        { "iommu=intremap=off iommu=verbose", INTERRUPT_REMAPPING_OFF },
        { "iommu=intremap=restricted", INTERRUPT_REMAPPING_UNKNOWN },
        { "iommu=", INTERRUPT_REMAPPING_UNKNOWN },
        { "iommu=,,", INTERRUPT_REMAPPING_UNKNOWN },
        { "no-intremap", INTERRUPT_REMAPPING_UNKNOWN },
        { "xiommu=no-intremap", INTERRUPT_REMAPPING_UNKNOWN },
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(interrupt_remapping_in_options(cases[i].options),
                         cases[i].wanted);
}

/* The header, an address width, flags, and reserved bytes. */
static void make_dmar(uint8_t table[48], char first, uint8_t flags)
{
    memset(table, 0, 48);
    memcpy(table, "DMAR", 4);
    table[0] = first;
    table[4] = 48;
    table[36] = 38;
    table[37] = flags;
}

static void trust_a_table_without_remapping_tells(void **state)
{
    uint8_t table[48];

    (void)state;
    make_dmar(table, 'D', 0);
    assert_int_equal(interrupt_remapping_in_dmar(table, 48),
                     INTERRUPT_REMAPPING_OFF);
    assert_int_equal(interrupt_remapping_in_dmar(table, 37),
                     INTERRUPT_REMAPPING_UNKNOWN);
    assert_int_equal(interrupt_remapping_in_dmar(table, 0),
                     INTERRUPT_REMAPPING_UNKNOWN);
    /* As Xen hides it from dom0. */
    make_dmar(table, 'X', 2);
    assert_int_equal(interrupt_remapping_in_dmar(table, 48),
                     INTERRUPT_REMAPPING_OFF);
    /* The machine has it; whether Xen uses it is another matter. */
    make_dmar(table, 'D', 1);
    assert_int_equal(interrupt_remapping_in_dmar(table, 48),
                     INTERRUPT_REMAPPING_UNKNOWN);
    make_dmar(table, 'Z', 0);
    assert_int_equal(interrupt_remapping_in_dmar(table, 48),
                     INTERRUPT_REMAPPING_UNKNOWN);
}

static void trust_what_xen_said_counts_most(void **state)
{
    struct interrupt_remapping_sources sources = {
        .messages = BOOT ON,
        .options = "iommu=no-intremap",
    };
    uint8_t table[48];

    (void)state;
    make_dmar(table, 'X', 0);
    sources.dmar = table;
    sources.dmar_bytes = sizeof(table);
    assert_int_equal(interrupt_remapping_find(&sources),
                     INTERRUPT_REMAPPING_ON);
    sources.messages = "";
    assert_int_equal(interrupt_remapping_find(&sources),
                     INTERRUPT_REMAPPING_OFF);
    sources.options = "";
    assert_int_equal(interrupt_remapping_find(&sources),
                     INTERRUPT_REMAPPING_OFF);
    sources.dmar_bytes = 0;
    assert_int_equal(interrupt_remapping_find(&sources),
                     INTERRUPT_REMAPPING_UNKNOWN);
}

/* ---- configuration spaces ---- */

#define NEEDED (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)
#define FUNCTIONS_MAX 16
#define NO_ACS  (-1)
#define CONVENTIONAL (-1)

static struct {
    struct pci_function functions[FUNCTIONS_MAX];
    size_t count;
} machine;

static uint8_t space[4096]; /* the one that was built last */

static int begin(void **state)
{
    (void)state;
    memset(&machine, 0, sizeof(machine));
    return 0;
}

static void put_word(size_t offset, unsigned int value)
{
    space[offset] = value & 0xff;
    space[offset + 1] = value >> 8;
}

/* kind: PCI_EXP_TYPE_..., or CONVENTIONAL.  acs: what is turned on of what is
 * needed, all of which there is to turn on; or NO_ACS. */
static void build(int kind, int acs)
{
    memset(space, 0, sizeof(space));
    put_word(PCI_STATUS, PCI_STATUS_CAP_LIST);
    space[PCI_CAPABILITY_LIST] = 0x50;
    space[0x50] = PCI_CAP_ID_PM;
    if (kind != CONVENTIONAL) {
        space[0x51] = 0x60;
        space[0x60] = PCI_CAP_ID_EXP;
        put_word(0x60 + PCI_EXP_FLAGS, 2 | kind << 4);
    }
    /* An advanced error report first, as most have. */
    put_word(0x100, PCI_EXT_CAP_ID_ERR);
    if (acs != NO_ACS) {
        put_word(0x102, 1 | 0x148 << 4);
        put_word(0x148, PCI_EXT_CAP_ID_ACS);
        put_word(0x148 + PCI_ACS_CAP, NEEDED);
        put_word(0x148 + PCI_ACS_CTRL, acs);
    }
}

/* Adds what was built to the machine.  secondary: below a bridge; 0 for
 * what is none. */
static struct pci_function *add(const char *place, unsigned int secondary,
                                bool has_siblings, size_t bytes)
{
    struct pci_function *function = &machine.functions[machine.count++];

    assert_true(machine.count <= FUNCTIONS_MAX);
    assert_int_equal(pci_address_parse(&function->address, place), 0);
    space[PCI_HEADER_TYPE] = (secondary ? PCI_HEADER_TYPE_BRIDGE : 0) |
                             (has_siblings ? 0x80 : 0);
    space[PCI_SECONDARY_BUS] = secondary;
    pci_function_parse(function, space, bytes);
    return function;
}

static void add_port(const char *place, int kind, int acs,
                     unsigned int secondary)
{
    build(kind, acs);
    add(place, secondary, false, sizeof(space));
}

static void add_endpoint(const char *place)
{
    build(PCI_EXP_TYPE_ENDPOINT, NO_ACS);
    add(place, 0, false, sizeof(space));
}

/* ---- the bus ---- */

static const char *const CARD = "0000:03:00.0";

static void isolated(enum pci_isolation wanted, const char *neighbour)
{
    const struct pci_function *found = NULL;
    struct pci_address card;

    assert_int_equal(pci_address_parse(&card, CARD), 0);
    assert_int_equal(pci_isolation_find(machine.functions, machine.count,
                                        &card, &found), wanted);
    if (neighbour)
        assert_string_equal(found->address.text, neighbour);
}

static void trust_a_card_on_a_root_port_with_acs_is_alone(void **state)
{
    (void)state;
    add_port("0000:00:1c.0", PCI_EXP_TYPE_ROOT_PORT, NEEDED, 3);
    add_port("0000:00:1c.1", PCI_EXP_TYPE_ROOT_PORT, NEEDED, 4);
    add_endpoint(CARD);
    add_endpoint("0000:04:00.0");
    isolated(PCI_ISOLATION_YES, NULL);
}

/* Root ports that are functions of one device pass accesses to each other,
 * unless ACS is complete. */
static void trust_a_card_on_a_root_port_without_acs_is_not(void **state)
{
    int acs[] = { NO_ACS, 0, PCI_ACS_SV, NEEDED & ~PCI_ACS_RR,
                  NEEDED & ~PCI_ACS_UF };
    unsigned int i;

    for (i = 0; i < sizeof(acs) / sizeof(acs[0]); i++) {
        begin(state);
        add_port("0000:00:1c.0", PCI_EXP_TYPE_ROOT_PORT, acs[i], 3);
        add_port("0000:00:1c.1", PCI_EXP_TYPE_ROOT_PORT, acs[i], 4);
        add_endpoint(CARD);
        add_endpoint("0000:04:00.0");
        isolated(PCI_ISOLATION_NO, "0000:04:00.0");
    }
}

static void trust_a_root_port_without_others_needs_no_acs(void **state)
{
    (void)state;
    add_port("0000:00:1c.0", PCI_EXP_TYPE_ROOT_PORT, NO_ACS, 3);
    add_port("0000:00:1d.0", PCI_EXP_TYPE_ROOT_PORT, NO_ACS, 4);
    add_endpoint(CARD);
    add_endpoint("0000:04:00.0");
    isolated(PCI_ISOLATION_YES, NULL);
}

/* root port - upstream port - two downstream ports: card, neighbour. */
static void add_switch(int root_acs, int downstream_acs)
{
    add_port("0000:00:01.0", PCI_EXP_TYPE_ROOT_PORT, root_acs, 1);
    add_port("0000:01:00.0", PCI_EXP_TYPE_UPSTREAM, NO_ACS, 2);
    add_port("0000:02:00.0", PCI_EXP_TYPE_DOWNSTREAM, downstream_acs, 3);
    add_port("0000:02:01.0", PCI_EXP_TYPE_DOWNSTREAM, downstream_acs, 4);
    add_endpoint(CARD);
    add_endpoint("0000:04:00.0");
}

static void trust_a_switch_without_acs_joins_its_ports(void **state)
{
    add_switch(NEEDED, NEEDED);
    isolated(PCI_ISOLATION_YES, NULL);
    begin(state);
    add_switch(NEEDED, NO_ACS);
    /* Each port has one card, but what a port without ACS gets from its card
     * may go down at the other one. */
    isolated(PCI_ISOLATION_NO, "0000:04:00.0");
    begin(state);
    add_switch(NO_ACS, NEEDED);
    isolated(PCI_ISOLATION_NO, "0000:04:00.0");
}

static void trust_a_card_of_several_functions_needs_acs(void **state)
{
    (void)state;
    add_port("0000:00:1c.0", PCI_EXP_TYPE_ROOT_PORT, NEEDED, 3);
    build(PCI_EXP_TYPE_ENDPOINT, NO_ACS);
    add(CARD, 0, true, sizeof(space));
    /* Only function 0 must say that there are others. */
    assert_int_equal(add("0000:03:00.1", 0, false, sizeof(space))->acs,
                     PCI_ACS_MISSING);
    isolated(PCI_ISOLATION_NO, "0000:03:00.1");
    machine.count = 1;
    build(PCI_EXP_TYPE_ENDPOINT, NEEDED);
    add(CARD, 0, true, sizeof(space));
    add("0000:03:00.1", 0, false, sizeof(space));
    isolated(PCI_ISOLATION_YES, NULL);
}

static void trust_conventional_pci_has_no_acs(void **state)
{
    (void)state;
    add_port("0000:00:1e.0", PCI_EXP_TYPE_ROOT_PORT, NEEDED, 2);
    add_port("0000:02:00.0", PCI_EXP_TYPE_PCI_BRIDGE, NO_ACS, 3);
    build(CONVENTIONAL, NO_ACS);
    add(CARD, 0, false, 256);
    isolated(PCI_ISOLATION_YES, NULL); /* nobody else is on that bus */
    add("0000:03:01.0", 0, false, 256);
    isolated(PCI_ISOLATION_NO, "0000:03:01.0");
}

static void trust_devices_of_the_root_complex_are_apart(void **state)
{
    (void)state;
    build(CONVENTIONAL, NO_ACS);
    add(CARD, 0, false, 256);           /* bus 3 has no bridge above it */
    add("0000:03:01.0", 0, true, 256);
    add("0000:03:01.1", 0, false, 256);
    add_endpoint("0001:03:00.0");       /* another segment */
    isolated(PCI_ISOLATION_YES, NULL);
}

static void trust_what_cannot_be_read_is_unknown(void **state)
{
    (void)state;
    isolated(PCI_ISOLATION_UNKNOWN, NULL); /* no such card */
    build(PCI_EXP_TYPE_ROOT_PORT, NEEDED);
    add("0000:00:1c.0", 3, true, 256);
    add("0000:00:1c.1", 4, true, 256);
    add_endpoint(CARD);
    /* Nobody is there whom it could reach. */
    isolated(PCI_ISOLATION_YES, NULL);
    add_endpoint("0000:04:00.0");
    isolated(PCI_ISOLATION_UNKNOWN, NULL);
    /* Whatever the ports do, these two are together. */
    machine.count = 2;
    build(PCI_EXP_TYPE_ENDPOINT, NO_ACS);
    add(CARD, 0, true, sizeof(space));
    add("0000:03:00.1", 0, false, sizeof(space));
    isolated(PCI_ISOLATION_NO, "0000:03:00.1");
}

/* Nothing that a device says makes this loop or read elsewhere. */
static void trust_a_device_that_lies_is_survived(void **state)
{
    const struct pci_function *neighbour;
    struct pci_function *bridge;
    unsigned int round, i;

    (void)state;
    build(PCI_EXP_TYPE_ROOT_PORT, NO_ACS);
    space[0x51] = 0x50;                 /* lists that go in a circle */
    put_word(0x102, 1 | 0x100 << 4);
    bridge = add("0000:00:1c.0", 5, false, sizeof(space));
    assert_int_equal(bridge->acs, PCI_ACS_MISSING);
    add_port("0000:03:01.0", PCI_EXP_TYPE_UPSTREAM, NO_ACS, 0x1c);
    add_port("0000:1c:00.0", PCI_EXP_TYPE_UPSTREAM, NO_ACS, 3);
    add_endpoint(CARD);
    isolated(PCI_ISOLATION_YES, NULL);  /* buses, too: it ends */
    srandom(14);
    for (round = 0; round < 2000; round++) {
        for (i = 0; i < 0x200; i++)
            space[i] = random();
        put_word(PCI_STATUS, PCI_STATUS_CAP_LIST);
        for (i = 0; i <= sizeof(space); i += 8)
            pci_function_parse(bridge, space, i);
        i = random() % machine.count;
        pci_function_parse(&machine.functions[i], space, sizeof(space));
        assert_in_range(pci_isolation_find(machine.functions, machine.count,
                                           &machine.functions[3].address,
                                           &neighbour),
                        PCI_ISOLATION_UNKNOWN, PCI_ISOLATION_YES);
    }
}

/* ---- reading it all ---- */

static char sysfs[] = "/tmp/test_iommu_facts.XXXXXX";

static void make_folders(const char *path)
{
    char command[512];

    snprintf(command, sizeof(command), "mkdir -p %s/%s", sysfs, path);
    assert_int_equal(system(command), 0);
}

static void write_file(const char *folder, const char *name,
                       const uint8_t *data, size_t bytes)
{
    char path[512];
    FILE *file;

    make_folders(folder);
    snprintf(path, sizeof(path), "%s/%s/%s", sysfs, folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    fclose(file);
}

/* As sysfs has it. */
static void write_function(const char *place, unsigned int secondary,
                           bool has_siblings)
{
    char folder[128];

    space[PCI_HEADER_TYPE] = (secondary ? PCI_HEADER_TYPE_BRIDGE : 0) |
                             (has_siblings ? 0x80 : 0);
    space[PCI_SECONDARY_BUS] = secondary;
    snprintf(folder, sizeof(folder), "bus/pci/devices/%s", place);
    write_file(folder, "config", space, sizeof(space));
}

static int make_sysfs(void **state)
{
    (void)state;
    return mkdtemp(sysfs) ? 0 : -1;
}

static int remove_sysfs(void **state)
{
    char command[512];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", sysfs);
    return system(command);
}

static void trust_facts_are_read_from_sysfs(void **state)
{
    struct iommu_facts facts;
    struct pci_address card;
    uint8_t table[48];

    (void)state;
    assert_int_equal(pci_address_parse(&card, CARD), 0);
    facts.isolation = iommu_facts_read_isolation(sysfs, &card,
                                                 facts.neighbour);
    facts.remapping = iommu_facts_read_remapping(sysfs, "", "");
    assert_string_equal(pci_isolation_name(facts.isolation), "unknown");
    assert_string_equal(interrupt_remapping_name(facts.remapping), "unknown");

    build(PCI_EXP_TYPE_ROOT_PORT, NEEDED);
    write_function("0000:00:1c.0", 3, true);
    write_function("0000:00:1c.1", 4, true);
    build(PCI_EXP_TYPE_ENDPOINT, NO_ACS);
    write_function(CARD, 0, false);
    write_function("0000:04:00.0", 0, false);
    write_function("10000:04:00.0", 0, false); /* none of Xen's */
    make_dmar(table, 'X', 0);
    write_file("firmware/acpi/tables", "XMAR", table, sizeof(table));
    facts.isolation = iommu_facts_read_isolation(sysfs, &card,
                                                 facts.neighbour);
    facts.remapping = iommu_facts_read_remapping(sysfs, "", "");
    assert_string_equal(pci_isolation_name(facts.isolation), "yes");
    assert_string_equal(facts.neighbour, "");
    assert_string_equal(interrupt_remapping_name(facts.remapping), "off");

    build(PCI_EXP_TYPE_ROOT_PORT, 0);
    write_function("0000:00:1c.0", 3, true);
    write_function("0000:00:1c.1", 4, true);
    facts.isolation = iommu_facts_read_isolation(sysfs, &card,
                                                 facts.neighbour);
    facts.remapping = iommu_facts_read_remapping(sysfs, BOOT ON, "");
    assert_string_equal(pci_isolation_name(facts.isolation), "no");
    assert_string_equal(facts.neighbour, "0000:04:00.0");
    assert_string_equal(interrupt_remapping_name(facts.remapping), "on");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(trust_xens_messages_tell_of_interrupt_remapping),
    cmocka_unit_test(trust_a_guests_words_do_not_pass_for_xens),
    cmocka_unit_test(trust_xens_options_can_tell_that_there_is_none),
    cmocka_unit_test(trust_a_table_without_remapping_tells),
    cmocka_unit_test(trust_what_xen_said_counts_most),
    cmocka_unit_test_setup(trust_a_card_on_a_root_port_with_acs_is_alone,
                           begin),
    cmocka_unit_test_setup(trust_a_card_on_a_root_port_without_acs_is_not,
                           begin),
    cmocka_unit_test_setup(trust_a_root_port_without_others_needs_no_acs,
                           begin),
    cmocka_unit_test_setup(trust_a_switch_without_acs_joins_its_ports, begin),
    cmocka_unit_test_setup(trust_a_card_of_several_functions_needs_acs,
                           begin),
    cmocka_unit_test_setup(trust_conventional_pci_has_no_acs, begin),
    cmocka_unit_test_setup(trust_devices_of_the_root_complex_are_apart,
                           begin),
    cmocka_unit_test_setup(trust_what_cannot_be_read_is_unknown, begin),
    cmocka_unit_test_setup(trust_a_device_that_lies_is_survived, begin),
    cmocka_unit_test_setup_teardown(trust_facts_are_read_from_sysfs,
                                    make_sysfs, remove_sysfs),
};

UNIT_MAIN(tests)
