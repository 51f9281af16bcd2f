/* SPDX-License-Identifier: 0BSD */
/*
 * Threads (kernel/thread/): kernel functions that run beside each other, each on a guarded stack of its own, on any
 * CPU. They take turns: the timer interrupts one that computes when another is ready on its CPU. Who waits sleeps
 * (wait_queue.h, mutex.h, semaphore.h). How a thread ended is told to who joins it, a panic too:
 *
 *     struct thread *thread = thread_create("driver", driver_main, device, 0);
 *     thread_start(thread);
 *     struct thread_end end;
 *     thread_join(thread, &end);
 *     if (end.panicked)
 *         log_warn("the driver is gone: %s", end.record.reason);
 *
 * The boot thread (cpu.h) is one of them, which stays on the boot CPU unless thread_set_cpu() says otherwise, and each
 * CPU's idle thread.
 */
#pragma once

#include <ossa/clock.h>
#include <ossa/cpu.h>
#include <ossa/panic.h>

/* == A thread's life =============================================================================================== */

enum thread_flags {
    THREAD_DETACHED = 1 << 0, /* nobody joins it */
    THREAD_NO_CATCH = 1 << 1, /* its panics are fatal */
};

/*
 * A thread that will run function(argument), with interrupts enabled, once it is started. NULL if there is no memory.
 * `name` is copied. A panic in it that may be caught (catch.h) ends the thread alone: its stack is unwound and whatever
 * guards held is given back. That is decided here: not with THREAD_NO_CATCH, nor with THREAD_DETACHED if
 * `panic_thread=` on the command line says `fatal` (else `kill`: the thread is gone, with a message). Not from an
 * interrupt handler.
 */
extern bool thread_detached_fatal; /* what panic_thread= says */
struct thread *thread_create(const char *name, int (*function)(void *argument), void *argument, unsigned flags);

/* Lets a new thread run: at once or later, here or on the CPU with the least to do. Once. Any context but NMI. A
 * detached thread is gone from now on. */
void thread_start(struct thread *thread);

struct thread_end {
    bool panicked;
    int value;                  /* that its function returned, if it has not panicked */
    struct panic_record record; /* if it has */
};

/* Waits for the end of a thread that has been started, and frees it. Each thread that is not detached is joined once.
 * *end may be NULL. May sleep. */
void thread_join(struct thread *thread, struct thread_end *end);

/* The same until clock_ns() has reached deadline_ns. 0, or -ETIMEDOUT: it is still to be joined. */
int thread_join_until(struct thread *thread, struct thread_end *end, uint64_t deadline_ns);

/* Nobody will join it: it is freed at its end, or now. Whether its panics are caught does not change. */
void thread_detach(struct thread *thread);

/* Ends the running thread at any depth, as if its function had returned `value`. Runs no cleanup: what it holds by
 * guards or owns stays so, so prefer returning. Panics if it holds a lock, or is the boot thread. */
_Noreturn void thread_exit(int value);

/* == The running thread ============================================================================================ */

/* Lets the others that are ready on this CPU run first. Any context that may sleep. */
void thread_yield(void);

/* Waits until clock_ns() has reached deadline_ns, or for that long. May sleep. */
void thread_sleep_until(uint64_t deadline_ns);
void thread_sleep_ns(uint64_t duration_ns);

/* That CPU alone may run the thread, which is a new one or the running one, from now on; NULL: any. When it returns the
 * running thread is there. May sleep. */
void thread_set_cpu(struct thread *thread, struct cpu *cpu);

/* Panics, with `what` in its words, where the running thread must not sleep: in an interrupt handler, with interrupts
 * masked, thus with a spinlock held too. For functions that may sleep, at their start. */
void thread_check_sleep(const struct panic_place *place, const char *what);

/* == Thread-local variables ======================================================================================== */

/*
 * `static int depth THREAD_LOCAL = 1;` is a first value, read-only: each thread has a variable of its own, with that
 * value at first, at MY_THREAD(depth), as a pointer, and at ITS_THREAD(thread, depth). From thread_init() on.
 */
#define THREAD_LOCAL __attribute__((section(".data.thread_local")))
extern char thread_local_start[], thread_local_end[]; /* multiples of 16 */
#define ITS_THREAD(its_thread, variable) \
    ((__typeof__(variable) *)((uintptr_t) & (variable) + (uint64_t)(its_thread)->local_offset))
#define MY_THREAD(variable) ITS_THREAD(thread_this(), variable)

/* == For monitors, watchdogs and panics ============================================================================ */

/* Calls visit(thread, argument) for every thread, oldest first, until it returns false. Threads neither come nor go
 * meanwhile: it must not sleep, nor create, join or wake any. Not in a panic. */
void thread_visit_all(bool (*visit)(struct thread *thread, void *argument), void *argument);

/*
 * Backtrace of a thread that does not run: where it goes on, then return addresses, newest first, at most max. Returns
 * how many: 0 if it runs. What has begun to run meanwhile gives wrong addresses and does no harm, if the thread is kept
 * from going: by thread_visit_all(), or because it is the caller's to join.
 */
size_t thread_read_calls(const struct thread *thread, uint64_t *calls, size_t max);

/* Threads that are ready on this CPU, in this moment, and wait for their turn. Interrupts are masked. */
unsigned thread_count_ready(void);

/* Threads that there are, and stacks that have been left by others and wait for new ones: STACK_SIZE bytes each,
 * which page_free_bytes() does not count. thread_trim() frees them. May sleep. */
unsigned thread_count(void);
unsigned thread_stacks_cached(void);
void thread_trim(void);
