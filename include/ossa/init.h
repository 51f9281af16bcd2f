/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel_main() hands over to: the kernel's first function of yours, in kernel/init.c. A test or bench kernel has
 * one of its own in its place (kernel/test/, kernel/bench/).
 */
#pragma once

/* Runs with the contract of boot.h, console and log set up. Returns the machine's status, 0 (success) to 99. */
int init(void);
