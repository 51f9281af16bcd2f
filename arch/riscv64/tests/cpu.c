/* SPDX-License-Identifier: 0BSD */
/*
 * The state of every hart: what boot.h promises, in its own registers; and device interrupts that are sent to it.
 */
#include "alarm.h"
#include <arch/interrupt.h>
#include <ossa/smp.h>
#include <ossa/test.h>

static struct {
    uint64_t sstatus, sie, stvec, satp;
} seen;

static void look(void *unused)
{
    (void)unused;
    seen.sstatus = csr_read(sstatus);
    seen.sie = csr_read(sie);
    seen.stvec = csr_read(stvec);
    seen.satp = csr_read(satp);
}

TEST(riscv64_cpu_csrs_are_the_same)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        cpu_call(cpus[i], look, NULL);
        CHECK_EQUAL(seen.sstatus & (SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR | SSTATUS_SIE), 0);
        CHECK_EQUAL(seen.sie & ~(uint64_t)SIE_STIE, csr_read(sie) & ~(uint64_t)SIE_STIE);
        CHECK((seen.sie & SIE_SSIE) != 0);
        CHECK_EQUAL(seen.stvec, (uintptr_t)trap_vector);
        CHECK_EQUAL(seen.satp, csr_read(satp));
    }
}

static struct alarm alarm;
static struct cpu *volatile came_on, *volatile then_to;

static void handle(void *unused)
{
    (void)unused;
    alarm_quiet(&alarm);
    if (then_to != NULL)
        interrupt_set_cpu(alarm.line, then_to);
    came_on = cpu_this();
}

static const struct interrupt_handler handler = {"alarm", handle, NULL};

static void raise_and_wait(void)
{
    came_on = NULL;
    alarm_raise(&alarm);
    while (came_on == NULL)
        arch_cpu_relax();
}

TEST(riscv64_interrupt_goes_to_its_cpu)
{
    then_to = NULL;
    if (!alarm_find(&alarm, &handler))
        SKIP("no clock whose alarm interrupts");
    for (unsigned i = 0; i < cpu_count; i++) {
        REQUIRE(interrupt_set_cpu(alarm.line, cpus[i]) == 0);
        raise_and_wait();
        CHECK(came_on == cpus[i]);
    }
    alarm_put(&alarm);
}

/* Each handler sends the line on, while it is in service. */
TEST(riscv64_interrupt_moved_by_handler)
{
    then_to = NULL;
    if (!alarm_find(&alarm, &handler))
        SKIP("no clock whose alarm interrupts");
    for (unsigned i = 0; i < 32 || i < cpu_count; i++) {
        then_to = cpus[(i + 1) % cpu_count];
        raise_and_wait();
        CHECK(came_on == cpus[i % cpu_count]);
    }
    alarm_put(&alarm);
}
