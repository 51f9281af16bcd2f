/* SPDX-License-Identifier: 0BSD */
/*
 * Numbers that C, assembly and the linker script must agree on, the same on every architecture. What differs between
 * architectures is in <arch/layout.h>. Only #defines of plain numbers: the linker script and the assembler read this.
 *
 *   KERNEL_VA  0xffffffff80000000   the image, as it is linked; within 2 GiB of the top, as mcmodel=kernel asks
 *   FIXMAP_VA  0xffffffffc0000000   windows of the early address space (kernel/early_map.c)
 */
#pragma once

#include <arch/layout.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1 << PAGE_SHIFT)
#define BLOCK_SIZE (1 << 21) /* what one entry of the last but one table level maps */

#define KERNEL_VA       0xffffffff80000000
#define KERNEL_SIZE_MAX (4 * BLOCK_SIZE) /* asserted by the linker script; kernel/early_map.c has tables for it */

#define FIXMAP_VA       0xffffffffc0000000
#define FIXMAP_DOCUMENT 0x000000 /* 3 MiB: boot document, PVH's lists; a devicetree may take 2 MiB and start anywhere */
#define FIXMAP_SCRATCH  0x300000 /* one at a time: PVH's strings, exit devices, what a port looks at while it starts */
#define FIXMAP_CONSOLE  0x3ff000 /* one page: the console's device */
#define FIXMAP_SIZE     0x400000

/*
 * A stack is STACK_SIZE bytes, aligned to twice that, above a guard of the same size: so bit STACK_SHIFT of an address
 * inside a stack is 0 and becomes 1 on overflow. Trap entries test that one bit before they store anything.
 */
#define STACK_SHIFT (15 + CONFIG_KASAN) /* red zones make frames larger */
#define STACK_SIZE  (1 << STACK_SHIFT)

#define THREAD_NAME_MAX 16 /* bytes, NUL included */

/* Offsets in struct thread and struct cpu (cpu.h), asserted in kernel/boot_cpu.c. */
#define THREAD_STACK_GUARD 0
#define THREAD_CPU         8
#define THREAD_SP          16
#define CPU_THREAD         0
#define CPU_STACK_GUARD    8
#define CPU_EMERGENCY_SP   16 /* the first of trap_stack_ends */
