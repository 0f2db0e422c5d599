/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - lwIP's unit tests include it; there is nothing to say
 */
