/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attributes_probe.c - asks Xen which attributes of ports it knows, in wrong
 * words and in the right ones
 *
 * usage: attributes_probe DOMID
 *
 * The library of xen-patch has the right words only, so the wrong ones are
 * said to privcmd itself.  Prints a line for each question whose answer was
 * not the expected one, then how many there were.
 */
#define __XEN_TOOLS__ 1 /* xen/hvm/dm_op.h */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <xen/hvm/dm_op.h>
#include <xen/sys/privcmd.h>

#include "uart/port_attributes.h"
#include "uart/xen_extensions.h"

#define KNOWN                            \
    (1u << XEN_DMOP_IO_RANGE_POSTED |    \
     1u << XEN_DMOP_IO_RANGE_SHADOW)
#define WHOLE                            \
    (offsetof(struct xen_dm_op, u) +     \
     sizeof(struct xen_dm_op_query_port_attrs))

static const struct question {
    const char *what;
    int expected; /* errno, or 0 */
    struct xen_dm_op_query_port_attrs words;
    uint32_t pad;
    uint32_t bytes;
} questions[] = {
    { "no signature", EINVAL, { 0, 0 }, 0, WHOLE },
    { "the answer's signature", EINVAL, { XEN_DMOP_PORT_ATTRS_REPLY, 0 }, 0,
      WHOLE },
    { "attributes in the question", EINVAL,
      { XEN_DMOP_PORT_ATTRS_QUERY, KNOWN }, 0, WHOLE },
    { "padding", EINVAL, { XEN_DMOP_PORT_ATTRS_QUERY, 0 }, 1, WHOLE },
    { "half of the words", EFAULT, { XEN_DMOP_PORT_ATTRS_QUERY, 0 }, 0,
      WHOLE - 4 },
    { "the right words", 0, { XEN_DMOP_PORT_ATTRS_QUERY, 0 }, 0, WHOLE },
};

static int ask(struct port_attributes *attributes,
               const struct question *question)
{
    struct xen_dm_op op = {
        .op = XEN_DMOP_query_port_attrs,
        .pad = question->pad,
    };
    privcmd_dm_op_buf_t buffer = { .uptr = &op, .size = question->bytes };
    privcmd_dm_op_t call = {
        .dom = attributes->domid,
        .num = 1,
        .ubufs = &buffer,
    };
    int error;

    memcpy(&op.u, &question->words, sizeof(question->words));
    error = ioctl(attributes->fd, IOCTL_PRIVCMD_DM_OP, &call) ? errno : 0;
    if (error == question->expected)
        return 0;
    printf("%s: expected %s, got %s\n", question->what,
           strerror(question->expected), strerror(error));
    return 1;
}

int main(int argc, char **argv)
{
    struct port_attributes attributes;
    unsigned int wrong = 0;
    size_t i, count = sizeof(questions) / sizeof(questions[0]);
    uint32_t known;

    if (argc != 2 ||
        port_attributes_open(&attributes, strtoul(argv[1], NULL, 10)) ||
        port_attributes_restrict(&attributes))
        return 2;
    for (i = 0; i < count; i++)
        wrong += ask(&attributes, &questions[i]);
    known = port_attributes_query(&attributes);
    if (known != KNOWN) {
        printf("the role's own question: expected %#x, got %#x\n", KNOWN,
               known);
        wrong++;
    }
    printf("%zu questions, %u with a wrong answer\n", count + 1, wrong);
    port_attributes_close(&attributes);
    return wrong ? 1 : 0;
}
