/* SPDX-License-Identifier: 0BSD */
/*
 * The linker script: the body is shared. Write OUTPUT_FORMAT and OUTPUT_ARCH, the sizes that the image's header asks
 * for, and an ASSERT for each limit that entry.S relies on. Green with it: the build.
 */
#include "sections.ld.h"

entry_pa = entry - KERNEL_VA + ARCH_KERNEL_PA;
