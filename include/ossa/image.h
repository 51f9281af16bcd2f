/* SPDX-License-Identifier: 0BSD */
/*
 * The image's bounds, defined by kernel/sections.ld.h: arrays without size, so that their names are addresses. All are
 * multiples of PAGE_SIZE except where a set's or section's exact end is needed.
 */
#pragma once

#include <ossa/layout.h>

extern char image_start[], image_end[];
extern char text_start[], text_end[];
extern char rodata_start[], rodata_end[];
extern char ro_after_init_start[], ro_after_init_end[];
extern char data_start[], data_end[];
extern char bss_start[], bss_end[];         /* 16-byte aligned */
extern char per_cpu_start[], per_cpu_end[]; /* PER_CPU variables (cpu.h); multiples of 64 */
extern char stacks_start[];                 /* page aligned: end of .noinit, start of the first stack's guard */
extern char boot_stack_guard[], boot_stack_start[], boot_stack_end[]; /* a guard lies below its stack, unmapped */
extern char emergency_stack_guard[], emergency_stack_start[], emergency_stack_end[];

/* The stacks of the image, the boot stack first, then the emergency stack, then those of ARCH_TRAP_STACKS. */
#define IMAGE_STACKS (2 + ARCH_TRAP_STACKS)
static inline char *image_stack(unsigned index)
{
    return boot_stack_start + 2 * STACK_SIZE * index;
}

/* The linker's NT_GNU_BUILD_ID note: 16 bytes of header ("GNU"), then the 20 bytes of the id. */
extern const unsigned char build_id_note[];

/*
 * A set: objects of one type that any file adds to and the linker gathers (kernel/sections.ld.h, SET), in the order of
 * their names. `extern const struct t ts_start[], ts_end[]` declares one, `static const struct t x SET_MEMBER(ts, x)`
 * adds to it, SET_EACH (member, ts) { } walks it. The alignment is that of the linker script's SET, so that there are
 * no gaps.
 */
#define SET_MEMBER(set, name) __attribute__((used, aligned(8), section(".set." #set "." #name)))
#define SET_EACH(member, set) for (__typeof__(&set##_start[0]) member = set##_start; member < set##_end; member++)

/* For variables that are used before boot_start() has cleared .bss, though their first value is zero. */
#define BOOT_DATA __attribute__((section(".data.boot")))

/* For memory whose first content does not matter: it is not cleared. */
#define NOINIT __attribute__((section(".noinit")))

/* For variables with a first value that are set once while the kernel comes up: memory_seal() makes them read-only. */
#define RO_AFTER_INIT __attribute__((section(".data.ro_after_init")))
