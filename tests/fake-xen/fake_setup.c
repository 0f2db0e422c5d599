/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_setup.c - starts and ends a fake Xen, and asks it for what only a test
 * may
 */
#define _GNU_SOURCE
#include "fake-xen/fake_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stddef.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-xen/fake_client.h"

static char directory[64];
static pid_t hypervisor_pid;
static struct fake_connection test;

static void fail(const char *what)
{
    fprintf(stderr, "fake Xen: cannot %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

const char *fake_xen_directory(void)
{
    return directory;
}

static void start_hypervisor(void)
{
    static struct fake_hypervisor hypervisor;
    pid_t parent = getpid();

    if (fake_hypervisor_open(&hypervisor, directory))
        fail("make its files");
    fflush(NULL);
    hypervisor_pid = fork();
    if (hypervisor_pid < 0)
        fail("fork");
    if (hypervisor_pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            fake_hypervisor_run(&hypervisor);
        _exit(EXIT_SUCCESS);
    }
    close(hypervisor.listener);
    close(hypervisor.ioreq_fd);
    munmap(hypervisor.xen, sizeof(*hypervisor.xen));
}

void fake_xen_start(void)
{
    /* The files are in memory where that is possible: their pages are shared,
     * and not to be written out. */
    const char *where = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

    snprintf(directory, sizeof(directory), "%s/fake-xen.XXXXXX", where);
    if (!mkdtemp(directory))
        fail("make a directory");
    if (setenv(FAKE_XEN_ENVIRONMENT, directory, 1))
        fail("set the environment");
    start_hypervisor();
    if (fake_connect(&test, FAKE_KIND_TEST, 0))
        fail("connect");
}

void fake_xen_patch(void)
{
    atomic_store(&fake_xen_attach()->patch, FAKE_PATCH_OURS);
}

void fake_xen_patch_otherwise(void)
{
    atomic_store(&fake_xen_attach()->patch, FAKE_PATCH_OTHER);
}

static void print_violations(void)
{
    char path[256], line[512];
    FILE *file;

    fake_xen_path(path, sizeof(path), "violations");
    file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        fprintf(stderr, "# broken rule of Xen's: %s", line);
    if (file)
        fclose(file);
}

static int remove_entry(const char *path, const struct stat *status,
                        int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

unsigned int fake_xen_stop(void)
{
    unsigned int violations = atomic_load(&fake_xen_attach()->violations);

    if (violations)
        print_violations();
    fake_disconnect(&test);
    waitpid(hypervisor_pid, NULL, 0);
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    fake_xen_detach();
    unsetenv(FAKE_XEN_ENVIRONMENT);
    return violations;
}

int fake_domain_create_as(uint32_t domid,
                          const struct fake_domain_config *config)
{
    struct fake_call call = {
        .operation = FAKE_CREATE_DOMAIN,
        .domid = domid,
        .text_bytes = sizeof(*config),
    };

    memcpy(call.text, config, sizeof(*config));
    return fake_call(&test, &call, NULL);
}

int fake_domain_create(uint32_t domid, const char *name, unsigned int vcpus)
{
    struct fake_domain_config config = {
        .uuid = { 0xfa, 0x4e, domid >> 8, domid },
        .vcpus = vcpus,
        .pages = 256,
        .is_hvm = true,
    };

    snprintf(config.name, sizeof(config.name), "%s", name);
    return fake_domain_create_as(domid, &config);
}

int fake_domain_destroy(uint32_t domid)
{
    struct fake_call call = {
        .operation = FAKE_DESTROY_DOMAIN,
        .domid = domid,
    };

    return fake_call(&test, &call, NULL);
}

int fake_domain_set_page(uint32_t domid, uint64_t frame, enum fake_page kind)
{
    struct fake_call call = {
        .operation = FAKE_SET_PAGE,
        .domid = domid,
        .values = { frame, kind },
    };

    return fake_call(&test, &call, NULL);
}

void fake_fault_set(enum fake_fault_action action, unsigned int point,
                    unsigned int count)
{
    struct fake_fault *fault = &fake_xen_attach()->fault;

    atomic_store(&fault->fired, 0);
    atomic_store(&fault->point, point);
    atomic_store(&fault->remaining, count);
    atomic_store(&fault->action, action);
}

bool fake_fault_clear(void)
{
    struct fake_fault *fault = &fake_xen_attach()->fault;

    atomic_store(&fault->action, FAKE_FAULT_NONE);
    return atomic_load(&fault->fired);
}

void fake_shortage_set(int resource, uint64_t left)
{
    struct fake_shortage *shortage = &fake_xen_attach()->shortage;

    atomic_store(&shortage->resource, resource);
    atomic_store(&shortage->left, left);
    atomic_store(&shortage->is_on, 1);
}

void fake_shortage_clear(void)
{
    atomic_store(&fake_xen_attach()->shortage.is_on, 0);
}

void fake_unmappable_set(bool is_unmappable)
{
    atomic_store(&fake_xen_attach()->shortage.is_unmappable, is_unmappable);
}

void fake_over_quota_set(bool is_over_quota)
{
    atomic_store(&fake_xen_attach()->shortage.is_over_quota, is_over_quota);
}

void fake_unaskable_set(bool is_unaskable)
{
    atomic_store(&fake_xen_attach()->shortage.is_unaskable, is_unaskable);
}

void fake_store_become(enum fake_store_mood mood)
{
    struct fake_xen *xen = fake_xen_attach();

    if (mood == FAKE_STORE_DEAD)
        atomic_fetch_add(&xen->store_deaths, 1);
    atomic_store(&xen->store_mood, mood);
    fake_futex_wake(&xen->store_mood);
}

/* Waits until the hypervisor has released what an ended process held. dom0's
 * kernel does that before anybody can see the end.  The hypervisor sees ends
 * before calls, so its answer to one says that it has. */
static void settle(void)
{
    struct fake_call call = { .operation = FAKE_GET_INFO };

    fake_call(&test, &call, NULL);
}

unsigned int fake_count_servers(void)
{
    struct fake_xen *xen = fake_xen_attach();
    unsigned int count = 0, domain, server;

    settle();

    for (domain = 0; domain < FAKE_DOMAINS_MAX; domain++)
        for (server = 1; server < FAKE_SERVERS_MAX; server++)
            count += atomic_load(&xen->domains[domain].is_used) &&
                     atomic_load(&xen->domains[domain].servers[server]
                                      .is_used);
    return count;
}

unsigned int fake_count_bound(void)
{
    struct fake_xen *xen = fake_xen_attach();
    unsigned int count = 0, domain, server, channel;

    settle();
    for (domain = 0; domain < FAKE_DOMAINS_MAX; domain++)
        for (server = 0; server < FAKE_SERVERS_MAX; server++)
            for (channel = 0; channel < FAKE_CHANNELS; channel++)
                count += atomic_load(&xen->domains[domain]
                                          .channels[server][channel]
                                          .handle) != 0;
    return count;
}

unsigned int fake_count_unrestricted(void)
{
    struct fake_call call = { .operation = FAKE_COUNT_UNRESTRICTED };

    return fake_call(&test, &call, NULL) ? UINT_MAX : call.values[0];
}
