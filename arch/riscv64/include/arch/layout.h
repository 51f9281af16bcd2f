/* SPDX-License-Identifier: 0BSD */
/*
 * riscv64's numbers for C, assembly and the linker script. FRAME_ are the offsets of struct arch_frame's fields, which
 * <arch/frame.h> asserts; the others are named after fields of the RISC-V Privileged Architecture 1.12 and the SBI 1.0.
 */
#pragma once

#define ARCH_KERNEL_PA         0x80200000
#define ARCH_PAGE_TABLE_LEVELS 5 /* Sv57; Sv39 is what every Linux-class hart has (RVA20S64) */
#define ARCH_FRAME_RECORD      -16
#define ARCH_TRAP_STACKS       0
#define ARCH_CPU_START_PA_MAX  0

/* Page table entries (4.3.1, 4.4.1): the physical address lies 2 bits below where it would without rotation. */
#define PTE_VALID    0x001
#define PTE_READ     0x002
#define PTE_WRITE    0x004
#define PTE_EXECUTE  0x008
#define PTE_USER     0x010
#define PTE_GLOBAL   0x020
#define PTE_KERNEL   0x0e3 /* valid, readable, global, accessed, dirty */
#define PTE_DEVICE   0x100 /* of the two bits left to software: remembers PAGE_DEVICE */
#define PTE_PA_SHIFT 2

#define SATP_SV39      8 /* MODE, 4.1.11; Sv48 is one more, Sv57 two */
#define SATP_MODE_BITS 60
#define SSTATUS_SIE    0x00002 /* 4.1.1 */
#define SSTATUS_SPIE   0x00020
#define SSTATUS_VS     0x00600
#define SSTATUS_FS     0x06000
#define SSTATUS_SUM    0x40000
#define SSTATUS_MXR    0x80000

/* SBI extensions (5.2, 4, 9, 10) */
#define SBI_LEGACY_PUTCHAR 0x01
#define SBI_BASE           0x10
#define SBI_HSM            0x48534d
#define SBI_RESET          0x53525354

#define FRAME_X(n)   (8 * (n)) /* as the unwinder's tables count registers; no x0 */
#define FRAME_PC     256
#define FRAME_STATUS 264
#define FRAME_CAUSE  272
#define FRAME_TVAL   280
#define FRAME_SIZE   288
