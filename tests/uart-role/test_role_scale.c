/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_scale.c - many guests at once, and many one after the other
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/role.h"
#include "uart-role/role_test.h"

#define DOMAINS 8
#define VCPUS 4
#define BYTES_A_VCPU (2000 / SANITIZER_SLOWNESS)
#define RSS_GROWTH_MAX_KIB 256
#ifdef __SANITIZE_ADDRESS__
#define CYCLES 100 /* a sanitizer looks for leaks at the end of each role */
#else
#define CYCLES 1000
#endif

struct many {
    struct role_harness harnesses[DOMAINS];
    struct fake_guest guests[DOMAINS];
};

/* A vCPU that writes bytes: six bits of a number that counts up, and two that
 * name the vCPU. */
struct writer {
    struct fake_guest *guest;
    unsigned int vcpu;
    bool is_ok;
};

static void *write_all(void *opaque)
{
    struct writer *writer = opaque;
    unsigned int i;

    writer->is_ok = true;
    for (i = 0; i < BYTES_A_VCPU && writer->is_ok; i++)
        writer->is_ok = fake_out(writer->guest, writer->vcpu, THR, 1,
                                 writer->vcpu << 6 | (i & 63)) ==
                        FAKE_GUEST_OK;
    return NULL;
}

/* Each vCPU's bytes are there, in the order in which it wrote them. */
static void check_output(struct role_harness *harness)
{
    static uint8_t output[VCPUS * BYTES_A_VCPU + 1];
    size_t got = harness_output(harness, output, sizeof(output)), i;
    unsigned int counts[VCPUS] = { 0 };

    assert_int_equal(got, VCPUS * BYTES_A_VCPU);
    for (i = 0; i < got; i++) {
        unsigned int vcpu = output[i] >> 6;

        assert_int_equal(output[i] & 63, counts[vcpu]++ & 63);
    }
}

static int begin_many(void **state)
{
    struct many *many = calloc(1, sizeof(*many));
    unsigned int i;

    if (!many)
        return -1;
    *state = many;
    fake_xen_start();
    for (i = 0; i < DOMAINS; i++) {
        char name[16];

        snprintf(name, sizeof(name), "g%u", i + 1);
        if (fake_domain_create(i + 1, name, VCPUS) ||
            harness_create(&many->harnesses[i], "standin", i + 1, 65536) ||
            fake_guest_attach(&many->guests[i], i + 1) ||
            harness_start(&many->harnesses[i]))
            return -1;
    }
    return 0;
}

static int end_many(void **state)
{
    struct many *many = *state;
    unsigned int i;
    int rc = 0;

    for (i = 0; i < DOMAINS; i++) {
        if (many->harnesses[i].pid)
            rc |= harness_stop(&many->harnesses[i]);
        harness_destroy(&many->harnesses[i]);
        fake_guest_detach(&many->guests[i]);
    }
    free(many);
    return fake_xen_stop() || rc ? -1 : 0;
}

static void main_eight_guests_of_four_vcpus_write_at_once(void **state)
{
    struct many *many = *state;
    struct writer writers[DOMAINS * VCPUS];
    pthread_t threads[DOMAINS * VCPUS];
    unsigned int i;

    for (i = 0; i < DOMAINS * VCPUS; i++) {
        writers[i] = (struct writer){
            .guest = &many->guests[i / VCPUS],
            .vcpu = i % VCPUS,
        };
        assert_int_equal(pthread_create(&threads[i], NULL, write_all,
                                        &writers[i]), 0);
    }
    for (i = 0; i < DOMAINS * VCPUS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(writers[i].is_ok);
    }
    for (i = 0; i < DOMAINS; i++)
        check_output(&many->harnesses[i]);
}

struct usage {
    unsigned int fds, servers, bound;
    long rss_kib;
};

static struct usage measure(void)
{
    struct usage usage = {
        .servers = fake_count_servers(),
        .bound = fake_count_bound(),
    };
    DIR *directory = opendir("/proc/self/fd");
    FILE *statm = fopen("/proc/self/statm", "re");
    long pages = 0;

    while (directory && readdir(directory))
        usage.fds++;
    if (directory)
        closedir(directory);
    /* Only anonymous pages count: those of the rings are touched as they fill.
     */
    if (statm) {
        long total, resident, shared;

        if (fscanf(statm, "%ld %ld %ld", &total, &resident, &shared) == 3)
            pages = resident - shared;
        fclose(statm);
    }
    usage.rss_kib = pages * (sysconf(_SC_PAGESIZE) / 1024);
    return usage;
}

/* The whole life of a guest, at one console. */
static void live(struct role_test *test, uint32_t domid)
{
    struct role_harness *harness = &test->harness;

    assert_int_equal(fake_domain_create(domid, "g", 2), 0);
    assert_int_equal(fake_guest_attach(&test->guest, domid), 0);
    harness->domid = domid;
    harness->server = ROLE_NO_SERVER;
    assert_int_equal(harness_start(harness), 0);
    assert_int_equal(fake_out(&test->guest, 0, THR, 1, 'x'), FAKE_GUEST_OK);
    assert_int_equal(fake_rep(&test->guest, 1, false, THR, 1, 0x1000, 64,
                              false), FAKE_GUEST_OK);
    assert_int_equal(harness_remove_server(harness), 0);
    fake_guest_detach(&test->guest);
    assert_int_equal(fake_domain_destroy(domid), 0);
}

static void main_a_thousand_guests_leave_nothing_behind(void **state)
{
    struct role_test *test = *state;
    struct usage before, after;
    int64_t start;
    uint32_t i;

    fake_guest_detach(&test->guest);
    assert_int_equal(fake_domain_destroy(ROLE_TEST_DOMID), 0);
    /* The first two warm up. */
    live(test, 100);
    live(test, 101);
    before = measure();
    start = role_test_now_ns();
    for (i = 0; i < CYCLES; i++)
        live(test, 102 + i);
    after = measure();
    print_message("%u guests in %ld ms; RSS %ld -> %ld KiB\n", CYCLES,
                  (long)((role_test_now_ns() - start) / 1000000),
                  before.rss_kib, after.rss_kib);
    assert_int_equal(after.fds, before.fds);
    assert_int_equal(after.servers, 0);
    assert_int_equal(after.bound, 0);
    /* A sanitizer keeps what is freed for a while. */
    if (SANITIZER_SLOWNESS == 1)
        assert_true(after.rss_kib - before.rss_kib <= RSS_GROWTH_MAX_KIB);
    assert_int_equal(test->harness.out.header->head, (CYCLES + 2) * 65);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
        main_eight_guests_of_four_vcpus_write_at_once, begin_many, end_many),
    AT_REST_TEST(main_a_thousand_guests_leave_nothing_behind),
};

UNIT_MAIN(tests)
