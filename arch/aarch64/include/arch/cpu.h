/* SPDX-License-Identifier: 0BSD */
/*
 * aarch64's instructions as C: what <ossa/arch.h> declares inline, in its order, and the port's own accessors.
 */
#pragma once

#include <arch/frame.h>

#define ARCH_NAME "aarch64"

/* == The CPU's own ================================================================================================= */

#define CPU_REGISTER(name)                                          \
    static inline uint64_t name##_read(void)                        \
    {                                                               \
        uint64_t value;                                             \
        __asm__ volatile("mrs %0, " #name : "=r"(value)::"memory"); \
        return value;                                               \
    }
#define CPU_WRITE(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
CPU_REGISTER(cntfrq_el0)
CPU_REGISTER(cntvct_el0)
CPU_REGISTER(daif)
CPU_REGISTER(id_aa64mmfr0_el1)
CPU_REGISTER(ttbr1_el1)

#define DAIF_INTERRUPTS 0xc0 /* I, F */

/*
 * The firmware's Power State Coordination Interface (DEN 0022, 5.1): functions, and what they return, 0 for success.
 * machine_find_psci() looks in the boot document for the way to call it. machine.c
 */
#define PSCI_SYSTEM_OFF    0x84000008
#define PSCI_SYSTEM_RESET  0x84000009
#define PSCI_CPU_ON        0xc4000003 /* with 64-bit arguments: affinity, entry, context */
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_ALREADY_ON    (-4)

struct fdt;
void machine_find_psci(const struct fdt *fdt);
bool machine_has_psci(void);
int machine_call_psci(uint32_t function, uint64_t argument, uint64_t argument_2, uint64_t argument_3);

/* Where other CPUs start (cpu.S), with the physical address of the kernel's tables for them. cpu.c */
void cpu_start(void);
extern uint64_t cpu_start_root_pa;

/* == Hello ========================================================================================================= */

static inline uint64_t arch_ticks(void)
{
    __asm__ volatile("isb" ::: "memory"); /* else the counter may be read before what comes first */
    return cntvct_el0_read();
}

static inline _Noreturn void arch_halt(void)
{
    for (;;)
        __asm__ volatile("msr daifset, #15\n\twfi" ::: "memory");
}

/* == Paging ======================================================================================================== */

static inline uint64_t arch_page_entry(uint64_t pa, unsigned page_flags, unsigned level)
{
    return pa | DESCRIPTOR_VALID | DESCRIPTOR_KERNEL | (level == 0 ? DESCRIPTOR_TABLE : 0) |
           (page_flags & PAGE_WRITE ? 0 : DESCRIPTOR_RO) | (page_flags & PAGE_EXECUTE ? 0 : DESCRIPTOR_PXN) |
           (page_flags & PAGE_DEVICE ? DESCRIPTOR_DEVICE : 0);
}

static inline uint64_t arch_page_table_entry(uint64_t table_pa)
{
    return table_pa | DESCRIPTOR_VALID | DESCRIPTOR_TABLE;
}

static inline unsigned arch_page_entry_flags(uint64_t entry, unsigned level, uint64_t *pa)
{
    bool table = level > 0 && (entry & DESCRIPTOR_TABLE) != 0;
    *pa = entry & DESCRIPTOR_PA;
    return (entry & DESCRIPTOR_VALID ? PAGE_PRESENT : 0) | (entry & DESCRIPTOR_RO ? 0 : PAGE_WRITE) |
           (entry & DESCRIPTOR_PXN ? 0 : PAGE_EXECUTE) | (entry & DESCRIPTOR_DEVICE ? PAGE_DEVICE : 0) |
           (table ? PAGE_TABLE : 0);
}

static inline uint64_t arch_page_tables_root(void)
{
    return ttbr1_el1_read() & DESCRIPTOR_PA;
}

static inline void arch_tlb_flush(void)
{
    /* Every CPU's walker must see the entries first; nothing goes on before this CPU's invalidation has ended. */
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
}

/* == Traps ========================================================================================================= */

static inline uint64_t arch_frame_pc(const struct arch_frame *frame)
{
    return frame->pc;
}

static inline uint64_t arch_frame_sp(const struct arch_frame *frame)
{
    return frame->sp;
}

static inline uint64_t arch_frame_interrupts(const struct arch_frame *frame)
{
    return ~frame->pstate & DAIF_INTERRUPTS;
}

static inline void arch_frame_set_pc(struct arch_frame *frame, uint64_t pc)
{
    frame->pc = pc;
}

static inline void arch_frame_skip_breakpoint(struct arch_frame *frame)
{
    frame->pc += 4;
}

static inline void arch_breakpoint(void)
{
    __asm__ volatile("brk #0" ::: "memory");
}

static inline void arch_illegal_instruction(void)
{
    __asm__ volatile(".inst 0" ::: "memory"); /* udf #0 */
}

/* == Interrupts and time =========================================================================================== */

static inline uint64_t arch_interrupts_save(void)
{
    uint64_t state = daif_read();
    __asm__ volatile("msr daifset, #3" ::: "memory");
    return ~state & DAIF_INTERRUPTS;
}

static inline void arch_interrupts_restore(uint64_t state)
{
    if (__builtin_expect(state != 0, true))
        __asm__ volatile("msr daifclr, #3" ::: "memory");
}

static inline void arch_interrupts_wait(void)
{
    /* What is pending and masked wakes wfi too; isb: it is taken in between (Arm ARM, "Wait for Interrupt"). */
    __asm__ volatile("dsb sy\n\twfi\n\tmsr daifclr, #3\n\tisb\n\tmsr daifset, #3" ::: "memory");
}

/* == CPUs, threads ================================================================================================= */

static inline void arch_cpu_relax(void)
{
    __asm__ volatile("yield");
}

static inline struct thread *arch_this_thread(void)
{
    struct thread *thread; /* not volatile: a thread stays itself */
    __asm__("mrs %0, sp_el0" : "=r"(thread));
    return thread;
}
