/* SPDX-License-Identifier: 0BSD */
/*
 * From the firmware's CPU_ON (PSCI, DEN 0022, 5.1 and "Initial core configuration") to cpu_enter(): every CPU but the
 * first.
 *
 *   state in   EL2 or EL1, as the first CPU; MMU and caches off, DAIF masked; x0 = context: the struct cpu, by its
 *     kernel address. All else is anything.
 *   state out  cpu_enter()'s state: EL1h, in the kernel's tables, as entry.S and paging.S leave the first CPU; on the
 *     stack that idle.sp says (arch_cpu_start()), which is the running thread.
 *
 * No memory is read or written before the MMU is on: all that is needed until then is in x0. So nothing of what the
 * other CPUs have in their caches has to be cleaned for this one.
 * Kept: x19 struct cpu, x20 exception level, x22 physical base.
 */
#include <ossa/assembly.h>

FUNCTION cpu_start, .text.entry
    .cfi_undefined x30          /* the end of every backtrace */
    mov     x19, x0
    mrs     x20, CurrentEL
    ubfx    x20, x20, #2, #2
#if CONFIG_BOOT_DIRTY
    bl      entry_make_cpu_dirty
#endif
    adrp    x22, image_head
    bl      entry_drop_level
    bl      entry_enable_mmu    /* returns to KERNEL_VA, in entry.S's coarse tables */
    adrp    x9, trap_vectors
    add     x9, x9, #:lo12:trap_vectors
    msr     vbar_el1, x9
    msr     tpidr_el1, x19
    adrp    x9, cpu_start_root_pa
    ldr     x0, [x9, #:lo12:cpu_start_root_pa]
    mov     w1, #ARCH_PAGE_TABLE_LEVELS
    bl      arch_page_tables_load
    ldr     x9, [x19, #CPU_THREAD]
    msr     sp_el0, x9
    ldr     x9, [x9, #THREAD_SP]
    mov     sp, x9
    mov     x0, x19
    mov     x29, xzr
    mov     x30, xzr
    bl      cpu_enter
END_FUNCTION cpu_start
