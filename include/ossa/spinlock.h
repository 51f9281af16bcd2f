/* SPDX-License-Identifier: 0BSD */
/*
 * Spinlocks that mask interrupts, know their holder, and are poisoned by a panic: data whose change was cut short must
 * not be used as if nothing had happened. Who wants to mend it takes the lock by spinlock_take_poisoned() and calls
 * spinlock_clear_poison() when that is done; everybody else panics at spinlock_take(), with the first panic's place.
 *
 * Take a lock by GUARD(spinlock, &lock) wherever the code that holds it may panic. A panic cannot be caught past a lock
 * that is held without a guard, nor while a core lock is held: one whose data the kernel cannot do without.
 */
#pragma once

#include <ossa/catch.h>
#include <ossa/guard.h>
#include <stdatomic.h>

struct spinlock {
    const char *name;
    bool core;
    atomic_uint taken;
    /* The holder's: */
    const struct panic_place *holder; /* NULL: nobody */
    uint64_t interrupts;              /* as they were before */
    unsigned panic_level;             /* unwindings under way */
    bool guarded;
    struct spinlock *older; /* the one taken before and still held */
    /* Where the panic was that poisoned it: */
    uint64_t poison_pc; /* 0: not poisoned */
    const struct panic_place *poison_place;
};

/* Static initialisers: static struct spinlock lock = SPINLOCK("driver"); */
#define SPINLOCK(lock_name) \
    {                       \
        .name = lock_name   \
    }
#define CORE_SPINLOCK(lock_name)        \
    {                                   \
        .name = lock_name, .core = true \
    }

/* Waits for the lock; masks interrupts until it is released. Panics if it is poisoned, or held by this CPU already. */
#define spinlock_take(lock) spinlock_take_at(lock, PANIC_PLACE)
void spinlock_take_at(struct spinlock *lock, const struct panic_place *place);

/* The same, but takes a poisoned lock too. Returns whether it is. */
#define spinlock_take_poisoned(lock) spinlock_take_poisoned_at(lock, PANIC_PLACE)
bool spinlock_take_poisoned_at(struct spinlock *lock, const struct panic_place *place);

/* Gives it back and interrupts their state. Panics if it is not held; locks are given back newest first. */
void spinlock_release(struct spinlock *lock);

/* The data is whole again. By the holder. */
void spinlock_clear_poison(struct spinlock *lock);

/* For the decision to catch: the newest lock held; why one newer than `since`, or a core lock, forbids it, or NULL. */
struct spinlock *spinlock_newest_held(void);
const char *spinlock_find_objection(const struct spinlock *since);

struct spinlock_guard {
    struct spinlock *lock;
};

#define spinlock_guard_take(lock) spinlock_guard_take_at(lock, PANIC_PLACE)
struct spinlock_guard spinlock_guard_take_at(struct spinlock *lock, const struct panic_place *place);
void spinlock_guard_release(struct spinlock_guard *guard);
