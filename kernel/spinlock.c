/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the waiting for spinlocks, and the full ones' order: interrupts are masked before the lock is tried and given
 * back after it is free. Not a queue: a CPU that an emulator or hypervisor has stopped for a while would hold up all
 * that stand behind it.
 */
#include <ossa/spinlock.h>

void raw_spinlock_wait(struct raw_spinlock *lock)
{
    while (atomic_load_explicit(&lock->taken, memory_order_relaxed) != 0)
        cpu_wait();
}

static inline void enter(struct spinlock *spinlock, uint64_t interrupts, const struct panic_place *place)
{
    lock_enter(&spinlock->lock, place);
    spinlock->interrupts = interrupts;
}

/* Out of the way of the locks that are free, which need no frame. */
static __attribute__((noinline)) void take_held(struct spinlock *spinlock, uint64_t interrupts,
                                                const struct panic_place *place)
{
    do {
        if (spinlock->lock.thread == thread_this()) {
            arch_interrupts_restore(interrupts);
            lock_check_deadlock(&spinlock->lock, place);
        }
        if (CONFIG_LOCK_DEBUG)
            lock_debug_wait(spinlock, interrupts, place);
        raw_spinlock_wait(&spinlock->raw);
    } while (!raw_spinlock_try(&spinlock->raw));
    enter(spinlock, interrupts, place);
}

static __attribute__((noinline)) _Noreturn void refuse_poisoned(struct spinlock *spinlock,
                                                                const struct panic_place *place)
{
    spinlock_release(spinlock);
    lock_refuse_poisoned(&spinlock->lock, place);
}

bool spinlock_take_poisoned_at(struct spinlock *spinlock, const struct panic_place *place)
{
    if (CONFIG_LOCK_DEBUG)
        lock_debug_want(&spinlock->lock, place);
    uint64_t interrupts = arch_interrupts_save();
    if (raw_spinlock_try(&spinlock->raw))
        enter(spinlock, interrupts, place);
    else
        take_held(spinlock, interrupts, place);
    return spinlock->lock.poison_pc != 0;
}

static __attribute__((noinline)) void take_held_unpoisoned(struct spinlock *spinlock, uint64_t interrupts,
                                                           const struct panic_place *place)
{
    take_held(spinlock, interrupts, place);
    if (spinlock->lock.poison_pc != 0)
        refuse_poisoned(spinlock, place);
}

void spinlock_take_at(struct spinlock *spinlock, const struct panic_place *place)
{
    if (CONFIG_LOCK_DEBUG)
        lock_debug_want(&spinlock->lock, place);
    uint64_t interrupts = arch_interrupts_save();
    if (!raw_spinlock_try(&spinlock->raw)) {
        take_held_unpoisoned(spinlock, interrupts, place);
        return;
    }
    enter(spinlock, interrupts, place);
    if (spinlock->lock.poison_pc != 0)
        refuse_poisoned(spinlock, place);
}

void spinlock_release(struct spinlock *spinlock)
{
    uint64_t interrupts = spinlock->interrupts;
    lock_leave(&spinlock->lock);
    raw_spinlock_release(&spinlock->raw);
    arch_interrupts_restore(interrupts);
}

struct spinlock_guard spinlock_guard_take_at(struct spinlock *spinlock, const struct panic_place *place)
{
    spinlock_take_at(spinlock, place);
    spinlock->lock.guarded = true;
    return (struct spinlock_guard){spinlock};
}

void spinlock_guard_release(struct spinlock_guard *guard)
{
    lock_poison_if_unwinding(&guard->spinlock->lock);
    spinlock_release(guard->spinlock);
}
