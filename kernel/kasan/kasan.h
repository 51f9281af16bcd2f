/* SPDX-License-Identifier: 0BSD */
/*
 * Between the files of kernel/kasan/.
 */
#pragma once

#include <ossa/kasan.h>

/* Constructors, of which GCC writes one for each file that has variables (kernel/sections.ld.h). */
extern void (*init_array_start[])(void), (*init_array_end[])(void);

extern uint64_t kasan_image_bytes, kasan_memory_va, kasan_memory_end_va;

/* Reports an access that must not be, by the code before caller_pc. */
void kasan_check(uint64_t va, uint64_t size_bytes, bool write, uint64_t caller_pc);

/*
 * An access at va, of whose bytes bad_va must not be used, by the code before caller_pc. Ends in a final panic; returns
 * only where kasan_expected.
 */
void kasan_report(uint64_t va, uint64_t size_bytes, bool write, uint64_t bad_va, uint64_t caller_pc);
