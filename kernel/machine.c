/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the end of the machine: tries what the port offers, in the order that tells most, and halts if all else fails.
 */
#include <ossa/arch.h>
#include <ossa/machine.h>
#include <ossa/panic.h>

static _Noreturn void halt_all(void)
{
    if (CONFIG_CPU)
        cpu_stop_others(NULL);
    arch_halt();
}

void machine_exit(unsigned status)
{
    arch_power_off(MACHINE_EXIT_CODE(status));
    halt_all();
}

void machine_reboot(void)
{
    arch_reboot();
    halt_all();
}
