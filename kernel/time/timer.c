/* SPDX-License-Identifier: 0BSD */
/*
 * Owns each CPU's queue of timers, and for when its hardware timer is set.
 * Invariant: a waiting timer's `cpu` says in whose queue it is, and changes under that queue's lock only, from and to
 * NULL: so who starts it on two CPUs at once cannot enter it twice. The hardware is set for the queue's first timer, or
 * earlier, unless timer_handle() is under way and will do that.
 */
#include "timer_queue.h"
#include <ossa/smp.h>
#include <ossa/spinlock.h>

#define SEVERAL_CPUS ((struct cpu *)-1) /* have run the timer, perhaps at the same time */

static struct timer_cpu {
    struct raw_spinlock lock;
    bool handling;
    struct timer_queue queue;
    struct timer *running; /* whose function runs */
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
    struct timer_cpu *mine = MY_CPU(timer_cpu);
    struct cpu *nobody = NULL;
    take_out(timer);
    raw_spinlock_take(&mine->lock);
    while (!atomic_compare_exchange_strong(&timer->cpu, &nobody, cpu_this())) { /* another CPU has started it, too */
        raw_spinlock_release(&mine->lock);
        take_out(timer);
        raw_spinlock_take(&mine->lock);
        nobody = NULL;
    }
    timer->deadline_ns = deadline_ns;
    timer_queue_add(&mine->queue, timer);
    if (mine->queue.first == timer && !mine->handling)
        set_hardware(mine);
    raw_spinlock_release(&mine->lock);
}

/* Whether its function runs on that CPU, another one, or has started it again there. */
static bool is_busy_on(struct timer *timer, struct cpu *cpu)
{
    struct timer_cpu *its = ITS_CPU(cpu, timer_cpu);
    if (cpu == cpu_this())
        return false;
    raw_spinlock_take(&its->lock);
    bool busy = its->running == timer || atomic_load(&timer->cpu) != NULL;
    raw_spinlock_release(&its->lock);
    return busy;
}

/* The same on any CPU that has run it. Timers' functions wait for no others. */
static bool is_busy(struct timer *timer)
{
    struct cpu *cpu = atomic_load(&timer->runs_on);
    if (cpu == NULL || MY_CPU(timer_cpu)->running != NULL)
        return false;
    if (cpu != SEVERAL_CPUS)
        return is_busy_on(timer, cpu);
    bool busy = false;
    for (unsigned i = 0; CONFIG_CPU && i < cpu_count && !busy; i++)
        busy = is_busy_on(timer, cpus[i]);
    return busy;
}

bool timer_cancel(struct timer *timer)
{
    GUARD(interrupts);
    bool waited = take_out(timer);
    while (is_busy(timer)) {
        cpu_wait();
        waited |= take_out(timer);
    }
    return waited;
}

static void note_running(struct timer *timer)
{
    struct cpu *before = NULL, *here = cpu_this();
    if (!atomic_compare_exchange_strong(&timer->runs_on, &before, here) && before != here)
        atomic_store(&timer->runs_on, SEVERAL_CPUS);
}

void timer_handle(void)
{
    struct timer_cpu *mine = MY_CPU(timer_cpu);
    raw_spinlock_take(&mine->lock);
    mine->handling = true;
    for (struct timer *timer; (timer = mine->queue.first) != NULL && timer->deadline_ns <= clock_ns();) {
        timer_queue_remove(&mine->queue, timer);
        mine->running = timer;
        note_running(timer); /* before it leaves the queue for others: is_busy() */
        atomic_store(&timer->cpu, NULL);
        raw_spinlock_release(&mine->lock);
        timer->function(timer);
        raw_spinlock_take(&mine->lock);
        mine->running = NULL; /* the timer may be gone */
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
