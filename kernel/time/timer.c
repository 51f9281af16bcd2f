/* SPDX-License-Identifier: 0BSD */
/*
 * Owns each CPU's queue of timers, and for when its hardware timer is set.
 * Invariant: a waiting timer's `cpu` says in whose queue it is, and changes under that queue's lock only; the hardware
 * is set for the queue's first timer, or earlier, unless timer_handle() is under way and will do that.
 */
#include "timer_queue.h"
#include <ossa/spinlock.h>

static struct timer_cpu {
    struct raw_spinlock lock;
    bool handling;
    struct timer_queue queue;
    _Atomic(struct timer *) running; /* whose function runs */
} timer_cpu PER_CPU;

/* By this CPU, its lock held. */
static void set_hardware(const struct timer_cpu *its)
{
    arch_timer_set(clock_to_ticks(its->queue.first == NULL ? UINT64_MAX : its->queue.first->deadline_ns));
}

/* Takes it out of the queue it is in; false if it is in none. Interrupts are masked. */
static bool take_out(struct timer *timer)
{
    struct cpu *cpu;
    while ((cpu = atomic_load(&timer->cpu)) != NULL) {
        struct timer_cpu *its = ITS_CPU(cpu, timer_cpu);
        raw_spinlock_take(&its->lock);
        bool found = atomic_load(&timer->cpu) == cpu;
        if (found) {
            timer_queue_remove(&its->queue, timer);
            atomic_store(&timer->cpu, NULL);
        }
        raw_spinlock_release(&its->lock);
        if (found)
            return true;
    }
    return false;
}

void timer_start(struct timer *timer, uint64_t deadline_ns)
{
    GUARD(interrupts);
    take_out(timer);
    struct timer_cpu *mine = MY_CPU(timer_cpu);
    raw_spinlock_take(&mine->lock);
    timer->deadline_ns = deadline_ns;
    timer->last_cpu = cpu_this();
    timer_queue_add(&mine->queue, timer);
    atomic_store(&timer->cpu, cpu_this());
    if (mine->queue.first == timer && !mine->handling)
        set_hardware(mine);
    raw_spinlock_release(&mine->lock);
}

bool timer_cancel(struct timer *timer)
{
    GUARD(interrupts);
    bool waiting = take_out(timer);
    struct cpu *cpu = timer->last_cpu;
    if (cpu == NULL || cpu == cpu_this())
        return waiting;
    while (atomic_load(&ITS_CPU(cpu, timer_cpu)->running) == timer)
        cpu_wait();
    return waiting;
}

void timer_handle(void)
{
    struct timer_cpu *mine = MY_CPU(timer_cpu);
    raw_spinlock_take(&mine->lock);
    mine->handling = true;
    for (struct timer *timer; (timer = mine->queue.first) != NULL && timer->deadline_ns <= clock_ns();) {
        timer_queue_remove(&mine->queue, timer);
        atomic_store(&mine->running, timer); /* before it leaves the queue for others: timer_cancel() */
        atomic_store(&timer->cpu, NULL);
        raw_spinlock_release(&mine->lock);
        timer->function(timer);
        atomic_store(&mine->running, NULL);
        raw_spinlock_take(&mine->lock);
    }
    mine->handling = false;
    set_hardware(mine);
    raw_spinlock_release(&mine->lock);
}

unsigned timer_count(void)
{
    GUARD(interrupts);
    return MY_CPU(timer_cpu)->queue.count;
}
