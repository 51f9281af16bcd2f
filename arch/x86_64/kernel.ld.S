/* SPDX-License-Identifier: 0BSD */
/*
 * x86_64's linker script: an ELF that Multiboot2 loaders and QEMU's -kernel (PVH) take as it is. The body is shared.
 * GRUB looks for e_entry among the segments' virtual addresses, so here it is one, in place of entry_pa.
 */
OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)

#include "sections.ld.h"

ENTRY(multiboot2_entry)
entry_pa = multiboot2_entry - KERNEL_VA + ARCH_KERNEL_PA;

ASSERT(multiboot2_header_end - image_start <= 32768, "Multiboot2 2.0, 3.1: the header lies in the first 32 KiB")
ASSERT(trap_vectors + 256 * TRAP_VECTOR_SIZE - image_start <= 65536, "trap.c counts with it when it makes the gates")
ASSERT(entry_end - image_start <= BLOCK_SIZE, "entry.S maps only its own block until it has left it")
