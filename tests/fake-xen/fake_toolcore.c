/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_toolcore.c - libxentoolcore: restricts every handle of the fake
 * libraries
 */
#include <xentoolcore.h>

#include "fake-xen/fake_client.h"

int xentoolcore_restrict_all(domid_t domid)
{
    return fake_restrict_all(domid);
}
