/* SPDX-License-Identifier: 0BSD */
/*
 * Device interrupts by whatever controller this machine has: they come until the device is quiet, not while the line is
 * masked, and are not lost by what a handler does to its own line.
 */
#include "alarm.h"
#include <arch/interrupt.h>
#include <ossa/guard.h>
#include <ossa/test.h>

static struct alarm alarm;
static volatile unsigned came;
static unsigned quiet_at; /* at which interrupt the device is quieted */
static bool mask_it;      /* at the first */

static bool has_plic(void)
{
    struct fdt_node node;
    return boot_fdt() != NULL && fdt_find(boot_fdt(), "/soc/plic", &node);
}

static void handle(void *unused)
{
    (void)unused;
    came++;
    if (mask_it && came == 1)
        interrupt_mask(alarm.line);
    if (came >= quiet_at)
        alarm_quiet(&alarm);
    else if (has_plic())
        alarm_raise(&alarm); /* as it is: QEMU's PLIC does not look at the level when a line is completed */
}

static const struct interrupt_handler handler = {"alarm", handle, NULL};

static bool begin(unsigned quiet_at_interrupt, bool mask_at_first)
{
    came = 0;
    quiet_at = quiet_at_interrupt;
    mask_it = mask_at_first;
    return alarm_find(&alarm, &handler);
}

static void wait_for(unsigned count)
{
    GUARD(interrupts);
    while (came < count)
        arch_interrupts_wait();
}

/* Time enough for an interrupt that must not come: another one is sent, and taken, behind it. */
static void wait_for_nothing(void)
{
    GUARD(interrupts);
    for (unsigned i = 0; i < 100; i++) {
        sbi_call(SBI_IPI, 0, 1, boot_cpu.id, 0);
        arch_interrupts_wait();
    }
}

TEST(riscv64_interrupt_until_quiet)
{
    if (!begin(3, false))
        SKIP("no clock whose alarm interrupts");
    uint64_t before = interrupt_count(alarm.line), unclaimed = interrupt_unclaimed_count;
    alarm_raise(&alarm);
    wait_for(3);
    wait_for_nothing();
    CHECK_EQUAL(came, 3);
    CHECK_EQUAL(interrupt_count(alarm.line), before + 3);
    CHECK_EQUAL(interrupt_unclaimed_count, unclaimed);
    alarm_put(&alarm);
}

TEST(riscv64_interrupt_waits_while_masked)
{
    if (!begin(1, false))
        SKIP("no clock whose alarm interrupts");
    interrupt_mask(alarm.line);
    alarm_raise(&alarm);
    wait_for_nothing();
    CHECK_EQUAL(came, 0);
    interrupt_unmask(alarm.line);
    wait_for(1);
    wait_for_nothing();
    CHECK_EQUAL(came, 1);
    alarm_put(&alarm);
}

/* While it is in service the line is masked, and still high when it is unmasked. */
TEST(riscv64_interrupt_masked_by_handler)
{
    if (!begin(2, true))
        SKIP("no clock whose alarm interrupts");
    alarm_raise(&alarm);
    wait_for(1);
    wait_for_nothing();
    CHECK_EQUAL(came, 1);
    interrupt_unmask(alarm.line);
    wait_for(2);
    wait_for_nothing();
    CHECK_EQUAL(came, 2);
    alarm_raise(&alarm);
    wait_for(3);
    alarm_put(&alarm);
}

/* What nobody handles is masked once it has come. */
TEST(riscv64_interrupt_unregistered_is_masked)
{
    if (!begin(1, false))
        SKIP("no clock whose alarm interrupts");
    uint64_t unclaimed = interrupt_unclaimed_count;
    struct alarm again = alarm;
    interrupt_unregister(alarm.line);
    alarm_raise(&again);
    wait_for_nothing();
    CHECK_EQUAL(came, 0);
    CHECK_EQUAL(interrupt_unclaimed_count, unclaimed);
    CHECK_EQUAL(interrupt_register(again.line, &handler), 0);
    wait_for(1);
    alarm_put(&again);
}

TEST(riscv64_plic_masks_by_priority)
{
    struct fdt_node node;
    uint64_t pa, size;
    if (boot_fdt() == NULL || !fdt_find(boot_fdt(), "/soc/plic", &node) || fdt_read_reg_pa(&node, 0, &pa, &size) != 0)
        SKIP("no PLIC");
    volatile uint32_t *priorities = vrange_map_device(pa, 4 * INTERRUPT_LINES_MAX);
    REQUIRE(priorities != NULL);
    if (!begin(1, false))
        SKIP("no clock whose alarm interrupts");
    unsigned line = alarm.line;
    CHECK_EQUAL(priorities[line], 1);
    interrupt_mask(line);
    CHECK_EQUAL(priorities[line], 0);
    interrupt_unmask(line);
    CHECK_EQUAL(priorities[line], 1);
    alarm_put(&alarm);
    CHECK_EQUAL(priorities[line], 0);
    vrange_unmap_device(priorities);
}
