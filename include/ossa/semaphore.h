/* SPDX-License-Identifier: 0BSD */
/*
 * Semaphores: a number of units, taken and given back one by one; who finds none waits, first come first served.
 *
 * Units are counted, not owned: whoever likes may give one back, an interrupt handler too. So nobody can say who holds
 * them: there is no check for deadlocks, no core semaphore, and a panic gives back, and poisons for, only what a guard
 * took. GUARD(semaphore, &buffers) is a unit until the end of the scope.
 */
#pragma once

#include <ossa/guard.h>
#include <ossa/lock.h>
#include <ossa/wait_queue.h>

struct semaphore {
    struct lock lock; /* name and poison; nobody is its holder */
    unsigned units;
    struct wait_queue queue;
};

/* Static initialiser. */
#define SEMAPHORE(lock_name, first_units)               \
    {                                                   \
        .lock = LOCK(lock_name), .units = (first_units) \
    }

/* Waits for a unit. Panics if the semaphore is poisoned. May sleep. */
#define semaphore_take(semaphore) ((void)semaphore_take_until(semaphore, WAIT_FOREVER))

/* The same, but only until clock_ns() has reached deadline_ns: 0, or -ETIMEDOUT. */
#define semaphore_take_until(semaphore, deadline_ns) semaphore_take_until_at(semaphore, deadline_ns, PANIC_PLACE)
int semaphore_take_until_at(struct semaphore *semaphore, uint64_t deadline_ns, const struct panic_place *place);

/* Gives a unit to the thread that has waited longest, or adds it to the others. Any context but NMI. */
void semaphore_release(struct semaphore *semaphore);

/* Whether it is poisoned; and what makes it whole again. */
static inline bool semaphore_is_poisoned(const struct semaphore *semaphore)
{
    return semaphore->lock.poison_pc != 0;
}

void semaphore_clear_poison(struct semaphore *semaphore);

struct semaphore_guard {
    struct semaphore *semaphore;
    unsigned panic_level; /* unwindings under way when it was taken */
};

#define semaphore_guard_take(semaphore) semaphore_guard_take_at(semaphore, PANIC_PLACE)
struct semaphore_guard semaphore_guard_take_at(struct semaphore *semaphore, const struct panic_place *place);
void semaphore_guard_release(struct semaphore_guard *guard);
