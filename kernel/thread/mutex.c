/* SPDX-License-Identifier: 0BSD */
/*
 * Owns whose turn it is with a mutex. Who releases one that others wait for hands it to the first of them, so it is
 * never free in between and nobody overtakes. Invariant: MUTEX_CONTENDED is set and left under the queue's lock only,
 * and set whenever somebody is in the queue (and may stay when a deadline has emptied it).
 */
#include <ossa/errno.h>
#include <ossa/mutex.h>

enum mutex_state { MUTEX_FREE, MUTEX_HELD, MUTEX_CONTENDED };

static bool change(struct mutex *mutex, unsigned from, unsigned to)
{
    return atomic_compare_exchange_strong_explicit(&mutex->state, &from, to, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

/* Waits until the mutex is handed over; false if it was not in time. */
static bool wait(struct mutex *mutex, uint64_t deadline_ns)
{
    uint64_t interrupts = wait_queue_take(&mutex->queue);
    bool mine = atomic_exchange_explicit(&mutex->state, MUTEX_CONTENDED, memory_order_acquire) == MUTEX_FREE;
    if (mine && wait_queue_is_empty(&mutex->queue))
        atomic_store_explicit(&mutex->state, MUTEX_HELD, memory_order_relaxed);
    if (mine) {
        wait_queue_release(&mutex->queue, interrupts);
        return true;
    }
    thread_this()->wants = &mutex->lock;
    mine = wait_queue_sleep(&mutex->queue, mutex->lock.name, deadline_ns);
    thread_this()->wants = NULL;
    arch_interrupts_restore(interrupts);
    return mine;
}

static bool take(struct mutex *mutex, uint64_t deadline_ns, const struct panic_place *place)
{
    thread_check_sleep(place, mutex->lock.name);
    if (CONFIG_LOCK_DEBUG && deadline_ns == WAIT_FOREVER)
        lock_debug_want(&mutex->lock, place);
    if (!change(mutex, MUTEX_FREE, MUTEX_HELD)) {
        lock_check_deadlock(&mutex->lock, place);
        if (!wait(mutex, deadline_ns))
            return false;
    }
    lock_enter(&mutex->lock, place);
    return true;
}

bool mutex_take_poisoned_at(struct mutex *mutex, const struct panic_place *place)
{
    take(mutex, WAIT_FOREVER, place);
    return mutex->lock.poison_pc != 0;
}

int mutex_take_until_at(struct mutex *mutex, uint64_t deadline_ns, const struct panic_place *place)
{
    if (!take(mutex, deadline_ns, place))
        return -ETIMEDOUT;
    if (mutex->lock.poison_pc == 0)
        return 0;
    mutex_release(mutex);
    lock_refuse_poisoned(&mutex->lock, place);
}

void mutex_take_at(struct mutex *mutex, const struct panic_place *place)
{
    mutex_take_until_at(mutex, WAIT_FOREVER, place);
}

void mutex_release(struct mutex *mutex)
{
    lock_leave(&mutex->lock);
    if (change(mutex, MUTEX_HELD, MUTEX_FREE))
        return;
    uint64_t interrupts = wait_queue_take(&mutex->queue);
    bool handed_over = wait_queue_wake_first(&mutex->queue);
    if (!handed_over)
        atomic_store_explicit(&mutex->state, MUTEX_FREE, memory_order_release);
    else if (wait_queue_is_empty(&mutex->queue))
        atomic_store_explicit(&mutex->state, MUTEX_HELD, memory_order_relaxed);
    wait_queue_release(&mutex->queue, interrupts);
}

struct mutex_guard mutex_guard_take_at(struct mutex *mutex, const struct panic_place *place)
{
    mutex_take_at(mutex, place);
    mutex->lock.guarded = true;
    return (struct mutex_guard){mutex};
}

void mutex_guard_release(struct mutex_guard *guard)
{
    lock_poison_if_unwinding(&guard->mutex->lock);
    mutex_release(guard->mutex);
}

/* Before the mutex is released the thread is in the condition's queue: who signals with the mutex held finds it there.
 */
int condition_wait_until_at(struct condition *condition, struct mutex *mutex, uint64_t deadline_ns,
                            const struct panic_place *place)
{
    struct lock *lock = &mutex->lock;
    bool guarded = lock->guarded, was_poisoned = lock->poison_pc != 0;
    thread_check_sleep(place, lock->name);
    if (thread_this()->newest_lock != lock)
        lock_refuse_release(lock);
    uint64_t interrupts = wait_queue_take(&condition->queue);
    mutex_release(mutex);
    bool woken = wait_queue_sleep(&condition->queue, lock->name, deadline_ns);
    arch_interrupts_restore(interrupts);
    bool poisoned = mutex_take_poisoned_at(mutex, place);
    lock->guarded = guarded;
    if (poisoned && !was_poisoned)
        lock_refuse_poisoned(lock, place); /* held, for a guard may be about to release it */
    return woken ? 0 : -ETIMEDOUT;
}
