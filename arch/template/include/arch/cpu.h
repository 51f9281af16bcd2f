/* SPDX-License-Identifier: 0BSD */
/*
 * The CPU's instructions as C: what <ossa/arch.h> declares inline, in its order, and the port's own accessors. Replace
 * each panic by the one or two instructions it takes. Green with it: interrupt_init_runs_unmasked,
 * contract_page_tables.
 */
#pragma once

#include <arch/frame.h>
#include <ossa/panic.h>
#include <stdbool.h>
#include <stdint.h>

#define ARCH_NAME "template"

/* == Hello ========================================================================================================= */

static inline uint64_t arch_ticks(void)
{
    panic("arch_ticks: not written yet");
}

static inline _Noreturn void arch_halt(void)
{
    panic("arch_halt: not written yet");
}

/* == Paging ======================================================================================================== */

static inline uint64_t arch_page_entry(uint64_t pa, unsigned page_flags, unsigned level)
{
    panic("arch_page_entry: not written yet");
}

static inline uint64_t arch_page_table_entry(uint64_t table_pa)
{
    panic("arch_page_table_entry: not written yet");
}

static inline unsigned arch_page_entry_flags(uint64_t entry, unsigned level, uint64_t *pa)
{
    panic("arch_page_entry_flags: not written yet");
}

static inline uint64_t arch_page_tables_root(void)
{
    panic("arch_page_tables_root: not written yet");
}

static inline void arch_tlb_flush(void)
{
    panic("arch_tlb_flush: not written yet");
}

/* == Traps ========================================================================================================= */

static inline uint64_t arch_frame_pc(const struct arch_frame *frame)
{
    panic("arch_frame_pc: not written yet");
}

static inline uint64_t arch_frame_sp(const struct arch_frame *frame)
{
    panic("arch_frame_sp: not written yet");
}

static inline uint64_t arch_frame_interrupts(const struct arch_frame *frame)
{
    panic("arch_frame_interrupts: not written yet");
}

static inline void arch_frame_set_pc(struct arch_frame *frame, uint64_t pc)
{
    panic("arch_frame_set_pc: not written yet");
}

static inline void arch_frame_skip_breakpoint(struct arch_frame *frame)
{
    panic("arch_frame_skip_breakpoint: not written yet");
}

static inline void arch_breakpoint(void)
{
    panic("arch_breakpoint: not written yet");
}

static inline void arch_illegal_instruction(void)
{
    panic("arch_illegal_instruction: not written yet");
}

/* == Interrupts and time =========================================================================================== */

static inline uint64_t arch_interrupts_save(void)
{
    panic("arch_interrupts_save: not written yet");
}

static inline void arch_interrupts_restore(uint64_t state)
{
    panic("arch_interrupts_restore: not written yet");
}

static inline void arch_interrupts_wait(void)
{
    panic("arch_interrupts_wait: not written yet");
}

/* == CPUs, threads ================================================================================================= */

static inline void arch_cpu_relax(void)
{
    panic("arch_cpu_relax: not written yet");
}

static inline struct thread *arch_this_thread(void)
{
    panic("arch_this_thread: not written yet");
}
