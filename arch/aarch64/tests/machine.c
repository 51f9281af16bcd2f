/* SPDX-License-Identifier: 0BSD */
/*
 * The machine ends by its firmware alone: no semihosting.
 */
#include <ossa/test.h>

FATAL_TEST_STATUS(aarch64_psci_powers_off, "by PSCI", MACHINE_VANISHED)
{
    console_printf("by PSCI\n");
    machine_call_psci(PSCI_SYSTEM_OFF, 0, 0, 0);
    arch_halt(); /* the machine may take a moment */
}
