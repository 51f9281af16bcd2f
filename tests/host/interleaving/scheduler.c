/* SPDX-License-Identifier: 0BSD */
/*
 * kernel/thread/scheduler.c and, beside it, the invariants that stand on top of it: a run queue's are looked at
 * whenever nobody holds its lock.
 */
#include "../../../kernel/thread/scheduler.c"
#include "explore.h"

UNSEEN static bool runs_somewhere(const struct thread *thread)
{
    for (unsigned i = 0; i < cpu_count; i++)
        if (cpus[i]->thread == thread)
            return true;
    return false;
}

UNSEEN static void check_queue(struct cpu *cpu, const struct run_queue *queue)
{
    unsigned ready = 0, pinned = 0;
    for (const struct thread *thread = queue->first; thread != NULL; thread = thread->next) {
        HOLDS(thread->state == THREAD_READY && thread->cpu == cpu);
        HOLDS(thread->only_cpu == NULL || thread->only_cpu == cpu);
        HOLDS(!runs_somewhere(thread));
        HOLDS(thread->next != NULL || thread == queue->last);
        HOLDS(++ready <= WORLD_THREADS_MAX);
        pinned += thread->only_cpu != NULL;
    }
    HOLDS(queue->ready == ready && queue->pinned == pinned);
    HOLDS(cpu->thread->state == THREAD_RUNNING || cpu->thread->state == THREAD_WAITING);
    HOLDS(cpu->thread->cpu == cpu);
}

UNSEEN void world_check_queues(void)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        const struct run_queue *queue = ITS_CPU(cpus[i], run_queue);
        if (queue->raw.taken == 0)
            check_queue(cpus[i], queue);
    }
}

/* A tick would wake it too, but later: the kick is lost. */
UNSEEN void world_check_waiting(const struct cpu *cpu)
{
    HOLDS(ITS_CPU(cpu, run_queue)->first == NULL);
}

UNSEEN unsigned world_check_quiet(void)
{
    unsigned ticks = 0;
    world_check_queues();
    HOLDS(idle_count == cpu_count);
    for (unsigned i = 0; i < cpu_count; i++) {
        const struct run_queue *queue = ITS_CPU(cpus[i], run_queue);
        HOLDS(queue->raw.taken == 0 && queue->first == NULL && queue->idle);
        HOLDS(cpus[i]->interrupt_depth == 0 && cpus[i]->idle.raw_locks == 0);
        ticks += queue->ticking;
    }
    return ticks;
}
