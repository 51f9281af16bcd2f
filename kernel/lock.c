/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what a lock says of its holder and of its poison when something is wrong.
 * Invariant: a thread's newest_lock leads through `older` to every lock that it holds, the last one taken first.
 */
#include <ossa/format.h>
#include <ossa/lock.h>

#define OBJECTION_BYTES 96

void lock_check_deadlock(const struct lock *lock, const struct panic_place *place)
{
    const struct panic_place *holder = lock->holder;
    if (lock->thread == thread_this() && holder != NULL)
        panic_at(place, "deadlock: %s is held already, taken at %s:%u", lock->name, holder->file, holder->line);
}

void lock_refuse_poisoned(const struct lock *lock, const struct panic_place *place)
{
    if (lock->poison_place == NULL)
        panic_at(place, "%s is poisoned by the trap at %pS", lock->name, (void *)lock->poison_pc);
    panic_at(place, "%s is poisoned by the panic at %s:%u", lock->name, lock->poison_place->file,
             lock->poison_place->line);
}

void lock_refuse_release(const struct lock *lock)
{
    const struct lock *newest = thread_this()->newest_lock;
    panic("%s is released, but the newest lock held is %s", lock->name, newest == NULL ? "none" : newest->name);
}

void lock_clear_poison(struct lock *lock)
{
    ASSERT(lock->thread == thread_this());
    lock->poison_pc = 0;
}

const char *lock_find_objection(const struct lock *since)
{
    static char text[OBJECTION_BYTES] PER_CPU;
    bool inside = true; /* the panic_catch() in force */
    if (thread_this()->raw_locks > 0)
        return "the scheduler is at work";
    for (const struct lock *lock = thread_this()->newest_lock; lock != NULL; lock = lock->older) {
        inside = inside && lock != since;
        if (!lock->core && (lock->guarded || !inside))
            continue;
        snprintf(*MY_CPU(text), OBJECTION_BYTES, "%s is held %s, taken at %s:%u", lock->name,
                 lock->core ? "and a core lock" : "without a guard", lock->holder->file, lock->holder->line);
        return *MY_CPU(text);
    }
    return NULL;
}
