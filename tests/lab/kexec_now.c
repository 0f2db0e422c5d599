/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kexec_now.c - starts another kernel in a Linux guest, as kexec -l and
 * kexec -e do
 *
 *   kexec_now KERNEL INITRAMFS COMMAND_LINE
 *
 * It is linked statically: the guest has a busybox and nothing else.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int kernel, initramfs;

    if (argc != 4) {
        fprintf(stderr, "usage: kexec_now KERNEL INITRAMFS COMMAND_LINE\n");
        return 2;
    }
    kernel = open(argv[1], O_RDONLY);
    initramfs = open(argv[2], O_RDONLY);
    if (kernel < 0 || initramfs < 0 ||
        syscall(SYS_kexec_file_load, kernel, initramfs, strlen(argv[3]) + 1,
                argv[3], 0)) {
        perror("kexec_now: cannot load the kernel");
        return 1;
    }
    syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
            LINUX_REBOOT_CMD_KEXEC, NULL);
    perror("kexec_now: cannot start the kernel");
    return 1;
}
