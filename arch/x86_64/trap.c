/* SPDX-License-Identifier: 0BSD */
/*
 * The CPU's tables for exceptions (GDT, TSS, IDT) and the meaning of what arrives. #DF, NMI and #MC may come when the
 * stack is unusable or half switched, so each has a stack of its own; #DF's is the emergency stack, for on x86_64 a
 * stack overflow arrives as one: the CPU finds no room to push the page fault.
 */
#include <ossa/arch.h>
#include <ossa/image.h>

enum trap_vector {
    VECTOR_DEBUG = 1,
    VECTOR_NMI = 2,
    VECTOR_INVALID_OPCODE = 6,
    VECTOR_DOUBLE_FAULT = 8,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_MACHINE_CHECK = 18,
    VECTOR_FIRST_INTERRUPT = 32,
};

#define PAGE_FAULT_WRITE (1 << 1) /* error code, SDM 3A 4.7 */
#define PAGE_FAULT_FETCH (1 << 4)
#define GATE_INTERRUPT   0x8e /* present, ring 0, masks interrupts; SDM 3A, 6.14.1 */
#define TSS_AVAILABLE    0x89
#define IST_STACK_SIZE   8192

struct gate {
    uint16_t offset_0;
    uint16_t selector;
    uint8_t ist;
    uint8_t type;
    uint16_t offset_16;
    uint32_t offset_32;
    uint32_t reserved;
};

/* Only what the CPU reads when it enters ring 0 through a gate (SDM 3A, 7.7). */
struct tss {
    uint32_t reserved_0;
    uint64_t rsp[3];
    uint64_t reserved_1;
    uint64_t ist[7]; /* gates count them from 1 */
    uint8_t reserved_2[10];
    uint16_t io_map_offset;
} __attribute__((packed));

struct table_pointer {
    uint16_t limit;
    const void *base;
} __attribute__((packed));

#define REGISTER(name)                           \
    {                                            \
#name, offsetof(struct arch_frame, name) \
    }
const struct trap_register arch_registers[ARCH_REGISTER_COUNT] = {
    REGISTER(rax),    REGISTER(rbx), REGISTER(rcx), REGISTER(rdx), REGISTER(rsi),    REGISTER(rdi),
    REGISTER(rbp),    REGISTER(rsp), REGISTER(r8),  REGISTER(r9),  REGISTER(r10),    REGISTER(r11),
    REGISTER(r12),    REGISTER(r13), REGISTER(r14), REGISTER(r15), REGISTER(rip),    REGISTER(cs),
    REGISTER(rflags), REGISTER(ss),  REGISTER(cr2), REGISTER(cr3), REGISTER(vector), REGISTER(error),
};

/* SDM 3A, table 6-1, and AMD APM 2, 8.2; none: reserved. */
static const struct {
    const char *name;
    enum trap_kind kind;
} exceptions[VECTOR_FIRST_INTERRUPT] = {
    [0] = {"#DE divide error", TRAP_DIVIDE},
    [VECTOR_DEBUG] = {"#DB debug exception", TRAP_BREAKPOINT},
    [VECTOR_NMI] = {"NMI interrupt", TRAP_MACHINE},
    [3] = {"#BP breakpoint", TRAP_BREAKPOINT},
    [4] = {"#OF overflow", TRAP_TRAP_INSTRUCTION},
    [5] = {"#BR bound range exceeded", TRAP_TRAP_INSTRUCTION},
    [VECTOR_INVALID_OPCODE] = {"#UD invalid opcode", TRAP_ILLEGAL_INSTRUCTION},
    [7] = {"#NM device not available", TRAP_ILLEGAL_INSTRUCTION},
    [VECTOR_DOUBLE_FAULT] = {"#DF double fault", TRAP_DOUBLE_FAULT},
    [9] = {"coprocessor segment overrun", TRAP_UNKNOWN},
    [10] = {"#TS invalid TSS", TRAP_PROTECTION},
    [11] = {"#NP segment not present", TRAP_PROTECTION},
    [12] = {"#SS stack segment fault", TRAP_PROTECTION},
    [13] = {"#GP general protection", TRAP_PROTECTION},
    [VECTOR_PAGE_FAULT] = {"#PF page fault", TRAP_MEMORY},
    [16] = {"#MF x87 floating-point error", TRAP_ILLEGAL_INSTRUCTION},
    [17] = {"#AC alignment check", TRAP_ALIGNMENT},
    [VECTOR_MACHINE_CHECK] = {"#MC machine check", TRAP_MACHINE},
    [19] = {"#XM SIMD floating-point exception", TRAP_ILLEGAL_INSTRUCTION},
    [20] = {"#VE virtualization exception", TRAP_MACHINE},
    [21] = {"#CP control protection exception", TRAP_PROTECTION},
    [28] = {"#HV hypervisor injection exception", TRAP_MACHINE},
    [29] = {"#VC VMM communication exception", TRAP_MACHINE},
    [30] = {"#SX security exception", TRAP_MACHINE},
};

