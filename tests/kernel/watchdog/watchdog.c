/* SPDX-License-Identifier: 0BSD */
/*
 * The watchdog with time that goes as the tests say; and LKDTM's lockups (docs/conformance.md), of which a kernel that
 * preempts has fewer.
 */
#include <ossa/conformance.h>
#include <ossa/guard.h>
#include <ossa/log.h>
#include <ossa/mutex.h>
#include <ossa/smp.h>
#include <ossa/string.h>
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

/* A CPU stays in an interrupt: the one before it in the ring sees it. */
FATAL_TEST(conformance_hardlockup, "panic: hard lockup: cpu 1 has taken no interrupt for ")
{
    if (CPU_COUNT == 1)
        SKIP("one CPU: nobody is there to see it");
    cpu_call(cpus[1], start_staying, NULL);
    while (!atomic_load(&stuck))
        cpu_wait();
    GUARD(interrupts);
    watchdog_check_cpu(clock_ns() + 11 * NS_PER_S);
}

TEST(watchdog_lets_the_living_be)
{
    GUARD(interrupts);
    watchdog_check_cpu(clock_ns());
    watchdog_check_cpu(clock_ns() + NS_PER_S);
}

static struct mutex mutex = MUTEX("watched");

static int want(void *unused)
{
    (void)unused;
    GUARD(mutex, &mutex);
    return 0;
}

static bool was_logged(const char *words)
{
    static char text[4096];
    size_t length = log_read_last(text, sizeof(text));
    for (size_t i = 0; i + strlen(words) <= length; i++)
        if (memcmp(text + i, words, strlen(words)) == 0)
            return true;
    return false;
}

static void check(uint64_t now_ns)
{
    GUARD(interrupts);
    watchdog_check_threads(now_ns);
}

TEST(conformance_hung_task)
{
    uint64_t now_ns = clock_ns();
    struct thread *thread = thread_create("waiter", want, NULL, 0);
    REQUIRE(thread != NULL);
    mutex_take(&mutex);
    thread_start(thread);
    while (thread->wants == NULL)
        thread_yield();
    check(now_ns);                  /* it has run since the last look */
    check(now_ns + 119 * NS_PER_S); /* it has not, but that is not too long */
    CHECK(!was_logged("hung thread: waiter"));
    check(now_ns + 121 * NS_PER_S);
    CHECK(was_logged("hung thread: waiter waits for watched"));
    CHECK(was_logged("watched is held by boot, taken at tests/kernel/watchdog/watchdog.c:"));
    CHECK(was_logged("want+0x"));
    mutex_release(&mutex);
    thread_join(thread, NULL);
}

static atomic_uint turns;
static atomic_bool enough;

static int loop(void *unused)
{
    (void)unused;
    while (!atomic_load_explicit(&enough, memory_order_relaxed))
        arch_cpu_relax();
    return 0;
}

static int take_turns(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 10; i++) {
        atomic_fetch_add(&turns, 1);
        thread_yield();
    }
    return 0;
}

/* X: nothing to report: who loops is preempted, and the others go on. */
TEST(conformance_softlockup)
{
    struct thread *looper = thread_create("looper", loop, NULL, 0),
                  *other = thread_create("other", take_turns, NULL, 0);
    REQUIRE(looper != NULL && other != NULL);
    thread_set_cpu(looper, &boot_cpu);
    thread_set_cpu(other, &boot_cpu);
    thread_start(looper);
    thread_start(other);
    thread_join(other, NULL);
    CHECK_EQUAL(turns, 10);
    atomic_store(&enough, true);
    thread_join(looper, NULL);
}
