/* SPDX-License-Identifier: 0BSD */
/*
 * The conformance cases that take an instruction or a register of x86_64. X: cannot be on this architecture or with
 * this compiler; what is instead is checked. The same names are in the other ports.
 */
#include <arch/registers.h>
#include <ossa/conformance.h>
#include <ossa/early_map.h>
#include <ossa/guard.h>

#define APIC_X2APIC       (1 << 10)
#define APIC_ID           0x20
#define APIC_COMMAND_LOW  0x300
#define APIC_COMMAND_HIGH 0x310
#define MSR_X2APIC        0x800 /* and the register's offset / 16 */
#define APIC_DELIVER_NMI  (4 << 8)
#define CR0_WP            (1ul << 16)

static volatile int zero, sink;

CONFORMANCE_FATAL(illegal_insn, "#UD invalid opcode", "a trap of this kind cannot be caught")
{
    arch_illegal_instruction();
}

CONFORMANCE(div_zero, "#DE divide error")
{
    sink = 42 / zero;
}

/* Not canonical, so the CPU gives no address either. */
CONFORMANCE(bad_address, "#GP general protection")
{
    (void)*(volatile int *)0x123456789abcdef0;
}

static PLAIN uint64_t load(const volatile void *va)
{
    return *(const volatile uint64_t *)va;
}

/* X: ring 0 has no alignment check (SDM 3A, 6.15, #AC). */
TEST(conformance_unaligned)
{
    static const uint64_t words[2] = {0x0123456789abcdef, 0xff};
    CHECK_EQUAL(load((const char *)words + 1), 0xff0123456789abcd);
}

CONFORMANCE_FATAL(fp_in_kernel, "#NM device not available", "a trap of this kind cannot be caught")
{
    __asm__ volatile("fldz");
}

/* CR1 does not exist. An unknown MSR would be a #GP, but reads as 0 in QEMU. */
CONFORMANCE_FATAL(bad_sysreg, "#UD invalid opcode", "a trap of this kind cannot be caught")
{
    __asm__ volatile(".byte 0x0f, 0x20, 0xc8" ::: "rax"); /* mov %cr1, %rax */
}

/* No room to push a frame: on a stack of its own. */
CONFORMANCE_FATAL(double_fault, "#DF double fault", "the panic_catch() in force cannot be reached")
{
    __asm__ volatile("mov %0, %%rsp\n\tpush %%rax" ::"r"(0x123456789abcdef0) : "memory");
}

/* From this CPU to itself, while it holds the console with interrupts masked (SDM 3A, 10.6.1, 10.12.9). */
CONFORMANCE_FATAL(nmi_panic, "NMI interrupt", "a trap of this kind cannot be caught")
{
    GUARD(interrupts);
    uint64_t base = msr_read(MSR_APIC_BASE);
    console_take();
    if (base & APIC_X2APIC) {
        uint32_t id = (uint32_t)msr_read(MSR_X2APIC + APIC_ID / 16);
        __asm__ volatile("wrmsr" ::"c"(MSR_X2APIC + APIC_COMMAND_LOW / 16), "a"(APIC_DELIVER_NMI), "d"(id));
    } else {
        volatile char *apic = early_map_window(FIXMAP_SCRATCH, base & -PAGE_SIZE, PAGE_SIZE, PAGE_WRITE | PAGE_DEVICE);
        *(volatile uint32_t *)(apic + APIC_COMMAND_HIGH) = *(volatile uint32_t *)(apic + APIC_ID);
        *(volatile uint32_t *)(apic + APIC_COMMAND_LOW) = APIC_DELIVER_NMI;
    }
    for (unsigned i = 0; i < 1000000; i++)
        arch_cpu_relax();
}

/* X: no IBT (it would need -fcf-protection=branch, and a CPU that has it). A jump to what is no landing pad lands. */
TEST(conformance_landing_pad)
{
    uint64_t landed = 0;
    __asm__ volatile("lea 1f(%%rip), %%rax\n\tjmp *%%rax\n\tud2\n1:\tmov $1, %k0" : "+r"(landed)::"rax");
    CHECK_EQUAL(landed, 1);
}

/* X: no shadow stack. A return goes where its address on the stack was changed to. */
TEST(conformance_cfi_backward)
{
    uint64_t landed = 0;
    __asm__ volatile("lea 1f(%%rip), %%rax\n\tpush %%rax\n\tret\n\tud2\n1:\tmov $1, %k0"
                     : "+r"(landed)::"rax", "memory");
    CHECK_EQUAL(landed, 1);
}

static __attribute__((noinline)) uint64_t return_address(void)
{
    return (uintptr_t)__builtin_return_address(0);
}

/* X: no pointer authentication. A return address is plain. */
TEST(conformance_corrupt_pac)
{
    uint64_t va = return_address();
    CHECK(va > (uintptr_t)text_start && va < (uintptr_t)text_end);
}

