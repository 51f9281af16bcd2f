/* SPDX-License-Identifier: 0BSD */
/*
 * riscv64's numbers for C, assembly and the linker script. FRAME_ are the offsets of struct arch_frame's fields, which
 * <arch/frame.h> asserts; CSR and PTE fields are those that entry.S needs before C can run.
 */
#pragma once

#define ARCH_KERNEL_PA         0x80200000
#define ARCH_PAGE_TABLE_LEVELS 3 /* Sv39, which every Linux-class hart has (RVA20S64) */

#define IMAGE_TEXT_OFFSET 0x200000 /* from the start of RAM, what Linux's header says on RV64 */

/* Fields of sstatus (Privileged 1.12, 4.1.1). */
#define SSTATUS_SIE  0x00000002
#define SSTATUS_SPIE 0x00000020
#define SSTATUS_VS  0x00000600
#define SSTATUS_FS  0x00006000
#define SSTATUS_SUM 0x00040000
#define SSTATUS_MXR 0x00080000

#define SATP_SV39      8 /* MODE, 4.1.11 */
#define SATP_MODE_BITS 60

/* Page table entries (4.3.1, 4.4.1): the physical address lies 2 bits below where it would without rotation. */
#define PTE_VALID    0x001
#define PTE_READ     0x002
#define PTE_WRITE    0x004
#define PTE_EXECUTE  0x008
#define PTE_GLOBAL   0x020
#define PTE_ACCESSED 0x040
#define PTE_DIRTY    0x080
#define PTE_DEVICE   0x100 /* of the two bits left to software: remembers PAGE_DEVICE */
#define PTE_PA_SHIFT 2

/* Registers by number, as the unwinder's tables count them; no x0. */
#define FRAME_X(n)   (8 * (n))
#define FRAME_PC     256
#define FRAME_STATUS 264
#define FRAME_CAUSE  272
#define FRAME_TVAL   280
#define FRAME_SIZE   288
