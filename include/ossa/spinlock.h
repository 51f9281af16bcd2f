/* SPDX-License-Identifier: 0BSD */
/*
 * Locks that are waited for without sleeping. Who holds one masks interrupts, and neither sleeps nor yields.
 *
 * struct spinlock: for all code. Masks interrupts by itself, knows its holder, is poisoned by a panic (lock.h).
 * struct raw_spinlock: one word, for what a panic and the other locks stand on, and where nothing can panic while it is
 * held: interrupts are the caller's business, and nobody finds a deadlock.
 *
 * A CPU that waits does meanwhile what others ask of it (cpu_wait(), cpu.h).
 */
#pragma once

#include <ossa/guard.h>
#include <ossa/lock.h>
#include <stdatomic.h>

struct raw_spinlock {
    atomic_uint taken;
};

static inline void raw_spinlock_take(struct raw_spinlock *lock);
static inline bool raw_spinlock_try(struct raw_spinlock *lock);
static inline void raw_spinlock_release(struct raw_spinlock *lock);

struct spinlock {
    struct lock lock;
    struct raw_spinlock raw;
    uint64_t interrupts; /* the holder's: as they were before */
};

/* Static initialisers: static struct spinlock lock = SPINLOCK("driver"); */
#define SPINLOCK(lock_name)     \
    {                           \
        .lock = LOCK(lock_name) \
    }
#define CORE_SPINLOCK(lock_name)     \
    {                                \
        .lock = CORE_LOCK(lock_name) \
    }

/* Waits for the lock; masks interrupts until it is released. Panics if it is poisoned, or held by this thread already.
 */
#define spinlock_take(spinlock) spinlock_take_at(spinlock, PANIC_PLACE)
void spinlock_take_at(struct spinlock *spinlock, const struct panic_place *place);

/* The same, but takes a poisoned lock too. Returns whether it is. */
#define spinlock_take_poisoned(spinlock) spinlock_take_poisoned_at(spinlock, PANIC_PLACE)
bool spinlock_take_poisoned_at(struct spinlock *spinlock, const struct panic_place *place);

/* Gives it back and interrupts their state. Panics if it is not held; locks are given back newest first. */
void spinlock_release(struct spinlock *spinlock);

/* The data is whole again. By the holder. */
static inline void spinlock_clear_poison(struct spinlock *spinlock)
{
    lock_clear_poison(&spinlock->lock);
}

struct spinlock_guard {
    struct spinlock *spinlock;
};

#define spinlock_guard_take(spinlock) spinlock_guard_take_at(spinlock, PANIC_PLACE)
struct spinlock_guard spinlock_guard_take_at(struct spinlock *spinlock, const struct panic_place *place);
void spinlock_guard_release(struct spinlock_guard *guard);

/* Waits until the lock may be free. */
void raw_spinlock_wait(struct raw_spinlock *lock);

static inline bool raw_spinlock_try(struct raw_spinlock *lock)
{
    return atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire) == 0;
}

static inline void raw_spinlock_take(struct raw_spinlock *lock)
{
    while (!raw_spinlock_try(lock))
        raw_spinlock_wait(lock);
}

static inline void raw_spinlock_release(struct raw_spinlock *lock)
{
    atomic_store_explicit(&lock->taken, 0, memory_order_release);
}
