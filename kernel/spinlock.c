/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what a spinlock knows of its holder, the list of locks held, and their poison.
 * Invariant: `newest` leads through `older` to every lock that is held, the last one taken first.
 */
#include <ossa/format.h>
#include <ossa/spinlock.h>

static struct spinlock *newest;

static void spinlock_acquire(struct spinlock *lock, const struct panic_place *place)
{
    uint64_t interrupts = arch_interrupts_save();
    if (lock->holder != NULL) {
        arch_interrupts_restore(interrupts);
        panic_at(place, "deadlock: %s is held already, taken at %s:%u", lock->name, lock->holder->file,
                 lock->holder->line);
    }
    while (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire) != 0)
        arch_cpu_relax();
    lock->holder = place;
    lock->interrupts = interrupts;
    lock->panic_level = panic_level();
    lock->guarded = false;
    lock->older = newest;
    newest = lock;
}

void spinlock_release(struct spinlock *lock)
{
    ASSERT(newest == lock);
    uint64_t interrupts = lock->interrupts;
    newest = lock->older;
    lock->holder = NULL;
    atomic_store_explicit(&lock->taken, 0, memory_order_release);
    arch_interrupts_restore(interrupts);
}

bool spinlock_take_poisoned_at(struct spinlock *lock, const struct panic_place *place)
{
    spinlock_acquire(lock, place);
    return lock->poison_pc != 0;
}

void spinlock_take_at(struct spinlock *lock, const struct panic_place *place)
{
    if (!spinlock_take_poisoned_at(lock, place))
        return;
    spinlock_release(lock);
    if (lock->poison_place == NULL)
        panic_at(place, "%s is poisoned by the trap at %pS", lock->name, (void *)lock->poison_pc);
    panic_at(place, "%s is poisoned by the panic at %s:%u", lock->name, lock->poison_place->file,
             lock->poison_place->line);
}

void spinlock_clear_poison(struct spinlock *lock)
{
    ASSERT(lock->holder != NULL);
    lock->poison_pc = 0;
}

struct spinlock *spinlock_newest_held(void)
{
    return newest;
}

const char *spinlock_find_objection(const struct spinlock *since)
{
    static char text[96];
    bool inside = true; /* the panic_catch() in force */
    for (const struct spinlock *lock = newest; lock != NULL; lock = lock->older) {
        inside = inside && lock != since;
        if (!lock->core && (lock->guarded || !inside))
            continue;
        snprintf(text, sizeof(text), "%s is held %s, taken at %s:%u", lock->name,
                 lock->core ? "and a core lock" : "without a guard", lock->holder->file, lock->holder->line);
        return text;
    }
    return NULL;
}

struct spinlock_guard spinlock_guard_take_at(struct spinlock *lock, const struct panic_place *place)
{
    spinlock_take_at(lock, place);
    lock->guarded = true;
    return (struct spinlock_guard){lock};
}

void spinlock_guard_release(struct spinlock_guard *guard)
{
    struct spinlock *lock = guard->lock;
    if (CONFIG_PANIC_UNWIND && panic_level() > lock->panic_level && lock->poison_pc == 0)
        panic_tell_poison(&lock->poison_pc, &lock->poison_place);
    spinlock_release(lock);
}
