/* SPDX-License-Identifier: 0BSD */
/*
 * The early address space: the image with 4 KiB precision, and windows of the fixmap through which boot code reads
 * what firmware left in physical memory and drives the console. kernel/early_map.c builds it from the port's
 * arch_page_ names; entry.S only links fixmap_table into its coarse tables.
 */
#pragma once

#include <stdint.h>

/* The table that translates the 1 GiB at FIXMAP_VA by blocks. Linked by entry.S and by the early tables alike. */
extern uint64_t fixmap_table[512];

/*
 * Maps the pages that hold [pa, pa + size_bytes) into the window at `window` (FIXMAP_ of layout.h) with PAGE_ flags, in
 * place of what was there, and returns where pa is now; NULL if it does not fit the window. One CPU at a time: others
 * may remember what was there.
 */
void *early_map_window(uint32_t window, uint64_t pa, uint64_t size_bytes, unsigned page_flags);

/* Replaces entry.S's coarse tables, by tables of as many levels as the CPU has: image W^X, fixmap, nothing else. .bss
 * must be zero. */
void early_map_init(void);

/* Levels of the kernel's tables, 3 to 5. Set by early_map_init(). */
extern unsigned paging_levels;

/* Physical address of something in the image. */
uint64_t image_pa(const void *va);
