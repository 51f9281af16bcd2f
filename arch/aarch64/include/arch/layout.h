/* SPDX-License-Identifier: 0BSD */
/*
 * aarch64's numbers for C, assembly and the linker script: the offsets of struct arch_frame's fields, which
 * <arch/frame.h> asserts, and the bits of system registers and page table descriptors, named after their fields in the
 * Arm Architecture Reference Manual (DDI 0487), chapters D8 (descriptors) and D19 (registers).
 */
#pragma once

#define ARCH_KERNEL_PA         0x40200000
#define ARCH_PAGE_TABLE_LEVELS 4

/* Descriptors (D8.3). AttrIndx counts MAIR_EL1's bytes. */
#define DESCRIPTOR_VALID  0x1
#define DESCRIPTOR_TABLE  0x2 /* a table; at the last level a page; else a block */
#define DESCRIPTOR_NORMAL 0x0 /* AttrIndx 0 */
#define DESCRIPTOR_DEVICE 0x4 /* AttrIndx 1 */
#define DESCRIPTOR_RO     0x80
#define DESCRIPTOR_SHARED 0x300 /* inner shareable */
#define DESCRIPTOR_AF     0x400 /* access flag: no fault on first use */
#define DESCRIPTOR_PXN    0x20000000000000
#define DESCRIPTOR_UXN    0x40000000000000
#define DESCRIPTOR_PA     0xfffffffff000

#define MAIR_VALUE 0x04ff /* byte 0: normal, write-back, allocating; byte 1: device nGnRE */

#define TCR_EPD0    0x80     /* no walks from TTBR0_EL1 */
#define TCR_EPD1    0x800000 /* no walks from TTBR1_EL1 */
#define TCR_IPS     32       /* shift */
#define TCR_IPS_MAX 5        /* 48 bits: more needs other descriptors */
/* T0SZ = T1SZ = 16: 48-bit addresses; walks write-back and inner shareable; TG0 and TG1: 4 KiB */
#define TCR_VALUE   0xb5103510

#define SCTLR_RESET 0x30d00800 /* RES1 of Armv8.0: LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS; MMU off, little-endian */
#define SCTLR_M     0x1
#define SCTLR_A     0x2
#define SCTLR_C     0x4
#define SCTLR_SA    0x8
#define SCTLR_I     0x1000
#define SCTLR_WXN   0x80000
#define SCTLR_SPAN  0x800000 /* 0: exceptions set PSTATE.PAN */

#define CPACR_FPEN_EL1 0x100000 /* 0: floating point and SIMD trap at EL1 */

#define HCR_RW          0x80000000    /* EL1 is AArch64 */
#define HCR_API_APK     0x30000000000 /* pointer authentication is not trapped */
#define HCR_E2H         34            /* bit number */
#define CPTR_RES1       0x33ff        /* E2H = 0: traps SVE and SME only, which CPACR_EL1 traps before */
#define CPTR_E2H_NONE   0x300000      /* E2H = 1: FPEN; the rest traps as above */
#define CNTHCTL_COUNTER 0xc03         /* EL1 uses counter and timer; bits 0, 1 with E2H = 0, 10, 11 with E2H = 1 */
#define MDCR_HPMN       0x1f
#define ICC_SRE_SRE     0x1 /* GIC architecture (IHI 0069), 12.2 */
#define ICC_SRE_ENABLE  0x8
#define SCR_VALUE       0x4b1 /* RW, SMD, RES1, NS: non-secure AArch64, SMC undefined as nobody would answer */
#define SPSR_EL1H       0x3c5 /* DAIF masked */

/* Semihosting for AArch32 and AArch64 (2.0), called by hlt #0xf000 */
#define SYS_WRITE0       0x04
#define SYS_EXIT         0x18
#define APPLICATION_EXIT 0x20026 /* the reason that has a status */
#define EXIT_BOOT_ERROR  237     /* machine.c asserts that it is MACHINE_BOOT_ERROR's */

#define FRAME_X      0 /* x0 to x30 */
#define FRAME_SP     248
#define FRAME_PC     256
#define FRAME_PSTATE 264
#define FRAME_ESR    272
#define FRAME_FAR    280
#define FRAME_VECTOR 288
#define FRAME_SIZE   304
