/* SPDX-License-Identifier: 0BSD */
/*
 * x86_64's numbers for C, assembly and the linker script. FRAME_ are the offsets in struct arch_frame that assembly
 * needs, asserted in <arch/frame.h>; the GDT's first entries are here because entry.S needs them before C can run.
 */
#pragma once

#define ARCH_KERNEL_PA         0x200000
#define ARCH_PAGE_TABLE_LEVELS 4

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x18
#define GDT_CODE      0x00af9b000000ffff /* 64-bit, present, ring 0, accessed (Intel SDM 3A, 3.4.5) */
#define GDT_DATA      0x00cf93000000ffff

#define COM1_PORT       0x3f8
#define EXIT_PORT       0xf4 /* QEMU's isa-debug-exit, as arch.mk puts it there: its status is value << 1 | 1 */
#define EXIT_BOOT_ERROR 118  /* machine.c asserts that it is MACHINE_BOOT_ERROR's */

#define TRAP_VECTOR_SIZE 16 /* bytes from one entry of trap_vectors to the next */

#define FRAME_CR2    0
#define FRAME_CR3    8
#define FRAME_R15    16
#define FRAME_RAX    128
#define FRAME_VECTOR 136
#define FRAME_ERROR  144
#define FRAME_RIP    152
#define FRAME_CS     160
#define FRAME_RFLAGS 168
#define FRAME_RSP    176
#define FRAME_SS     184
#define FRAME_SIZE   192
