/* SPDX-License-Identifier: 0BSD */
/*
 * The end of the machine, and the status it leaves. scripts/run turns the status back into its own exit status.
 */
#pragma once

/* Statuses. 0 to 99 are init()'s return value. */
#define MACHINE_SUCCESS    0
#define MACHINE_INIT_MAX   99
#define MACHINE_PANIC      101 /* a panic was reported whole */
#define MACHINE_BOOT_ERROR 102
#define MACHINE_NESTED     103 /* a panic or trap while panicking: only its short line was printed */

/*
 * What arch_power_off() is given: odd, never 0 and never 1, because an emulator exits with 0 when the guest resets or
 * powers off by itself, with 1 when it cannot start, and x86's debug-exit device can only say odd numbers.
 */
#define MACHINE_EXIT_CODE(status) ((((status) + 16) << 1) | 1)

/* Ends the machine with a status: exit device, power off, or else halt. */
_Noreturn void machine_exit(unsigned status);

/* Resets the machine; halts if it cannot. */
_Noreturn void machine_reboot(void);
