/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_namespace.c - makes the network namespace of a card that Linux drives,
 * moves the card there and silences Linux on it
 */
#define _GNU_SOURCE
#include "nic/net_namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "shared/log.h"

#define NAMESPACES "/run/netns"

int net_namespace_enter(int ns)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    if (home < 0)
        return log_errno("cannot open /proc/self/ns/net");
    if (setns(ns, CLONE_NEWNET)) {
        close(home);
        return log_errno("cannot enter the card's network namespace; was "
                         "mediatord started as root?");
    }
    return home;
}

int net_namespace_leave(int home)
{
    int rc = 0;

    if (setns(home, CLONE_NEWNET))
        rc = log_errno("cannot leave the card's network namespace");
    close(home);
    return rc;
}

/* Makes /run/netns a mount of its own that is shared with all mount
 * namespaces, as `ip netns` does, so that a bind mount in it is seen
 * everywhere. */
static int share_directory(void)
{
    if (mkdir(NAMESPACES, 0755) && errno != EEXIST)
        return log_errno("cannot create " NAMESPACES);
    if (!mount("", NAMESPACES, "none", MS_SHARED | MS_REC, NULL))
        return 0;
    if (errno != EINVAL ||
        mount(NAMESPACES, NAMESPACES, "none", MS_BIND | MS_REC, NULL) ||
        mount("", NAMESPACES, "none", MS_SHARED | MS_REC, NULL))
        return log_errno("cannot share the mount " NAMESPACES);
    return 0;
}

/* Makes a namespace by entering a new one for a moment; a bind mount at path
 * keeps it. */
static int make_at(const char *path)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int fd, rc = 0;

    if (home < 0)
        return log_errno("cannot open /proc/self/ns/net");
    fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0);
    if (fd < 0) {
        rc = log_errno("cannot create %s", path);
        goto out;
    }
    close(fd);
    if (unshare(CLONE_NEWNET)) {
        rc = log_errno("cannot make a network namespace; was mediatord "
                       "started as root?");
        goto out;
    }
    if (mount("/proc/self/ns/net", path, "none", MS_BIND, NULL))
        rc = log_errno("cannot mount the network namespace at %s", path);
    if (setns(home, CLONE_NEWNET))
        rc = log_errno("cannot return from the new network namespace");
out:
    close(home);
    return rc;
}

/* Whether fd is a network namespace.  A mere file may have been left by a
 * process that was stopped halfway through make_at(). */
static bool is_namespace(int fd)
{
    struct statfs status;

    return !fstatfs(fd, &status) && status.f_type == NSFS_MAGIC;
}

static int write_sysctl(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

    if (fd < 0)
        return errno == ENOENT ? 0 : log_errno("cannot open %s", path);
    if (write(fd, value, strlen(value)) < 0)
        rc = log_errno("cannot write %s", path);
    close(fd);
    return rc;
}

/* Turns IPv6 off in the namespace: Linux would give each interface an IPv6
 * address by itself. */
static int silence(int ns)
{
    int home = net_namespace_enter(ns), rc = 0;

    if (home < 0)
        return -1;
    if (write_sysctl("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1") ||
        write_sysctl("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"))
        rc = -1;
    if (net_namespace_leave(home))
        rc = -1;
    return rc;
}

int net_namespace_open(const char *name)
{
    char path[sizeof(NAMESPACES) + NAME_MAX + 2];
    int fd;

    if (!*name || strlen(name) > NAME_MAX || strchr(name, '/') ||
        name[0] == '.')
        return log_error("\"%s\" is no name for a network namespace", name);
    snprintf(path, sizeof(path), NAMESPACES "/%s", name);

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !is_namespace(fd)) {
        if (fd >= 0)
            close(fd);
        if (share_directory() || make_at(path))
            return -1;
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return log_errno("cannot open %s", path);
    }
    if (silence(fd)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Sends a request to rtnetlink, in our own namespace, and waits for its first
 * answer.  Returns how many bytes that has, or 0 with errno set. */
static size_t ask_kernel(const void *request, size_t request_bytes,
                         void *answer, size_t answer_bytes)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    const struct nlmsghdr *header = answer;
    ssize_t received = -1;

    if (fd < 0)
        return 0;
    if (send(fd, request, request_bytes, 0) >= 0)
        received = recv(fd, answer, answer_bytes, 0);
    close(fd);
    if (received < 0)
        return 0;
    if (!NLMSG_OK(header, (size_t)received)) {
        errno = EPROTO;
        return 0;
    }
    return (size_t)received;
}

