/* SPDX-License-Identifier: 0BSD */
/*
 * YOUR KERNEL STARTS HERE. Replace this file: init() is the first function of yours, entered when the machine is ready
 * (kernel/main.c lists what is up). What it returns, 0 to 99, becomes the machine's final status.
 */
#include <ossa/arch.h>
#include <ossa/init.h>
#include <ossa/log.h>

int init(void)
{
    log_info("Hello from %s!", ARCH_NAME);
    return 0;
}
