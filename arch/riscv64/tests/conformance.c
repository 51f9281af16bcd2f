/* SPDX-License-Identifier: 0BSD */
/*
 * The conformance cases that take an instruction or a register of riscv64. X: cannot be on this architecture or with
 * this compiler; what is instead is checked. The same names are in the other ports.
 */
#include <arch/interrupt.h>
#include <ossa/conformance.h>
#include <ossa/early_map.h>
#include <ossa/guard.h>

static volatile int64_t zero;

CONFORMANCE_FATAL(illegal_insn, "illegal instruction", "a trap of this kind cannot be caught")
{
    arch_illegal_instruction();
}

static PLAIN void divide(int64_t number, int64_t *quotient, int64_t *remainder)
{
    *quotient = number / zero;
    *remainder = number % zero;
}

/* X: division by zero does not trap (Unprivileged ISA 20191213, table 7.1). */
TEST(conformance_div_zero)
{
    int64_t quotient, remainder;
    divide(42, &quotient, &remainder);
    CHECK_EQUAL(quotient, -1);
    CHECK_EQUAL(remainder, 42);
}

/* Bits above Sv39's are not all the same (4.4.1). */
CONFORMANCE(bad_address, "read of unmapped memory: load page fault at 0x123456789abcdef0")
{
    (void)*(volatile int *)0x123456789abcdef0;
}

static PLAIN uint64_t load(const volatile void *va)
{
    return *(const volatile uint64_t *)va;
}

/* X: the CPU or the firmware does misaligned accesses. */
TEST(conformance_unaligned)
{
    static const uint64_t words[2] = {0x0123456789abcdef, 0xff};
    CHECK_EQUAL(load((const char *)words + 1), 0xff0123456789abcd);
}

CONFORMANCE_FATAL(fp_in_kernel, "illegal instruction", "a trap of this kind cannot be caught")
{
    __asm__ volatile(".4byte 0xf2000053"); /* fmv.d.x ft0, zero */
}

CONFORMANCE_FATAL(bad_sysreg, "illegal instruction", "a trap of this kind cannot be caught")
{
    csr_read(0x5ff); /* none is defined there */
}

/* X: a bad sp is a plain fault, for the CPU stores nothing by itself; the entry finds that sp is bad. */
CONFORMANCE_FATAL(double_fault, "null pointer write: ", "the panic_catch() in force cannot be reached")
{
    __asm__ volatile("mv sp, %0\n\tsd zero, 0(sp)" ::"r"(0x10ul) : "memory");
}

/* X: there is no NMI. What is pending while interrupts are masked stays so. */
TEST(conformance_nmi_panic)
{
    uint64_t enabled = csr_read(sie);
    GUARD(interrupts);
    csr_set(sie, SIE_SSIE);
    csr_set(sip, SIE_SSIE);
    CHECK((csr_read(sip) & SIE_SSIE) != 0);
    csr_clear(sip, SIE_SSIE);
    csr_write(sie, enabled);
}

/* Runs out of stack, is taken to the emergency stack, and comes back by the exception table. */
static __attribute__((noinline)) bool exhaust(void)
{
    bool exhausted;
    __asm__ volatile("mv s1, sp\n"
                     "1: addi sp, sp, -16\n"
                     "2: sd zero, 0(sp)\n"
                     "j 1b\n"
                     "3: srli %0, sp, %1\n"
                     "andi %0, %0, 1\n"
                     "mv sp, s1\n" EXTABLE("2b", "3b")
                     : "=&r"(exhausted)
                     : "i"(STACK_SHIFT)
                     : "s1", "memory");
    return exhausted;
}

TEST(conformance_exhaust_stack_again)
{
    CHECK(exhaust());
    CHECK(exhaust());
}

/* X: no landing pads. A jump to any instruction lands. */
TEST(conformance_landing_pad)
{
    uint64_t landed = 0;
    __asm__ volatile("lla t0, 1f\n\tjr t0\n\tunimp\n1:\tli %0, 1" : "+r"(landed)::"t0");
    CHECK_EQUAL(landed, 1);
}

/* X: no shadow stack. A return goes where ra was changed to. */
TEST(conformance_cfi_backward)
{
    uint64_t landed = 0;
    __asm__ volatile("lla ra, 1f\n\tret\n\tunimp\n1:\tli %0, 1" : "+r"(landed)::"ra");
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

/* X: no bit makes read-only pages writable, so there is none to pin: SUM and MXR do not (4.1.1.2). */
TEST(conformance_unpin)
{
    unsigned long written = 0;
    __asm__ volatile("csrs sstatus, %1\n"
                     "1: sb zero, (%2)\n"
                     "li %0, 1\n"
                     "2: csrc sstatus, %1\n" EXTABLE("1b", "2b")
                     : "+r"(written)
                     : "r"(SSTATUS_SUM | SSTATUS_MXR), "r"(rodata_start)
                     : "memory");
    CHECK_EQUAL(written, 0);
}

/* == Memory of a user, made by hand: page tables for one page of the lower half ==================================== */

#define USER_VA 0x400000ul

static uint64_t user_tables[ARCH_PAGE_TABLE_LEVELS - 1][512] __attribute__((aligned(PAGE_SIZE)));
static union {
    uint16_t instruction;
    char page[PAGE_SIZE];
} user_code __attribute__((aligned(PAGE_SIZE))) = {0x8082 /* c.jr ra */};

static uint64_t *root_table(void)
{
    return (uint64_t *)(arch_page_tables_root() - boot_entry.kernel_pa + KERNEL_VA);
}

static void user_map(void)
{
    uint64_t *table = root_table();
    for (unsigned level = paging_levels - 1; level > 0; level--) {
        uint64_t *below = user_tables[level - 1];
        table[USER_VA >> (PAGE_SHIFT + 9 * level) & 511] = arch_page_table_entry(image_pa(below));
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

/* Until SUM is set (4.1.1.2). */
CONFORMANCE(access_user, "read of unmapped memory: load page fault")
{
    user_map();
    DEFER
    {
        user_unmap();
    };
    (void)*(volatile uint8_t *)USER_VA;
}

/* Whatever SUM says (4.3.1). */
CONFORMANCE(exec_user, "execution of unmapped memory: instruction page fault")
{
    user_map();
    DEFER
    {
        user_unmap();
    };
    void (*volatile function)(void) = (void (*)(void))USER_VA;
    function();
}

/* The page is there: with SUM it can be read. */
TEST(conformance_user_without_protection)
{
    uint8_t byte = 0;
    user_map();
    __asm__ volatile("csrs sstatus, %0" ::"r"((uint64_t)SSTATUS_SUM) : "memory");
    CHECK(arch_probe_read((void *)USER_VA, &byte));
    __asm__ volatile("csrc sstatus, %0" ::"r"((uint64_t)SSTATUS_SUM) : "memory");
    CHECK_EQUAL(byte, user_code.instruction & 0xff);
    CHECK(!arch_probe_read((void *)USER_VA, &byte));
    user_unmap();
}
