/* SPDX-License-Identifier: 0BSD */
/*
 * What ACPI says of the machine (interrupt_platform.c), for the port's own files. For kernels with kernel/interrupt/.
 */
#pragma once

#include <ossa/acpi.h>

/* The open tables; NULL: the firmware has none. From platform_init() until boot is over, on the boot CPU. */
extern struct acpi *platform_acpi;

/* All zero if there is none. */
extern struct acpi_fadt platform_fadt;

/* Opens the tables and finds what platform_power_off() and platform_reset() need. From arch_interrupt_init(). */
void platform_init(void);

/* == time.c ======================================================================================================== */

/* Looks for a counter of known rate and gives it to kernel/time/. */
void time_find_reference(void);

/* Seconds since 1970 that registers of CMOS mean, status B saying how; 0: they are no time. A century that is none is
 * this one. */
enum { CMOS_SECOND, CMOS_MINUTE, CMOS_HOUR, CMOS_DAY, CMOS_MONTH, CMOS_YEAR, CMOS_CENTURY, CMOS_FIELDS };
uint64_t time_from_cmos(const uint8_t registers[CMOS_FIELDS], uint8_t status_b);
