/* SPDX-License-Identifier: 0BSD */
/*
 * The virtual timer's registers after arch_timer_set(), and the wall clock of QEMU's machine.
 */
#include <ossa/clock.h>
#include <ossa/guard.h>
#include <ossa/test.h>

CPU_REGISTER(cntkctl_el1)
CPU_REGISTER(cntv_ctl_el0)
CPU_REGISTER(cntv_cval_el0)

#define CTL_ENABLE  1
#define CTL_ISTATUS 4
#define Y2020_S     1577836800

TEST(aarch64_timer_registers)
{
    GUARD(interrupts);
    uint64_t control = cntv_ctl_el0_read(), compare = cntv_cval_el0_read();
    CHECK_EQUAL(cntkctl_el1_read(), 0);

    arch_timer_set(UINT64_MAX);
    CHECK_EQUAL(cntv_ctl_el0_read() & CTL_ENABLE, 0);

    uint64_t later = arch_ticks() + 3600 * cntfrq_el0_read();
    arch_timer_set(later);
    CHECK_EQUAL(cntv_cval_el0_read(), later);
    CHECK_EQUAL(cntv_ctl_el0_read(), CTL_ENABLE);

    arch_timer_set(arch_ticks());
    CHECK_EQUAL(cntv_ctl_el0_read(), CTL_ENABLE | CTL_ISTATUS);

    arch_timer_set((control & CTL_ENABLE) != 0 ? compare : UINT64_MAX);
}

TEST(aarch64_wall_clock)
{
    CHECK(clock_wall_s() > Y2020_S);
}
