/* SPDX-License-Identifier: 0BSD */
/*
 * riscv64's linker script: an ELF, and the same as a flat Image with Linux's header. Both are entered at the first
 * byte, at any multiple of 2 MiB. The body is shared.
 */
OUTPUT_FORMAT(elf64-littleriscv)
OUTPUT_ARCH(riscv)
#include "sections.ld.h"

entry_pa = image_head - KERNEL_VA + ARCH_KERNEL_PA;
image_size = image_end - image_start;
ASSERT(image_head == image_start, "the Image's header lies at its start")
