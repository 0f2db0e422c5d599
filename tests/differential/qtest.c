/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * qtest.c - starts QEMU, and speaks its qtest protocol
 */
#define _GNU_SOURCE
#include "qtest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERIAL_IRQ 4
#define START_MS 30000
#define TURNS 3 /* of QEMU's main loop until it has received a byte */

char qtest_edges[256];

static FILE *to_qemu, *from_qemu;
static int line = -1;
static pid_t pid;
static char folder[] = "/tmp/uart-qemu.XXXXXX", path[64], bios_path[64];

static int failed(const char *what)
{
    fprintf(stderr, "qtest: %s: %s\n", what, strerror(errno));
    return -1;
}

static void qtest_stop(void)
{
    if (pid > 0) {
        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
    }
    pid = 0;
    unlink(path);
    unlink(bios_path);
    rmdir(folder);
}

static void run_qemu(int input, int output)
{
    char chardev[128];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    snprintf(chardev, sizeof(chardev), "socket,id=line,path=%s", path);
    execlp("qemu-system-x86_64", "qemu-system-x86_64", "-machine", "pc",
           "-bios", bios_path, "-nodefaults", "-display", "none", "-qtest",
           "stdio", "-qtest-log", "/dev/null", "-chardev", chardev,
           "-serial", "chardev:line", NULL);
    failed("cannot start qemu-system-x86_64");
    _exit(127);
}

/* QEMU's timers run only while its processor does; this one halts with
 * interrupts off at its first instruction. */
static int write_bios(void)
{
    static uint8_t image[65536];
    static const uint8_t reset_vector[] = { 0xfa, 0xf4, 0xeb, 0xfd };
    FILE *file;

    memcpy(image + sizeof(image) - 16, reset_vector, sizeof(reset_vector));
    snprintf(bios_path, sizeof(bios_path), "%s/bios", folder);
    file = fopen(bios_path, "we");
    if (!file || fwrite(image, sizeof(image), 1, file) != 1 || fclose(file))
        return failed(bios_path);
    return 0;
}

static int listen_for_line(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || !mkdtemp(folder))
        return failed("no socket");
    snprintf(path, sizeof(path), "%s/line", folder);
    strcpy(address.sun_path, path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
        listen(fd, 1))
        return failed("cannot listen");
    return fd;
}

int qtest_start(void)
{
    int input[2], output[2], listener = listen_for_line();

    /* However the program ends, nothing is left behind. */
    atexit(qtest_stop);
    if (listener < 0 || write_bios() || pipe2(input, O_CLOEXEC) ||
        pipe2(output, O_CLOEXEC))
        return failed("no pipe");
    pid = fork();
    if (pid == 0)
        run_qemu(input[0], output[1]);
    close(input[0]);
    close(output[1]);
    /* If QEMU cannot be started, it does not connect either. */
    if (poll(&(struct pollfd){ listener, POLLIN, 0 }, 1, START_MS) > 0)
        line = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    close(listener);
    to_qemu = fdopen(input[1], "w");
    from_qemu = fdopen(output[0], "r");
    if (pid < 0 || line < 0 || !to_qemu || !from_qemu)
        return failed("QEMU does not come up");
    setvbuf(to_qemu, NULL, _IOFBF, 1 << 17);
    qtest_command("irq_intercept_in ioapic");
    qtest_send();
    qtest_answer();
    return 0;
}

void qtest_command(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(to_qemu, format, arguments);
    va_end(arguments);
    putc('\n', to_qemu);
}

void qtest_send(void)
{
    fflush(to_qemu);
}

static void note_edge(const char *text)
{
    size_t used = strlen(qtest_edges);
    char what[8];
    int irq;

    if (sscanf(text, "IRQ %7s %d", what, &irq) == 2 && irq == SERIAL_IRQ &&
        used < sizeof(qtest_edges) - 1)
        strcpy(qtest_edges + used, strcmp(what, "raise") ? "0" : "1");
}

uint32_t qtest_answer(void)
{
    char text[256];

    for (;;) {
        if (!fgets(text, sizeof(text), from_qemu)) {
            fprintf(stderr, "qtest: QEMU is gone\n");
            exit(2);
        }
        if (!strncmp(text, "IRQ ", 4)) {
            note_edge(text);
            continue;
        }
        if (strncmp(text, "OK", 2)) {
            fprintf(stderr, "qtest: QEMU says %s", text);
            exit(2);
        }
        return text[2] == ' ' ? strtoul(text + 3, NULL, 0) : 0;
    }
}

void qtest_line_write(const uint8_t *bytes, size_t count)
{
    if (write(line, bytes, count) != (ssize_t)count) {
        failed("the line");
        exit(2);
    }
}

size_t qtest_line_read(uint8_t *bytes, size_t count)
{
    ssize_t got = read(line, bytes, count);

    return got < 0 ? 0 : got;
}

void qtest_settle(void)
{
    unsigned int i;

    for (i = 0; i < TURNS; i++) {
        qtest_command("inb 0x3ff"); /* SCR, without side effects */
        qtest_send();
        qtest_answer();
    }
}
