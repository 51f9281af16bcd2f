/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the machine. Each thread is a context of the C library's; a CPU goes on where its thread has left off. At a
 * point a CPU may go on, another may, or an interrupt may come where it is not masked.
 *
 * A preemption is what need not happen: a CPU that could go on does not, or an interrupt comes before its CPU has
 * nothing else to do. A CPU that spins is not looked at again until another one has changed something. Time stands
 * still but for timers: one that is set may interrupt at any point, and does when nobody can go on otherwise.
 */
#include "explore.h"
#include <ossa/image.h>
#include <ossa/interrupt.h>
#include <ossa/lock.h>
#include <ossa/smp.h>
#include <ossa/timer.h>
#include <ossa/vrange.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define STEPS_MAX 20000
#define NEVER     UINT64_MAX
#define PC        __builtin_return_address(0)

static struct fiber {
    _Alignas(16) char stack[STACK_SIZE]; /* of a thread that thread.c has created: the thread lies at its end */
    ucontext_t context;
    const struct thread *thread;
    const char *frame; /* while it does not run here: what lies below is nobody's */
    void (*function)(void *argument);
    void *argument;
} fibers[WORLD_CPUS_MAX + WORLD_THREADS_MAX]; /* the idle threads' first */
static unsigned stack_count;

/* Those of the scenario. */
static struct {
    struct thread *thread;
    void (*function)(void *argument);
    void *argument;
} threads[WORLD_THREADS_MAX];
static unsigned started_count, ended_count;

enum kind { KIND_CALL = 1, KIND_LINE = 2, KIND_TIMER = 4 };

static struct machine_cpu {
    struct cpu *cpu;
    bool masked, waits, spins, has_begun;
    unsigned changes_seen; /* before the last look around, if it spins */
    unsigned pending;      /* kinds, but for the timer's */
    enum kind handled;     /* whose interrupt is under way */
    bool timer_comes;      /* it goes on because of that */
    uint64_t timer_ns;
} machine[WORLD_CPUS_MAX], *here;

static const struct scenario *scenario; /* NULL: nothing is explored */
static ucontext_t explorer;
static bool choosing; /* all CPUs have begun: from here on there are choices */
static unsigned changes, steps, pending_line;
static bool line_masked;
static uint64_t now_ns;

struct cpu boot_cpu;
struct thread boot_thread;
unsigned cpu_count;
struct cpu *cpus[CPUS_MAX];

static struct fiber *fiber_of(const struct thread *thread)
{
    return (struct fiber *)thread->stack_va;
}

unsigned world_cpu(void)
{
    return here - machine;
}

struct thread *world_this_thread(void)
{
    return here->cpu->thread;
}

void world_changed(void)
{
    changes++;
    here->changes_seen++; /* its own do not let who spins go on */
}

bool world_is_alive(const void *address)
{
    uintptr_t offset = (uintptr_t)address - (uintptr_t)fibers;
    if (offset >= sizeof(fibers))
        return (uintptr_t)address >= PAGE_SIZE;
    const struct fiber *fiber = &fibers[offset / sizeof(fibers[0])];
    const void *frame = fiber->thread->state == THREAD_ENDED ? (const void *)fiber->thread : fiber->frame;
    return fiber == fiber_of(here->cpu->thread) || address >= frame;
}

/* == Who goes on =================================================================================================== */

/* The one fiber lets the other run on `here`. */
static void change_fiber(struct fiber *from, struct fiber *to)
{
    from->frame = __builtin_frame_address(0);
    swapcontext(&from->context, &to->context);
}

static void go_to(struct machine_cpu *cpu)
{
    struct fiber *from = fiber_of(here->cpu->thread);
    here = cpu;
    change_fiber(from, fiber_of(cpu->cpu->thread));
}

void world_leave(void)
{
    setcontext(&explorer);
    abort();
}

