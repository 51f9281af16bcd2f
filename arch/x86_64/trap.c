/* SPDX-License-Identifier: 0BSD */
/*
 * The CPU's tables for exceptions (GDT, TSS, IDT) and the meaning of what arrives. #DF, NMI and #MC may come when the
 * stack is unusable or half switched, so each has a stack of its own; #DF's is the emergency stack, for on x86_64 a
 * stack overflow arrives as one: the CPU finds no room to push the page fault.
 */
#include <ossa/arch.h>
#include <ossa/cpu.h>
#include <ossa/image.h>
#include <ossa/string.h>

#define PAGE_FAULT_WRITE 0x02 /* error code, SDM 3A, "Page-Fault Exceptions" */
#define PAGE_FAULT_FETCH 0x10
#define GATE_INTERRUPT   0x8e /* present, ring 0, masks interrupts; 3A, "64-Bit Mode IDT" */
#define TSS_AVAILABLE    0x89

/* clang-format off */
enum { VECTOR_NMI = 2, VECTOR_UD = 6, VECTOR_DF = 8, VECTOR_PF = 14, VECTOR_MC = 18, VECTOR_INTERRUPT = 32 };

#define REGISTER(name) {#name, offsetof(struct arch_frame, name)}
const struct trap_register arch_registers[ARCH_REGISTER_COUNT] = {
    REGISTER(rax), REGISTER(rbx), REGISTER(rcx), REGISTER(rdx), REGISTER(rsi), REGISTER(rdi), REGISTER(rbp),
    REGISTER(rsp), REGISTER(r8), REGISTER(r9), REGISTER(r10), REGISTER(r11), REGISTER(r12), REGISTER(r13),
    REGISTER(r14), REGISTER(r15), REGISTER(rip), REGISTER(cs), REGISTER(rflags), REGISTER(ss), REGISTER(cr2),
    REGISTER(cr3), REGISTER(vector), REGISTER(error),
};

/* SDM 3A, "Exceptions and Interrupts", and AMD APM 2, "Vectors"; none: reserved. */
static const struct trap_cause { const char *name; enum trap_kind kind; } causes[] = {
    [0] = {"#DE divide error", TRAP_DIVIDE}, [1] = {"#DB debug exception", TRAP_BREAKPOINT},
    [2] = {"NMI interrupt", TRAP_NMI}, [3] = {"#BP breakpoint", TRAP_BREAKPOINT},
    [4] = {"#OF overflow", TRAP_TRAP_INSTRUCTION}, [5] = {"#BR bound range exceeded", TRAP_TRAP_INSTRUCTION},
    [6] = {"#UD invalid opcode", TRAP_ILLEGAL_INSTRUCTION},
    [7] = {"#NM device not available", TRAP_ILLEGAL_INSTRUCTION}, [8] = {"#DF double fault", TRAP_DOUBLE_FAULT},
    [9] = {"coprocessor segment overrun", TRAP_UNKNOWN}, [10] = {"#TS invalid TSS", TRAP_PROTECTION},
    [11] = {"#NP segment not present", TRAP_PROTECTION}, [12] = {"#SS stack segment fault", TRAP_PROTECTION},
    [13] = {"#GP general protection", TRAP_PROTECTION}, [14] = {"#PF page fault", TRAP_MEMORY},
    [16] = {"#MF x87 floating-point error", TRAP_ILLEGAL_INSTRUCTION}, [17] = {"#AC alignment check", TRAP_ALIGNMENT},
    [18] = {"#MC machine check", TRAP_MACHINE}, [19] = {"#XM SIMD floating-point exception", TRAP_ILLEGAL_INSTRUCTION},
    [20] = {"#VE virtualization exception", TRAP_MACHINE}, [21] = {"#CP control protection exception", TRAP_PROTECTION},
    [28] = {"#HV hypervisor injection exception", TRAP_MACHINE},
    [29] = {"#VC VMM communication exception", TRAP_MACHINE}, [30] = {"#SX security exception", TRAP_MACHINE},
    [VECTOR_INTERRUPT] = {"interrupt nobody asked for", TRAP_INTERRUPT},
};
/* clang-format on */

struct table_pointer {
    uint16_t limit;
    const void *base;
} __attribute__((packed));

/* Of the IDT, in two halves, the first of which is made here; 3A, "64-Bit Mode IDT". */
struct gate {
    uint64_t low, offset_32;
};

