/* SPDX-License-Identifier: 0BSD */
/*
 * Between the files of kernel/thread/: what threads and wait queues ask of the scheduler, and the one thing that it
 * asks of them. All with interrupts masked, but for scheduler_start() and scheduler_wake().
 */
#pragma once

#include <ossa/thread.h>

/* Makes a new thread ready, on the CPU with the least to do. */
void scheduler_start(struct thread *thread);

/* Makes a thread ready that waits, or that has said that it is about to. By whoever has taken it out of its queue. */
void scheduler_wake(struct thread *thread);

/* Lets others run if the running thread's state is THREAD_WAITING, until it has been woken; not at all if it has. */
void scheduler_block(void);

/* The running thread is never run again. */
_Noreturn void scheduler_end(void);

/* The first thing that a thread does. */
void scheduler_begin(void);

/* Makes a thread ready that waits here for its idle thread's turn: for thread_init(). */
void scheduler_init(void);

/* thread.c's, on the stack of the thread that runs next: nothing runs on this one's stack any more. */
void thread_bury(struct thread *thread);

/* Adds a thread to the list of all, and gives it its thread-local variables at `locals`. */
void thread_add(struct thread *thread, void *locals);
