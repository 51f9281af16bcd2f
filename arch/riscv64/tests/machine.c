/* SPDX-License-Identifier: 0BSD */
/*
 * The machine ends by its firmware alone: no test finisher of ours.
 */
#include <ossa/test.h>

FATAL_TEST_STATUS(riscv64_sbi_powers_off, "by the SBI", MACHINE_VANISHED)
{
    console_printf("by the SBI\n");
    sbi_call(SBI_RESET, 0, 0, 0, 0); /* SBI 1.0, 10.1: shutdown, no reason */
    arch_halt();                     /* the machine may take a moment */
}
