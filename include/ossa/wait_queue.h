/* SPDX-License-Identifier: 0BSD */
/*
 * Wait queues: threads that wait for something, first come first woken. What mutexes, semaphores and conditions are
 * built on, and whatever else waits:
 *
 *     static struct wait_queue arrived;
 *     WAIT_UNTIL(&arrived, "packet", packets > 0);              the thread that waits
 *     packets++; wait_queue_wake_all(&arrived);                 who changes that, in any context but NMI
 *
 * No wakeup is lost: the queue's lock is held from the look at the condition until the thread is in the queue, and who
 * wakes takes it after the change. A queue must stay until all who waited in it have gone on.
 */
#pragma once

#include <ossa/spinlock.h>
#include <ossa/thread.h>

#define WAIT_FOREVER UINT64_MAX

struct waiter;

/* Zero at first. */
struct wait_queue {
    struct raw_spinlock raw;
    struct waiter *first, *last;
};

/* Wakes the one that has waited longest, if there is one; or all. Any context but NMI. */
void wait_queue_wake(struct wait_queue *queue);
void wait_queue_wake_all(struct wait_queue *queue);

/* Waits until the condition holds. It is looked at with the queue's lock held: it only reads memory, cannot panic, and
 * what it reads changes before the queue is woken. `what` names it, for monitors. May sleep. */
#define WAIT_UNTIL(queue, what, condition)                 \
    do {                                                   \
        thread_check_sleep(PANIC_PLACE, what);             \
        uint64_t wait_interrupts = wait_queue_take(queue); \
        while (!(condition)) {                             \
            wait_queue_sleep(queue, what, WAIT_FOREVER);   \
            wait_queue_take(queue);                        \
        }                                                  \
        wait_queue_release(queue, wait_interrupts);        \
    } while (0)

/* == For what is built on them ===================================================================================== */

/* Masks interrupts and takes the queue's lock. Nothing may panic until it is given back: none is caught. */
static inline uint64_t wait_queue_take(struct wait_queue *queue)
{
    uint64_t interrupts = arch_interrupts_save();
    thread_this()->raw_locks++;
    raw_spinlock_take(&queue->raw);
    return interrupts;
}

static inline void wait_queue_release(struct wait_queue *queue, uint64_t interrupts)
{
    raw_spinlock_release(&queue->raw);
    thread_this()->raw_locks--;
    arch_interrupts_restore(interrupts);
}

/* With the lock held: adds the running thread to the queue, gives the lock back, and waits. True when it was woken;
 * false when clock_ns() had reached deadline_ns first. Interrupts stay masked. After thread_check_sleep(). */
bool wait_queue_sleep(struct wait_queue *queue, const char *what, uint64_t deadline_ns);

/* With the lock held: wakes the first. False if nobody waits. */
bool wait_queue_wake_first(struct wait_queue *queue);

static inline bool wait_queue_is_empty(const struct wait_queue *queue)
{
    return queue->first == NULL;
}