static uint64_t gdt[] = {0, GDT_CODE, GDT_DATA, 0, 0};
static struct tss tss = {.io_map_offset = sizeof(struct tss)};
static struct gate idt[256];
static char nmi_stack[IST_STACK_SIZE] NOINIT __attribute__((aligned(16)));
static char machine_check_stack[IST_STACK_SIZE] NOINIT __attribute__((aligned(16)));

static void load_gdt_and_tss(void)
{
    uint64_t base = (uintptr_t)&tss;
    gdt[SELECTOR_TSS / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 |
                            (base >> 24 & 0xff) << 56; /* SDM 3A, 7.2.3 */
    gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
    struct table_pointer pointer = {sizeof(gdt) - 1, gdt};
    __asm__ volatile("lgdt %0\n\tltr %w1" ::"m"(pointer), "r"(SELECTOR_TSS) : "memory");
}

static void set_own_stack(unsigned vector, unsigned number, char *stack_end)
{
    tss.ist[number - 1] = (uintptr_t)stack_end;
    idt[vector].ist = number;
}

void arch_trap_init(void)
{
    for (unsigned vector = 0; vector < 256; vector++) {
        uint64_t entry = (uintptr_t)trap_vectors[vector];
        idt[vector] = (struct gate){.offset_0 = (uint16_t)entry,
                                    .selector = SELECTOR_CODE,
                                    .type = GATE_INTERRUPT,
                                    .offset_16 = (uint16_t)(entry >> 16),
                                    .offset_32 = (uint32_t)(entry >> 32)};
    }
    set_own_stack(VECTOR_DOUBLE_FAULT, 1, emergency_stack_end);
    set_own_stack(VECTOR_NMI, 2, nmi_stack + sizeof(nmi_stack));
    set_own_stack(VECTOR_MACHINE_CHECK, 3, machine_check_stack + sizeof(machine_check_stack));
    load_gdt_and_tss();
    struct table_pointer pointer = {sizeof(idt) - 1, idt};
    __asm__ volatile("lidt %0" ::"m"(pointer) : "memory");
    cr4_write(cr4_read() | CR4_MCE); /* without it a machine check shuts the CPU down */
}

static bool is_ud2(uint64_t pc)
{
    const uint8_t *code = (const uint8_t *)pc;
    return pc >= (uintptr_t)text_start && pc < (uintptr_t)text_end - 1 && code[0] == 0x0f && code[1] == 0x0b;
}

void arch_trap_decode(const struct arch_frame *frame, struct trap *trap)
{
    trap->code = frame->error;
    trap->name = "interrupt nobody asked for";
    trap->kind = TRAP_INTERRUPT;
    if (frame->vector >= VECTOR_FIRST_INTERRUPT) {
        trap->code = frame->vector;
        return;
    }
    const char *name = exceptions[frame->vector].name;
    trap->name = name != NULL ? name : "reserved exception";
    trap->kind = exceptions[frame->vector].kind;
    if (frame->vector == VECTOR_INVALID_OPCODE && is_ud2(frame->rip))
        trap->kind = TRAP_TRAP_INSTRUCTION;
    if (frame->vector == VECTOR_PAGE_FAULT) {
        trap->access = frame->error & PAGE_FAULT_FETCH   ? TRAP_ACCESS_EXECUTE
                       : frame->error & PAGE_FAULT_WRITE ? TRAP_ACCESS_WRITE
                                                         : TRAP_ACCESS_READ;
    }
    if (frame->vector == VECTOR_PAGE_FAULT || frame->vector == VECTOR_DOUBLE_FAULT) {
        trap->has_va = true;
        trap->va = frame->cr2;
    }
}