static _Noreturn void end(void)
{
    access_begin(false);
    unsigned timers = 0, ticks = world_check_quiet();
    for (here = machine; here < machine + cpu_count; here++)
        timers += timer_count();
    HOLDS(timers == ticks && thread_count() == cpu_count - 1); /* the boot CPU's idle thread is not counted */
    if (scenario->end != NULL)
        scenario->end();
    world_leave();
}

/* Nobody can go on, and no timer is set. */
static _Noreturn void refuse_deadlock(void)
{
    char words[300] = "";
    for (unsigned i = 0; i < cpu_count; i++)
        snprintf(words + strlen(words), sizeof(words) - strlen(words), ", cpu %u %s in %s%s", i,
                 machine[i].waits ? "waits" : "spins", machine[i].cpu->thread->name,
                 machine[i].masked ? "" : ", not masked");
    for (unsigned i = 0; i < started_count; i++) {
        const struct thread *thread = threads[i].thread;
        if (threads[i].function != NULL)
            snprintf(words + strlen(words), sizeof(words) - strlen(words), ", %s: state %d, waits for %s", thread->name,
                     thread->state, thread->waits_for == NULL ? "nothing" : thread->waits_for);
    }
    explore_fail("deadlock%s", words);
}

static unsigned pending_kinds(const struct machine_cpu *cpu)
{
    return cpu->pending & ~(line_masked ? KIND_LINE : 0);
}

enum ability { STUCK, IN_TIME, READY };

static enum ability ability_of(const struct machine_cpu *cpu)
{
    bool takes_interrupts = cpu->waits || !cpu->masked;
    if (!cpu->waits && !(cpu->spins && cpu->changes_seen == changes))
        return READY;
    if (takes_interrupts && (pending_kinds(cpu) != 0 || cpu->timer_comes))
        return READY;
    return takes_interrupts && cpu->timer_ns != NEVER ? IN_TIME : STUCK;
}

static unsigned add_ways(struct machine_cpu **ways, unsigned count, enum ability ability)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        struct machine_cpu *cpu = &machine[(world_cpu() + i) % cpu_count];
        if (ability_of(cpu) == ability)
            ways[count++] = cpu;
    }
    return count;
}

static unsigned count_waiting(void)
{
    unsigned waiting = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        waiting += machine[i].waits;
    return waiting;
}

/* This CPU first, if it can. When it returns this CPU goes on. */
static void let_others_run(void)
{
    struct machine_cpu *ways[WORLD_CPUS_MAX], *chosen;
    unsigned ready = add_ways(ways, 0, READY), count = add_ways(ways, ready, IN_TIME);
    unsigned uncoerced = ready == 0 ? count : ability_of(here) == READY ? 1 : ready;
    if (ready == 0 && ended_count == started_count && count_waiting() == cpu_count)
        end();
    if (count == 0)
        refuse_deadlock();
    for (unsigned i = 0; ready == 0 && i < cpu_count; i++)
        if (machine[i].waits)
            world_check_waiting(cpus[i]);
    chosen = ways[choosing ? explore_choose(count, uncoerced) : 0];
    chosen->timer_comes = ability_of(chosen) == IN_TIME || chosen->timer_comes;
    if (chosen != here)
        go_to(chosen);
}

/* The run of each CPU up to here leaves no choice. */
static void begin_others(void)
{
    here->has_begun = true;
    for (unsigned i = 0; i < cpu_count; i++) {
        if (!machine[i].has_begun) {
            go_to(&machine[i]);
            return;
        }
    }
    choosing = true;
}

/* == Interrupts and time =========================================================================================== */

static void interrupt(enum kind kind)
{
    static struct arch_frame frame;
    here->masked = true;
    here->handled = kind;
    here->pending &= ~kind;
    if (kind == KIND_TIMER) {
        now_ns = now_ns > here->timer_ns ? now_ns : here->timer_ns;
        here->timer_ns = NEVER;
        here->timer_comes = false;
    }
    explore_trace(kind == KIND_CALL ? "called" : kind == KIND_LINE ? "line" : "timer", NULL);
    interrupt_handle(&frame);
    here->masked = false; /* on whichever CPU that is now */
}