static uint64_t gate_low(uint64_t entry, uint64_t ist)
{
    return (entry & 0xffff) | SELECTOR_CODE << 16 | ist << 32 | (uint64_t)GATE_INTERRUPT << 40 |
           (entry & 0xffff0000) << 32;
}

/* Only what the CPU reads when it enters ring 0 through a gate (SDM 3A, "Task Management in 64-bit Mode"). */
static struct tss {
    uint32_t reserved_0;
    uint64_t rsp[3], reserved_1;
    uint64_t ist[7]; /* gates count them from 1 */
    uint8_t reserved_2[10];
    uint16_t io_map_offset;
} __attribute__((packed)) tss_here PER_CPU;

/* What this CPU has to keep ring 0 from a user's pages, and a user from the tables' addresses (SDM 3A, "CR4"). */
static uint64_t user_protection(void)
{
    struct cpuid id = cpuid_read(7);
    return (id.ebx & CPUID_7_EBX_SMEP ? CR4_SMEP : 0) | (id.ebx & CPUID_7_EBX_SMAP ? CR4_SMAP : 0) |
           (id.ecx & CPUID_7_ECX_UMIP ? CR4_UMIP : 0);
}

void arch_trap_init(void)
{
    static uint64_t gdt_here[5] PER_CPU;
    static struct gate idt[256] NOINIT; /* the same for all */
    struct tss *tss = MY_CPU(tss_here);
    uint64_t *gdt = *MY_CPU(gdt_here);
    struct table_pointer gdt_pointer = {sizeof(gdt_here) - 1, gdt}, idt_pointer = {sizeof(idt) - 1, idt};

    tss->io_map_offset = sizeof(*tss);
    for (unsigned i = 0; i < 1 + ARCH_TRAP_STACKS; i++)
        tss->ist[i] = cpu_this()->trap_stack_ends[i];
    uint64_t base = (uintptr_t)tss; /* in pieces: SDM 3A, "TSS Descriptor in 64-bit mode" */
    gdt[SELECTOR_CODE / 8] = GDT_CODE;
    gdt[SELECTOR_DATA / 8] = GDT_DATA;
    gdt[SELECTOR_TSS / 8] =
        (sizeof(*tss) - 1) | (base & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 | (base >> 24 & 0xff) << 56;
    gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
    __asm__ volatile("lgdt %0\n\tltr %w1" ::"m"(gdt_pointer), "r"(SELECTOR_TSS) : "memory");

    uint64_t low = gate_low((uintptr_t)trap_vectors, 0); /* all differ in bits 0 to 15 alone: kernel.ld.S */
    for (unsigned vector = 0; vector < 256; vector++, low += TRAP_VECTOR_SIZE)
        idt[vector] = (struct gate){low, KERNEL_VA >> 32};
    idt[VECTOR_DF].low = gate_low((uintptr_t)trap_vectors[VECTOR_DF], 1);
    idt[VECTOR_NMI].low = gate_low((uintptr_t)trap_vectors[VECTOR_NMI], 2);
    idt[VECTOR_MC].low = gate_low((uintptr_t)trap_vectors[VECTOR_MC], 3);
    __asm__ volatile("lidt %0" ::"m"(idt_pointer) : "memory");
    cr4_write(cr4_read() | CR4_MCE | user_protection()); /* without MCE a machine check shuts the CPU down */
}

void arch_trap_decode(const struct arch_frame *frame, struct trap *trap)
{
    bool interrupt = frame->vector >= VECTOR_INTERRUPT, page_fault = frame->vector == VECTOR_PF;
    bool in_text = frame->rip >= (uintptr_t)text_start && frame->rip < (uintptr_t)text_end - 1;
    const struct trap_cause *cause = &causes[interrupt ? VECTOR_INTERRUPT : frame->vector];
    trap->kind = cause->kind;
    trap->name = cause->name != NULL ? cause->name : "reserved exception";
    trap->code = interrupt ? frame->vector : frame->error;
    trap->has_va = page_fault || frame->vector == VECTOR_DF;
    trap->va = frame->cr2;
    if (page_fault)
        trap->access = frame->error & PAGE_FAULT_FETCH   ? TRAP_ACCESS_EXECUTE
                       : frame->error & PAGE_FAULT_WRITE ? TRAP_ACCESS_WRITE
                                                         : TRAP_ACCESS_READ;
    if (frame->vector == VECTOR_UD && in_text && memcmp((const char *)frame->rip, "\x0f\x0b", 2) == 0) /* ud2 */
        trap->kind = TRAP_TRAP_INSTRUCTION;
}
