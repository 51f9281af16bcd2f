/* SPDX-License-Identifier: 0BSD */
/*
 * The other CPUs: the entry contract holds on each (boot.h), they do what they are asked, and time is one. With one CPU
 * the loops run once.
 */
#include <ossa/clock.h>
#include <ossa/guard.h>
#include <ossa/interrupt.h>
#include <ossa/smp.h>
#include <ossa/test.h>
#include <stdatomic.h>

static struct seen {
    struct cpu *cpu;
    const struct thread *thread;
    uint64_t sp, root_pa;
    bool masked, in_interrupt;
} seen;

static void look(void *unused)
{
    (void)unused;
    seen = (struct seen){cpu_this(),
                         thread_this(),
                         (uintptr_t)__builtin_frame_address(0),
                         arch_page_tables_root(),
                         !interrupts_enabled(),
                         interrupt_is_handled()};
}

TEST(cpu_contract_holds_on_each)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        cpu_call(cpus[i], look, NULL);
        CHECK(seen.cpu == cpus[i]);
        CHECK(seen.thread == cpus[i]->thread);
        CHECK(seen.thread->cpu == cpus[i]);
        CHECK(seen.sp > seen.thread->stack_va && seen.sp < seen.thread->stack_va + STACK_SIZE);
        CHECK_EQUAL(seen.thread->stack_va % (2 * STACK_SIZE), 0);
        CHECK_EQUAL(seen.root_pa, arch_page_tables_root());
        CHECK(seen.masked);
        CHECK(i == 0 || seen.in_interrupt);
    }
}

TEST(cpu_numbers_and_ids)
{
    CHECK(cpus[0] == &boot_cpu);
    CHECK_EQUAL(boot_cpu.id, boot_info->cpu_id);
    for (unsigned i = 0; i < cpu_count; i++) {
        CHECK_EQUAL(cpus[i]->number, i);
        for (unsigned j = 0; j < i; j++)
            CHECK(cpus[i]->id != cpus[j]->id);
    }
}

static unsigned counter PER_CPU;

static void count(void *argument)
{
    ++*MY_CPU(counter);
    if (argument != NULL)
        atomic_fetch_add((atomic_uint *)argument, 1);
}

static void add(void *argument)
{
    *MY_CPU(counter) += *(unsigned *)argument;
}

TEST(cpu_variables_are_its_own)
{
    for (unsigned i = 0; i < cpu_count; i++)
        *ITS_CPU(cpus[i], counter) = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        cpu_call(cpus[i], add, &i);
    for (unsigned i = 0; i < cpu_count; i++)
        CHECK_EQUAL(*ITS_CPU(cpus[i], counter), i);
}

TEST(cpu_call_others_calls_each_once)
{
    atomic_uint calls = 0;
    *MY_CPU(counter) = 0;
    for (unsigned round = 1; round <= 20; round++) {
        cpu_call_others(count, &calls);
        REQUIRE(calls == round * (cpu_count - 1));
    }
    CHECK_EQUAL(*MY_CPU(counter), 0);
}

TEST(cpu_call_works_masked)
{
    GUARD(interrupts);
    atomic_uint calls = 0;
    cpu_call_others(count, &calls);
    cpu_call(cpu_this(), count, &calls);
    CHECK_EQUAL(calls, cpu_count);
    CHECK(!interrupts_enabled());
}

static void pass(void *argument)
{
    *(uint64_t *)argument = clock_ns();
}

/* What one CPU reads, the next reads no earlier. */
TEST(cpu_clocks_agree)
{
    uint64_t last_ns = clock_ns();
    for (unsigned i = 0; i < 160 || i < cpu_count; i++) {
        uint64_t now_ns = 0;
        cpu_call(cpus[i % cpu_count], pass, &now_ns);
        REQUIRE(now_ns >= last_ns);
        last_ns = now_ns;
    }
}
