/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_device.c - a network card in sysfs: taken from Linux, given back */
#define _GNU_SOURCE
#include "supervisor/host/pci_device.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nic/nic.h"
#include "shared/log.h"

#define DEVICES          "/sys/bus/pci/devices"
#define UIO_DRIVER       "uio_pci_generic"
#define ETHERNET_CLASS   0x0200 /* PCI Code and ID Assignment, 1.3 */
#define NAME_BYTES       64

extern char **environ;

/* ---- sysfs ---- */

/* Reads the number in DEVICES/BDF/name; 0 when it cannot be read. */
static unsigned long read_number(const struct pci_address *address,
                                 const char *name)
{
    char path[PATH_MAX], text[32] = "";
    FILE *file;

    snprintf(path, sizeof(path), DEVICES "/%s/%s", address->text, name);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (!fgets(text, sizeof(text), file))
        *text = '\0';
    fclose(file);
    return strtoul(text, NULL, 16);
}

/* Reads the last part of where the link at path points to; "" when there is
 * no link. */
static void read_link(const char *path, char name[NAME_BYTES])
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    const char *slash;

    *name = '\0';
    if (length < 0)
        return;
    target[length] = '\0';
    slash = strrchr(target, '/');
    snprintf(name, NAME_BYTES, "%.*s", NAME_BYTES - 1,
             slash ? slash + 1 : target);
}

static void read_driver(const struct pci_address *address,
                        char name[NAME_BYTES])
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), DEVICES "/%s/driver", address->text);
    read_link(path, name);
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        rc = log_errno("cannot write \"%s\" to %s",
                       *text == '\n' ? "" : text, path);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int write_attribute(const struct pci_address *address,
                           const char *name, const char *text)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), DEVICES "/%s/%s", address->text, name);
    return write_text(path, text);
}

/* ---- may it be taken? ---- */

/* Finds an address that somebody gave the interface.  Link-local addresses,
 * which come by themselves, are none. */
static bool find_address(const char *interface, char *text, size_t bytes)
{
    struct ifaddrs *all, *one;
    bool is_found = false;

    if (getifaddrs(&all))
        return false;
    for (one = all; one && !is_found; one = one->ifa_next) {
        const struct sockaddr *address = one->ifa_addr;
        socklen_t length = 0;

        if (!address || strcmp(one->ifa_name, interface))
            continue;
        if (address->sa_family == AF_INET)
            length = sizeof(struct sockaddr_in);
        else if (address->sa_family == AF_INET6 &&
                 !IN6_IS_ADDR_LINKLOCAL(
                     &((const struct sockaddr_in6 *)address)->sin6_addr))
            length = sizeof(struct sockaddr_in6);
        is_found = length > 0 &&
                   !getnameinfo(address, length, text, bytes, NULL, 0,
                                NI_NUMERICHOST);
    }
    freeifaddrs(all);
    return is_found;
}

static int check_interface(const struct pci_address *address,
                           const char *interface)
{
    char text[NI_MAXHOST], path[PATH_MAX], master[NAME_BYTES];

    if (find_address(interface, text, sizeof(text)))
        return log_error("network card %s is dom0's %s, which has the address "
                         "%s; choose another card, or take the address away "
                         "first: ip address flush dev %s", address->text,
                         interface, text, interface);
    snprintf(path, sizeof(path), "/sys/class/net/%.32s/master", interface);
    read_link(path, master);
    if (*master)
        return log_error("network card %s is dom0's %s, which is part of %s; "
                         "choose another card, or take it out first: ip link "
                         "set dev %s nomaster",
                         address->text, interface, master, interface);
    return 0;
}

static int check_interfaces(const struct pci_address *address)
{
    char pattern[PATH_MAX];
    glob_t found = { 0 };
    int rc = 0;
    size_t i;

    snprintf(pattern, sizeof(pattern), DEVICES "/%s/net/*", address->text);
    glob(pattern, 0, NULL, &found);
    for (i = 0; i < found.gl_pathc && !rc; i++)
        rc = check_interface(address,
                             strrchr(found.gl_pathv[i], '/') + 1);
    globfree(&found);
    return rc;
}

