/* SPDX-License-Identifier: 0BSD */
/*
 * GUARD(graph): to the end of the scope orders are noted in an empty graph, so that a test's orders count for nobody
 * else.
 */
#pragma once

#include "../../../kernel/lock_debug/lock_debug.h"
#include <ossa/guard.h>
#include <ossa/string.h>

struct graph_guard {
    struct lock_graph *graph;
};

static inline struct graph_guard graph_guard_take(void)
{
    static struct lock_graph graph;
    struct graph_guard guard = {lock_debug_graph};
    memset(&graph, 0, sizeof(graph));
    lock_debug_graph = &graph;
    lock_debug_is_full = 0;
    return guard;
}

static inline void graph_guard_release(struct graph_guard *guard)
{
    lock_debug_graph = guard->graph;
    lock_debug_is_full = 0;
}
