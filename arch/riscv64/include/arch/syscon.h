/* SPDX-License-Identifier: 0BSD */
/*
 * System controllers that end the machine: device.c, which goes with kernel/device/.
 */
#pragma once

#include <ossa/arch.h>

enum syscon_use { SYSCON_POWER_OFF, SYSCON_REBOOT, SYSCON_USES };

/* Ends the machine, some time after it has returned; nothing if it has no such controller. */
void syscon_write(enum syscon_use use);
