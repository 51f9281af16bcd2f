/* SPDX-License-Identifier: 0BSD */
/*
 * Owns who waits in a queue, and sleeping. Invariant: a waiter is in its queue's list until it is taken out, under the
 * queue's lock, by who wakes it or by its own timer; that one alone wakes its thread. It lies on the thread's stack,
 * which goes on only when no timer's function can touch it any more.
 */
#include "scheduler.h"
#include <ossa/timer.h>
#include <ossa/wait_queue.h>

struct waiter {
    struct thread *thread;
    struct wait_queue *queue;
    bool queued;
    struct waiter *next, *previous;
    bool woken; /* not by the timer */
    struct timer timer;
};

static void add(struct wait_queue *queue, struct waiter *waiter)
{
    waiter->queue = queue;
    waiter->queued = true;
    waiter->previous = queue->last;
    *(queue->last == NULL ? &queue->first : &queue->last->next) = waiter;
    queue->last = waiter;
}

static void drop(struct wait_queue *queue, struct waiter *waiter)
{
    *(waiter->previous == NULL ? &queue->first : &waiter->previous->next) = waiter->next;
    *(waiter->next == NULL ? &queue->last : &waiter->next->previous) = waiter->previous;
    waiter->queued = false;
}

bool wait_queue_wake_first(struct wait_queue *queue)
{
    struct waiter *waiter = queue->first;
    if (waiter == NULL)
        return false;
    drop(queue, waiter);
    waiter->woken = true;
    scheduler_wake(waiter->thread);
    return true;
}

/* The queue is there as long as the waiter, thus until this returns. */
static void time_out(struct timer *timer)
{
    struct waiter *waiter = (struct waiter *)((char *)timer - offsetof(struct waiter, timer));
    struct wait_queue *queue = waiter->queue;
    uint64_t interrupts = wait_queue_take(queue);
    if (waiter->queued) {
        drop(queue, waiter);
        scheduler_wake(waiter->thread);
    }
    wait_queue_release(queue, interrupts);
}

bool wait_queue_sleep(struct wait_queue *queue, const char *what, uint64_t deadline_ns)
{
    struct thread *self = thread_this();
    struct waiter waiter = {.thread = self};
    self->waits_for = what;
    self->state = THREAD_WAITING;
    add(queue, &waiter);
    wait_queue_release(queue, 0);
    if (deadline_ns != WAIT_FOREVER) {
        waiter.timer.function = time_out;
        timer_start(&waiter.timer, deadline_ns);
    }
    scheduler_block();
    if (deadline_ns != WAIT_FOREVER)
        timer_cancel(&waiter.timer);
    self->waits_for = NULL;
    return waiter.woken;
}

void wait_queue_wake(struct wait_queue *queue)
{
    uint64_t interrupts = wait_queue_take(queue);
    wait_queue_wake_first(queue);
    wait_queue_release(queue, interrupts);
}

void wait_queue_wake_all(struct wait_queue *queue)
{
    uint64_t interrupts = wait_queue_take(queue);
    while (wait_queue_wake_first(queue))
        ;
    wait_queue_release(queue, interrupts);
}

void thread_sleep_until(uint64_t deadline_ns)
{
    struct wait_queue nobody = {0};
    thread_check_sleep(PANIC_PLACE, "thread_sleep");
    uint64_t interrupts = wait_queue_take(&nobody);
    wait_queue_sleep(&nobody, "its time", deadline_ns);
    arch_interrupts_restore(interrupts);
}

void thread_sleep_ns(uint64_t duration_ns)
{
    uint64_t now_ns = clock_ns();
    thread_sleep_until(duration_ns < WAIT_FOREVER - now_ns ? now_ns + duration_ns : WAIT_FOREVER);
}
