/* SPDX-License-Identifier: 0BSD */
/*
 * aarch64's numbers for C, assembly and the linker script. FRAME_ are the offsets of struct arch_frame's fields, which
 * <arch/frame.h> asserts; the others are named after fields of the Arm Architecture Reference Manual (DDI 0487).
 */
#pragma once

#define ARCH_KERNEL_PA         0x40200000
#define ARCH_PAGE_TABLE_LEVELS 4
#define ARCH_FRAME_RECORD      0
#define ARCH_TRAP_STACKS       0
#define ARCH_CPU_START_PA_MAX  0

/* Translation table descriptors */
#define DESCRIPTOR_VALID  0x1
#define DESCRIPTOR_TABLE  0x2 /* a table; at the last level a page; else a block */
#define DESCRIPTOR_DEVICE 0x4 /* AttrIndx 1 of MAIR_EL1 */
#define DESCRIPTOR_RO     0x80
#define DESCRIPTOR_KERNEL 0x40000000000700 /* UXN, accessed, inner shareable */
#define DESCRIPTOR_PXN    0x20000000000000
#define DESCRIPTOR_PA     0xfffffffff000

#define MAIR_VALUE  0x04ff     /* byte 0: normal, write-back, allocating; byte 1: device nGnRE */
#define TCR_VALUE   0xb5103510 /* 48-bit addresses; walks write-back, inner shareable; 4 KiB pages */
#define TCR_EPD0    0x80       /* no walks from TTBR0_EL1 */
#define TCR_EPD1    0x800000   /* no walks from TTBR1_EL1 */
#define SCTLR_RESET 0x30d00800 /* RES1 of Armv8.0: LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS; MMU off, little-endian */
#define SCTLR_M     0x1
#define SCTLR_A     0x2
#define SCTLR_C     0x4
#define SCTLR_SA    0x8
#define SCTLR_I     0x1000
#define SCTLR_WXN   0x80000
#define SCTLR_SPAN  0x800000 /* 0: exceptions set PSTATE.PAN */

/* Semihosting for AArch32 and AArch64 (2.0), called by hlt #0xf000 */
#define SYS_WRITE0       0x04
#define SYS_EXIT         0x18
#define APPLICATION_EXIT 0x20026 /* the reason that has a status */
#define EXIT_BOOT_ERROR  237     /* machine.c asserts that it is MACHINE_BOOT_ERROR's */

#define FRAME_X(n)   (8 * (n))
#define FRAME_SP     248
#define FRAME_PC     256
#define FRAME_PSTATE 264
#define FRAME_ESR    272
#define FRAME_FAR    280
#define FRAME_VECTOR 288
#define FRAME_SIZE   304
