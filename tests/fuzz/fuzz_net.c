/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_net.c - libFuzzer on what faces the network: card driver, lwIP with
 * our hooks, consoles and their TCP clients
 *
 * The input is what peers, a card gone mad, the guest and time do: its first
 * byte chooses card and addresses, the rest are operations.  What must hold
 * after each is in check(); at the end everything is closed, and then lwIP's
 * pools must be full again.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "lwip/dhcp.h"
#include "lwip/init.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/stats.h"
#include "lwip/timeouts.h"

#include "fuzz/fuzz_support.h"
#include "fuzz_nic.h"
#include "fuzz_peer.h"
#include "net/net_consoles.h"
#include "netif_ethernet.h"
#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "shared/wake.h"

#define OPERATIONS_MAX 256
#define CONSOLE        1
#define SLICE_MS       250
#define SLICES_MAX     256
#define REMOVE_SECONDS 4

static struct {
    struct nic *nic;
    struct netif netif;
    struct out_ring out;
    struct in_ring in;
    char out_path[64], in_path[64], wake_path[64];
    bool is_read_only, has_console;
    bool is_cable_free, has_link;
    uint64_t now_ms, check_ms;
} role;

static uint8_t frame[PEER_FRAME_BYTES_MAX];

/* ---- time and chance are the input's ---- */

/* What lwip_system.c and lwip_hooks.c call by -Dclock_gettime= and
 * -Dgetrandom=. */
int fuzz_clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    now->tv_sec = role.now_ms / 1000;
    now->tv_nsec = role.now_ms % 1000 * 1000000;
    return 0;
}

ssize_t fuzz_getrandom(void *buffer, size_t bytes, unsigned int flags)
{
    static uint32_t state = 1;
    uint8_t *at = buffer;
    size_t i;

    (void)flags;
    for (i = 0; i < bytes; i++) {
        state = state * 1103515245 + 12345;
        at[i] = state >> 16;
    }
    return bytes;
}

/* ---- what net_loop.c does around each sleep ---- */

static void run_loop(void)
{
    while (netif_ethernet_receive(&role.netif) > 0)
        ;
    if (net_consoles_answer())
        netif_ethernet_flush(&role.netif);
    sys_check_timeouts();
    if (role.now_ms >= role.check_ms) {
        role.check_ms = role.now_ms + 1000;
        if (role.nic->driver->check)
            role.nic->driver->check(role.nic);
        netif_ethernet_check_link(&role.netif);
        netif_address_check(&role.netif);
    }
    net_consoles_resume_input();
    net_consoles_flush_full();
    netif_ethernet_flush(&role.netif);
    if (!net_consoles_sleep())
        net_consoles_flush();
    net_consoles_woken();
    fuzz_nic_sent(peer_take);
}

static void arrive(size_t bytes)
{
    fuzz_nic_arrive(frame, bytes);
    run_loop();
}

static void let_pass(unsigned int slices)
{
    while (slices-- > 0) {
        role.now_ms += SLICE_MS;
        run_loop();
    }
}

/* ---- the world of one input ---- */

/* Makes a path of something open whose own name is gone. */
static void name(char *path, size_t bytes, int fd)
{
    snprintf(path, bytes, "/proc/self/fd/%d", fd);
}

static int open_file(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    claim(fd >= 0);
    return fd;
}

/* The files lose their names at once, so that nothing is left in /tmp however
 * this ends. */
static void open_files(void)
{
    char directory[] = "/tmp/fuzz_net.XXXXXX";
    char out[64], in[64], wake[64];

    claim(mkdtemp(directory));
    snprintf(out, sizeof(out), "%s/out", directory);
    snprintf(in, sizeof(in), "%s/in", directory);
    snprintf(wake, sizeof(wake), "%s/wake", directory);
    claim(!out_ring_create(out, OUT_RING_BYTES_MIN));
    claim(!out_ring_open_writer(&role.out, out));
    claim(!in_ring_create(in));
    claim(!in_ring_open_reader(&role.in, in));
    claim(!wake_create(wake));
    name(role.out_path, sizeof(role.out_path), open_file(out, O_RDWR));
    name(role.in_path, sizeof(role.in_path), open_file(in, O_RDWR));
    name(role.wake_path, sizeof(role.wake_path), open_file(wake, O_RDWR));
    unlink(out);
    unlink(in);
    unlink(wake);
    rmdir(directory);
}

