/* SPDX-License-Identifier: 0BSD */
/*
 * riscv64's instructions as C: what <ossa/arch.h> declares inline, in its order, and the port's own accessors.
 * References are to the RISC-V Privileged Architecture 1.12.
 */
#pragma once

#include <arch/frame.h>

#define ARCH_NAME "riscv64"

/* == The CPU's own ================================================================================================= */

/* The name of a register, or its number where the assembler has no name. */
#define CSR(name) #name
#define csr_read(name)                                                       \
    __extension__({                                                          \
        uint64_t csr_value;                                                  \
        __asm__ volatile("csrr %0, " CSR(name) : "=r"(csr_value)::"memory"); \
        csr_value;                                                           \
    })
#define csr_write(name, value) __asm__ volatile("csrw " CSR(name) ", %0" ::"r"(value) : "memory")

/* Calls the firmware (SBI 3). Legacy extensions return nothing. Any context; never faults. */
struct sbi_result {
    long error; /* 0, or less */
    unsigned long value;
};
static inline struct sbi_result sbi_call(unsigned long extension, unsigned long function, uint64_t first,
                                         uint64_t second, uint64_t third)
{
    register unsigned long a0 __asm__("a0") = first, a1 __asm__("a1") = second, a2 __asm__("a2") = third;
    register unsigned long a6 __asm__("a6") = function, a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_result){(long)a0, a1};
}

/* Where every trap enters. trap.S */
void trap_vector(void);

/* Looks in the boot document for the device by which an emulator ends. machine.c */
struct fdt;
void machine_find_finisher(const struct fdt *fdt);

/* Ends the machine by a system controller, some time after it has returned; nothing if there is none. device.c, which
 * goes with kernel/device/ */
enum syscon_use { SYSCON_POWER_OFF, SYSCON_REBOOT, SYSCON_USES };
void syscon_write(enum syscon_use use);

/* == Hello ========================================================================================================= */

static inline uint64_t arch_ticks(void)
{
    return csr_read(time);
}

static inline _Noreturn void arch_halt(void)
{
    csr_write(sie, 0ul); /* wfi wakes for what sie enables, masked or not (3.3.3) */
    for (;;)
        __asm__ volatile("wfi" ::: "memory");
}

/* == Paging ======================================================================================================== */

/* Memory types are physical attributes of the platform (3.6): PAGE_DEVICE is only remembered. */
static inline uint64_t arch_page_entry(uint64_t pa, unsigned page_flags, unsigned level)
{
    (void)level; /* a leaf is one by its permissions, on every level (4.3.1) */
    return pa >> PTE_PA_SHIFT | PTE_KERNEL | (page_flags & PAGE_WRITE ? PTE_WRITE : 0) |
           (page_flags & PAGE_EXECUTE ? PTE_EXECUTE : 0) | (page_flags & PAGE_DEVICE ? PTE_DEVICE : 0);
}

static inline uint64_t arch_page_table_entry(uint64_t table_pa)
{
    return table_pa >> PTE_PA_SHIFT | PTE_VALID;
}

static inline unsigned arch_page_entry_flags(uint64_t entry, unsigned level, uint64_t *pa)
{
    (void)
        level; /* an entry without permissions leads to a table (4.3.1); one that is not valid may be cached (4.2.1) */
    bool table = (entry & (PTE_READ | PTE_WRITE | PTE_EXECUTE)) == 0;
    *pa = (entry & 0x3ffffffffffc00) << PTE_PA_SHIFT;
    return (entry & PTE_VALID ? PAGE_PRESENT : PAGE_STALE) | (entry & PTE_WRITE ? PAGE_WRITE : 0) |
           (entry & PTE_EXECUTE ? PAGE_EXECUTE : 0) | (entry & PTE_DEVICE ? PAGE_DEVICE : 0) | (table ? PAGE_TABLE : 0);
}

static inline uint64_t arch_page_tables_root(void)
{
    return (csr_read(satp) & 0xfffffffffff) << PAGE_SHIFT; /* PPN, 4.1.11 */
}

static inline void arch_tlb_flush(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
}

/* == Traps ========================================================================================================= */

static inline uint64_t arch_frame_pc(const struct arch_frame *frame)
{
    return frame->pc;
}

static inline uint64_t arch_frame_sp(const struct arch_frame *frame)
{
    return frame->x[2];
}

static inline uint64_t arch_frame_interrupts(const struct arch_frame *frame)
{
    return frame->status & SSTATUS_SPIE ? SSTATUS_SIE : 0;
}

static inline void arch_frame_set_pc(struct arch_frame *frame, uint64_t pc)
{
    frame->pc = pc;
}

static inline void arch_frame_skip_breakpoint(struct arch_frame *frame)
{
    frame->pc += 4; /* arch_trap_decode() calls only the uncompressed ebreak a breakpoint */
}

static inline void arch_breakpoint(void)
{
    __asm__ volatile(".option push\n.option norvc\nebreak\n.option pop" ::: "memory");
}

static inline void arch_illegal_instruction(void)
{
    __asm__ volatile(".2byte 0" ::: "memory"); /* Unprivileged ISA, 1.5: all zero bits */
}

/* == Interrupts and time =========================================================================================== */

static inline uint64_t arch_interrupts_save(void)
{
    uint64_t sstatus;
    __asm__ volatile("csrrci %0, sstatus, %1" : "=r"(sstatus) : "i"(SSTATUS_SIE) : "memory");
    return sstatus & SSTATUS_SIE;
}

static inline void arch_interrupts_restore(uint64_t state)
{
    if (__builtin_expect(state != 0, true))
        __asm__ volatile("csrsi sstatus, %0" ::"i"(SSTATUS_SIE) : "memory");
}

static inline void arch_interrupts_wait(void)
{
    __asm__ volatile("wfi\n\tcsrsi sstatus, %0\n\tcsrci sstatus, %0" ::"i"(SSTATUS_SIE) : "memory"); /* 3.3.3 */
}

/* == CPUs, threads ================================================================================================= */

static inline void arch_cpu_relax(void)
{
    __asm__ volatile(".4byte 0x0100000f"); /* pause, a hint that harts without Zihintpause pass over */
}

static inline struct thread *arch_this_thread(void)
{
    struct thread *thread; /* not volatile: a thread stays itself */
    __asm__("mv %0, tp" : "=r"(thread));
    return thread;
}
