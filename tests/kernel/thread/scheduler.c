/* SPDX-License-Identifier: 0BSD */
/*
 * Who runs when: turns, preemption, sleep, deadlines, several CPUs. Nothing here is measured in time: a thread that
 * should not have had to wait for another is proven by what that other has not done yet.
 */
#include <ossa/errno.h>
#include <ossa/mutex.h>
#include <ossa/semaphore.h>
#include <ossa/smp.h>
#include <ossa/test.h>
#include <ossa/thread.h>

#define SLEEPERS 8

static struct thread *start(int (*function)(void *argument), void *argument, struct cpu *cpu)
{
    struct thread *thread = thread_create("child", function, argument, 0);
    if (thread == NULL)
        panic("no memory for a thread");
    thread_set_cpu(thread, cpu);
    thread_start(thread);
    return thread;
}

static int join(struct thread *thread)
{
    static struct thread_end end;
    thread_join(thread, &end);
    return end.panicked ? -1 : end.value;
}

static unsigned turns[30], turn_count;

static int take_turns(void *number)
{
    for (unsigned i = 0; i < 10; i++) {
        turns[turn_count++] = (uintptr_t)number;
        thread_yield();
    }
    return 0;
}

TEST(thread_yields_in_turn)
{
    struct thread *threads[3];
    turn_count = 0;
    uint64_t interrupts = arch_interrupts_save(); /* all are ready before the first one runs */
    for (uintptr_t i = 0; i < 3; i++)
        threads[i] = start(take_turns, (void *)i, &boot_cpu);
    arch_interrupts_restore(interrupts);
    for (unsigned i = 0; i < 3; i++)
        join(threads[i]);
    REQUIRE(turn_count == 30);
    for (unsigned i = 0; i < 30; i++)
        CHECK_EQUAL(turns[i], i % 3);
}

/* == Preemption ==================================================================================================== */

static atomic_bool spin;

static int spin_until_told(void *unused)
{
    (void)unused;
    while (atomic_load(&spin))
        ;
    return 0;
}

static int stop_spinning(void *unused)
{
    (void)unused;
    atomic_store(&spin, false);
    return 0;
}

/* Neither the spinning thread nor this one, which computes too, ever lets go of the CPU. */
TEST(thread_is_preempted)
{
    atomic_store(&spin, true);
    struct thread *spinner = start(spin_until_told, NULL, &boot_cpu);
    struct thread *stopper = start(stop_spinning, NULL, &boot_cpu);
    while (atomic_load(&spin))
        ;
    join(spinner);
    join(stopper);
}

static unsigned preemptions;

static int count_preemptions(void *unused)
{
    (void)unused;
    while (preemptions < 3) {
        unsigned before = thread_this()->run_count;
        while (*(volatile unsigned *)&thread_this()->run_count == before && atomic_load(&spin))
            ;
        preemptions++;
    }
    atomic_store(&spin, false);
    return 0;
}

/* Of two that compute each gets its turn again and again; registers, which a trap saves and a switch does not, stay. */
TEST(thread_preempted_goes_on)
{
    atomic_store(&spin, true);
    preemptions = 0;
    struct thread *counter = start(count_preemptions, NULL, &boot_cpu);
    uint64_t sum = 0, check = 0;
    while (atomic_load(&spin)) {
        sum += 3;
        check += 1;
    }
    CHECK_EQUAL(sum, 3 * check);
    join(counter);
    CHECK_EQUAL(preemptions, 3);
}

/* == Sleep ========================================================================================================= */

static int sleep_for(void *number)
{
    uint64_t deadline_ns = clock_ns() + (uintptr_t)number * 100 * NS_PER_US;
    thread_sleep_until(deadline_ns);
    return clock_ns() >= deadline_ns && thread_this()->waits_for == NULL;
}

TEST(thread_sleeps_until_its_time)
{
    struct thread *threads[SLEEPERS];
    for (uintptr_t i = 0; i < SLEEPERS; i++)
        threads[i] = start(sleep_for, (void *)(i * 5 % SLEEPERS), NULL);
    for (unsigned i = 0; i < SLEEPERS; i++)
        CHECK_EQUAL(join(threads[i]), 1);
}

TEST(thread_sleep_in_the_past_returns)
{
    thread_sleep_until(0);
    thread_sleep_ns(0);
}

/* == Several CPUs ================================================================================================== */

static int where_am_i(void *unused)
{
    (void)unused;
    return cpu_this()->number;
}

