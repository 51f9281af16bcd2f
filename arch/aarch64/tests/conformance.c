/* SPDX-License-Identifier: 0BSD */
/*
 * The conformance cases that take an instruction or a register of aarch64. X: cannot be on this architecture or with
 * this compiler; what is instead is checked. The same names are in the other ports.
 */
#include <ossa/conformance.h>
#include <ossa/early_map.h>
#include <ossa/guard.h>
#include <ossa/interrupt.h>

CPU_REGISTER(id_aa64mmfr1_el1)
CPU_REGISTER(isr_el1)
CPU_REGISTER(sctlr_el1)
CPU_REGISTER(tcr_el1)

#define ISR_I                 0x80 /* an IRQ is pending, masked or not */
#define DESCRIPTOR_USER       0x40 /* AP[1] */
#define DESCRIPTOR_NOT_GLOBAL 0x800
#define DESCRIPTOR_UXN        0x40000000000000

static volatile int64_t zero;

CONFORMANCE_FATAL(illegal_insn, "undefined instruction", "a trap of this kind cannot be caught")
{
    arch_illegal_instruction();
}

static PLAIN int64_t divide(int64_t number)
{
    return number / zero;
}

/* X: division by zero does not trap (DDI 0487, C6.2.337, SDIV). */
TEST(conformance_div_zero)
{
    CHECK_EQUAL(divide(42), 0);
}

/* The top bits are neither all 0 nor all 1. */
CONFORMANCE(bad_address, "read of unmapped memory: translation fault, level 0 at 0x123456789abcdef0")
{
    (void)*(volatile int *)0x123456789abcdef0;
}

static PLAIN void load(uintptr_t va)
{
    (void)*(volatile uint64_t *)va;
}

CONFORMANCE(unaligned, "alignment fault at 0x")
{
    load((uintptr_t)rodata_start + 1);
}

CONFORMANCE_FATAL(fp_in_kernel, "trapped SVE, Advanced SIMD or floating point", "a trap of this kind cannot be caught")
{
    __asm__ volatile(".arch_extension fp\n\tfmov d0, xzr");
}

/* A register of a higher level. */
CONFORMANCE_FATAL(bad_sysreg, "undefined instruction", "a trap of this kind cannot be caught")
{
    __asm__ volatile("mrs x0, hcr_el2" ::: "x0");
}

/* X: a bad sp is a plain fault, for the CPU stores nothing by itself; the entry finds that sp is bad. */
CONFORMANCE_FATAL(double_fault, "null pointer write: ", "the panic_catch() in force cannot be reached")
{
    __asm__ volatile("mov sp, %0\n\tstr xzr, [sp]" ::"r"(0x10ul) : "memory");
}

/* X: no NMI without FEAT_NMI, and none is asked for if it is there: what stops a CPU can be masked like the rest. */
TEST(conformance_nmi_panic)
{
    GUARD(interrupts);
    if (!CONFIG_CPU)
        SKIP("nobody interrupts without kernel/cpu");
    arch_cpu_interrupt(cpu_this(), true);
    while ((isr_el1_read() & ISR_I) == 0)
        arch_cpu_relax();
    CHECK((daif_read() & DAIF_INTERRUPTS) != 0);
}

/* Runs out of stack, is taken to the emergency stack, and comes back by the exception table. */
static __attribute__((noinline)) bool exhaust(void)
{
    uint64_t sp;
    __asm__ volatile("mov x19, sp\n"
                     "1: sub sp, sp, #16\n"
                     "2: str xzr, [sp]\n"
                     "b 1b\n"
                     "3: mov %0, sp\n"
                     "mov sp, x19\n" EXTABLE("2b", "3b")
                     : "=&r"(sp)::"x19", "memory");
    return (sp >> STACK_SHIFT & 1) != 0;
}

TEST(conformance_exhaust_stack_again)
{
    CHECK(exhaust());
    CHECK(exhaust());
}