static void start_process(void)
{
    open_files();
    lwip_init();
}

static void add_console(void)
{
    struct role_message message = {
        .type = ROLE_ADD_CONSOLE, .console = CONSOLE, .value = 1,
    };
    int fds[3] = {
        open_file(role.out_path, O_RDONLY),
        open_file(role.in_path, O_RDWR),
        open_file(role.wake_path, O_RDWR | O_NONBLOCK),
    };

    snprintf(message.options, sizeof(message.options),
             "tcp=%u;replay=1000;access=%s", PEER_PORT,
             role.is_read_only ? "ro" : "rw");
    /* This fails while a console that was removed still holds the place. */
    role.has_console = !net_consoles_add(&message, fds);
}

static void start(uint8_t choice)
{
    struct netif_addresses addresses;

    role.is_read_only = choice & 8;
    role.is_cable_free = role.has_link = true;
    role.check_ms = role.now_ms;
    peer_forget();
    atomic_store(&role.out.header->report.in_tail,
                 atomic_load(&role.in.header->head));
    role.nic = fuzz_nic_start(choice % 4 % FUZZ_NIC_KINDS);
    claim(!netif_address_parse(&addresses,
                               choice & 16 ? "dhcp" : "192.168.0.2/24",
                               choice & 32 ? choice & 64 ? "auto"
                                                         : "fd00::2/64"
                                           : "off", NULL));
    sys_restart_timeouts();
    claim(!netif_ethernet_add(&role.netif, role.nic, &addresses));
    add_console();
    claim(role.has_console);
    arrive(peer_make_arp(frame, 1)); /* stack and peers know their MACs */
    if (choice & 32)
        let_pass(8); /* its duplicate address detection */
}

static void check_pools(void)
{
    int i;

    for (i = 0; i < MEMP_MAX; i++)
        claim(i == MEMP_SYS_TIMEOUT || lwip_stats.memp[i]->used == 0);
}

static void end(void)
{
    fuzz_nic_set_cable(true, true);
    if (role.has_console)
        claim(!net_consoles_remove(CONSOLE, 1));
    let_pass((REMOVE_SECONDS + 2) * 1000 / SLICE_MS);
    claim(atomic_load(&role.in.header->clients) == 0);
    while (tcp_active_pcbs)
        tcp_abort(tcp_active_pcbs);
    while (tcp_tw_pcbs)
        tcp_abort(tcp_tw_pcbs);
    dhcp_release_and_stop(&role.netif);
    dhcp_cleanup(&role.netif);
    netif_remove(&role.netif);
    fuzz_nic_sent(peer_take);
    check_pools();
    claim(lwip_system_assert_count() == 0);
}

/* ---- operations ---- */

static void send_segment(struct input *input)
{
    struct peer_segment segment = { .which = take8(input) };
    uint8_t length, more;
    size_t bytes;

    segment.flags = take8(input);
    segment.seq_offset = (uint32_t)(int16_t)take16(input);
    segment.ack_offset = (uint32_t)(int16_t)take16(input);
    segment.window = take16(input);
    length = take8(input);
    segment.data_bytes = length < 128 ? length : (length - 127) * 72;
    more = take8(input);
    bytes = more & 64 ? 0 : more % (sizeof(segment.options) + 1);
    memcpy(segment.options, take(input, &bytes), bytes);
    segment.option_bytes = bytes;
    arrive(peer_make_segment(frame, &segment));
}

/* Connects as a client that means well. */
static void connect_client(struct input *input)
{
    struct peer_segment segment = { .which = take8(input), .window = 65535 };
    uint8_t mss = take8(input);

    segment.flags = 2;
    segment.seq_offset = (uint32_t)take8(input) << 24;
    segment.option_bytes = 4;
    memcpy(segment.options, (uint8_t[]){ 2, 4, mss >> 4, mss << 4 }, 4);
    arrive(peer_make_segment(frame, &segment));
    segment.flags = 16;
    segment.seq_offset = segment.option_bytes = 0;
    arrive(peer_make_segment(frame, &segment));
}

