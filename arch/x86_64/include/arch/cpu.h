/* SPDX-License-Identifier: 0BSD */
/*
 * x86_64's instructions as C: what <ossa/arch.h> declares inline, and the port's own accessors of system registers,
 * I/O ports and CPUID. References are to the Intel SDM, "3A 4.5" being volume 3A, section 4.5.
 */
#pragma once

#include <arch/frame.h>
#include <stdbool.h>
#include <stdint.h>

#define ARCH_NAME "x86_64"

/* == The CPU's own ================================================================================================= */

#define RFLAGS_IF      (1ul << 9)
#define CR0_EM         (1ul << 2) /* 3A 2.5 */
#define CR0_TS         (1ul << 3)
#define CR4_MCE        (1ul << 6)
#define CR4_PGE        (1ul << 7)
#define CR4_OSFXSR     (1ul << 9)
#define PTE_PRESENT    (1ul << 0) /* 3A 4.5.4 */
#define PTE_WRITE      (1ul << 1)
#define PTE_PWT        (1ul << 3)
#define PTE_PCD        (1ul << 4)
#define PTE_ACCESSED   (1ul << 5)
#define PTE_DIRTY      (1ul << 6)
#define PTE_BLOCK      (1ul << 7) /* in a directory's entry: no table follows */
#define PTE_GLOBAL     (1ul << 8)
#define PTE_NO_EXECUTE (1ul << 63)
#define PTE_PA         0x000ffffffffff000ul

#define CPUID_1_ECX_RDRAND     (1u << 30)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)

/* Entry of each vector, TRAP_VECTOR_SIZE bytes apart. trap.S */
extern const char trap_vectors[256][TRAP_VECTOR_SIZE];

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid_read(uint32_t leaf)
{
    struct cpuid id;
    __asm__ volatile("cpuid" : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx) : "a"(leaf), "c"(0));
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

/* == Hello ========================================================================================================= */

static inline uint64_t arch_ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline _Noreturn void arch_halt(void)
{
    for (;;)
        __asm__ volatile("cli\n\thlt" ::: "memory");
}

/* == Paging ======================================================================================================== */

static inline uint64_t arch_page_entry(uint64_t pa, unsigned page_flags)
{
    return pa | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL | (page_flags & PAGE_WRITE ? PTE_WRITE : 0) |
           (page_flags & PAGE_EXECUTE ? 0 : PTE_NO_EXECUTE) | (page_flags & PAGE_DEVICE ? PTE_PCD | PTE_PWT : 0);
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
           (entry & PTE_NO_EXECUTE ? 0 : PAGE_EXECUTE) | (entry & PTE_PCD ? PAGE_DEVICE : 0) | (table ? PAGE_TABLE : 0);
}

static inline uint64_t arch_page_tables_root(void)
{
    return cr3_read() & PTE_PA;
}

static inline void arch_tlb_flush(void)
{
    /* A change of CR4.PGE, in either direction, flushes global entries too (3A 4.10.4.1). */
    uint64_t cr4 = cr4_read();
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
    (void)frame; /* #BP and #DB leave rip behind their instruction (3A 6.15) */
}

/* The length of the call through register or memory (ff /2) whose ModRM byte is at `modrm`; 0 if it is none. */
static inline unsigned cpu_call_length(const uint8_t *modrm)
{
    static const uint8_t displacement_bytes[] = {0, 1, 4, 0};
    unsigned mode = modrm[0] >> 6, base = modrm[0] & 7;
    if (modrm[-1] != 0xff || (modrm[0] & 0x38) != 0x10)
        return 0;
    bool sib = mode != 3 && base == 4;
    if (mode == 0 && (sib ? modrm[1] & 7 : base) == 5)
        return 2 + sib + 4;
    return 2 + sib + displacement_bytes[mode];
}

static inline bool arch_follows_call(uint64_t va)
{
    const uint8_t *end = (const uint8_t *)va;
    if (va < KERNEL_VA + 8)
        return false;
    bool follows = end[-5] == 0xe8; /* call rel32 */
    for (unsigned length = 2; length <= 7; length++)
        follows = follows || cpu_call_length(end - length + 1) == length;
    return follows;
}

static inline void arch_breakpoint(void)
{
    __asm__ volatile("int3" ::: "memory");
}

static inline void arch_illegal_instruction(void)
{
    __asm__ volatile("ud1 %%eax, %%eax" ::: "memory");
}

static inline bool arch_probe_read(const volatile void *va, uint8_t *value)
{
    uint64_t byte, done = 0;
    __asm__ volatile("1: movzbl (%2), %k0\n\tmov $1, %k1\n2:\n" EXTABLE("1b", "2b")
                     : "=&r"(byte), "+r"(done)
                     : "r"(va)
                     : "memory");
    *value = done ? byte : *value;
    return done;
}

static inline bool arch_probe_write(volatile void *va, uint8_t value)
{
    uint64_t done = 0;
    __asm__ volatile("1: mov %b2, (%1)\n\tmov $1, %k0\n2:\n" EXTABLE("1b", "2b")
                     : "+r"(done)
                     : "r"(va), "r"(value)
                     : "memory");
    return done;
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
    if (state != 0)
        __asm__ volatile("sti" ::: "memory");
}

static inline bool arch_interrupts_enabled(void)
{
    uint64_t rflags;
    __asm__ volatile("pushfq\n\tpop %0" : "=r"(rflags)::"memory");
    return rflags & RFLAGS_IF;
}

/* == CPUs ========================================================================================================== */

static inline void arch_cpu_relax(void)
{
    __asm__ volatile("pause");
}

static inline uint64_t arch_entropy(void)
{
    uint64_t value = arch_ticks() * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio: spreads the low bits, which vary */
    bool has_rdrand = cpuid_read(1).ecx & CPUID_1_ECX_RDRAND;
    for (int attempts = has_rdrand ? 10 : 0; attempts > 0; attempts--) { /* ten, as the SDM says (1, 7.3.17.1) */
        uint64_t random;
        bool valid;
        __asm__ volatile("rdrand %0" : "=r"(random), "=@ccc"(valid));
        if (valid)
            return value ^ random;
    }
    return value ^ value >> 32;
}

static inline bool arch_fp_disabled(void)
{
    return (cr0_read() & CR0_EM) != 0 && (cr4_read() & CR4_OSFXSR) == 0;
}