void arch_interrupt_handle(const struct arch_frame *frame)
{
    if (here->handled == KIND_CALL)
        cpu_handle_interrupt(frame);
    else if (here->handled == KIND_LINE)
        interrupt_handle_line(pending_line);
    else
        timer_handle();
}

/* Those that come before they must. */
static void let_interrupt(void)
{
    enum kind kinds[4] = {0};
    unsigned taken;
    do {
        unsigned count = 1, pending = here->masked ? 0 : pending_kinds(here);
        if (pending & KIND_CALL)
            kinds[count++] = KIND_CALL;
        if (pending & KIND_LINE)
            kinds[count++] = KIND_LINE;
        if (!here->masked && here->timer_ns != NEVER)
            kinds[count++] = KIND_TIMER;
        taken = choosing ? explore_choose(count, 1) : 0;
        if (taken != 0)
            interrupt(kinds[taken]);
    } while (taken != 0);
}

static void take_interrupt(void)
{
    interrupt(here->timer_comes ? KIND_TIMER : pending_kinds(here) & KIND_CALL ? KIND_CALL : KIND_LINE);
}

void world_point(const char *what, const void *pc)
{
    if (scenario == NULL)
        return;
    if (++steps > STEPS_MAX)
        explore_fail("%u steps: it does not come to an end", steps);
    world_check_queues();
    if (scenario->step != NULL)
        scenario->step();
    let_others_run();
    let_interrupt();
    explore_trace(what, pc);
}

uint64_t world_interrupts_save(void)
{
    if (here->masked)
        return 0;
    world_point("mask", PC);
    here->masked = true;
    return 1;
}

void world_interrupts_restore(uint64_t state)
{
    if (state == 0)
        return;
    here->masked = false;
    world_point("unmask", PC);
}

void world_interrupts_wait(void)
{
    here->waits = true;
    explore_trace("wait", PC);
    begin_others();
    let_others_run();
    here->waits = false;
    take_interrupt();
    here->masked = true;
}

void world_cpu_relax(void)
{
    explore_trace("spin", PC);
    here->spins = true;
    let_others_run();
    here->spins = false;
    here->changes_seen = changes;
    if (!here->masked && (here->timer_comes || pending_kinds(here) != 0))
        take_interrupt();
}

void arch_cpu_interrupt(const struct cpu *cpu, bool stop)
{
    HOLDS(!stop);
    world_point("interrupt", PC);
    machine[cpu->number].pending |= KIND_CALL;
}

void world_raise_line(unsigned line)
{
    pending_line = line;
    here->pending |= KIND_LINE;
}

bool world_line_is_masked(void)
{
    return line_masked;
}

static void set_masked(unsigned line, bool masked)
{
    line_masked = line == pending_line && masked;
}

/* The lock that is held now is that of lines. Who waits for it looks, without it, whether it holds it itself. */
static int set_cpu(unsigned line, const struct cpu *cpu)
{
    const struct lock *lock = thread_this()->newest_lock;
    access_allow_race(&lock->thread, sizeof(lock->thread));
    access_allow_race(&lock->holder, sizeof(lock->holder));
    (void)line, (void)cpu;
    return 0;
}

void arch_timer_set(uint64_t ticks)
{
    HOLDS(here->masked);
    here->timer_ns = ticks;
}

uint64_t clock_to_ticks(uint64_t ns)
{
    return ns;
}

uint64_t clock_ns(void)
{
    return now_ns;
}

/* == Threads ======================================================================================================= */

static void enter(void)
{
    struct fiber *fiber = fiber_of(here->cpu->thread);
    fiber->function(fiber->argument);
}

void arch_thread_init(struct thread *thread, void (*function)(void *argument), void *argument)
{
    struct fiber *fiber = fiber_of(thread);
    fiber->thread = thread;
    fiber->function = function;
    fiber->argument = argument;
    fiber->frame = (char *)thread->sp;
    getcontext(&fiber->context);
    fiber->context.uc_stack = (stack_t){.ss_sp = fiber->stack, .ss_size = fiber->frame - fiber->stack};
    makecontext(&fiber->context, enter, 0);
}

