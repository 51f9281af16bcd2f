/* SPDX-License-Identifier: 0BSD */
/*
 * aarch64's instructions as C: what <ossa/arch.h> declares inline, and the port's own accessors of system registers.
 * References are to the Arm Architecture Reference Manual (DDI 0487).
 */
#pragma once

#include <arch/frame.h>
#include <stdbool.h>
#include <stdint.h>

#define ARCH_NAME "aarch64"

/* == The CPU's own ================================================================================================= */

#define DAIF_IRQ_FIQ 0xc0
#define DAIF_ALL     0x3c0 /* the same bits in PSTATE as a trap saves it */

#define CPU_REGISTER(name)                                          \
    static inline uint64_t name##_read(void)                        \
    {                                                               \
        uint64_t value;                                             \
        __asm__ volatile("mrs %0, " #name : "=r"(value)::"memory"); \
        return value;                                               \
    }
CPU_REGISTER(cntfrq_el0)
CPU_REGISTER(cntvct_el0)
CPU_REGISTER(cpacr_el1)
CPU_REGISTER(daif)
CPU_REGISTER(id_aa64isar0_el1)
CPU_REGISTER(ttbr1_el1)

/* How the firmware's PSCI is called: "hvc", "smc" or, if there is none, "". Found by boot.c for machine.c. */
extern char psci_method[4];

/* == Hello ========================================================================================================= */

static inline uint64_t arch_ticks(void)
{
    __asm__ volatile("isb" ::: "memory"); /* else the counter may be read before what comes first (D11.1.2) */
    return cntvct_el0_read();
}

static inline _Noreturn void arch_halt(void)
{
    for (;;)
        __asm__ volatile("msr daifset, #15\n\twfi" ::: "memory");
}

/* == Paging ======================================================================================================== */

static inline uint64_t arch_page_entry(uint64_t pa, unsigned page_flags)
{
    return pa | DESCRIPTOR_VALID | DESCRIPTOR_TABLE | DESCRIPTOR_AF | DESCRIPTOR_SHARED | DESCRIPTOR_UXN |
           (page_flags & PAGE_WRITE ? 0 : DESCRIPTOR_RO) | (page_flags & PAGE_EXECUTE ? 0 : DESCRIPTOR_PXN) |
           (page_flags & PAGE_DEVICE ? DESCRIPTOR_DEVICE : DESCRIPTOR_NORMAL);
}

static inline uint64_t arch_page_table_entry(uint64_t table_pa)
{
    return table_pa | DESCRIPTOR_VALID | DESCRIPTOR_TABLE;
}

static inline unsigned arch_page_entry_flags(uint64_t entry, unsigned level, uint64_t *pa)
{
    *pa = entry & DESCRIPTOR_PA;
    if ((entry & DESCRIPTOR_VALID) == 0)
        return 0;
    if (level > 0 && (entry & DESCRIPTOR_TABLE) != 0)
        return PAGE_PRESENT | PAGE_TABLE;
    return PAGE_PRESENT | (entry & DESCRIPTOR_RO ? 0 : PAGE_WRITE) | (entry & DESCRIPTOR_PXN ? 0 : PAGE_EXECUTE) |
           (entry & DESCRIPTOR_DEVICE ? PAGE_DEVICE : 0);
}

static inline uint64_t arch_page_tables_root(void)
{
    return ttbr1_el1_read() & DESCRIPTOR_PA;
}

static inline void arch_tlb_flush(void)
{
    /* The walker must see the entries first, and nothing go on before the invalidation has ended (D8.17). */
    __asm__ volatile("dsb nshst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
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
    return frame->pstate & DAIF_ALL;
}

static inline void arch_frame_set_pc(struct arch_frame *frame, uint64_t pc)
{
    frame->pc = pc;
}

static inline void arch_frame_skip_breakpoint(struct arch_frame *frame)
{
    frame->pc += 4;
}

static inline bool arch_follows_call(uint64_t va)
{
    if (va % 4 != 0)
        return false;
    uint32_t instruction = ((const uint32_t *)va)[-1];
    return (instruction & 0xfc000000) == 0x94000000 || (instruction & 0xfffffc1f) == 0xd63f0000; /* bl, blr */
}

static inline void arch_breakpoint(void)
{
    __asm__ volatile("brk #0" ::: "memory");
}

static inline void arch_illegal_instruction(void)
{
    __asm__ volatile(".inst 0" ::: "memory"); /* udf #0 */
}

static inline bool arch_probe_read(const volatile void *va, uint8_t *value)
{
    uint64_t byte, done = 0;
    __asm__ volatile("1: ldrb %w0, [%2]\n\tmov %1, #1\n2:\n" EXTABLE("1b", "2b")
                     : "=&r"(byte), "+r"(done)
                     : "r"(va)
                     : "memory");
    *value = done ? byte : *value;
    return done;
}

static inline bool arch_probe_write(volatile void *va, uint8_t value)
{
    uint64_t done = 0;
    __asm__ volatile("1: strb %w2, [%1]\n\tmov %0, #1\n2:\n" EXTABLE("1b", "2b")
                     : "+r"(done)
                     : "r"(va), "r"(value)
                     : "memory");
    return done;
}

/* == Interrupts and time =========================================================================================== */

static inline uint64_t arch_interrupts_save(void)
{
    uint64_t state = daif_read();
    __asm__ volatile("msr daifset, #3" ::: "memory");
    return state;
}

static inline void arch_interrupts_restore(uint64_t state)
{
    __asm__ volatile("msr daif, %0" ::"r"(state) : "memory");
}

static inline bool arch_interrupts_enabled(void)
{
    return (daif_read() & DAIF_IRQ_FIQ) == 0;
}

/* == CPUs ========================================================================================================== */

static inline void arch_cpu_relax(void)
{
    __asm__ volatile("yield");
}

static inline uint64_t arch_entropy(void)
{
    uint64_t value = arch_ticks() * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio: spreads the low bits, which vary */
    bool has_rndr = id_aa64isar0_el1_read() >> 60 != 0;
    for (int attempts = has_rndr ? 10 : 0; attempts > 0; attempts--) {
        uint64_t random;
        bool valid;
        __asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(random), "=@ccne"(valid)); /* RNDR: Z set if it has none yet */
        if (valid)
            return value ^ random;
    }
    return value ^ value >> 32;
}

static inline bool arch_fp_disabled(void)
{
    return (cpacr_el1_read() & CPACR_FPEN_EL1) == 0;
}
