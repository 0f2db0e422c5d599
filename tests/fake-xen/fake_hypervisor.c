/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_hypervisor.c - the process behind the socket: connections, who may call
 * what, and the loop
 */
#define _GNU_SOURCE
#include "fake-xen/fake_hypervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake-xen/fake_client.h"

static int make_file(const char *directory, const char *name, uint64_t bytes)
{
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, bytes))
        return -1;
    return fd;
}

int fake_hypervisor_open(struct fake_hypervisor *hypervisor,
                         const char *directory)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;
    unsigned int i;

    memset(hypervisor, 0, sizeof(*hypervisor));
    hypervisor->directory = directory;
    for (i = 0; i < FAKE_DOMAINS_MAX; i++)
        hypervisor->memory_fds[i] = -1;
    for (i = 0; i < FAKE_HANDLES_MAX; i++)
        hypervisor->fifos[i] = -1;

    fd = make_file(directory, "hypervisor", sizeof(struct fake_xen));
    if (fd < 0)
        return -1;
    hypervisor->xen = mmap(NULL, sizeof(struct fake_xen),
                           PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    fd = make_file(directory, "violations", 0);
    if (hypervisor->xen == MAP_FAILED || fd < 0)
        return -1;
    close(fd);
    hypervisor->ioreq_fd = make_file(directory, "ioreq",
                                     FAKE_IOREQ_FILE_BYTES);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket",
             directory);
    hypervisor->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (hypervisor->ioreq_fd < 0 || hypervisor->listener < 0 ||
        bind(hypervisor->listener, (struct sockaddr *)&address,
             sizeof(address)) ||
        listen(hypervisor->listener, FAKE_PEERS_MAX))
        return -1;
    return 0;
}

/* Opens a handle of /dev/xen/evtchn: its FIFO, emptied of what a dead owner
 * left. */
static int open_handle(struct fake_hypervisor *hypervisor,
                       struct fake_peer *peer)
{
    uint32_t tries, handle;
    char path[256], left[4096];

    for (tries = 0; tries < FAKE_HANDLES_MAX; tries++) {
        handle = hypervisor->next_handle++ % FAKE_HANDLES_MAX;
        if (!hypervisor->is_handle_used[handle])
            break;
    }
    if (tries == FAKE_HANDLES_MAX)
        return EMFILE;
    if (hypervisor->fifos[handle] < 0) {
        snprintf(path, sizeof(path), "%s/evtchn.%u", hypervisor->directory,
                 handle);
        if (mkfifo(path, 0600))
            return errno;
        hypervisor->fifos[handle] = open(path,
                                         O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }
    while (read(hypervisor->fifos[handle], left, sizeof(left)) > 0)
        ;
    hypervisor->is_handle_used[handle] = true;
    peer->number = handle;
    return 0;
}

static int open_peer(struct fake_hypervisor *hypervisor,
                     struct fake_call *call, struct fake_peer *peer)
{
    int rc = 0;

    if (peer->kind != FAKE_KIND_NONE)
        return EINVAL;
    peer->number = ++hypervisor->next_number;
    if (call->values[0] == FAKE_KIND_STORE_EVENTS)
        peer->number = call->values[1];
    if (call->values[0] == FAKE_KIND_EVTCHN)
        rc = open_handle(hypervisor, peer);
    if (!rc)
        peer->kind = call->values[0];
    call->values[0] = peer->number;
    return rc;
}

/* libxenctrl's and xenstore's handles are of no use when they are restricted;
 * the others work on, for one domain. */
static int restrict_peer(struct fake_call *call, struct fake_peer *peer)
{
    if (peer->is_restricted && peer->domid != call->domid)
        return EPERM;
    peer->is_restricted = true;
    peer->domid = call->domid;
    return 0;
}

static int count_unrestricted(const struct fake_hypervisor *hypervisor,
                              struct fake_call *call)
{
    unsigned int i;

