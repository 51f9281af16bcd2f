/* SPDX-License-Identifier: 0BSD */
/*
 * Mutexes and conditions. Who waits for a mutex sleeps, and so may who holds one; they get it in the order in which
 * they came. A mutex knows its holder and is poisoned by a panic that releases it (lock.h). Only for threads: not in
 * interrupt handlers, nor with interrupts masked or a spinlock held, where all of these that may sleep panic.
 *
 *     static struct mutex mutex = MUTEX("disk");
 *     GUARD(mutex, &mutex);                         held to the end of the scope, however that is left
 *
 * A condition belongs to a mutex, under which its truth changes:
 *
 *     while (queue_is_empty())
 *         condition_wait(&not_empty, &mutex);
 */
#pragma once

#include <ossa/guard.h>
#include <ossa/lock.h>
#include <ossa/wait_queue.h>

struct mutex {
    struct lock lock;
    atomic_uint state; /* enum mutex_state (mutex.c); 0: free */
    struct wait_queue queue;
};

/* Static initialisers. A panic while a core one is held is fatal. */
#define MUTEX(lock_name)        \
    {                           \
        .lock = LOCK(lock_name) \
    }
#define CORE_MUTEX(lock_name)        \
    {                                \
        .lock = CORE_LOCK(lock_name) \
    }

/* Waits for the mutex. Panics if it is poisoned, or held by this thread already. */
#define mutex_take(mutex) mutex_take_at(mutex, PANIC_PLACE)
void mutex_take_at(struct mutex *mutex, const struct panic_place *place);

/* The same, but takes a poisoned mutex too. Returns whether it is. */
#define mutex_take_poisoned(mutex) mutex_take_poisoned_at(mutex, PANIC_PLACE)
bool mutex_take_poisoned_at(struct mutex *mutex, const struct panic_place *place);

/* The same as mutex_take(), but only until clock_ns() has reached deadline_ns: 0, or -ETIMEDOUT. */
#define mutex_take_until(mutex, deadline_ns) mutex_take_until_at(mutex, deadline_ns, PANIC_PLACE)
int mutex_take_until_at(struct mutex *mutex, uint64_t deadline_ns, const struct panic_place *place);

/* Gives it to the thread that has waited longest, or back. Panics if it is not held; locks are given back newest first.
 */
void mutex_release(struct mutex *mutex);

/* The data is whole again. By the holder. */
static inline void mutex_clear_poison(struct mutex *mutex)
{
    lock_clear_poison(&mutex->lock);
}

struct mutex_guard {
    struct mutex *mutex;
};

#define mutex_guard_take(mutex) mutex_guard_take_at(mutex, PANIC_PLACE)
struct mutex_guard mutex_guard_take_at(struct mutex *mutex, const struct panic_place *place);
void mutex_guard_release(struct mutex_guard *guard);

/* Zero at first. */
struct condition {
    struct wait_queue queue;
};

/*
 * Releases the mutex, which this thread holds as its newest lock, waits for a signal, and takes it again: there is one
 * moment for release and wait. Look at what is waited for in a loop. If another thread has poisoned the mutex meanwhile
 * this panics, holding it.
 */
#define condition_wait(condition, mutex) ((void)condition_wait_until(condition, mutex, WAIT_FOREVER))

/* The same, but waits only until clock_ns() has reached deadline_ns: 0, or -ETIMEDOUT, with the mutex held. */
#define condition_wait_until(condition, mutex, deadline_ns) \
    condition_wait_until_at(condition, mutex, deadline_ns, PANIC_PLACE)
int condition_wait_until_at(struct condition *condition, struct mutex *mutex, uint64_t deadline_ns,
                            const struct panic_place *place);

/* Wakes the thread that has waited longest; or all. Best with the mutex held. Any context but NMI. */
static inline void condition_signal(struct condition *condition)
{
    wait_queue_wake(&condition->queue);
}

static inline void condition_broadcast(struct condition *condition)
{
    wait_queue_wake_all(&condition->queue);
}
