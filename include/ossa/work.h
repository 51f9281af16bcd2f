/* SPDX-License-Identifier: 0BSD */
/*
 * Work queues: calls that are made later, one after the other, by a thread of the queue's own: from an interrupt
 * handler what must sleep, after a while what need not be now. An item that panics is reported, and the next one's turn
 * comes.
 *
 *     static struct work_queue queue = WORK_QUEUE("disk");         work_queue_start(&queue);
 *     static struct work flush = WORK(disk_flush);                 work_submit(&queue, &flush);
 *
 * An item lies in the caller's memory and is in at most one queue. It may be submitted again as soon as its function
 * runs, by the function too, which may also free it. The function returns: thread_exit() would end the queue's thread.
 */
#pragma once

#include <ossa/timer.h>
#include <ossa/wait_queue.h>

enum work_state { WORK_IDLE, WORK_DELAYED, WORK_QUEUED };

struct work {
    void (*function)(struct work *work);
    /* kernel/thread/'s: */
    _Atomic(struct work_queue *) queue; /* that it was submitted to last */
    enum work_state state;
    struct work *next;
    struct timer timer;
};

struct work_queue {
    const char *name;
    struct thread *worker;
    bool stopping;
    struct wait_queue changed; /* what is below; its lock is theirs */
    struct work *first, *last, *running;
};

/* Static initialisers. */
#define WORK(work_function)        \
    {                              \
        .function = work_function, \
    }
#define WORK_QUEUE(queue_name) \
    {                          \
        .name = queue_name,    \
    }

/* Makes the thread that does the work. 0, or -ENOMEM. */
int work_queue_start(struct work_queue *queue);

/* Does what has been submitted, then ends the thread. Nothing is submitted from now on, and none is delayed. May sleep.
 */
void work_queue_stop(struct work_queue *queue);

/* Calls work->function(work) in the queue's thread, behind what was submitted before. False, and nothing is done, if it
 * waits already. Any context but NMI. */
bool work_submit(struct work_queue *queue, struct work *work);

/* The same as soon as clock_ns() has reached deadline_ns. */
bool work_submit_at(struct work_queue *queue, struct work *work, uint64_t deadline_ns);

/* Takes it back: true if it waited. When this returns the function does not run, unless it has called this itself. May
 * sleep. Not while somebody may submit it. */
bool work_cancel(struct work *work);

/* Waits until the work, if it is submitted and not delayed, has been done; until all has that is submitted now. May
 * sleep; not from the queue's own thread. */
void work_flush(struct work *work);
void work_queue_flush(struct work_queue *queue);
