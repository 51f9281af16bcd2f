/* SPDX-License-Identifier: 0BSD */
/*
 * The timer of a hart: by stimecmp where the hart has it, else by the SBI; set for the past it interrupts at once.
 */
#include <arch/interrupt.h>
#include <ossa/clock.h>
#include <ossa/guard.h>
#include <ossa/test.h>

/* By trying, which the kernel itself must not: the firmware might take the trap. */
static bool can_read_stimecmp(void)
{
    uint64_t value = 0;
    bool can = false;
    __asm__ volatile("1: csrr %1, 0x14d\n\tli %0, 1\n2:\n" EXTABLE("1b", "2b") : "+r"(can), "+r"(value));
    return can;
}

TEST(riscv64_time_source_is_the_machines)
{
    CHECK_EQUAL(interrupt_has_sstc, can_read_stimecmp());
}

TEST(riscv64_timer_pends_at_once)
{
    GUARD(interrupts);
    arch_timer_set(UINT64_MAX);
    CHECK_EQUAL(csr_read(sie) & SIE_STIE, 0);
    arch_timer_set(arch_ticks());
    CHECK_EQUAL(csr_read(sie) & SIE_STIE, SIE_STIE);
    while ((csr_read(sip) & SIE_STIE) == 0)
        arch_cpu_relax();
    /* Taken behind the guard: kernel/time/ sets it for what is waiting. */
}

TEST(riscv64_timer_never)
{
    GUARD(interrupts);
    arch_timer_set(arch_ticks());
    arch_timer_set(UINT64_MAX);
    CHECK_EQUAL(csr_read(sip) & csr_read(sie) & SIE_STIE, 0);
    arch_timer_set(arch_ticks());
}

/* QEMU's clock is the host's: this century. */
TEST(riscv64_rtc_tells_the_time)
{
    struct fdt_node node;
    if (boot_fdt() == NULL || !fdt_find(boot_fdt(), "/soc/rtc", &node) ||
        !fdt_is_compatible(&node, "google,goldfish-rtc"))
        SKIP("no clock");
    uint64_t first_s = clock_wall_s();
    CHECK(first_s > 946684800 && first_s < 4102444800);
    CHECK(clock_wall_s() >= first_s);
}
