/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - empty; lwIP's unit tests include a file of this name
 */
