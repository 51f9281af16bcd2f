/* SPDX-License-Identifier: 0BSD */
/*
 * From the firmware's state to C's. Write here, in this order:
 *   (1) the header that the boot protocol looks for; it lies first in the image
 *   (2) save what the firmware passed in registers, read the counter; with CONFIG_BOOT_DIRTY spoil all the rest
 *   (3) find the physical base, any multiple of BLOCK_SIZE
 *   (4) go to the privilege level of a kernel
 *   (5) coarse tables in .data.page_tables: the image at KERNEL_VA, fixmap_table at FIXMAP_VA, this code 1:1
 *   (6) MMU and caches on, jump to KERNEL_VA
 *   (7) stack, vector, thread pointer at boot_thread, floating point off, interrupts masked, return address undefined
 *   (8) boot_start(document_pa, magic, cpu_id, kernel_pa, ticks)
 * Say on top what holds on entry, with the protocol's document and section. Green with it and early_console.c: the
 * first line of `make run`.
 */
#include <ossa/assembly.h>

FUNCTION entry, .head
    .cfi_undefined 0 /* the return address; in a port its register */
    nop
    .balign 8
    .quad boot_start /* in place of the call, so that the linker keeps the kernel */
END_FUNCTION entry
