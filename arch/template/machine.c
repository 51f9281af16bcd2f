/* SPDX-License-Identifier: 0BSD */
/*
 * The end of the machine. Tell the status to the emulator's exit device if the machine names one, else power off by
 * firmware; step over by EXTABLE what may not exist. Green with it: the exit status of `make run`, tests/fatal.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

void arch_power_off(unsigned code)
{
    panic("arch_power_off: not written yet");
}

void arch_reboot(void)
{
    panic("arch_reboot: not written yet");
}
