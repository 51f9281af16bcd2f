/* SPDX-License-Identifier: 0BSD */
/*
 * Owns who runs: a run queue a CPU, first in first out, and the CPU's idle thread when it is empty.
 *
 * Invariants, the first four under the lock of the run queue that is named:
 * - A thread is in at most one run queue, in that of thread->cpu, and then its state is THREAD_READY. Who runs is in
 *   none.
 * - The lock of a CPU's run queue is held while that CPU changes threads: taken by the thread that leaves, given back
 *   by the one that comes (finish_switch()). So who holds the lock of thread->cpu's queue and sees that cpu->thread is
 *   another one knows that nothing runs on that thread's stack.
 * - thread->cpu changes only while the thread neither runs nor is in a queue, and then only by who made it so: who woke
 *   it, stole it, or left it behind as THREAD_MOVING.
 * - A thread becomes THREAD_WAITING by itself, interrupts masked, before it can be found in a wait queue; who takes it
 *   out of there, and nobody else, calls scheduler_wake() once. If that comes before the thread has let go of its CPU
 * it finds cpu->thread == thread and only changes the state, which scheduler_block() looks at under the same lock: no
 *   wakeup is lost, and none comes twice.
 * - Locks are taken in this order: a wait queue's, one run queue's, a timer queue's. Never two run queues'.
 * - While a CPU's run queue has threads and its idle thread does not run, its tick is started. It is not stopped when
 *   the queue gets empty, but not started again then: so a switch need not touch the timer.
 * - A CPU says that it is idle under its queue's lock before it looks for work elsewhere and waits; whoever adds to its
 *   queue sees that under the same lock and kicks it.
 */
#include "scheduler.h"
#include <ossa/interrupt.h>
#include <ossa/smp.h>
#include <ossa/spinlock.h>
#include <ossa/timer.h>

/* A thread that others wait for runs for one to two of these. */
#define SLICE_NS (5 * NS_PER_MS)

static struct run_queue {
    struct raw_spinlock raw;
    bool ticking;    /* `tick` is started */
    bool slice_over; /* of the running thread */
    atomic_bool idle;
    atomic_uint ready, pinned; /* threads in the queue; those of them that only this CPU may run */
    struct thread *first, *last;
    struct thread *left; /* that ran before */
    struct thread *seen; /* running at the last tick, when it had been switched to so often: */
    unsigned seen_count;
    struct timer tick;
} run_queue PER_CPU;

static atomic_uint idle_count;

static void tick(struct timer *timer);

/* == One run queue. Interrupts are masked ========================================================================== */

static struct run_queue *take(struct cpu *cpu)
{
    struct run_queue *queue = ITS_CPU(cpu, run_queue);
    thread_this()->raw_locks++;
    raw_spinlock_take(&queue->raw);
    return queue;
}

static void release(struct run_queue *queue)
{
    raw_spinlock_release(&queue->raw);
    thread_this()->raw_locks--;
}