static int go_everywhere(void *unused)
{
    (void)unused;
    unsigned wrong = 0;
    for (unsigned round = 0; CONFIG_CPU && round < 3; round++)
        for (unsigned i = 0; i < cpu_count; i++) {
            thread_set_cpu(thread_this(), cpus[i]);
            uint64_t interrupts = arch_interrupts_save();
            wrong += cpu_this() != cpus[i] || cpus[i]->thread != thread_this();
            arch_interrupts_restore(interrupts);
        }
    return wrong;
}

TEST(thread_runs_where_it_must)
{
    for (unsigned i = 0; CONFIG_CPU && i < cpu_count; i++)
        CHECK_EQUAL(join(start(where_am_i, NULL, cpus[i])), i);
    CHECK_EQUAL(join(start(go_everywhere, NULL, NULL)), 0);
}

static atomic_uint arrived;

/* Nobody gets on unless all run at the same time. */
static int meet(void *unused)
{
    (void)unused;
    atomic_fetch_add(&arrived, 1);
    while (CONFIG_CPU && atomic_load(&arrived) < cpu_count)
        arch_cpu_relax();
    return 0;
}

/* Those that nobody tells where to run spread; this thread waits, so its CPU is there for one of them. */
TEST(threads_spread_over_the_cpus)
{
    struct thread *threads[8];
    unsigned count = CPU_COUNT;
    if (count > sizeof(threads) / sizeof(threads[0]))
        SKIP("more CPUs than threads");
    atomic_store(&arrived, 0);
    for (unsigned i = 0; i < count; i++)
        threads[i] = start(meet, NULL, NULL);
    for (unsigned i = 0; i < count; i++)
        CHECK_EQUAL(join(threads[i]), 0);
}

/* == Deadlines ===================================================================================================== */

static struct mutex held = MUTEX("held");
static struct semaphore empty = SEMAPHORE("empty", 0);
static struct condition never;

static int take_in_vain(void *unused)
{
    (void)unused;
    return mutex_take_until(&held, clock_ns() + 100 * NS_PER_US);
}

TEST(thread_wait_ends_at_its_deadline)
{
    CHECK_EQUAL(-semaphore_take_until(&empty, clock_ns() + 100 * NS_PER_US), ETIMEDOUT);
    CHECK(empty.queue.first == NULL && empty.units == 0);
    mutex_take(&held);
    CHECK_EQUAL(-join(start(take_in_vain, NULL, NULL)), ETIMEDOUT);
    CHECK_EQUAL(-condition_wait_until(&never, &held, clock_ns() + 100 * NS_PER_US), ETIMEDOUT);
    CHECK(held.lock.thread == thread_this() && held.queue.first == NULL && never.queue.first == NULL);
    mutex_release(&held);
    CHECK_EQUAL(mutex_take_until(&held, 0), 0); /* it need not wait */
    mutex_release(&held);
}

static int take_unit(void *semaphore)
{
    semaphore_take((struct semaphore *)semaphore);
    return 0;
}

TEST(thread_join_ends_at_its_deadline)
{
    struct thread *thread = start(take_unit, &empty, NULL);
    CHECK_EQUAL(-thread_join_until(thread, NULL, clock_ns() + 100 * NS_PER_US), ETIMEDOUT);
    CHECK_EQUAL(-thread_join_until(thread, NULL, 0), ETIMEDOUT);
    semaphore_release(&empty);
    CHECK_EQUAL(thread_join_until(thread, NULL, WAIT_FOREVER), 0);
}

TEST(thread_backtrace_of_one_that_waits)
{
    uint64_t calls[16];
    struct thread *thread = start(take_unit, &empty, &boot_cpu); /* this one: so that it has left it */
    while (*(volatile enum thread_state *)&thread->state != THREAD_WAITING)
        thread_yield();
    size_t count = thread_read_calls(thread, calls, 16);
    bool found = false;
    for (unsigned i = 0; i < count; i++)
        found = found || (calls[i] > (uintptr_t)take_unit && calls[i] < (uintptr_t)take_unit + 64);
    CHECK(found || !CONFIG_PANIC_UNWIND);
    semaphore_release(&empty);
    join(thread);
    CHECK_EQUAL(thread_read_calls(thread_this(), calls, 16), 0);
    thread = thread_create("new", take_unit, &empty, 0);
    CHECK_EQUAL(thread_read_calls(thread, calls, 16), 1);
    semaphore_release(&empty);
    thread_start(thread);
    join(thread);
}
