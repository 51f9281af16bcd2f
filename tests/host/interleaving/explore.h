/* SPDX-License-Identifier: 0BSD */
/*
 * The explorer of interleavings. The kernel's own files run on virtual CPUs, and one thread of the host is all of them
 * in turn. Its parts:
 *
 *   explore.c   which choice comes next: every schedule with at most so many preemptions, random ones, one again
 *   world.c     the machine: CPUs, threads' stacks, interrupts, time; what there is to choose at a point
 *   access.c    what the compiler calls for each access to memory (-fsanitize=thread, without its library): an atomic
 *               one is a point; a plain one that another CPU's is not ordered with is a failure
 *   scheduler.c the kernel's, and its invariants;  kernel.c: the rest of the kernel
 *
 * A scenario begins anew for each schedule, so all that it knows is set in its begin().
 */
#pragma once

#include <ossa/thread.h>

#define WORLD_CPUS_MAX    3
#define WORLD_THREADS_MAX 6

struct scenario {
    const char *name;
    unsigned cpus;        /* at most WORLD_CPUS_MAX */
    unsigned preemptions; /* at most so many in a schedule; OSSA_DEPTH in the environment adds to it */
    void (*begin)(void);  /* starts threads, on the first CPU, before anything runs */
    void (*step)(void);   /* what must hold at every point; or NULL */
    void (*end)(void);    /* when all threads have ended and all CPUs are idle; or NULL */
};

/* Runs the schedules, prints how many, and what failed with the command that repeats it. Whether all was well. */
bool explore(const struct scenario *scenario, uint64_t seed);

/* One of `count` ways to go on. The first is what happens if nobody interferes, the others but the first `uncoerced`
 * cost a preemption. */
unsigned explore_choose(unsigned count, unsigned uncoerced);

/* This schedule has failed: never returns. */
_Noreturn void explore_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define HOLDS(condition) ((condition) ? (void)0 : explore_fail("%s:%d: %s", __FILE__, __LINE__, #condition))

/* For who follows a schedule that is repeated: this CPU is about to do something at pc. */
void explore_trace(const char *what, const void *pc);

/* Function, file and line of a pc, until the next call. */
const char *explore_where(const void *pc);

/* Of functions that look at everything without a lock: those accesses are nobody's. */
#define UNSEEN __attribute__((no_sanitize("thread")))

/* == The machine =================================================================================================== */

/* A thread for begin(), which a scenario may tie to a CPU. It is started, in this order the first CPUs'. */
struct thread *world_thread(const char *name, void (*function)(void *argument), void *argument, struct cpu *only_cpu);

/* The line interrupts this CPU, once, now or later. */
void world_raise_line(unsigned line);
bool world_line_is_masked(void);

/* Who runs now: the number of the CPU. */
unsigned world_cpu(void);

/* A scenario's run, to its end or explore_fail(). */
void world_run(const struct scenario *scenario);
_Noreturn void world_leave(void);

/* This CPU is about to do what others can see. */
void world_point(const char *what, const void *pc);

/* Others can see a change: who spins looks again. */
void world_changed(void);

/* Whether this thread may use the address: not what lies in a frame that another has left. */
bool world_is_alive(const void *address);

/* scheduler.c: the invariants of run queues, and what holds beside them when all is quiet. How many ticks are started
 * then. */
void world_check_queues(void);
void world_check_waiting(const struct cpu *cpu); /* while nothing happens */
unsigned world_check_quiet(void);

/* state.ld: the kernel's variables. */
extern char kernel_state_start[], kernel_state_end[];

/* == Accesses ====================================================================================================== */

void access_begin(bool checked);
void access_write(const void *address, const void *pc);

/* Others may read or write this while it changes: each place says why. */
void access_allow_race(const void *address, size_t size_bytes);