static unsigned count(atomic_uint *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Changed under the lock, read without. */
static void change(atomic_uint *counter, int by)
{
    atomic_store_explicit(counter, count(counter) + (unsigned)by, memory_order_relaxed);
}

static void append(struct run_queue *queue, struct thread *thread)
{
    thread->state = THREAD_READY;
    thread->next = NULL;
    if (queue->first == NULL)
        queue->first = thread;
    else
        queue->last->next = thread;
    queue->last = thread;
    if (thread->only_cpu != NULL)
        change(&queue->pinned, 1);
}

static void push(struct run_queue *queue, struct thread *thread)
{
    append(queue, thread);
    change(&queue->ready, 1);
}

/* Counted out; the caller has unlinked it. */
static void drop(struct run_queue *queue, const struct thread *thread)
{
    change(&queue->ready, -1);
    if (thread->only_cpu != NULL)
        change(&queue->pinned, -1);
}

static struct thread *pop(struct run_queue *queue)
{
    struct thread *thread = queue->first;
    queue->first = thread->next;
    drop(queue, thread);
    return thread;
}

/* By the queue's CPU. */
static void start_tick(struct run_queue *queue)
{
    if (queue->ticking)
        return;
    queue->ticking = true;
    queue->seen = thread_this();
    queue->seen_count = queue->seen->run_count;
    queue->tick.function = tick;
    timer_start(&queue->tick, clock_ns() + SLICE_NS);
}

/* Adds the thread to the queue of the CPU, whose lock is held, and gives it back. */
static void add(struct run_queue *queue, struct cpu *cpu, struct thread *thread)
{
    thread->cpu = cpu;
    push(queue, thread);
    bool mine = cpu == cpu_this(), idle = atomic_load_explicit(&queue->idle, memory_order_relaxed);
    bool kick = !mine && (idle || !queue->ticking);
    if (mine && thread_this() != &cpu->idle)
        start_tick(queue);
    release(queue);
    if (CONFIG_CPU && kick)
        cpu_kick(cpu);
}

/* == The change of threads. The lock is held; `from` is the running thread, whose state and queue say what it will
 * be */

/* What a thread that will not come back by itself has left to do. */
static void dispose(struct thread *left, enum thread_state state)
{
    if (state == THREAD_MOVING)
        add(take(left->only_cpu), left->only_cpu, left);
    else
        thread_bury(left);
}

static inline void finish_switch(struct thread *self)
{
    struct run_queue *queue = ITS_CPU(self->cpu, run_queue);
    struct thread *left = queue->left;
    enum thread_state state = left->state; /* after the release another CPU may run it, or free it */
    raw_spinlock_release(&queue->raw);
    self->raw_locks--;
    if (state > THREAD_WAITING)
        dispose(left, state);
}

/* `to` is in no queue. */
static inline void switch_to(struct run_queue *queue, struct thread *from, struct thread *to)
{
    to->state = THREAD_RUNNING;
    to->run_count++;
    queue->left = from;
    queue->slice_over = false;
    arch_thread_switch(from, to);
    finish_switch(from);
}

static void switch_from(struct run_queue *queue, struct thread *from)
{
    struct thread *to = queue->first == NULL ? &from->cpu->idle : pop(queue);
    if (to != from) {
        switch_to(queue, from, to);
    } else {
        to->state = THREAD_RUNNING;
        release(queue);
    }
}

/* The first of the queue runs, and `from` becomes its last. */
static void take_turns(struct run_queue *queue, struct thread *from)
{
    struct thread *to = queue->first;
    append(queue, from); /* first: there may be no other */
    queue->first = to->next;
    if (to->only_cpu != NULL)
        change(&queue->pinned, -1);
    switch_to(queue, from, to);
}

void scheduler_begin(void)
{
    finish_switch(thread_this());
}

void scheduler_block(void)
{
    struct thread *self = thread_this();
    struct run_queue *queue = take(self->cpu);
    if (self->state == THREAD_WAITING)
        switch_from(queue, self);
    else
        release(queue);
}

void scheduler_end(void)
{
    struct thread *self = thread_this();
    struct run_queue *queue = take(self->cpu);
    self->state = THREAD_ENDED;
    switch_from(queue, self);
    BUG();
}

void thread_yield(void)
{
    uint64_t interrupts = arch_interrupts_save();
    struct thread *self = thread_this();
    if (interrupts == 0)
        thread_check_sleep(PANIC_PLACE, "thread_yield");
    if (count(&ITS_CPU(self->cpu, run_queue)->ready) != 0) {
        struct run_queue *queue = take(self->cpu);
        if (queue->first != NULL)
            take_turns(queue, self);
        else
            release(queue); /* stolen meanwhile */
    }
    arch_interrupts_restore(interrupts);
}

unsigned thread_count_ready(void)
{
    return count(&MY_CPU(run_queue)->ready);
}

/* == Which CPU ===================================================================================================== */

static bool is_idle(struct cpu *cpu)
{
    struct run_queue *queue = ITS_CPU(cpu, run_queue);
    return atomic_load_explicit(&queue->idle, memory_order_relaxed) && count(&queue->ready) == 0;
}

static struct cpu *find_idle(void)
{
    for (unsigned i = 0; CONFIG_CPU && count(&idle_count) != 0 && i < cpu_count; i++)
        if (is_idle(cpus[i]))
            return cpus[i];
    return NULL;
}

static unsigned load_of(struct cpu *cpu)
{
    return count(&ITS_CPU(cpu, run_queue)->ready) + !is_idle(cpu);
}

/* This one, if no other has less to do. */
static struct cpu *find_least_loaded(void)
{
    struct cpu *least = cpu_this();
    unsigned load = load_of(least);
    for (unsigned i = 0; CONFIG_CPU && load != 0 && i < cpu_count; i++) {
        unsigned its_load = load_of(cpus[i]);
        if (its_load < load) {
            least = cpus[i];
            load = its_load;
        }
    }
    return least;
}

void scheduler_start(struct thread *thread)
{
    uint64_t interrupts = arch_interrupts_save();
    struct cpu *cpu = thread->only_cpu != NULL ? thread->only_cpu : find_least_loaded();
    add(take(cpu), cpu, thread);
    arch_interrupts_restore(interrupts);
}

/* Where it ran last, unless it would wait there and another CPU does nothing. */
static struct cpu *find_cpu_for(const struct thread *thread)
{
    struct cpu *cpu = NULL;
    if (CONFIG_CPU && thread->only_cpu == NULL && !is_idle(thread->cpu))
        cpu = find_idle();
    return cpu == NULL ? thread->cpu : cpu;
}

void scheduler_wake(struct thread *thread)
{
    uint64_t interrupts = arch_interrupts_save();
    struct cpu *before = thread->cpu, *cpu = find_cpu_for(thread);
    struct run_queue *queue = take(before);
    if (before->thread == thread) {
        thread->state = THREAD_RUNNING;
        release(queue);
    } else if (cpu == before) {
        add(queue, cpu, thread);
    } else {
        thread->state = THREAD_READY; /* and nobody's but ours, until it is in a queue */
        release(queue);
        add(take(cpu), cpu, thread);
    }
    arch_interrupts_restore(interrupts);
}

void thread_set_cpu(struct thread *thread, struct cpu *cpu)
{
    if (thread != thread_this()) {
        ASSERT(thread->state == THREAD_NEW);
        thread->only_cpu = cpu;
        return;
    }
    thread_check_sleep(PANIC_PLACE, "thread_set_cpu");
    uint64_t interrupts = arch_interrupts_save();
    thread->only_cpu = cpu;
    if (cpu != NULL && cpu != thread->cpu) {
        struct run_queue *queue = take(thread->cpu);
        thread->state = THREAD_MOVING;
        switch_from(queue, thread);
    }
    arch_interrupts_restore(interrupts);
}

/* == Idle CPUs and the tick ======================================================================================== */

static unsigned count_movable(struct run_queue *queue)
{
    unsigned ready = count(&queue->ready), pinned = count(&queue->pinned);
    return ready > pinned ? ready - pinned : 0; /* they do not change together */
}

/* The longest of the other CPUs' queues loses its first thread that may run here, to nobody's queue. */
static struct thread *steal(void)
{
    struct cpu *here = cpu_this(), *longest = NULL;
    unsigned most = 0;
    for (unsigned i = 0; CONFIG_CPU && i < cpu_count; i++) {
        unsigned its_movable = cpus[i] == here ? 0 : count_movable(ITS_CPU(cpus[i], run_queue));
        if (its_movable > most) {
            longest = cpus[i];
            most = its_movable;
        }
    }
    if (longest == NULL)
        return NULL;
    struct run_queue *queue = take(longest);
    struct thread *previous = NULL, *thread = queue->first;
    while (thread != NULL && thread->only_cpu != NULL) {
        previous = thread;
        thread = thread->next;
    }
    if (thread != NULL) {
        *(previous == NULL ? &queue->first : &previous->next) = thread->next;
        queue->last = queue->last == thread ? previous : queue->last;
        drop(queue, thread);
        thread->cpu = here;
    }
    release(queue);
    return thread;
}

static void set_idle(struct run_queue *queue, bool idle)
{
    atomic_store_explicit(&queue->idle, idle, memory_order_relaxed);
    atomic_fetch_add_explicit(&idle_count, idle ? 1 : -1u, memory_order_relaxed);
}

/* One turn: runs what is ready until nothing is, or waits for an interrupt. */
static void idle_once(struct thread *self)
{
    struct run_queue *queue = take(self->cpu);
    if (queue->first == NULL) {
        set_idle(queue, true);
        release(queue);
        struct thread *stolen = steal();
        if (stolen == NULL)
            arch_interrupts_wait();
        take(self->cpu);
        set_idle(queue, false);
        if (stolen != NULL)
            push(queue, stolen);
    }
    if (queue->first != NULL && queue->first->next != NULL)
        start_tick(queue);
    if (queue->first != NULL) {
        self->state = THREAD_READY;
        switch_from(queue, self);
    } else {
        release(queue);
    }
}

void thread_idle(void)
{
    struct thread *self = thread_this();
    arch_interrupts_save();
    if (self != &boot_cpu.idle)
        thread_add(self, NULL);
    for (;;)
        idle_once(self);
}

static void begin_idle(void *unused)
{
    (void)unused;
    scheduler_begin();
    thread_idle();
}

void scheduler_init(void)
{
    struct thread *idle = &boot_cpu.idle;
    idle->sp = idle->stack_va + STACK_SIZE;
    idle->raw_locks = 1;
    idle->state = THREAD_READY;
    arch_thread_init(idle, begin_idle, NULL);
}

/* In the timer's interrupt. Whoever ran at the last tick too, and all the time since, has had its slice. */
static void tick(struct timer *timer)
{
    struct thread *running = thread_this();
    struct run_queue *queue = take(running->cpu);
    queue->slice_over = queue->seen == running && queue->seen_count == running->run_count;
    queue->ticking = false;
    if (queue->first != NULL)
        start_tick(queue);
    struct cpu *idle = CONFIG_CPU && count_movable(queue) != 0 ? find_idle() : NULL;
    release(queue);
    if (CONFIG_CPU && idle != NULL)
        cpu_kick(idle); /* it will steal */
    (void)timer;
}

/* The interrupt may have found no room on the thread's stack: then this one is the CPU's, and the next one's too. */
static bool on_own_stack(const struct thread *self)
{
    return (uintptr_t)__builtin_frame_address(0) - self->stack_va < STACK_SIZE;
}

void thread_preempt(void)
{
    struct thread *self = thread_this();
    struct cpu *cpu = self->cpu;
    if (count(&MY_CPU(run_queue)->ready) == 0 || self == &cpu->idle || cpu->panic_depth > 0 || !on_own_stack(self))
        return;
    struct run_queue *queue = take(cpu);
    if (queue->first == NULL) {
        release(queue);
        return;
    }
    start_tick(queue); /* if another CPU has added to the queue */
    if (!queue->slice_over) {
        release(queue);
        return;
    }
    take_turns(queue, self);
}
