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

bool spinlock_take_poisoned_at(struct spinlock *spinlock, const struct panic_place *place)
{
    if (CONFIG_LOCK_DEBUG)
        lock_debug_want(&spinlock->lock, place);
    uint64_t interrupts = arch_interrupts_save();
    while (!raw_spinlock_try(&spinlock->raw)) {
        if (spinlock->lock.thread == thread_this()) {
            arch_interrupts_restore(interrupts);
            lock_check_deadlock(&spinlock->lock, place);
        }
        if (CONFIG_LOCK_DEBUG)
            lock_debug_wait(spinlock, interrupts, place);
        raw_spinlock_wait(&spinlock->raw);
    }
    lock_enter(&spinlock->lock, place);
    spinlock->interrupts = interrupts;
    return spinlock->lock.poison_pc != 0;
}

void spinlock_release(struct spinlock *spinlock)
{
    uint64_t interrupts = spinlock->interrupts;
    lock_leave(&spinlock->lock);
    raw_spinlock_release(&spinlock->raw);
    arch_interrupts_restore(interrupts);
}

void spinlock_take_at(struct spinlock *spinlock, const struct panic_place *place)
{
    if (!spinlock_take_poisoned_at(spinlock, place))
        return;
    spinlock_release(spinlock);
    lock_refuse_poisoned(&spinlock->lock, place);
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
