/* SPDX-License-Identifier: 0BSD */
/*
 * Checks of locks while the kernel runs (kernel/lock_debug/): the order in which they are taken, how long they are
 * waited for and held. Locks with one name are one class. Called by the kinds of locks, if CONFIG_LOCK_DEBUG.
 */
#pragma once

#include <stdint.h>

struct lock;
struct panic_place;
struct spinlock;

/* The running thread is about to wait for the lock, without having masked interrupts for it. Panics if that may end in a
 * deadlock because of what the thread holds; not to be called for a lock that is only tried. */
void lock_debug_want(const struct lock *lock, const struct panic_place *place);

/* Waits until the lock may be free; panics if that takes too long, with `interrupts` restored. */
void lock_debug_wait(const struct spinlock *spinlock, uint64_t interrupts, const struct panic_place *place);

/* By lock_enter() and lock_leave(): the lock is held from here on; is given back. */
void lock_debug_enter(struct lock *lock);
void lock_debug_leave(const struct lock *lock);

/* What time is, and how long is too long; 0: nothing is. NULL until kernel/time/ knows: no time is looked at. */
extern uint64_t (*lock_debug_clock)(void);
extern uint64_t lock_debug_wait_ns; /* lock_wait_s= on the command line; 10 s */
extern uint64_t lock_debug_held_ns; /* lock_held_ms=; 1 s */
