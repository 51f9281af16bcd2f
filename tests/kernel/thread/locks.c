/* SPDX-License-Identifier: 0BSD */
/*
 * Mutexes, semaphores and conditions among many threads: what they promise holds whatever the order; and what is
 * refused by name. Threads meet here by yielding at random places, the same ones on every run on one CPU.
 */
#include <ossa/guard.h>
#include <ossa/mutex.h>
#include <ossa/semaphore.h>
#include <ossa/string.h>
#include <ossa/test.h>
#include <ossa/thread.h>
#include <ossa/timer.h>

#define THREADS 8
#define ROUNDS  300

static struct thread_end end;

static uint64_t next_random(uint64_t *random)
{
    *random = *random * 6364136223846793005 + 1442695040888963407; /* Knuth, TAOCP 2, 3.3.4 */
    return *random >> 33;
}

/* Runs THREADS of them, numbered, and gives the sum of what they return; panics count as a million. */
static int run_threads(int (*function)(void *number))
{
    struct thread *threads[THREADS];
    int sum = 0;
    for (uintptr_t i = 0; i < THREADS; i++) {
        threads[i] = thread_create("one of eight", function, (void *)(i + 1), 0);
        if (threads[i] == NULL)
            return -1;
        thread_start(threads[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        thread_join(threads[i], &end);
        sum += end.panicked ? 1000000 : end.value;
    }
    return sum;
}

static int run_one(int (*function)(void *argument), void *argument)
{
    struct thread *thread = thread_create("child", function, argument, 0);
    thread_start(thread);
    thread_join(thread, &end);
    return end.panicked ? -1 : end.value;
}

static bool panicked_with(const char *start)
{
    return end.panicked && strncmp(end.record.reason, start, strlen(start)) == 0;
}

/* == Mutexes ======================================================================================================= */

static struct mutex mutex = MUTEX("the mutex");
static unsigned inside, counter;

static int count_alone(void *number)
{
    uint64_t random = (uintptr_t)number;
    int wrong = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        GUARD(mutex, &mutex);
        wrong += inside++ != 0 || mutex.lock.thread != thread_this();
        unsigned before = counter;
        if (next_random(&random) % 4 == 0)
            thread_yield();
        counter = before + 1;
        wrong += --inside != 0;
    }
    return wrong;
}

TEST(mutex_torture)
{
    counter = 0;
    CHECK_EQUAL(run_threads(count_alone), 0);
    CHECK_EQUAL(counter, THREADS * ROUNDS);
    CHECK(mutex.lock.thread == NULL && mutex.state == 0 && mutex.queue.first == NULL);
}

/* Some give up, some wait, and the mutex still has one holder and no memory of those that have gone. */
static int count_or_give_up(void *number)
{
    uint64_t random = (uintptr_t)number;
    int wrong = 0;
    for (unsigned round = 0; round < ROUNDS / 4; round++) {
        if (mutex_take_until(&mutex, clock_ns() + next_random(&random) % 40000) != 0)
            continue;
        wrong += inside++ != 0;
        thread_yield();
        wrong += --inside != 0;
        mutex_release(&mutex);
    }
    return wrong;
}

TEST(mutex_deadline_torture)
{
    CHECK_EQUAL(run_threads(count_or_give_up), 0);
    CHECK(mutex.lock.thread == NULL && mutex.queue.first == NULL);
    CHECK_EQUAL(mutex_take_until(&mutex, 0), 0);
    mutex_release(&mutex);
}

static unsigned order[THREADS], order_count;

static int take_in_order(void *number)
{
    GUARD(mutex, &mutex);
    order[order_count++] = (uintptr_t)number;
    return 0;
}

TEST(mutex_first_come_first_served)
{
    struct thread *threads[THREADS];
    order_count = 0;
    mutex_take(&mutex);
    for (uintptr_t i = 0; i < THREADS; i++) {
        threads[i] = thread_create("waiter", take_in_order, (void *)i, 0);
        thread_start(threads[i]);
        while (*(volatile enum thread_state *)&threads[i]->state != THREAD_WAITING)
            thread_yield();
    }
    mutex_release(&mutex);
    for (unsigned i = 0; i < THREADS; i++) {
        thread_join(threads[i], NULL);
        CHECK_EQUAL(order[i], i);
    }
}

static int take_twice(void *unused)
{
    (void)unused;
    GUARD(mutex, &mutex);
    mutex_take(&mutex);
    return 0;
}

static void clear_poison(void)
{
    CHECK(mutex_take_poisoned(&mutex));
    mutex_clear_poison(&mutex);
    mutex_release(&mutex);
}

TEST(mutex_own_deadlock_is_named)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    run_one(take_twice, NULL);
    CHECK(panicked_with("deadlock: the mutex is held already, taken at tests/kernel/thread/locks.c:"));
    clear_poison();
}

static int release_foreign(void *unused)
{
    (void)unused;
    mutex_release(&mutex);
    return 0;
}

TEST(mutex_of_another_thread_is_not_released)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    mutex_take(&mutex);
    run_one(release_foreign, NULL);
    CHECK(panicked_with("the mutex is released, but the newest lock held is none"));
    CHECK(mutex.lock.thread == thread_this());
    mutex_release(&mutex);
}

static struct mutex core_mutex = CORE_MUTEX("core mutex");

static int panic_with_core(void *unused)
{
    (void)unused;
    GUARD(mutex, &core_mutex);
    panic("in the core");
}

FATAL_TEST(mutex_core, "fatal   core mutex is held and a core lock, taken at tests/kernel/thread/locks.c:")
{
    run_one(panic_with_core, NULL);
}

/* == Semaphores ==================================================================================================== */

static struct semaphore units = SEMAPHORE("three units", 3);
static atomic_uint users;