    call->values[0] = 0;
    for (i = 0; i < hypervisor->peer_count; i++)
        call->values[0] += hypervisor->peers[i].kind != FAKE_KIND_TEST &&
                           !hypervisor->peers[i].is_restricted;
    return 0;
}

/* The kind of handle through which a call is made. */
static enum fake_kind kind_for(uint32_t operation)
{
    if (operation <= FAKE_SET_IRQ)
        return FAKE_KIND_DEVICEMODEL;
    if (operation <= FAKE_MAP_PAGE)
        return FAKE_KIND_FOREIGNMEMORY;
    if (operation == FAKE_BIND)
        return FAKE_KIND_EVTCHN;
    if (operation == FAKE_GET_INFO)
        return FAKE_KIND_CTRL;
    if (operation <= FAKE_STORE_UNWATCH)
        return FAKE_KIND_STORE;
    return FAKE_KIND_TEST;
}

/* libxendevicemodel makes its calls through the same device as privcmd. */
static bool is_for(enum fake_kind kind, const struct fake_peer *peer)
{
    return peer->kind == kind || peer->kind == FAKE_KIND_TEST ||
           (peer->kind == FAKE_KIND_PRIVCMD && kind == FAKE_KIND_DEVICEMODEL);
}

/* May this connection make this call?  A test makes calls that are not
 * permitted in order to see them fail; a role that makes one fails by it,
 * which shows. */
static bool may_call(const struct fake_call *call,
                     const struct fake_peer *peer)
{
    if (!is_for(kind_for(call->operation), peer))
        return false;
    if (!peer->is_restricted)
        return true;
    return peer->kind != FAKE_KIND_CTRL && peer->kind != FAKE_KIND_STORE &&
           peer->domid == call->domid;
}

static int run_call(struct fake_hypervisor *hypervisor,
                    struct fake_call *call, struct fake_peer *peer, int *fd)
{
    switch (call->operation) {
    case FAKE_OPEN:
        return open_peer(hypervisor, call, peer);
    case FAKE_RESTRICT:
        return restrict_peer(call, peer);
    }
    if (!may_call(call, peer))
        return EPERM;
    switch (call->operation) {
    case FAKE_CREATE_SERVER:
        return fake_create_server(hypervisor, call);
    case FAKE_MAP_RANGE:
        return fake_map_range(hypervisor, call);
    case FAKE_QUERY_ATTRIBUTES:
        return fake_query_attributes(hypervisor, call);
    case FAKE_SET_STATE:
        return fake_set_state(hypervisor, call);
    case FAKE_DESTROY_SERVER:
        return fake_destroy_server(hypervisor, call);
    case FAKE_NR_VCPUS:
        return fake_nr_vcpus(hypervisor, call);
    case FAKE_SERVER_INFO:
        return fake_server_info(hypervisor, call);
    case FAKE_SET_IRQ:
        return fake_set_irq(hypervisor, call);
    case FAKE_MAP_RESOURCE:
        return fake_map_resource(hypervisor, call, fd);
    case FAKE_MAP_PAGE:
        return fake_map_page(hypervisor, call, fd);
    case FAKE_BIND:
        return fake_bind(hypervisor, call, peer);
    case FAKE_GET_INFO:
        return fake_get_info(hypervisor, call);
    case FAKE_CREATE_DOMAIN:
        return fake_create_domain(hypervisor, call);
    case FAKE_DESTROY_DOMAIN:
        return fake_destroy_domain(hypervisor, call);
    case FAKE_SET_PAGE:
        return fake_set_page(hypervisor, call);
    case FAKE_COUNT_UNRESTRICTED:
        return count_unrestricted(hypervisor, call);
    default:
        return fake_store_call(hypervisor, call, peer);
    }
}

static void answer(const struct fake_peer *peer, struct fake_call *call,
                   int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } space = { 0 };
    struct iovec vector = { call, FAKE_CALL_BYTES(call) };
    struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
    struct cmsghdr *control;

    if (fd >= 0) {
        header.msg_control = space.bytes;
        header.msg_controllen = sizeof(space.bytes);
        control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(control), &fd, sizeof(fd));
    }
    /* If the caller died meanwhile, that is noticed at its end-of-file. */
    sendmsg(peer->fd, &header, MSG_NOSIGNAL);
}

static void serve_peer(struct fake_hypervisor *hypervisor,
                       struct fake_peer *peer)
{
    struct fake_call call;
    ssize_t received = recv(peer->fd, &call, sizeof(call), 0);
    int fd = -1;

    /* The end of a connection is seen as POLLHUP. */
    if (received < (ssize_t)offsetof(struct fake_call, text))
        return;
    call.error = run_call(hypervisor, &call, peer, &fd);
    answer(peer, &call, fd);
}

static void close_peer(struct fake_hypervisor *hypervisor, unsigned int at)
{
    struct fake_peer *peer = &hypervisor->peers[at];

    close(peer->fd);
    if (peer->kind == FAKE_KIND_EVTCHN)
        fake_release_handle(hypervisor, peer->number);
    if (peer->kind == FAKE_KIND_STORE)
        fake_store_forget(hypervisor, peer->number);
    *peer = hypervisor->peers[--hypervisor->peer_count];
}

static void accept_peer(struct fake_hypervisor *hypervisor)
{
    int fd = accept4(hypervisor->listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (hypervisor->peer_count == FAKE_PEERS_MAX) {
        close(fd);
        return;
    }
    hypervisor->peers[hypervisor->peer_count++] =
        (struct fake_peer){ .fd = fd };
}

/* Ends of connections go before calls: whoever has waited for a process to end
 * finds released what it held. */
static bool close_ended(struct fake_hypervisor *hypervisor,
                        const struct pollfd *fds)
{
    unsigned int i;

    for (i = hypervisor->peer_count; i-- > 0;) {
        if (!(fds[i + 1].revents & POLLHUP))
            continue;
        if (hypervisor->peers[i].kind == FAKE_KIND_TEST)
            return false;
        close_peer(hypervisor, i);
    }
    return true;
}

void fake_hypervisor_run(struct fake_hypervisor *hypervisor)
{
    static struct pollfd fds[1 + FAKE_PEERS_MAX];
    unsigned int i, count;

    fake_xen_attach(); /* fake_violation() needs it */
    for (;;) {
        bool is_any_closed = false;

        count = hypervisor->peer_count;
        fds[0] = (struct pollfd){ hypervisor->listener, POLLIN, 0 };
        for (i = 0; i < count; i++)
            fds[i + 1] = (struct pollfd){ hypervisor->peers[i].fd, POLLIN, 0 };
        if (poll(fds, count + 1, -1) < 0)
            continue;
        for (i = 0; i < count; i++)
            is_any_closed |= fds[i + 1].revents & POLLHUP;
        if (is_any_closed) {
            if (!close_ended(hypervisor, fds))
                return;
            continue;
        }
        for (i = 0; i < count; i++)
            if (fds[i + 1].revents)
                serve_peer(hypervisor, &hypervisor->peers[i]);
        if (fds[0].revents)
            accept_peer(hypervisor);
    }
}
