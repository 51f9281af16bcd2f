/* SPDX-License-Identifier: 0BSD */
/*
 * What every kind of lock (spinlock.h, mutex.h, semaphore.h) knows of its holder, and what a panic does to it. A panic
 * poisons what it releases by unwinding: data whose change was cut short must not be used as if nothing had happened.
 * Who wants to mend it takes the lock in spite of that and clears the poison when that is done; everybody else panics
 * at the taking, with the first panic's place.
 *
 * Take a lock by GUARD wherever the code that holds it may panic. A panic cannot be caught past a lock that is held
 * without a guard, nor while a core lock is held: one whose data the kernel cannot do without.
 */
#pragma once

#include <ossa/catch.h>
#include <ossa/cpu.h>

struct lock {
    const char *name;
    bool core;
    /* The holder's: */
    bool guarded;
    unsigned panic_level;             /* unwindings under way */
    const struct panic_place *holder; /* where it was taken; NULL: nobody holds it */
    struct thread *thread;            /* who holds it */
    struct lock *older;               /* the one that thread took before and still holds */
    /* Where the panic was that poisoned it: */
    uint64_t poison_pc; /* 0: not poisoned */
    const struct panic_place *poison_place;
    uint64_t taken_ns[CONFIG_LOCK_DEBUG]; /* kernel/lock_debug/'s; without it there is no such field */
};

/* Static initialisers of a lock's first member. */
#define LOCK(lock_name)   \
    {                     \
        .name = lock_name \
    }
#define CORE_LOCK(lock_name)            \
    {                                   \
        .name = lock_name, .core = true \
    }

/* For the kinds of locks. The running thread has taken it; gives it back now. Locks are given back newest first, or it
 * panics. */
static inline void lock_enter(struct lock *lock, const struct panic_place *place);
static inline void lock_leave(struct lock *lock);

/* Panics if this thread, which is about to wait for the lock, holds it. */
void lock_check_deadlock(const struct lock *lock, const struct panic_place *place);

/* Panics because of the poison, the lock having been given back. */
_Noreturn void lock_refuse_poisoned(const struct lock *lock, const struct panic_place *place);

/* A guard lets go of the lock: poisons it if that is a panic's doing. Before lock_leave(). */
static inline void lock_poison_if_unwinding(struct lock *lock);

/* The data is whole again. By the holder. */
void lock_clear_poison(struct lock *lock);

/* For the decision to catch: why a lock of this thread that is newer than `since`, or a core lock, forbids it; or
 * NULL. The words are this CPU's, until the next question. */
const char *lock_find_objection(const struct lock *since);

/* Panics: the lock is not the newest that is held. */
_Noreturn void lock_refuse_release(const struct lock *lock);

/*
 * kernel/lock_debug/: the running thread is about to wait for the lock for as long as it takes, and has not masked
 * interrupts for it: panics if the locks that it holds make that a wrong order. Waits until a spinlock may be free:
 * panics if that takes too long, with `interrupts` restored. The others are lock_enter()'s and lock_leave()'s.
 */
struct spinlock;
void lock_debug_want(const struct lock *lock, const struct panic_place *place);
void lock_debug_wait(const struct spinlock *spinlock, uint64_t interrupts, const struct panic_place *place);
void lock_debug_enter(struct lock *lock);
void lock_debug_leave(const struct lock *lock);

static inline void lock_enter(struct lock *lock, const struct panic_place *place)
{
    struct thread *thread = thread_this();
    lock->holder = place;
    lock->thread = thread;
    lock->panic_level = panic_level();
    lock->guarded = false;
    lock->older = thread->newest_lock;
    thread->newest_lock = lock;
    if (CONFIG_LOCK_DEBUG)
        lock_debug_enter(lock);
}

static inline void lock_leave(struct lock *lock)
{
    struct thread *thread = thread_this();
    if (thread->newest_lock != lock)
        lock_refuse_release(lock);
    if (CONFIG_LOCK_DEBUG)
        lock_debug_leave(lock);
    thread->newest_lock = lock->older;
    lock->thread = NULL;
    lock->holder = NULL;
}

static inline void lock_poison_if_unwinding(struct lock *lock)
{
    if (CONFIG_PANIC_UNWIND && panic_level() > lock->panic_level && lock->poison_pc == 0)
        panic_tell_poison(&lock->poison_pc, &lock->poison_place);
}