static int use_unit(void *number)
{
    uint64_t random = (uintptr_t)number;
    int wrong = 0;
    for (unsigned round = 0; round < ROUNDS / 2; round++) {
        GUARD(semaphore, &units);
        wrong += atomic_fetch_add(&users, 1) >= 3;
        if (next_random(&random) % 2 == 0)
            thread_yield();
        atomic_fetch_sub(&users, 1);
    }
    return wrong;
}

TEST(semaphore_torture)
{
    CHECK_EQUAL(run_threads(use_unit), 0);
    CHECK(units.units == 3 && units.queue.first == NULL);
}

static int panic_with_unit(void *unused)
{
    (void)unused;
    GUARD(semaphore, &units);
    panic("with a unit");
}

static int only_take(void *unused)
{
    (void)unused;
    semaphore_take(&units);
    return 0;
}

TEST(semaphore_unit_is_given_back_and_poisons)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    run_one(panic_with_unit, NULL);
    CHECK(panicked_with("with a unit"));
    CHECK_EQUAL(units.units, 3);
    CHECK(semaphore_is_poisoned(&units));
    run_one(only_take, NULL);
    CHECK(panicked_with("three units is poisoned by the panic at tests/kernel/thread/locks.c:"));
    semaphore_clear_poison(&units);
    run_one(only_take, NULL);
    CHECK(!end.panicked);
    semaphore_release(&units);
    CHECK_EQUAL(units.units, 3);
}

static void release_in_interrupt(struct timer *timer)
{
    (void)timer;
    semaphore_release(&units);
}

TEST(semaphore_released_by_an_interrupt)
{
    static struct timer timer = {.function = release_in_interrupt};
    for (unsigned i = 0; i < 3; i++)
        semaphore_take(&units);
    timer_start(&timer, clock_ns() + 100 * NS_PER_US);
    semaphore_take(&units);
    CHECK_EQUAL(units.units, 0);
    for (unsigned i = 0; i < 3; i++)
        semaphore_release(&units);
}

/* == Conditions: a queue of four ================================================================================== */

#define ITEMS 200

static struct condition not_empty, not_full;
static unsigned queue[4], queued, taken_sum;

/* The odd ones put, the even ones take. */
static int put_or_take(void *number)
{
    int wrong = 0;
    for (unsigned item = 1; item <= ITEMS; item++) {
        GUARD(mutex, &mutex);
        if ((uintptr_t)number % 2 == 1) {
            while (queued == 4)
                condition_wait(&not_full, &mutex);
            queue[queued++] = item;
            condition_signal(&not_empty);
        } else {
            while (queued == 0)
                condition_wait(&not_empty, &mutex);
            taken_sum += queue[--queued];
            condition_broadcast(&not_full);
        }
        wrong += mutex.lock.thread != thread_this() || queued > 4;
    }
    return wrong;
}

TEST(condition_torture)
{
    taken_sum = 0;
    CHECK_EQUAL(run_threads(put_or_take), 0);
    CHECK_EQUAL(taken_sum, THREADS / 2 * ITEMS * (ITEMS + 1) / 2);
    CHECK(queued == 0 && mutex.lock.thread == NULL);
}

static int wait_guarded(void *unused)
{
    (void)unused;
    GUARD(mutex, &mutex);
    condition_wait(&not_empty, &mutex);
    return 0;
}

static int poison(void *unused)
{
    (void)unused;
    GUARD(mutex, &mutex);
    condition_signal(&not_empty);
    panic("half done");
}

/* Who waited is told, with its guard in force: it panics, releases the mutex, and nothing is held any more. */
TEST(condition_wait_meets_poison)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    struct thread *waiter = thread_create("waiter", wait_guarded, NULL, 0);
    thread_start(waiter);
    while (*(volatile enum thread_state *)&waiter->state != THREAD_WAITING)
        thread_yield();
    run_one(poison, NULL);
    thread_join(waiter, &end);
    CHECK(panicked_with("the mutex is poisoned by the panic at tests/kernel/thread/locks.c:"));
    CHECK(mutex.lock.thread == NULL);
    clear_poison();
}

static int wait_without_mutex(void *unused)
{
    (void)unused;
    condition_wait(&not_empty, &mutex);
    return 0;
}

TEST(condition_wait_wants_the_mutex)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    run_one(wait_without_mutex, NULL);
    CHECK(panicked_with("the mutex is released, but the newest lock held is none"));
}

/* == Where nobody may sleep ======================================================================================== */

static struct spinlock spinlock = SPINLOCK("the spinlock");

static int sleep_with_spinlock(void *unused)
{
    (void)unused;
    GUARD(spinlock, &spinlock);
    mutex_take(&mutex);
    return 0;
}

TEST(sleep_with_a_spinlock_is_refused)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    run_one(sleep_with_spinlock, NULL);
    CHECK(panicked_with("the mutex: sleeping with interrupts masked and the spinlock held, taken at tests/kernel/"));
    spinlock_take_poisoned(&spinlock);
    spinlock_clear_poison(&spinlock);
    spinlock_release(&spinlock);
}

static int sleep_masked(void *unused)
{
    (void)unused;
    GUARD(interrupts);
    thread_sleep_ns(1);
    return 0;
}

TEST(sleep_with_interrupts_masked_is_refused)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    run_one(sleep_masked, NULL);
    CHECK(panicked_with("thread_sleep: sleeping with interrupts masked"));
}

static void sleep_in_interrupt(struct timer *timer)
{
    (void)timer;
    semaphore_take(&units);
}

FATAL_TEST(sleep_in_an_interrupt_handler, "panic: three units: sleeping in an interrupt handler")
{
    static struct timer timer = {.function = sleep_in_interrupt};
    timer_start(&timer, 0);
    for (;;)
        arch_cpu_relax();
}