static void acknowledge(struct input *input)
{
    struct peer_segment segment = { .which = take8(input), .flags = 16 };

    segment.window = take16(input);
    arrive(peer_make_segment(frame, &segment));
}

static void send_raw(struct input *input)
{
    size_t bytes = take16(input) % 1700;

    memcpy(frame, take(input, &bytes), bytes);
    arrive(bytes);
}

static void send_packet(struct input *input, bool is_ip6)
{
    uint8_t protocol = take8(input), destination = is_ip6 ? take8(input) : 0;
    size_t bytes = take16(input) % 1500;
    const uint8_t *payload = take(input, &bytes);

    arrive(is_ip6 ? peer_make_packet6(frame, protocol, destination, payload,
                                      bytes)
                  : peer_make_packet4(frame, protocol, payload, bytes));
}

static void send_dhcp(struct input *input)
{
    uint8_t type = take8(input);
    size_t bytes = take16(input) % 400;
    const uint8_t *options = take(input, &bytes);

    arrive(peer_make_dhcp(frame, type, options, bytes));
}

static void write_output(struct input *input)
{
    uint64_t head = atomic_load(&role.out.header->head);
    unsigned int bytes = take16(input) % (2 * OUT_RING_BYTES_MIN);

    while (bytes-- > 0) {
        out_ring_put(&role.out, head, (uint8_t)head);
        head++;
    }
    net_consoles_flush();
    run_loop();
}

/* The guest reads.  At one value the uart role talks nonsense. */
static void consume_input(struct input *input)
{
    uint64_t tail = atomic_load(&role.out.header->report.in_tail);
    uint64_t head = atomic_load(&role.in.header->head);
    uint16_t bytes = take16(input);

    tail = bytes == 0xffff ? head + 1 : LWIP_MIN(head, tail + bytes);
    atomic_store(&role.out.header->report.in_tail, tail);
    run_loop();
    atomic_store(&role.out.header->report.in_tail, LWIP_MIN(head, tail));
}

static void change_cable(struct input *input)
{
    uint8_t choice = take8(input);

    role.is_cable_free = choice & 1;
    role.has_link = choice & 6;
    fuzz_nic_set_cable(role.is_cable_free, role.has_link);
    run_loop();
}

static void change_console(struct input *input)
{
    if (!role.has_console) {
        add_console();
    } else {
        claim(!net_consoles_remove(CONSOLE,
                                     1 + take8(input) % REMOVE_SECONDS));
        role.has_console = false;
    }
    run_loop();
}

static void go_mad(struct input *input)
{
    uint8_t data[8];
    unsigned int i;

    for (i = 0; i < sizeof(data); i++)
        data[i] = take8(input);
    fuzz_nic_go_mad(data);
    run_loop();
}

static void pass_time(struct input *input)
{
    uint8_t time = take8(input);

    if (time < 128) {
        role.now_ms += time;
        run_loop();
    } else {
        let_pass(LWIP_MIN((time - 127) * 2u, SLICES_MAX));
    }
}

static void operate(struct input *input)
{
    switch (take8(input) % 16) {
    case 0: pass_time(input); break;
    case 1: send_raw(input); break;
    case 2: send_packet(input, false); break;
    case 3: send_packet(input, true); break;
    case 4: send_dhcp(input); break;
    case 5: arrive(peer_make_arp(frame, take8(input))); break;
    case 6: write_output(input); break;
    case 7: consume_input(input); break;
    case 8: change_cable(input); break;
    case 9: change_console(input); break;
    case 10: go_mad(input); break;
    case 11: acknowledge(input); break;
    case 12: connect_client(input); break;
    default: send_segment(input); break;
    }
}

static void check(void)
{
    uint64_t head = atomic_load(&role.in.header->head);
    uint64_t tail = atomic_load(&role.out.header->report.in_tail);

    claim(lwip_system_assert_count() == 0);
    claim(head >= tail && head - tail <= IN_RING_BYTES);
    claim(atomic_load(&role.in.header->clients) <= NET_CLIENTS_MAX);
    claim(!role.is_read_only || head == tail);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input input = { data, data + bytes };
    unsigned int i;

    if (!role.out.header)
        start_process();
    start(take8(&input));
    for (i = 0; i < OPERATIONS_MAX && input.at < input.end; i++) {
        operate(&input);
        check();
    }
    end();
    return 0;
}
