/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_trust_neighbours.c - how long guests wait, and what comes of their
 * output, while a role of somebody else's does its worst
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/role_guest.h"
#include "bench/role_reader.h"
#include "trust/hostile_acts.h"
#include "uart-role/role_test.h"

#define GUESTS        3
#define SECONDS       repetitions(6, 60)
#define CALM_SECONDS  repetitions(2, 60)
#define SECOND_NS     INT64_C(1000000000)
#define MS            INT64_C(1000000)
#define GOAL_NS       (10 * MS) /* is printed; ten times that fails */
#define STALLS        4  /* guest and role wait for a processor by turns */
#define BURST         40
#define PAUSE_NS      2000000
#define ROUNDS        repetitions(300, 3000)
#define AWAKE_SECONDS 2
#define AWAKE_MAX     0.2 /* of a processor; 0.02 is what it takes */
#define HASH_BEGIN    UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME    UINT64_C(0x100000001b3)

/* The hostile role stands still for a while first: what guests wait then, as
 * roles and guests share the processors, is nobody's doing. */
enum phase {
    CALM,
    HOSTILE,
    PHASES,
};

/* What a guest's requests took. */
struct times {
    uint64_t requests, beyond; /* the goal */
    int64_t longest_ns;
};

/* A guest at work. */
struct worker {
    pthread_t thread;
    struct role_guest *guest;
    uint64_t position;
    struct times times[PHASES];
    uint64_t wrote, came; /* hashes of its output, at both ends */
    bool is_stuck;
};

static struct role_guest guests[GUESTS];
static struct worker workers[GUESTS];
static _Atomic bool is_ending;
static _Atomic unsigned int phase;
static _Atomic int64_t stall_ns;
static unsigned int seed;
static pid_t hostile; /* 0: there is none */

static void sleep_ns(int64_t ns)
{
    const struct timespec pause = { ns / SECOND_NS, ns % SECOND_NS };

    nanosleep(&pause, NULL);
}

static void hash(uint64_t *value, uint8_t byte)
{
    *value = (*value ^ byte) * HASH_PRIME;
}

/* ---- guests at work ---- */

static void make_request(struct worker *worker, bool (*make)(
                             struct role_guest *guest))
{
    struct times *times = &worker->times[phase];
    int64_t begin_ns = role_test_now_ns(), took_ns;

    if (!make(worker->guest))
        worker->is_stuck = true;
    took_ns = role_test_now_ns() - begin_ns;
    if (took_ns > times->longest_ns)
        times->longest_ns = took_ns;
    times->beyond += took_ns > GOAL_NS;
    times->requests++;
}

/* Bursts with a look at LSR before each, and now and then a pause in which its
 * role falls asleep. */
static void *work(void *opaque)
{
    struct worker *worker = opaque;
    unsigned int i;

    while (!is_ending && !worker->is_stuck) {
        make_request(worker, role_guest_poll);
        for (i = 0; i < BURST && !worker->is_stuck; i++) {
            hash(&worker->wrote, role_stream(worker->guest->number,
                                             worker->guest->written));
            make_request(worker, role_guest_write);
        }
        sleep_ns(PAUSE_NS);
    }
    return NULL;
}

/* How long somebody who asks for nothing but a processor waits for one: what
 * this machine does to everybody is no role's doing. */
static void *note_stalls(void *unused)
{
    (void)unused;
    while (!is_ending) {
        int64_t begin_ns = role_test_now_ns(), late_ns;

        sleep_ns(MS);
        late_ns = role_test_now_ns() - begin_ns - MS;
        if (late_ns > stall_ns)
            stall_ns = late_ns;
    }
    return NULL;
}

/* Reads as a net role does that looks by itself. */
static void read_output(struct worker *worker)
{
    struct out_ring *ring = &worker->guest->harness.out;
    uint64_t missed;
    uint8_t bytes[4096];
    size_t got, i;

    do {
        got = out_ring_read(ring, &worker->position, bytes, sizeof(bytes),
                            &missed);
        assert_int_equal(missed, 0);
        for (i = 0; i < got; i++)
            hash(&worker->came, bytes[i]);
    } while (got > 0);
}

static pthread_t stalls;

