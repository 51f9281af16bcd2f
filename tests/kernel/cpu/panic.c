/* SPDX-License-Identifier: 0BSD */
/*
 * Panics on a machine with several CPUs: one report, whole, and in it where every CPU was.
 */
#include <ossa/catch.h>
#include <ossa/guard.h>
#include <ossa/smp.h>
#include <ossa/test.h>
#include <ossa/timer.h>
#include <stdatomic.h>

static struct cpu *other(void)
{
    return cpu_count > 1 ? cpus[1] : NULL;
}

static _Noreturn void fail(const void *words)
{
    panic("on cpu %u%s", cpu_this()->number, words == NULL ? "" : (const char *)words);
}

static void fail_here(void *words)
{
    fail(words);
}

FATAL_TEST(cpu_panic_names_the_others, "panic: on cpu 0 ... calls, newest first ... cpu 1  thread idle 1  was at")
{
    if (other() == NULL)
        SKIP("one CPU");
    fail(NULL);
}

FATAL_TEST(conformance_panic_on_secondary,
           "panic: on cpu 1 ... cpu     1, thread idle 1 ... cpu 0  thread boot  was at")
{
    if (other() == NULL)
        SKIP("one CPU");
    cpu_call(other(), fail_here, NULL);
}

static void fail_by_action(void *argument)
{
    *(volatile int *)argument = 1;
}

FATAL_TEST(cpu_trap_on_another, "null pointer write ... cpu     1, thread idle 1 ... cpu 0  thread boot  was at")
{
    if (other() == NULL)
        SKIP("one CPU");
    cpu_call(other(), fail_by_action, (void *)0x18);
}

FATAL_TEST(cpu_panic_with_interrupts_masked, "panic: on cpu 0, masked")
{
    GUARD(interrupts);
    fail(", masked");
}

static void fail_with_console(void *argument)
{
    console_take();
    fail(argument);
}

FATAL_TEST(cpu_panic_takes_the_console, "panic: on cpu 1, which has the console ... cpu 0  thread boot  was at")
{
    if (other() == NULL)
        SKIP("one CPU");
    cpu_call(other(), fail_with_console, ", which has the console");
}

static atomic_uint ready;
static struct timer together PER_CPU;

static void fail_together(struct timer *timer)
{
    (void)timer;
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) < cpu_count)
        arch_cpu_relax();
    fail(", like all");
}

static void start_together(void *unused)
{
    (void)unused;
    MY_CPU(together)->function = fail_together;
    timer_start(MY_CPU(together), clock_ns());
}

/* One is reported; the others are in its report, with a panic of their own or stopped on the way to it. */
FATAL_TEST(conformance_panic_race, ", like all ... calls, newest first ... fail_together+0x ... cpu ")
{
    if (other() == NULL)
        SKIP("one CPU");
    GUARD(interrupts);
    cpu_call_others(start_together, NULL);
    start_together(NULL);
    for (;;)
        arch_interrupts_wait();
}

static void stay(struct timer *timer)
{
    (void)timer;
    for (;;)
        arch_cpu_relax();
}

static void start_staying(void *unused)
{
    static struct timer timer = {.function = stay};
    (void)unused;
    timer_start(&timer, clock_ns());
}

/* Where nothing gets through masked interrupts, the report says so; where an NMI does, it says where that CPU was. */
FATAL_TEST(conformance_panic_stop_irqoff, "panic: on cpu 0 ... cpu 1  ... idle 1")
{
    if (other() == NULL)
        SKIP("one CPU");
    cpu_call(other(), start_staying, NULL);
    fail(NULL);
}

static atomic_bool waiting;

static void ask_who_waits(struct timer *timer)
{
    (void)timer;
    while (!atomic_load(&waiting))
        arch_cpu_relax();
    cpu_call(cpus[0], fail_here, ", asked by another");
}

static void start_asking(void *unused)
{
    static struct timer timer = {.function = ask_who_waits};
    (void)unused;
    timer_start(&timer, clock_ns());
}

static void wait_masked(void *unused)
{
    (void)unused;
    GUARD(interrupts);
    atomic_store(&waiting, true);
    for (;;)
        cpu_wait();
}

/* Who waits does what another CPU asks in the middle of its own calls. A panic there is not its own to catch: the other
 * one would wait for ever. */
FATAL_TEST(cpu_panic_of_a_call_served_while_waiting, "panic: on cpu 0, asked by another")
{
    if (other() == NULL)
        SKIP("one CPU");
    cpu_call(other(), start_asking, NULL);
    panic_catch(wait_masked, NULL, NULL);
}
