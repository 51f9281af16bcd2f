/* SPDX-License-Identifier: 0BSD */
/*
 * Owns how many units a semaphore has. Invariant: nobody waits while there is one: who gives a unit back hands it to
 * the first that waits.
 */
#include <ossa/errno.h>
#include <ossa/semaphore.h>

int semaphore_take_until_at(struct semaphore *semaphore, uint64_t deadline_ns, const struct panic_place *place)
{
    thread_check_sleep(place, semaphore->lock.name);
    uint64_t interrupts = wait_queue_take(&semaphore->queue);
    bool taken = semaphore->units > 0;
    if (taken) {
        semaphore->units--;
        wait_queue_release(&semaphore->queue, interrupts);
    } else {
        taken = wait_queue_sleep(&semaphore->queue, semaphore->lock.name, deadline_ns);
        arch_interrupts_restore(interrupts);
    }
    if (!taken)
        return -ETIMEDOUT;
    if (!semaphore_is_poisoned(semaphore))
        return 0;
    semaphore_release(semaphore);
    lock_refuse_poisoned(&semaphore->lock, place);
}

/* With the queue's lock held. */
static void give_back(struct semaphore *semaphore)
{
    if (!wait_queue_wake_first(&semaphore->queue))
        semaphore->units++;
}

void semaphore_release(struct semaphore *semaphore)
{
    uint64_t interrupts = wait_queue_take(&semaphore->queue);
    give_back(semaphore);
    wait_queue_release(&semaphore->queue, interrupts);
}

void semaphore_clear_poison(struct semaphore *semaphore)
{
    semaphore->lock.poison_pc = 0;
}

struct semaphore_guard semaphore_guard_take_at(struct semaphore *semaphore, const struct panic_place *place)
{
    semaphore_take_until_at(semaphore, WAIT_FOREVER, place);
    return (struct semaphore_guard){semaphore, panic_level()};
}

/* Several threads may be unwound at once, each with a unit: the first one's panic is the poison. */
void semaphore_guard_release(struct semaphore_guard *guard)
{
    struct semaphore *semaphore = guard->semaphore;
    uint64_t interrupts = wait_queue_take(&semaphore->queue);
    if (CONFIG_PANIC_UNWIND && panic_level() > guard->panic_level && semaphore->lock.poison_pc == 0)
        panic_tell_poison(&semaphore->lock.poison_pc, &semaphore->lock.poison_place);
    give_back(semaphore);
    wait_queue_release(&semaphore->queue, interrupts);
}
