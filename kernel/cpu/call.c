/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what CPUs ask of each other. Each has one place for a call; who finds it taken waits, serving its own meanwhile:
 * so no two CPUs that call each other wait for ever, whatever they have masked.
 * Invariant: `cpu_asked` is set after the place is filled, or a stop is wanted, and cleared before it is looked at.
 */
#include "stop.h"
#include <ossa/guard.h>
#include <ossa/smp.h>
#include <stdatomic.h>

enum call_state { CALL_FREE, CALL_FILLING, CALL_WAITING };

static struct call {
    atomic_uint state;
    void (*function)(void *argument);
    void *argument;
    atomic_uint *left; /* calls not done yet */
} call_here PER_CPU;

static atomic_bool cpu_asked PER_CPU;

/* A panic in it is not this thread's to catch, which may only wait here: who asked would wait for ever. */
static void serve(const struct call *call)
{
    struct thread *self = thread_this();
    struct catch_frame *catch = self->catch;
    self->catch = NULL;
    call->function(call->argument);
    self->catch = catch;
    atomic_fetch_sub(call->left, 1);
}

void cpu_poll(void)
{
    GUARD(interrupts);
    if (!atomic_load_explicit(MY_CPU(cpu_asked), memory_order_relaxed))
        return;
    struct call *mine = MY_CPU(call_here);
    atomic_store(MY_CPU(cpu_asked), false);
    if (cpu_stop_wanted())
        cpu_stop_here(NULL);
    if (atomic_load(&mine->state) != CALL_WAITING)
        return;
    struct call call = {.function = mine->function, .argument = mine->argument, .left = mine->left};
    atomic_store(&mine->state, CALL_FREE);
    serve(&call);
}

static void ask(struct cpu *cpu, void (*function)(void *argument), void *argument, atomic_uint *left)
{
    struct call *its = ITS_CPU(cpu, call_here);
    for (unsigned expected = CALL_FREE; !atomic_compare_exchange_weak(&its->state, &expected, CALL_FILLING);
         expected = CALL_FREE) {
        cpu_wait();
    }
    its->function = function;
    its->argument = argument;
    its->left = left;
    atomic_store(&its->state, CALL_WAITING);
    atomic_store(ITS_CPU(cpu, cpu_asked), true);
    arch_cpu_interrupt(cpu, false);
}

static void wait_for(atomic_uint *left)
{
    while (atomic_load(left) != 0) {
        cpu_wait();
    }
}

void cpu_call(struct cpu *cpu, void (*function)(void *argument), void *argument)
{
    GUARD(interrupts);
    atomic_uint left = 1;
    if (cpu == cpu_this()) {
        function(argument);
        return;
    }
    ask(cpu, function, argument, &left);
    wait_for(&left);
}

void cpu_call_others(void (*function)(void *argument), void *argument)
{
    GUARD(interrupts);
    atomic_uint left = cpu_count - 1;
    for (unsigned i = 0; i < cpu_count; i++)
        if (cpus[i] != cpu_this())
            ask(cpus[i], function, argument, &left);
    wait_for(&left);
}

void cpu_ask_stop(struct cpu *cpu)
{
    atomic_store(ITS_CPU(cpu, cpu_asked), true);
    arch_cpu_interrupt(cpu, true);
}

void cpu_kick(const struct cpu *cpu)
{
    arch_cpu_interrupt(cpu, false);
}

void cpu_handle_interrupt(const struct arch_frame *frame)
{
    if (cpu_stop_wanted())
        cpu_stop_here(frame);
    cpu_poll();
}
