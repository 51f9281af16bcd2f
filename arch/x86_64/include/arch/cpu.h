/* SPDX-License-Identifier: 0BSD */
/*
 * x86_64's instructions as C: what <ossa/arch.h> declares inline, and the port's own accessors of control registers,
 * I/O ports and CPUID. References name sections of the Intel SDM by their titles.
 */
#pragma once

#include <arch/frame.h>
#include <cpuid.h>
#include <stdbool.h>
#include <stdint.h>

#define ARCH_NAME "x86_64"

/* == The CPU's own ================================================================================================= */

#define RFLAGS_IF              0x200
#define CR0_EM                 0x4 /* 3A, "Control Registers" */
#define CR4_MCE                0x40
#define CR4_PGE                0x80
#define CR4_OSFXSR             0x200
#define CR4_UMIP               0x800
#define CR4_SMEP               0x100000
#define CR4_SMAP               0x200000
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_7_EBX_SMEP       (1u << 7)
#define CPUID_7_EBX_SMAP       (1u << 20)
#define CPUID_7_ECX_UMIP       (1u << 2)

/* Entry of each vector, TRAP_VECTOR_SIZE bytes apart. trap.S */
extern const char trap_vectors[256][TRAP_VECTOR_SIZE];

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

/* All 0 if the CPU, or at 0x40000000 the hypervisor, has fewer leaves. A hypervisor's mean something only under one. */
static inline struct cpuid cpuid_read(uint32_t leaf)
{
    struct cpuid id;
    __cpuid_count(leaf & 0xf0000000, 0, id.eax, id.ebx, id.ecx, id.edx);
    if (id.eax < leaf)
        return (struct cpuid){0};
    __cpuid_count(leaf, 0, id.eax, id.ebx, id.ecx, id.edx);
    return id;
}

#define CPU_REGISTER(name)                                               \
    static inline uint64_t name##_read(void)                             \
    {                                                                    \
        uint64_t value;                                                  \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value)::"memory"); \
        return value;                                                    \
    }                                                                    \
    static inline void name##_write(uint64_t value)                      \
    {                                                                    \
        __asm__ volatile("mov %0, %%" #name ::"r"(value) : "memory");    \
    }
CPU_REGISTER(cr0)
CPU_REGISTER(cr3)
CPU_REGISTER(cr4)

static inline void port_write8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

static inline uint8_t port_read8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

/* interrupt_platform.c, for kernels with kernel/interrupt/: what arch_power_off() and arch_reboot() do by ACPI. */
void platform_power_off(void);
void platform_reset(void);

/* == Hello ========================================================================================================= */

static inline uint64_t arch_ticks(void)
{
    return __builtin_ia32_rdtsc();
}

static inline _Noreturn void arch_halt(void)
{
    for (;;)
        __asm__ volatile("cli\n\thlt" ::: "memory");
}

/* == Paging ======================================================================================================== */

static inline uint64_t arch_page_entry(uint64_t pa, unsigned page_flags, unsigned level)
{
    return pa | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL | (page_flags & PAGE_WRITE ? PTE_WRITE : 0) |
           (page_flags & PAGE_EXECUTE ? 0 : PTE_NO_EXECUTE) | (page_flags & PAGE_DEVICE ? PTE_UNCACHED : 0) |
           (level > 0 ? PTE_BLOCK : 0);
}

static inline uint64_t arch_page_table_entry(uint64_t table_pa)
{
    return table_pa | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED;
}

static inline unsigned arch_page_entry_flags(uint64_t entry, unsigned level, uint64_t *pa)
{
    bool table = level > 0 && (entry & PTE_BLOCK) == 0;
    *pa = entry & PTE_PA & (table ? -1ul : -1ul << (PAGE_SHIFT + 9 * level));
    return (entry & PTE_PRESENT ? PAGE_PRESENT : 0) | (entry & PTE_WRITE ? PAGE_WRITE : 0) |
           (entry & PTE_NO_EXECUTE ? 0 : PAGE_EXECUTE) | (entry & PTE_UNCACHED ? PAGE_DEVICE : 0) |
           (table ? PAGE_TABLE : 0);
}

static inline uint64_t arch_page_tables_root(void)
{
    return cr3_read() & PTE_PA;
}

static inline void arch_tlb_flush(void)
{
    uint64_t cr4 = cr4_read(); /* a change of PGE flushes global entries too ("Operations that Invalidate TLBs") */
    cr4_write(cr4 ^ CR4_PGE);
    cr4_write(cr4);
}

/* == Traps ========================================================================================================= */

static inline uint64_t arch_frame_pc(const struct arch_frame *frame)
{
    return frame->rip;
}

static inline uint64_t arch_frame_sp(const struct arch_frame *frame)
{
    return frame->rsp;
}

static inline uint64_t arch_frame_interrupts(const struct arch_frame *frame)
{
    return frame->rflags & RFLAGS_IF;
}

static inline void arch_frame_set_pc(struct arch_frame *frame, uint64_t pc)
{
    frame->rip = pc;
}

static inline void arch_frame_skip_breakpoint(struct arch_frame *frame)
{
    (void)frame; /* #BP and #DB leave rip behind their instruction */
}

static inline void arch_breakpoint(void)
{
    __asm__ volatile("int3" ::: "memory");
}

static inline void arch_illegal_instruction(void)
{
    __asm__ volatile("ud1 %%eax, %%eax" ::: "memory");
}

/* == Interrupts and time =========================================================================================== */

static inline uint64_t arch_interrupts_save(void)
{
    uint64_t rflags;
    __asm__ volatile("pushfq\n\tpop %0\n\tcli" : "=r"(rflags)::"memory");
    return rflags & RFLAGS_IF;
}

static inline void arch_interrupts_restore(uint64_t state)
{
    if (__builtin_expect(state != 0, true))
        __asm__ volatile("sti" ::: "memory");
}

static inline void arch_interrupts_wait(void)
{
    __asm__ volatile("sti\n\thlt\n\tcli" ::: "memory"); /* nothing is taken between sti and hlt (SDM 2B, "STI") */
}

/* == CPUs, threads ================================================================================================= */

static inline void arch_cpu_relax(void)
{
    __builtin_ia32_pause();
}

static inline struct thread *arch_this_thread(void)
{
    struct thread *thread; /* not volatile: a thread stays itself */
    __asm__("mov %%gs:%c1, %0" : "=r"(thread) : "i"(CPU_THREAD));
    return thread;
}