/* X: nothing pins CR0 yet. Without WP ring 0 writes what is read-only. */
TEST(conformance_unpin)
{
    GUARD(interrupts); /* the register is this CPU's */
    uint64_t cr0 = cr0_read();
    CHECK((cr0 & CR0_WP) != 0);
    cr0_write(cr0 & ~CR0_WP);
    CHECK_EQUAL(cr0_read(), cr0 & ~CR0_WP);
    cr0_write(cr0);
}

/* == Memory of a user, made by hand: page tables for one page of the lower half ==================================== */

#define USER_VA 0x400000ul

static uint64_t user_tables[ARCH_PAGE_TABLE_LEVELS - 1][512] __attribute__((aligned(PAGE_SIZE)));
static union {
    uint8_t instruction;
    char page[PAGE_SIZE];
} user_code __attribute__((aligned(PAGE_SIZE))) = {0xc3 /* ret */};

static uint64_t *root_table(void)
{
    return (uint64_t *)(arch_page_tables_root() - boot_entry.kernel_pa + KERNEL_VA);
}

static void user_map(void)
{
    uint64_t *table = root_table();
    for (unsigned level = paging_levels - 1; level > 0; level--) {
        uint64_t *below = user_tables[level - 1];
        table[USER_VA >> (PAGE_SHIFT + 9 * level) & 511] = arch_page_table_entry(image_pa(below)) | PTE_USER;
        table = below;
    }
    uint64_t entry = arch_page_entry(image_pa(&user_code), PAGE_WRITE | PAGE_EXECUTE, 0);
    table[USER_VA >> PAGE_SHIFT & 511] = (entry & ~(uint64_t)PTE_GLOBAL) | PTE_USER;
    arch_tlb_flush();
}

static void user_unmap(void)
{
    root_table()[0] = 0;
    arch_tlb_flush();
}

static PLAIN void user_call(void)
{
    void (*volatile function)(void) = (void (*)(void))USER_VA;
    function();
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

static bool has_feature(uint32_t bit)
{
    return (cpuid_read(7).ebx & bit) != 0;
}

CONFORMANCE_IF(has_feature(CPUID_7_EBX_SMAP), "this CPU has no SMAP", access_user, "read of unmapped memory: #PF")
{
    GUARD(interrupts); /* another CPU knows nothing of it */
    user_map();
    DEFER
    {
        user_unmap();
    };
    (void)*(volatile uint8_t *)USER_VA;
}

CONFORMANCE_IF(has_feature(CPUID_7_EBX_SMEP), "this CPU has no SMEP", exec_user, "execution of unmapped memory: #PF")
{
    GUARD(interrupts); /* another CPU knows nothing of it */
    user_map();
    DEFER
    {
        user_unmap();
    };
    user_call();
}

/* X: without SMAP and SMEP ring 0 may do to a user's page what the user may. */
TEST(conformance_user_without_protection)
{
    uint8_t instruction = 0;
    if (has_feature(CPUID_7_EBX_SMAP) && has_feature(CPUID_7_EBX_SMEP))
        SKIP("this CPU has SMAP and SMEP");
    GUARD(interrupts);
    user_map();
    CHECK(has_feature(CPUID_7_EBX_SMAP) || arch_probe_read((void *)USER_VA, &instruction));
    CHECK(has_feature(CPUID_7_EBX_SMAP) || instruction == user_code.instruction);
    if (!has_feature(CPUID_7_EBX_SMEP))
        user_call();
    user_unmap();
}

/* What the CPU has is on. */
TEST(x86_64_user_protection_is_on)
{
    GUARD(interrupts);
    struct cpuid id = cpuid_read(7);
    uint64_t cr4 = cr4_read();
    CHECK_EQUAL((cr4 & CR4_SMEP) != 0, (id.ebx & CPUID_7_EBX_SMEP) != 0);
    CHECK_EQUAL((cr4 & CR4_SMAP) != 0, (id.ebx & CPUID_7_EBX_SMAP) != 0);
    CHECK_EQUAL((cr4 & CR4_UMIP) != 0, (id.ecx & CPUID_7_ECX_UMIP) != 0);
    CHECK_EQUAL(cr0_read() & CR0_WP, CR0_WP);
}

/* The CPU's own copy of arch_trap_init()'s choice: #DF, NMI and #MC each on a stack above a guard (SDM 3A, "TSS"). */
TEST(x86_64_trap_stacks)
{
    struct {
        uint16_t limit;
        const uint64_t *entries;
    } __attribute__((packed)) gdt;
    GUARD(interrupts); /* on one CPU */
    __asm__ volatile("sgdt %0" : "=m"(gdt));
    uint64_t low = gdt.entries[SELECTOR_TSS / 8], high = gdt.entries[SELECTOR_TSS / 8 + 1];
    const char *tss = (const char *)((low >> 16 & 0xffffff) | (low >> 56) << 24 | high << 32);
    for (unsigned i = 0; i < 1 + ARCH_TRAP_STACKS; i++) {
        uint64_t ist;
        __builtin_memcpy(&ist, tss + 36 + 8 * i, sizeof(ist));
        CHECK_EQUAL(ist, cpu_this()->trap_stack_ends[i]);
        CHECK_EQUAL(ist % (2 * STACK_SIZE), STACK_SIZE);
    }
}
