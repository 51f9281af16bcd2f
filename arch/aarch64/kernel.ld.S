/* SPDX-License-Identifier: 0BSD */
/*
 * aarch64's linker script: objcopy makes of it a flat Image with Linux's header, entered at its first byte at any
 * multiple of 2 MiB. The ELF is for debuggers. The body is shared.
 */
OUTPUT_FORMAT(elf64-littleaarch64)
OUTPUT_ARCH(aarch64)
#include "sections.ld.h"

entry_pa = image_head - KERNEL_VA + ARCH_KERNEL_PA;
image_size = image_end - image_start;
ASSERT(image_head == image_start, "the Image's header lies at its start")
ASSERT(paging_end - image_start <= BLOCK_SIZE, "entry.S maps only the first block 1:1")
