/* SPDX-License-Identifier: 0BSD */
/*
 * The machine starts again by its own means: the emulator, which is told not to let it, ends without a status.
 */
#include <ossa/test.h>

FATAL_TEST_STATUS(machine_reboots, "once more", MACHINE_VANISHED)
{
    console_printf("once more\n");
    machine_reboot();
}
