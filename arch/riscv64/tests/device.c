/* SPDX-License-Identifier: 0BSD */
/*
 * The machine ends by its system controller alone.
 */
#include <ossa/test.h>

static void end_by(enum syscon_use use)
{
    console_printf("the system controller ends it\n");
    syscon_write(use);
    for (;;)
        arch_cpu_relax();
}

FATAL_TEST_STATUS(riscv64_syscon_powers_off, "the system controller ends it", MACHINE_VANISHED)
{
    end_by(SYSCON_POWER_OFF);
}

FATAL_TEST_STATUS(riscv64_syscon_reboots, "the system controller ends it", MACHINE_VANISHED)
{
    end_by(SYSCON_REBOOT);
}
