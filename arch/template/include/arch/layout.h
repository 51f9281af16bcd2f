/* SPDX-License-Identifier: 0BSD */
/*
 * The port's numbers for C, assembly and the linker script: plain #defines only. Write the offsets that trap.S stores
 * at, and the bits that entry.S sets. Green with it: the build.
 */
#pragma once

#define ARCH_KERNEL_PA         0x200000 /* where the firmware puts the image if nothing else is said */
#define ARCH_PAGE_TABLE_LEVELS 4
#define ARCH_FRAME_RECORD      0
#define ARCH_TRAP_STACKS       0
#define ARCH_CPU_START_PA_MAX  0

#define FRAME_PC   0
#define FRAME_SP   8
#define FRAME_SIZE 16
