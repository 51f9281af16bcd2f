/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the end of the machine: tries what the port offers, in the order that tells most, and halts if all else fails.
 */
#include <ossa/arch.h>
#include <ossa/machine.h>

void machine_exit(unsigned status)
{
    arch_power_off(MACHINE_EXIT_CODE(status));
    arch_halt();
}

void machine_reboot(void)
{
    arch_reboot();
    arch_halt();
}
