/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel_main() hands over to, in kernel/init.c: the kernel's first function of yours.
 */
#pragma once

/* Runs with the contract of boot.h, console and log set up. Returns the machine's status, 0 (success) to 99. */
int init(void);