/* X: no BTI: the image is not built with -mbranch-protection. A jump to what is no landing pad lands. */
TEST(conformance_landing_pad)
{
    uint64_t landed = 0;
    __asm__ volatile("adr x8, 1f\n\tbr x8\n\tudf #0\n1:\tmov %0, #1" : "+r"(landed)::"x8");
    CHECK_EQUAL(landed, 1);
}

/* X: no signed return addresses either. A return goes where x30 was changed to. */
TEST(conformance_cfi_backward)
{
    uint64_t landed = 0;
    __asm__ volatile("adr x30, 1f\n\tret\n\tudf #0\n1:\tmov %0, #1" : "+r"(landed)::"x30");
    CHECK_EQUAL(landed, 1);
}

/* X: the keys are off (SCTLR_EL1.EnIA), so signing changes nothing. */
TEST(conformance_corrupt_pac)
{
    register uint64_t x30 __asm__("x30") = (uintptr_t)text_start;
    __asm__ volatile("hint #25" : "+r"(x30)); /* paciasp */
    CHECK_EQUAL(x30, (uintptr_t)text_start);
}

/* X: nothing pins SCTLR_EL1 yet. */
TEST(conformance_unpin)
{
    uint64_t sctlr = sctlr_el1_read();
    CHECK((sctlr & SCTLR_WXN) != 0);
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" ::"r"(sctlr & ~SCTLR_WXN) : "memory");
    CHECK_EQUAL(sctlr_el1_read(), sctlr & ~SCTLR_WXN);
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" ::"r"(sctlr) : "memory");
}

/* == Memory of a user, made by hand: page tables for one page of the lower half ==================================== */

#define USER_VA 0x400000ul

static uint64_t user_tables[ARCH_PAGE_TABLE_LEVELS][512] __attribute__((aligned(PAGE_SIZE)));
static union {
    uint32_t instruction;
    char page[PAGE_SIZE];
} user_code __attribute__((aligned(PAGE_SIZE))) = {0xd65f03c0 /* ret */};

static void tables_switch(uint64_t ttbr0, uint64_t tcr)
{
    __asm__ volatile("msr ttbr0_el1, %0\n\tmsr tcr_el1, %1\n\tisb" ::"r"(ttbr0), "r"(tcr) : "memory");
    arch_tlb_flush();
}

/* As a kernel has to do it: with PXN, for a user's code is not the kernel's. */
static void user_map(void)
{
    for (unsigned level = 3; level > 0; level--)
        user_tables[level][USER_VA >> (PAGE_SHIFT + 9 * level) & 511] =
            arch_page_table_entry(image_pa(user_tables[level - 1]));
    uint64_t entry = arch_page_entry(image_pa(&user_code), PAGE_READ, 0) & ~DESCRIPTOR_UXN;
    user_tables[0][USER_VA >> PAGE_SHIFT & 511] = entry | DESCRIPTOR_USER | DESCRIPTOR_NOT_GLOBAL;
    tables_switch(image_pa(user_tables[3]), tcr_el1_read() & ~(uint64_t)TCR_EPD0);
}

static void user_unmap(void)
{
    tables_switch(0, tcr_el1_read() | TCR_EPD0);
}

static bool has_pan(void)
{
    return (id_aa64mmfr1_el1_read() >> 20 & 15) != 0;
}

CONFORMANCE_IF(has_pan(), "this CPU has no PAN", access_user, "read of unmapped memory: permission fault")
{
    user_map();
    DEFER
    {
        user_unmap();
    };
    (void)*(volatile uint8_t *)USER_VA;
}

CONFORMANCE(exec_user, "execution of unmapped memory: permission fault")
{
    user_map();
    DEFER
    {
        user_unmap();
    };
    void (*volatile function)(void) = (void (*)(void))USER_VA;
    function();
}

/* X: without PAN EL1 may read what a user may. */
TEST(conformance_user_without_protection)
{
    uint8_t byte = 0;
    if (has_pan())
        SKIP("this CPU has PAN");
    user_map();
    CHECK(arch_probe_read((void *)USER_VA, &byte));
    CHECK_EQUAL(byte, user_code.instruction & 0xff);
    user_unmap();
}
