/* SPDX-License-Identifier: 0BSD */
/*
 * The entry contract, where only aarch64's registers can tell: exception level, SCTLR_EL1, walks, memory types. The
 * rest is in tests/kernel/contract.c.
 */
#include <ossa/early_map.h>
#include <ossa/test.h>

CPU_REGISTER(cpacr_el1)
CPU_REGISTER(currentel)
CPU_REGISTER(id_aa64mmfr1_el1)
CPU_REGISTER(mdscr_el1)
CPU_REGISTER(sctlr_el1)
CPU_REGISTER(sp_el0)
CPU_REGISTER(spsel)
CPU_REGISTER(tcr_el1)
CPU_REGISTER(tpidr_el1)

#define PAR_FAULT  1
#define PAR_MEMORY 56 /* shift; what MAIR_EL1 has for the page */

TEST(aarch64_level)
{
    CHECK_EQUAL(currentel_read() >> 2 & 3, 1);
    CHECK_EQUAL(spsel_read() & 1, 1);
    CHECK(boot_entry.magic == 1 || boot_entry.magic == 2);
}

TEST(aarch64_sctlr)
{
    uint64_t want = SCTLR_M | SCTLR_A | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN;
    CHECK_EQUAL(sctlr_el1_read() & want, want);
    CHECK_EQUAL(tcr_el1_read() & (TCR_EPD0 | TCR_EPD1), TCR_EPD0);
}

TEST(aarch64_registers_clean)
{
    CHECK_EQUAL(tpidr_el1_read(), (uintptr_t)cpu_this());
    CHECK_EQUAL(sp_el0_read(), (uintptr_t)thread_this());
    CHECK_EQUAL(mdscr_el1_read(), 0);
    CHECK_EQUAL(daif_read() & 0x300, 0x200);     /* SError is let through */
    CHECK_EQUAL(cpacr_el1_read() & 0x100000, 0); /* FPEN: EL1's use of floating point traps */
}

TEST(aarch64_pan)
{
    uint64_t pan;
    if ((id_aa64mmfr1_el1_read() >> 20 & 15) == 0)
        SKIP("this CPU has no PAN");
    __asm__ volatile("mrs %0, s3_0_c4_c2_3" : "=r"(pan));
    CHECK_EQUAL(pan, 1ul << 22);
    CHECK_EQUAL(sctlr_el1_read() & SCTLR_SPAN, 0);
}

/* The memory attributes of the page at va, asked of the MMU. */
static uint64_t memory_type(const volatile void *va)
{
    uint64_t par;
    __asm__ volatile("at s1e1r, %1\n\tisb\n\tmrs %0, par_el1" : "=r"(par) : "r"(va) : "memory");
    return par & PAR_FAULT ? UINT64_MAX : par >> PAR_MEMORY;
}

TEST(aarch64_memory_types)
{
    CHECK_EQUAL(memory_type(image_start), MAIR_VALUE & 0xff);
    CHECK_EQUAL(memory_type(early_map_window(FIXMAP_SCRATCH, boot_entry.kernel_pa, 1, PAGE_READ)), MAIR_VALUE & 0xff);
    CHECK_EQUAL(memory_type(early_map_window(FIXMAP_SCRATCH, boot_entry.kernel_pa, 1, PAGE_DEVICE)), MAIR_VALUE >> 8);
    CHECK_EQUAL(memory_type(boot_stack_guard), UINT64_MAX);
}

TEST(aarch64_tables_load_again)
{
    CHECK(!arch_page_tables_load(arch_page_tables_root(), 3));
    CHECK(arch_page_tables_load(arch_page_tables_root(), 4));
    CHECK_EQUAL(tcr_el1_read() & (TCR_EPD0 | TCR_EPD1), TCR_EPD0);
}
