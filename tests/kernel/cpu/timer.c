/* SPDX-License-Identifier: 0BSD */
/*
 * One timer and several CPUs: started on two at once it is in one queue, and once it is cancelled it stays so, even if
 * its function, which was running elsewhere, has started it again meanwhile. Passes with one CPU as well.
 */
#include <ossa/guard.h>
#include <ossa/smp.h>
#include <ossa/test.h>
#include <ossa/timer.h>

#define SOON_NS   (20 * NS_PER_US)
#define SETTLE_NS (20 * NS_PER_MS) /* longer than a tick of the scheduler's */

static struct timer timer;
static atomic_uint ran;
static atomic_bool again; /* the function starts its timer */

static void restart(struct timer *this)
{
    atomic_fetch_add(&ran, 1);
    for (unsigned i = 0; i < 100; i++)
        arch_cpu_relax();
    if (atomic_load(&again))
        timer_start(this, clock_ns() + SOON_NS);
}

/* Many CPUs take turns on one thread of an emulator, and each wait for another may last a turn. */
static unsigned count_rounds(void)
{
    return cpu_count > 16 ? 20 : 300;
}

static void start_here(void *unused)
{
    (void)unused;
    timer_start(&timer, clock_ns());
}

static void wait_for_another(void)
{
    for (unsigned before = atomic_load(&ran); atomic_load(&ran) == before;)
        arch_cpu_relax();
}

static atomic_uint settled;

static void note_settled(struct timer *unused)
{
    (void)unused;
    atomic_fetch_add(&settled, 1);
}

static void settle_here(void *unused)
{
    static struct timer settle PER_CPU;
    (void)unused;
    MY_CPU(settle)->function = note_settled;
    timer_start(MY_CPU(settle), clock_ns() + SETTLE_NS);
}

static void count_here(void *count)
{
    atomic_fetch_add((atomic_uint *)count, timer_count());
}

static void call_all(void (*function)(void *argument), void *argument)
{
    GUARD(interrupts);
    cpu_call_others(function, argument);
    function(argument);
}

/* Of all CPUs, once the scheduler's have run out: nobody but this thread is ready. */
static unsigned count_all(void)
{
    atomic_uint count = 0;
    atomic_store(&settled, 0);
    call_all(settle_here, NULL);
    while (atomic_load(&settled) < cpu_count)
        arch_cpu_relax();
    call_all(count_here, &count);
    return count;
}

TEST(cpu_timer_is_in_one_queue)
{
    timer = (struct timer){.function = restart};
    unsigned before = count_all();
    atomic_store(&again, cpu_count > 1);
    for (unsigned round = count_rounds(); round > 0; round--) {
        cpu_call(cpus[cpu_count - 1], start_here, NULL);
        if (cpu_count > 1)
            wait_for_another();
        timer_start(&timer, clock_ns() + SOON_NS);
    }
    atomic_store(&again, false);
    timer_cancel(&timer);
    CHECK(atomic_load(&timer.cpu) == NULL);
    CHECK_EQUAL(count_all(), before);
}

TEST(cpu_timer_stays_cancelled)
{
    atomic_store(&again, cpu_count > 1);
    for (unsigned round = count_rounds(); round > 0; round--) {
        timer = (struct timer){.function = restart};
        cpu_call(cpus[cpu_count - 1], start_here, NULL);
        if (cpu_count > 1)
            wait_for_another();
        timer_cancel(&timer);
        REQUIRE(atomic_load(&timer.cpu) == NULL);
    }
}
