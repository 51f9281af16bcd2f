/* SPDX-License-Identifier: 0BSD */
/*
 * A queue of timers by deadline, equal ones in the order of adding: a pairing heap (Fredman, Sedgewick, Sleator and
 * Tarjan, "The pairing heap", 1986) through the timers' own links. No locks: timer.c has them.
 */
#pragma once

#include <ossa/timer.h>

struct timer_queue {
    struct timer *first; /* the earliest; NULL: none */
    uint64_t added;      /* timers ever */
    unsigned count;
};

void timer_queue_add(struct timer_queue *queue, struct timer *timer);
void timer_queue_remove(struct timer_queue *queue, struct timer *timer);