static int check(const struct pci_address *address, const char *driver)
{
    unsigned long vendor = read_number(address, "vendor");
    unsigned long device = read_number(address, "device");

    if (!vendor)
        return log_error("there is no PCI device %s; lspci -D shows those "
                         "there are", address->text);
    if (read_number(address, "class") >> 8 != ETHERNET_CLASS)
        return log_error("PCI device %s is no Ethernet card; lspci -D shows "
                         "what is", address->text);
    if (!nic_drives_pci(vendor, device))
        return log_error("mediatord has no driver of its own for network card "
                         "%s (%04lx:%04lx); mediatord(8) lists those it has, "
                         "and nic = \"netdev:eth1\", say, uses Linux's",
                         address->text, vendor, device);
    if (!strcmp(driver, "pciback") || !strcmp(driver, "xen-pciback"))
        return log_error("network card %s is set aside for guests; choose "
                         "another card, or take it back first: xl pci-detach "
                         "from its guest, and xl pci-assignable-remove %s",
                         address->text, address->text);
    return check_interfaces(address);
}

/* ---- from driver to driver ---- */

static int load_uio(void)
{
    const char *const arguments[] = { "modprobe", UIO_DRIVER, NULL };
    int status = -1;
    pid_t pid;

    if (!access("/sys/bus/pci/drivers/" UIO_DRIVER, F_OK))
        return 0;
    if (!posix_spawnp(&pid, arguments[0], NULL, NULL,
                      (char *const *)arguments, environ))
        waitpid(pid, &status, 0);
    if (access("/sys/bus/pci/drivers/" UIO_DRIVER, F_OK))
        return log_error("dom0's kernel has no driver " UIO_DRIVER
                         "; load that "
                         "module (modprobe " UIO_DRIVER "), or use "
                         "nic = \"netdev:...\"");
    return 0;
}

static int unbind(const struct pci_address *address, const char *driver)
{
    return *driver ? write_attribute(address, "driver/unbind", address->text)
                   : 0;
}

bool pci_device_is_taken(const struct pci_address *address)
{
    char driver[NAME_BYTES];

    read_driver(address, driver);
    return !strcmp(driver, UIO_DRIVER);
}

int pci_device_take(const struct pci_address *address)
{
    char driver[NAME_BYTES], now[NAME_BYTES];
    int rc;

    if (pci_device_is_taken(address))
        return 0;
    read_driver(address, driver);
    rc = check(address, driver);
    if (!rc)
        rc = load_uio();
    if (!rc)
        rc = write_attribute(address, "driver_override", UIO_DRIVER);
    if (!rc)
        rc = unbind(address, driver);
    if (!rc)
        rc = write_text("/sys/bus/pci/drivers_probe", address->text);
    if (rc)
        return rc;
    read_driver(address, now);
    if (strcmp(now, UIO_DRIVER)) {
        rc =
            log_error("network card %s does not accept " UIO_DRIVER " (has it "
                      "an interrupt line?); dmesg says why",
                      address->text);
        pci_device_give_back(address);
        return rc;
    }
    log_info("network card %s taken from dom0's driver %s", address->text,
             *driver ? driver : "(none)");
    return 0;
}

int pci_device_give_back(const struct pci_address *address)
{
    char driver[NAME_BYTES];
    int rc;

    read_driver(address, driver);
    rc = write_attribute(address, "driver_override", "\n");
    if (!rc && !strcmp(driver, UIO_DRIVER))
        rc = unbind(address, driver);
    if (!rc)
        rc = write_text("/sys/bus/pci/drivers_probe", address->text);
    read_driver(address, driver);
    if (!rc)
        log_info("network card %s given back to dom0's driver %s",
                 address->text, *driver ? driver : "(none)");
    return rc;
}
