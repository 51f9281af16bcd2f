/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel/lock_debug/ goes by. Only its tests change it.
 */
#pragma once

#include "graph.h"

/* What time is: clock_ns(), or NULL as long as there is none. What is too long; 0: nothing. */
extern uint64_t (*lock_debug_clock)(void);
extern uint64_t lock_debug_wait_ns, lock_debug_held_ns;

/* Where orders are noted; and whether it has been said that there was no room for one. */
extern struct lock_graph *lock_debug_graph;
extern atomic_uint lock_debug_is_full;