void arch_thread_switch(struct thread *from, struct thread *to)
{
    HOLDS(here->masked && here->cpu->thread == from && to->cpu == here->cpu);
    HOLDS(to->only_cpu == NULL || to->only_cpu == here->cpu);
    for (unsigned i = 0; i < cpu_count; i++)
        HOLDS(cpus[i]->thread != to);
    access_write(&here->cpu->thread, PC);
    here->cpu->thread = to;
    change_fiber(fiber_of(from), fiber_of(to));
}

static int thread_main(void *number)
{
    unsigned i = (uintptr_t)number;
    begin_others();
    threads[i].function(threads[i].argument);
    threads[i].function = NULL;
    ended_count++;
    return 0;
}

struct thread *world_thread(const char *name, void (*function)(void *argument), void *argument, struct cpu *only_cpu)
{
    unsigned number = started_count++;
    struct thread *thread = thread_create(name, thread_main, (void *)(uintptr_t)number, THREAD_DETACHED);
    threads[number] = (__typeof__(threads[0])){thread, function, argument};
    thread_set_cpu(thread, only_cpu);
    thread_start(thread);
    return thread;
}

void *vrange_alloc_stack(void)
{
    HOLDS(stack_count < WORLD_THREADS_MAX);
    return fibers[WORLD_CPUS_MAX + stack_count++].stack;
}

void vrange_free_stack(void *stack)
{
    explore_fail("vrange_free_stack(%p): they stay in the cache", stack);
}

/* == A run ========================================================================================================= */

static char copies[WORLD_CPUS_MAX][4096];

static void begin_state(void)
{
    static char *first_state;
    size_t size = kernel_state_end - kernel_state_start, per_cpu_size = per_cpu_end - per_cpu_start;
    if (first_state == NULL)
        first_state = memcpy(malloc(size), kernel_state_start, size);
    memcpy(kernel_state_start, first_state, size);
    HOLDS(per_cpu_size <= sizeof(copies[0]));
    for (unsigned i = 0; i < WORLD_CPUS_MAX; i++)
        memcpy(copies[i], per_cpu_start, per_cpu_size);
}

static void idle_main(void *unused)
{
    (void)unused;
    thread_idle();
}

static void begin_cpu(unsigned number)
{
    static struct cpu others[WORLD_CPUS_MAX];
    struct cpu *cpu = number == 0 ? &boot_cpu : &others[number];
    struct thread *idle = &cpu->idle;
    *cpu = (struct cpu){.number = number, .thread = idle};
    cpu->per_cpu_offset = number == 0 ? 0 : copies[number] - per_cpu_start;
    cpus[number] = cpu;
    *idle = (struct thread){.stack_va = (uintptr_t)fibers[number].stack, .cpu = cpu, .only_cpu = cpu};
    idle->sp = idle->stack_va + STACK_SIZE;
    snprintf(idle->name, sizeof(idle->name), "idle %u", number);
    arch_thread_init(idle, idle_main, NULL);
    machine[number] = (struct machine_cpu){.cpu = cpu, .masked = true, .timer_ns = NEVER};
}

void world_run(const struct scenario *next)
{
    static const struct interrupt_controller controller = {"line", 1, set_masked, set_cpu};
    cpu_count = next->cpus;
    boot_thread.newer = boot_thread.older = &boot_thread;
    started_count = ended_count = stack_count = changes = steps = 0;
    now_ns = 0;
    choosing = line_masked = false;
    here = machine;
    begin_state();
    for (unsigned i = 0; i < cpu_count; i++)
        begin_cpu(i);
    interrupt_set_controller(&controller);
    next->begin();
    scenario = next;
    access_begin(true);
    volatile bool ended = false;
    getcontext(&explorer);
    if (!ended) {
        ended = true;
        setcontext(&fibers[0].context);
    }
    scenario = NULL;
    access_begin(false);
}