/* Asks for the interface to be moved.  Returns 0 or an errno. */
static int request_move(unsigned int index, int ns)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg interface;
        struct rtattr attribute;
        int32_t ns;
    } request = {
        .header = { .nlmsg_len = sizeof(request),
                    .nlmsg_type = RTM_NEWLINK,
                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
        .interface = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index },
        .attribute = { .rta_len = RTA_LENGTH(sizeof(int32_t)),
                       .rta_type = IFLA_NET_NS_FD },
        .ns = ns,
    };
    struct {
        struct nlmsghdr header;
        struct nlmsgerr result;
        char rest[512];
    } answer = { 0 };

    if (!ask_kernel(&request, sizeof(request), &answer, sizeof(answer)))
        return errno;
    return answer.header.nlmsg_type == NLMSG_ERROR ? -answer.result.error :
                                                     EPROTO;
}

/* The index of the bridge or bond that the interface is a port of; 0 if there
 * is none.  /sys/class/net would not do: it shows the namespace of the process
 * that mounted it. */
static unsigned int master_of(unsigned int index)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg interface;
    } request = {
        .header = { .nlmsg_len = sizeof(request),
                    .nlmsg_type = RTM_GETLINK,
                    .nlmsg_flags = NLM_F_REQUEST },
        .interface = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index },
    };
    _Alignas(struct nlmsghdr) char answer[32768];
    const struct nlmsghdr *header = (struct nlmsghdr *)answer;
    const struct rtattr *attribute;
    unsigned int left;

    if (!ask_kernel(&request, sizeof(request), answer, sizeof(answer)) ||
        header->nlmsg_type != RTM_NEWLINK)
        return 0;
    left = IFLA_PAYLOAD(header);
    for (attribute = IFLA_RTA((struct ifinfomsg *)NLMSG_DATA(header));
         RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
        if (attribute->rta_type == IFLA_MASTER)
            return *(const uint32_t *)RTA_DATA(attribute);
    return 0;
}

/* Refuses an interface that has an address.  dom0 talks through it; quite
 * likely the operator is logged in over it. */
static int refuse_address(const char *interface)
{
    char text[INET6_ADDRSTRLEN];
    struct ifaddrs *all, *one;
    int rc = 0;

    if (getifaddrs(&all))
        return log_errno("cannot list this machine's addresses");
    for (one = all; one && !rc; one = one->ifa_next) {
        const struct sockaddr *address = one->ifa_addr;
        const void *number;

        if (!address || strcmp(one->ifa_name, interface))
            continue;
        if (address->sa_family == AF_INET)
            number = &((const struct sockaddr_in *)address)->sin_addr;
        else if (address->sa_family == AF_INET6)
            number = &((const struct sockaddr_in6 *)address)->sin6_addr;
        else
            continue;
        if (address->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(number))
            continue; /* Linux makes link-local addresses by itself */
        rc = log_error("%s carries dom0's address %s; choose another card, or "
                       "free this one: ip address flush dev %s",
                       interface,
                       inet_ntop(address->sa_family, number, text,
                                 sizeof(text)),
                       interface);
    }
    freeifaddrs(all);
    return rc;
}

/* Refuses an interface that is a port of a bridge or bond. */
static int refuse_port(const char *interface, unsigned int index)
{
    unsigned int master = master_of(index);
    char name[IF_NAMESIZE];

    if (!master)
        return 0;
    return log_error("%s is a port of %s; choose another card, or free this "
                     "one: ip link set %s nomaster", interface,
                     if_indextoname(master, name) ? name : "another interface",
                     interface);
}

/* The interface's index in the namespace; 0 when it is not there. */
static unsigned int index_within(int ns, const char *interface)
{
    int home = net_namespace_enter(ns);
    unsigned int index;

    if (home < 0)
        return 0;
    index = if_nametoindex(interface);
    net_namespace_leave(home);
    return index;
}

int net_namespace_take(int ns, const char *name, const char *interface)
{
    unsigned int index;
    int r;

    if (!*interface || strlen(interface) >= IF_NAMESIZE)
        return log_error("\"%s\" is no name of a network interface",
                         interface);
    if (index_within(ns, interface))
        return 0;
    index = if_nametoindex(interface);
    if (!index)
        return log_error("there is no network interface %s, neither here nor "
                         "in network namespace %s; `ip link` shows what there "
                         "is", interface, name);
    if (refuse_address(interface) || refuse_port(interface, index))
        return -1;
    r = request_move(index, ns);
    if (r) {
        errno = r;
        return log_errno("cannot move %s into network namespace %s",
                         interface, name);
    }
    return 0;
}
