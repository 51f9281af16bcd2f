/* SPDX-License-Identifier: 0BSD */
/*
 * aarch64's linker script: what objcopy makes of it is a flat Image with Linux's header at its start, which loaders put
 * at any multiple of 2 MiB and enter at its first byte. The ELF is for debuggers. The body is shared.
 */
OUTPUT_FORMAT(elf64-littleaarch64)
OUTPUT_ARCH(aarch64)

#include "sections.ld.h"

entry_pa = image_head - KERNEL_VA + ARCH_KERNEL_PA;
image_size = image_end - image_start;

ASSERT(image_head == image_start, "Linux booting.rst: the header is the image's first 64 bytes")
ASSERT(paging_end - image_start <= BLOCK_SIZE, "entry.S maps only the first block 1:1")
