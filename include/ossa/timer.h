/* SPDX-License-Identifier: 0BSD */
/*
 * Timers (kernel/time/): a function at a time, once, in this CPU's timer interrupt. Each CPU has a queue of its own,
 * and its timer is set for the earliest. A timer lies in the caller's memory and in at most one queue.
 */
#pragma once

#include <ossa/clock.h>
#include <ossa/cpu.h>
#include <stdatomic.h>

struct timer {
    uint64_t deadline_ns; /* clock_ns() */
    void (*function)(struct timer *timer);
    _Atomic(struct cpu *) cpu; /* whose queue it is in; NULL: in none */
    /* kernel/time/'s: */
    _Atomic(struct cpu *) runs_on; /* whose interrupts have called the function; NULL: none yet */
    struct timer *child, *next, *previous;
    uint64_t order;
};

/* Calls timer->function(timer) as soon as clock_ns() has reached deadline_ns, not before, on this CPU, interrupts
 * masked. Of equal deadlines in the order of starting. If it is started already the new deadline replaces the old one.
 * Any context but NMI, on several CPUs at once too. The function may start the timer again; if another CPU starts it
 * while the function runs, it may run on both at a time. */
void timer_start(struct timer *timer, uint64_t deadline_ns);

/* Whether the timer was waiting; else it has run, or was never started. When it returns the timer does not wait, and
 * its function, which may have started it again, runs on no other CPU, unless a timer's function calls this. Nobody
 * else starts it meanwhile. Any context but NMI. */
bool timer_cancel(struct timer *timer);

/* For the port to call, for its timer's interrupt. */
void timer_handle(void);

/* How many timers this CPU has waiting. */
unsigned timer_count(void);
