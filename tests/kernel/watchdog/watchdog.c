/* SPDX-License-Identifier: 0BSD */
/*
 * The watchdog with time that goes as the tests say; and LKDTM's lockups (docs/conformance.md), of which a kernel that
 * preempts has fewer.
 */
#include <ossa/conformance.h>
#include <ossa/guard.h>
#include <ossa/mutex.h>
#include <ossa/smp.h>
#include <ossa/thread.h>
#include <ossa/timer.h>
#include <ossa/watchdog.h>
#include <stdatomic.h>

static atomic_bool stuck;

static void stay(struct timer *timer)
{
    (void)timer;
    atomic_store(&stuck, true);
    for (;;)
        arch_cpu_relax();
}

static void start_staying(void *unused)
{
    static struct timer timer = {.function = stay};
    (void)unused;
    timer_start(&timer, clock_ns());
}

static uint64_t test_ns; /* goes on from one test to the next, and only here */

static void look(void *unused)
{
    (void)unused;
    watchdog_check(test_ns);
}

/* As many seconds, two of them between two looks, by all CPUs or this one. */
static __attribute__((noinline)) void look_for(unsigned seconds, bool all)
{
    GUARD(interrupts);
    test_ns = test_ns == 0 ? clock_ns() : test_ns;
    for (uint64_t end_ns = test_ns + seconds * NS_PER_S; test_ns < end_ns; test_ns += 2 * NS_PER_S) {
        look(NULL);
        if (CONFIG_CPU && all)
            cpu_call_others(look, NULL);
    }
}

/* A CPU stays in an interrupt: the one before it in the ring sees it. */
FATAL_TEST(conformance_hardlockup, "panic: hard lockup: cpu 1 has taken no interrupt for ")
{
    if (CPU_COUNT == 1)
        SKIP("one CPU: nobody is there to see it");
    cpu_call(cpus[1], start_staying, NULL);
    while (!atomic_load(&stuck))
        cpu_wait();
    look_for(15, false);
}

/* Whatever it runs, a thread that waits for a mutex among it. */
TEST(watchdog_forgives_a_machine_that_stood_still)
{
    GUARD(interrupts);
    for (unsigned hours = 0; hours < 2; hours++)
        watchdog_check(clock_ns() + hours * 3600 * NS_PER_S);
}

static struct mutex mutex = MUTEX("watched");

static int want(void *unused)
{
    (void)unused;
    GUARD(mutex, &mutex);
    return 0;
}

TEST(conformance_hung_task)
{
    if (!CONFIG_LOG)
        SKIP("no log");
    struct thread *thread = thread_create("waiter", want, NULL, 0);
    REQUIRE(thread != NULL);
    mutex_take(&mutex);
    thread_start(thread);
    while (thread->wants == NULL)
        thread_yield();
    look_for(100, true);
    CHECK(!test_was_logged("hung thread: waiter"));
    look_for(40, true);
    CHECK(test_was_logged("hung thread: waiter waits for watched"));
    CHECK(test_was_logged("watched is held by boot, taken at tests/kernel/watchdog/watchdog.c:"));
    CHECK(test_was_logged("want+0x") || !CONFIG_PANIC_UNWIND || !CONFIG_SYMBOLS);
    mutex_release(&mutex);
    thread_join(thread, NULL);
}

static int do_nothing(void *unused)
{
    (void)unused;
    return 0;
}

/* Where all threads are preempted only what keeps the scheduler from it makes such a case: here, masked interrupts. */
TEST(conformance_softlockup)
{
    if (!CONFIG_LOG)
        SKIP("no log");
    struct thread *other = thread_create("starving", do_nothing, NULL, 0);
    REQUIRE(other != NULL);
    thread_set_cpu(other, &boot_cpu);
    uint64_t interrupts = arch_interrupts_save();
    look_for(30, true); /* nobody is kept from anything */
    CHECK(!test_was_logged("soft lockup: "));
    thread_start(other);
    look_for(16, true);
    CHECK(!test_was_logged("soft lockup: "));
    look_for(12, true);
    CHECK(test_was_logged("soft lockup: cpu 0 has run thread boot for 2"));
    CHECK(test_was_logged("look_for") || !CONFIG_PANIC_UNWIND || !CONFIG_SYMBOLS);
    arch_interrupts_restore(interrupts);
    thread_join(other, NULL);
}
