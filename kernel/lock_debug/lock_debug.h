/* SPDX-License-Identifier: 0BSD */
/*
 * What the tests of kernel/lock_debug/ change beside its bounds and its clock.
 */
#pragma once

#include "graph.h"

/* Where orders are noted now; and whether it has been said that there was no room for one. */
extern struct lock_graph *lock_debug_graph;
extern atomic_uint lock_debug_is_full;
