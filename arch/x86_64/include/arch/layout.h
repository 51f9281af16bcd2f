/* SPDX-License-Identifier: 0BSD */
/*
 * x86_64's numbers for C, assembly and the linker script: what entry.S and C both need, and FRAME_, the offsets in
 * struct arch_frame, asserted in <arch/frame.h>. References name sections of the Intel SDM by their titles.
 */
#pragma once

#define ARCH_KERNEL_PA         0x200000
#define ARCH_PAGE_TABLE_LEVELS 4
#define ARCH_FRAME_RECORD      0
#define ARCH_TRAP_STACKS       2        /* NMI, #MC */
#define ARCH_CPU_START_PA_MAX  0x100000 /* where a start-up IPI can point (SDM 3A, "Interprocessor Interrupts") */

#define MULTIBOOT2_MAGIC 0x36d76289 /* in EAX at entry */
#define PVH_MAGIC        0x336ec578 /* where EBX points at entry */

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x18
#define GDT_CODE      0x00af9b000000ffff /* 64-bit, present, ring 0, accessed ("Segment Descriptors") */
#define GDT_DATA      0x00cf93000000ffff

#define PTE_PRESENT    0x001 /* "4-Level Paging and 5-Level Paging" */
#define PTE_WRITE      0x002
#define PTE_USER       0x004
#define PTE_UNCACHED   0x018 /* PCD and PWT */
#define PTE_ACCESSED   0x020
#define PTE_DIRTY      0x040
#define PTE_BLOCK      0x080 /* in a directory's entry: no table follows */
#define PTE_GLOBAL     0x100
#define PTE_NO_EXECUTE 0x8000000000000000
#define PTE_PA         0x000ffffffffff000

#define COM1_DATA       0x3f8
#define COM1_STATUS     0x3fd
#define COM1_EMPTY      0x20   /* in COM1_STATUS: the transmitter can take a byte */
#define COM1_READS_MAX  100000 /* of COM1_STATUS, 1 us each or more; a byte takes 87 us */
#define EXIT_PORT       0xf4   /* QEMU's isa-debug-exit, as arch.mk puts it there: its status is value << 1 | 1 */
#define EXIT_BOOT_ERROR 118    /* machine.c asserts that it is MACHINE_BOOT_ERROR's */

#define TRAP_VECTOR_SIZE 16 /* bytes from one entry of trap_vectors to the next */

#define FRAME_CR2    0
#define FRAME_CR3    8
#define FRAME_R15    16
#define FRAME_VECTOR 136
#define FRAME_ERROR  144
#define FRAME_RIP    152
#define FRAME_CS     160
#define FRAME_RFLAGS 168
#define FRAME_RSP    176
#define FRAME_SS     184
#define FRAME_SIZE   192
