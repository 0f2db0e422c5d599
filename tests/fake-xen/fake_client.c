/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_client.c - this process's connections to the fake hypervisor
 */
#define _GNU_SOURCE
#include "fake-xen/fake_client.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

bool fake_is_taking_noted;

static struct fake_xen *attached;
static int violations_fd = -1;
static struct fake_connection *connections;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool fake_xen_path(char *path, unsigned int bytes, const char *file)
{
    const char *directory = getenv(FAKE_XEN_ENVIRONMENT);

    if (!directory) {
        errno = ENODEV;
        return false;
    }
    return snprintf(path, bytes, "%s/%s", directory, file) < (int)bytes;
}

static struct fake_xen *attach(void)
{
    char path[256];
    void *mapping;
    int fd;

    if (!fake_xen_path(path, sizeof(path), "hypervisor"))
        return NULL;
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    mapping = mmap(NULL, sizeof(struct fake_xen), PROT_READ | PROT_WRITE,
                   MAP_SHARED, fd, 0);
    close(fd);
    if (mapping == MAP_FAILED)
        return NULL;
    /* Opened now, since a confined role can open nothing. */
    fake_xen_path(path, sizeof(path), "violations");
    violations_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return mapping;
}

struct fake_xen *fake_xen_attach(void)
{
    pthread_mutex_lock(&lock);
    if (!attached)
        attached = attach();
    pthread_mutex_unlock(&lock);
    return attached;
}

void fake_xen_detach(void)
{
    pthread_mutex_lock(&lock);
    if (attached) {
        munmap(attached, sizeof(*attached));
        close(violations_fd);
    }
    attached = NULL;
    violations_fd = -1;
    pthread_mutex_unlock(&lock);
}

int fake_connect(struct fake_connection *connection, enum fake_kind kind,
                 uint64_t value)
{
    struct fake_call call = { .operation = FAKE_OPEN };
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    *connection = (struct fake_connection){ .fd = -1, .kind = kind };
    if (!fake_xen_attach() ||
        !fake_xen_path(address.sun_path, sizeof(address.sun_path), "socket"))
        return -1;
    connection->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        return -1;
    call.values[0] = kind;
    call.values[1] = value;
    if (connect(connection->fd, (struct sockaddr *)&address,
                sizeof(address)) ||
        fake_call(connection, &call, NULL)) {
        close(connection->fd);
        return -1;
    }
    connection->number = call.values[0];

    pthread_mutex_lock(&lock);
    connection->next = connections;
    connections = connection;
    pthread_mutex_unlock(&lock);
    return 0;
}

void fake_disconnect(struct fake_connection *connection)
{
    struct fake_connection **at;

    pthread_mutex_lock(&lock);
    for (at = &connections; *at; at = &(*at)->next)
        if (*at == connection) {
            *at = connection->next;
            break;
        }
    pthread_mutex_unlock(&lock);
    close(connection->fd);
}

/* recvmsg(), and the descriptor that may have come with the packet. */
static int receive(int from, struct fake_call *call, int *fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } space;
    struct iovec vector = { call, sizeof(*call) };
    struct msghdr header = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = space.bytes,
        .msg_controllen = sizeof(space.bytes),
    };
    struct cmsghdr *control;
    ssize_t received;

    do {
        received = recvmsg(from, &header, MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received < (ssize_t)offsetof(struct fake_call, text)) {
        errno = EIO;
        return -1;
    }
    control = CMSG_FIRSTHDR(&header);
    if (control && fd)
        memcpy(fd, CMSG_DATA(control), sizeof(*fd));
    return 0;
}

int fake_call(struct fake_connection *connection, struct fake_call *call,
              int *fd)
{
    struct iovec vector = { call, FAKE_CALL_BYTES(call) };
    struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
    int rc = -1;

    pthread_mutex_lock(&lock);
    if (sendmsg(connection->fd, &header, MSG_NOSIGNAL) > 0)
        rc = receive(connection->fd, call, fd);
    pthread_mutex_unlock(&lock);
    if (!rc && call->error) {
        errno = call->error;
        rc = -1;
    }
    return rc;
}

int fake_restrict(struct fake_connection *connection, uint32_t domid)
{
    struct fake_call call = { .operation = FAKE_RESTRICT, .domid = domid };

    return fake_call(connection, &call, NULL);
}

/* On FAKE_KIND_STORE_EVENTS only events come in, also between answers. */
static bool is_a_librarys(const struct fake_connection *connection)
{
    return connection->kind != FAKE_KIND_TEST &&
           connection->kind != FAKE_KIND_PRIVCMD &&
           connection->kind != FAKE_KIND_STORE_EVENTS;
}

int fake_restrict_all(uint32_t domid)
{
    struct fake_connection *at;

    for (at = connections; at; at = at->next)
        if (is_a_librarys(at) && fake_restrict(at, domid))
            return -1;
    return 0;
}

void fake_violation(const char *format, ...)
{
    char line[512];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof(line) - 2)
        length = sizeof(line) - 2;
    line[length] = '\n';
    atomic_fetch_add(&attached->violations, 1);
    if (write(violations_fd, line, length + 1) < 0)
        return;
}

struct fake_domain *fake_find_domain(struct fake_xen *xen, uint32_t domid)
{
    unsigned int i;

    for (i = 0; i < FAKE_DOMAINS_MAX; i++)
        if (atomic_load(&xen->domains[i].is_used) &&
            xen->domains[i].domid == domid)
            return &xen->domains[i];
    return NULL;
}

uint32_t fake_domain_index(struct fake_xen *xen, struct fake_domain *domain)
{
    return domain - xen->domains;
}

void fake_crash(struct fake_domain *domain)
{
    unsigned int server, vcpu;

    atomic_store(&domain->is_crashed, 1);
    for (server = 0; server < FAKE_SERVERS_MAX; server++)
        for (vcpu = 0; vcpu < domain->vcpus; vcpu++) {
            _Atomic uint32_t *events =
                &domain->channels[server][vcpu].events;

            atomic_fetch_add(events, 1);
            fake_futex_wake(events);
        }
}

void fake_futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

bool fake_futex_wait(_Atomic uint32_t *word, uint32_t seen, int timeout_ms)
{
    struct timespec timeout = {
        .tv_sec = timeout_ms / 1000,
        .tv_nsec = timeout_ms % 1000 * 1000000L,
    };

    return !syscall(SYS_futex, word, FUTEX_WAIT, seen, &timeout, NULL, 0) ||
           errno != ETIMEDOUT;
}
