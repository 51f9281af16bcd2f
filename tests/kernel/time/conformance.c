/* SPDX-License-Identifier: 0BSD */
/*
 * The conformance cases of interrupts (docs/conformance.md): what goes wrong in a timer's function, whatever
 * panic_catch() is in force in the thread that it interrupts.
 */
#include <ossa/conformance.h>
#include <ossa/guard.h>
#include <ossa/timer.h>

static void run_in_interrupt(void (*function)(struct timer *timer))
{
    static struct timer timer;
    timer.function = function;
    timer_start(&timer, clock_ns());
    GUARD(interrupts);
    for (;;)
        arch_interrupts_wait();
}

static void fail(struct timer *timer)
{
    panic("timer %p", (void *)timer);
}

CONFORMANCE_FATAL(panic_in_irq, "timer ", "inside a trap handler")
{
    run_in_interrupt(fail);
}

static volatile int one = 1;

static __attribute__((noinline)) int recurse(int depth)
{
    volatile char page[256];
    page[0] = (char)depth;
    return one == 0 ? 0 : recurse(depth + 1) + page[0];
}

static void overflow(struct timer *timer)
{
    (void)timer;
    recurse(0);
}

CONFORMANCE_FATAL(irq_stack_overflow, "stack overflow: ", "a trap of this kind cannot be caught")
{
    run_in_interrupt(overflow);
}
