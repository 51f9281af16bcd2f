/* SPDX-License-Identifier: 0BSD */
/*
 * Threads and locks, on one CPU: a turn with and without another that is ready, a whole life, and locks that nobody
 * else wants. 0 without CONFIG_THREAD.
 */
#include <ossa/bench.h>
#include <ossa/mutex.h>
#include <ossa/semaphore.h>
#include <ossa/thread.h>

static unsigned yields;

static int yield_often(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < yields; i++)
        thread_yield();
    return 0;
}

/* A round is one change of threads: half of them are this thread's. */
BENCH(thread_yield_switch)
{
    if (!CONFIG_THREAD)
        return;
    yields = rounds / 2;
    struct thread *other = thread_create("other", yield_often, NULL, 0);
    if (other == NULL)
        return;
    thread_start(other);
    yield_often(NULL);
    thread_join(other, NULL);
}

BENCH(thread_yield_alone)
{
    for (unsigned round = 0; CONFIG_THREAD && round < rounds; round++)
        thread_yield();
}

static int do_nothing(void *unused)
{
    (void)unused;
    return 0;
}

BENCH(thread_create_run_join)
{
    for (unsigned round = 0; CONFIG_THREAD && round < rounds; round++) {
        struct thread *thread = thread_create("child", do_nothing, NULL, 0);
        if (thread == NULL)
            return;
        thread_start(thread);
        thread_join(thread, NULL);
    }
}

BENCH(lock_raw)
{
    static struct raw_spinlock lock;
    for (unsigned round = 0; round < rounds; round++) {
        raw_spinlock_take(&lock);
        raw_spinlock_release(&lock);
    }
}

BENCH(lock_spinlock)
{
    static struct spinlock lock = SPINLOCK("bench");
    for (unsigned round = 0; round < rounds; round++) {
        spinlock_take(&lock);
        spinlock_release(&lock);
    }
}

BENCH(lock_spinlock_guard)
{
    static struct spinlock lock = SPINLOCK("bench");
    for (unsigned round = 0; round < rounds; round++) {
        GUARD(spinlock, &lock);
    }
}

BENCH(lock_mutex)
{
    static struct mutex mutex = MUTEX("bench");
    for (unsigned round = 0; CONFIG_THREAD && round < rounds; round++) {
        mutex_take(&mutex);
        mutex_release(&mutex);
    }
}

BENCH(lock_semaphore)
{
    static struct semaphore semaphore = SEMAPHORE("bench", 1);
    for (unsigned round = 0; CONFIG_THREAD && round < rounds; round++) {
        semaphore_take(&semaphore);
        semaphore_release(&semaphore);
    }
}
