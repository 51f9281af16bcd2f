/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the order of deferred calls, and the worker threads. One wait queue a work queue is both for the worker, which
 * waits for work, and for those who wait for it to be done. Invariant: a work's state and place in the list change
 * under the lock of its queue.
 */
#include <ossa/catch.h>
#include <ossa/errno.h>
#include <ossa/log.h>
#include <ossa/work.h>

static void append(struct work_queue *queue, struct work *work)
{
    work->state = WORK_QUEUED;
    work->next = NULL;
    *(queue->first == NULL ? &queue->first : &queue->last->next) = work;
    queue->last = work;
    while (wait_queue_wake_first(&queue->changed))
        ;
}

static bool remove(struct work_queue *queue, struct work *work)
{
    struct work *previous = NULL, *each = queue->first;
    while (each != NULL && each != work) {
        previous = each;
        each = each->next;
    }
    if (each == NULL)
        return false;
    *(previous == NULL ? &queue->first : &previous->next) = work->next;
    queue->last = queue->last == work ? previous : queue->last;
    work->state = WORK_IDLE;
    return true;
}

static void call(void *work)
{
    ((struct work *)work)->function(work);
}

/* Waits for the next item, which runs from now on; NULL: there is none, and none will come. From the look at the list
 * until it is taken the lock is held: in between work_cancel() could empty the list. */
static struct work *take_next(struct work_queue *queue)
{
    uint64_t interrupts = wait_queue_take(&queue->changed);
    while (queue->first == NULL && !queue->stopping) {
        wait_queue_sleep(&queue->changed, "work", WAIT_FOREVER);
        wait_queue_take(&queue->changed);
    }
    struct work *work = queue->first;
    if (work != NULL)
        remove(queue, work);
    queue->running = work;
    wait_queue_release(&queue->changed, interrupts);
    return work;
}

static int work_main(void *argument)
{
    struct work_queue *queue = argument;
    struct work *work;
    while ((work = take_next(queue)) != NULL) {
        struct panic_record record;
        if (panic_catch(call, work, &record))
            log_error("work queue %s: its work has panicked: %s", queue->name, record.reason);
        uint64_t interrupts = wait_queue_take(&queue->changed);
        queue->running = NULL;
        wait_queue_release(&queue->changed, interrupts);
        wait_queue_wake_all(&queue->changed);
    }
    return 0;
}

int work_queue_start(struct work_queue *queue)
{
    queue->stopping = false;
    queue->worker = thread_create(queue->name, work_main, queue, 0);
    if (queue->worker == NULL)
        return -ENOMEM;
    thread_start(queue->worker);
    return 0;
}

void work_queue_stop(struct work_queue *queue)
{
    queue->stopping = true;
    wait_queue_wake_all(&queue->changed);
    thread_join(queue->worker, NULL);
}

static void submit_delayed(struct timer *timer)
{
    struct work *work = (struct work *)((char *)timer - offsetof(struct work, timer));
    struct work_queue *queue = work->queue;
    uint64_t interrupts = wait_queue_take(&queue->changed);
    if (work->state == WORK_DELAYED)
        append(queue, work);
    wait_queue_release(&queue->changed, interrupts);
}

bool work_submit(struct work_queue *queue, struct work *work)
{
    uint64_t interrupts = wait_queue_take(&queue->changed);
    bool idle = work->state == WORK_IDLE;
    if (idle) {
        work->queue = queue;
        append(queue, work);
    }
    wait_queue_release(&queue->changed, interrupts);
    return idle;
}

bool work_submit_at(struct work_queue *queue, struct work *work, uint64_t deadline_ns)
{
    uint64_t interrupts = wait_queue_take(&queue->changed);
    bool idle = work->state == WORK_IDLE;
    if (idle) {
        work->queue = queue;
        work->state = WORK_DELAYED;
        work->timer.function = submit_delayed;
        timer_start(&work->timer, deadline_ns);
    }
    wait_queue_release(&queue->changed, interrupts);
    return idle;
}

bool work_cancel(struct work *work)
{
    struct work_queue *queue = work->queue;
    if (queue == NULL)
        return false;
    timer_cancel(&work->timer);
    uint64_t interrupts = wait_queue_take(&queue->changed);
    bool waited = work->state != WORK_IDLE;
    if (work->state == WORK_QUEUED)
        remove(queue, work);
    work->state = WORK_IDLE;
    wait_queue_release(&queue->changed, interrupts);
    if (thread_this() != queue->worker)
        WAIT_UNTIL(&queue->changed, queue->name, queue->running != work);
    return waited;
}

void work_flush(struct work *work)
{
    struct work_queue *queue = work->queue;
    if (queue == NULL)
        return;
    ASSERT(thread_this() != queue->worker);
    WAIT_UNTIL(&queue->changed, queue->name, work->state != WORK_QUEUED && queue->running != work);
}

static void do_nothing(struct work *work)
{
    (void)work;
}

void work_queue_flush(struct work_queue *queue)
{
    struct work last = WORK(do_nothing);
    work_submit(queue, &last);
    work_flush(&last);
}