static void begin_work(unsigned int first)
{
    unsigned int i;

    is_ending = false;
    stall_ns = 0;
    phase = CALM;
    assert_int_equal(kill(hostile, SIGSTOP), 0);
    for (i = first; i < GUESTS; i++) {
        workers[i] = (struct worker){
            .guest = &guests[i],
            .wrote = HASH_BEGIN,
            .came = HASH_BEGIN,
        };
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    assert_int_equal(pthread_create(&stalls, NULL, note_stalls, NULL), 0);
}

static void let_hostile_begin(void)
{
    phase = HOSTILE;
    assert_int_equal(kill(hostile, SIGCONT), 0);
}

static void print_times(const struct worker *worker)
{
    const struct times *calm = &worker->times[CALM];
    const struct times *times = &worker->times[HOSTILE];

    print_message("guest %u: %lu requests, the longest %.2f ms (goal: at most "
                  "%.0f), %lu of them beyond that; before, of %lu, %.2f ms "
                  "and %lu\n", worker->guest->number,
                  (unsigned long)times->requests, times->longest_ns / 1e6,
                  GOAL_NS / 1e6, (unsigned long)times->beyond,
                  (unsigned long)calm->requests, calm->longest_ns / 1e6,
                  (unsigned long)calm->beyond);
}

/* Ends it, and compares how long requests took. */
static void end_work(unsigned int first)
{
    unsigned int i;

    is_ending = true;
    pthread_join(stalls, NULL);
    for (i = first; i < GUESTS; i++)
        pthread_join(workers[i].thread, NULL);
    for (i = first; i < GUESTS; i++) {
        print_times(&workers[i]);
        assert_false(workers[i].is_stuck);
        assert_true(workers[i].times[HOSTILE].requests > 100);
    }
    print_message("the machine's longest stall: %.2f ms\n", stall_ns / 1e6);
    for (i = first; i < GUESTS; i++)
        assert_true(workers[i].times[HOSTILE].longest_ns <
                    10 * GOAL_NS + STALLS * stall_ns);
}

/* Whether it was at work until now. */
static bool end_hostile(void)
{
    pid_t pid = hostile;

    hostile = 0;
    return pid > 0 && hostile_acts_end(pid);
}

static int begin(void **state)
{
    const char *given = getenv("SEED");
    unsigned int i;

    (void)state;
    seed = given ? strtoul(given, NULL, 10) : (unsigned int)role_test_now_ns();
    print_message("seed %u\n", seed);
    fake_xen_start();
    for (i = 0; i < GUESTS; i++) {
        guests[i] = (struct role_guest){ 0 };
        if (role_guest_start(&guests[i], i))
            return -1;
    }
    return 0;
}

static int end(void **state)
{
    unsigned int i;
    int rc = 0;

    (void)state;
    end_hostile(); /* of a test that failed */
    role_reader_stop();
    for (i = 0; i < GUESTS; i++) {
        if (guests[i].harness.pid) {
            rc |= role_guest_stop(&guests[i]);
            continue;
        }
        harness_destroy(&guests[i].harness);
        fake_guest_detach(&guests[i].guest);
    }
    return fake_xen_stop() || rc ? -1 : 0;
}

/* ---- a net role that has fallen ---- */

static void read_for(int64_t seconds)
{
    int64_t until_ns = role_test_now_ns() + seconds * SECOND_NS;
    unsigned int i;

    while (role_test_now_ns() < until_ns) {
        for (i = 0; i < GUESTS; i++)
            read_output(&workers[i]);
        sleep_ns(MS);
    }
}

static void trust_a_fallen_net_role_keeps_no_guest_waiting(void **state)
{
    unsigned int i;

    (void)state;
    hostile = hostile_net_start(guests, GUESTS, HOSTILE_ALL, seed);
    assert_true(hostile > 0);
    begin_work(0);
    read_for(CALM_SECONDS);
    let_hostile_begin();
    read_for(SECONDS);
    end_work(0);
    assert_true(end_hostile());
    for (i = 0; i < GUESTS; i++) {
        read_output(&workers[i]);
        print_message("guest %u: %lu bytes, hash %016lx\n", i,
                      (unsigned long)guests[i].written,
                      (unsigned long)workers[i].came);
        assert_int_equal(workers[i].position, guests[i].written);
        assert_true(workers[i].came == workers[i].wrote);
    }
    /* What it left in the rings holds up no successor either. */
    for (i = 0; i < GUESTS; i++) {
        harness_kill(&guests[i].harness);
        assert_int_equal(harness_start(&guests[i].harness), 0);
        assert_true(role_guest_write(&guests[i]));
    }
}

static double used_seconds(pid_t pid)
{
    struct timespec used = { 0 };
    clockid_t clock;

    assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
    assert_int_equal(clock_gettime(clock, &used), 0);
    return used.tv_sec + used.tv_nsec / 1e9;
}

/* SECURITY.md: it could keep every uart role awake, each at a greater weight
 * than its own. */
static void trust_a_fallen_net_role_keeps_no_uart_role_awake(void **state)
{
    double before[GUESTS], share;
    unsigned int i;

    (void)state;
    hostile = hostile_net_start(guests, GUESTS, HOSTILE_WAKES, seed);
    assert_true(hostile > 0);
    for (i = 0; i < GUESTS; i++)
        before[i] = used_seconds(guests[i].harness.pid);
    sleep_ns(AWAKE_SECONDS * SECOND_NS);
    for (i = 0; i < GUESTS; i++) {
        share = (used_seconds(guests[i].harness.pid) - before[i]) /
                AWAKE_SECONDS;
        print_message("uart role %u: %.3f of a processor\n", i, share);
        assert_true(share < AWAKE_MAX * SANITIZER_SLOWNESS);
    }
    assert_true(end_hostile());
}

/* Whom it has kept from sleeping is heard again afterwards. */
static void trust_a_net_role_is_heard_after_one_that_had_fallen(void **state)
{
    struct role_guest *guest = &guests[0];
    struct out_ring_header *out = guest->harness.out.header;
    struct waker waker = WAKER_CLOSED;
    int64_t longest_ns = 0;
    char path[4096];
    unsigned int i;

    (void)state;
    hostile = hostile_net_start(guests, GUESTS, HOSTILE_WAKES, seed);
    assert_true(hostile > 0);
    sleep_ns(SECOND_NS / 5);
    assert_true(end_hostile());
    harness_path(&guest->harness, path, "uart.wake");
    waker.fd = wake_open(path);
    assert_true(waker.fd >= 0);
    fake_out(&guest->guest, 0, IER, 1, UART_IER_RDI);
    for (i = 0; i < 100; i++) {
        int64_t begin_ns = role_test_now_ns();
        uint8_t byte = i;

        assert_int_equal(in_ring_write(&guest->harness.in,
                                       atomic_load(&out->report.in_tail),
                                       &byte, 1), 1);
        wake_if_asleep(&waker, &out->report.uart_sleeps);
        assert_true(wait_until(is_line_up, &guest->guest));
        if (role_test_now_ns() - begin_ns > longest_ns)
            longest_ns = role_test_now_ns() - begin_ns;
        assert_int_equal(fake_in(&guest->guest, 0, RBR, 1), byte);
        assert_true(wait_until(is_line_down, &guest->guest));
    }
    print_message("the longest way of a typed byte: %.2f ms\n",
                  longest_ns / 1e6);
    close(waker.fd);
}

/* ---- a uart role that has fallen ---- */

/* Waits until the reader, who sleeps until he is woken, has all of it. */
static void await_reader(unsigned int n, int64_t *longest_ns)
{
    int64_t begin_ns = role_test_now_ns(), took_ns;
    const int64_t limit_ns = HARNESS_TIMEOUT_MS * MS;

    while (role_reader_position(n - 1) < guests[n].written &&
           role_test_now_ns() - begin_ns < limit_ns)
        sleep_ns(MS / 20);
    assert_int_equal(role_reader_position(n - 1), guests[n].written);
    took_ns = role_test_now_ns() - begin_ns;
    if (took_ns > *longest_ns)
        *longest_ns = took_ns;
}

/* All uart roles wake the net role by one FIFO: one that has fallen is not to
 * take the others' wake-ups out of it. */
static void trust_a_fallen_uart_role_takes_no_wake_up_away(void **state)
{
    int64_t longest_ns = 0;
    unsigned int round, i;

    (void)state;
    hostile = hostile_uart_start(&guests[0], HOSTILE_THIEF, seed);
    assert_true(hostile > 0);
    assert_int_equal(role_reader_start(guests + 1, GUESTS - 1), 0);
    for (round = 0; round < ROUNDS; round++) {
        sleep_ns(PAUSE_NS);
        for (i = 1; i < GUESTS; i++)
            assert_true(role_guest_write_burst(&guests[i], BURST));
        for (i = 1; i < GUESTS; i++)
            await_reader(i, &longest_ns);
    }
    print_message("the longest way to the clients: %.2f ms (goal: %.0f)\n",
                  longest_ns / 1e6, GOAL_NS / 1e6);
    assert_true(end_hostile());
    assert_null(role_reader_error());
}

static void trust_a_fallen_uart_role_holds_up_no_neighbour(void **state)
{
    int64_t longest_ns = 0;
    unsigned int i;

    (void)state;
    hostile = hostile_uart_start(&guests[0], HOSTILE_ALL, seed);
    assert_true(hostile > 0);
    assert_int_equal(role_reader_start(guests + 1, GUESTS - 1), 0);
    begin_work(1);
    sleep_ns(CALM_SECONDS * SECOND_NS);
    let_hostile_begin();
    sleep_ns(SECONDS * SECOND_NS);
    end_work(1);
    for (i = 1; i < GUESTS; i++)
        await_reader(i, &longest_ns);
    assert_true(end_hostile());
    assert_null(role_reader_error());
}

#define NEIGHBOUR_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    NEIGHBOUR_TEST(trust_a_fallen_net_role_keeps_no_guest_waiting),
    NEIGHBOUR_TEST(trust_a_fallen_net_role_keeps_no_uart_role_awake),
    NEIGHBOUR_TEST(trust_a_net_role_is_heard_after_one_that_had_fallen),
    NEIGHBOUR_TEST(trust_a_fallen_uart_role_takes_no_wake_up_away),
    NEIGHBOUR_TEST(trust_a_fallen_uart_role_holds_up_no_neighbour),
};

UNIT_MAIN(tests)
