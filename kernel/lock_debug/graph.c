/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the graph of lock orders. Who adds has it alone; who only asks whether an edge is known need not, for names and
 * bits never change back. Invariant: the graph has no cycle.
 */
#include "graph.h"

#define HASH_FACTOR 0x9e3779b97f4a7c15 /* 2^64 divided by the golden ratio */

/* The class of that name, or the free one that would become it; LOCK_CLASSES if there is neither. */
static unsigned find_class(const struct lock_graph *graph, const char *name)
{
    unsigned first = (uintptr_t)name * HASH_FACTOR >> (64 - LOCK_CLASS_SHIFT);
    for (unsigned i = 0; i < LOCK_CLASSES; i++) {
        unsigned class = (first + i) % LOCK_CLASSES;
        const char *found = atomic_load_explicit(&graph->names[class], memory_order_relaxed);
        if (found == name || found == NULL)
            return class;
    }
    return LOCK_CLASSES;
}

static bool has_edge(const struct lock_graph *graph, unsigned from, unsigned to)
{
    return atomic_load_explicit(&graph->edges_from[from][to / 64], memory_order_relaxed) >> to % 64 & 1;
}

bool lock_graph_knows(const struct lock_graph *graph, const char *held, const char *wanted)
{
    unsigned from = find_class(graph, held), to = find_class(graph, wanted);
    return from < LOCK_CLASSES && to < LOCK_CLASSES && has_edge(graph, from, to);
}

static const struct lock_edge *find_edge(const struct lock_graph *graph, unsigned from, unsigned to)
{
    const struct lock_edge *edge = graph->edges;
    while (edge->from != from || edge->to != to)
        edge++;
    return edge;
}

/* Breadth first, so that the way is a shortest one: next[c] is where it goes on from c. */
static bool find_way(const struct lock_graph *graph, unsigned from, unsigned to, uint8_t next[LOCK_CLASSES])
{
    uint8_t queue[LOCK_CLASSES] = {to};
    bool seen[LOCK_CLASSES] = {false};
    unsigned end = 1;
    seen[to] = true;
    for (unsigned at = 0; at < end && !seen[from]; at++) {
        for (unsigned class = 0; class < LOCK_CLASSES; class ++) {
            if (seen[class] || !has_edge(graph, class, queue[at]))
                continue;
            seen[class] = true;
            next[class] = queue[at];
            queue[end++] = class;
        }
    }
    return seen[from];
}

static bool find_cycle(const struct lock_graph *graph, unsigned held, unsigned wanted, struct lock_cycle *cycle)
{
    uint8_t next[LOCK_CLASSES];
    cycle->edge_count = 0;
    if (!find_way(graph, wanted, held, next))
        return false;
    for (unsigned class = wanted; class != held; class = next[class]) {
        if (cycle->edge_count < LOCK_CYCLE_EDGES)
            cycle->edges[cycle->edge_count] = find_edge(graph, class, next[class]);
        cycle->edge_count++;
    }
    return true;
}

/* LOCK_CLASSES if there is no room. */
static unsigned add_class(struct lock_graph *graph, const char *name)
{
    unsigned class = find_class(graph, name);
    if (class < LOCK_CLASSES)
        atomic_store_explicit(&graph->names[class], name, memory_order_relaxed);
    return class;
}

enum lock_graph_result lock_graph_add(struct lock_graph *graph, const char *held, const struct panic_place *held_place,
                                      const char *wanted, const struct panic_place *wanted_place,
                                      struct lock_cycle *cycle)
{
    unsigned from = add_class(graph, held), to = add_class(graph, wanted);
    if (from == LOCK_CLASSES || to == LOCK_CLASSES)
        return LOCK_GRAPH_FULL;
    if (find_cycle(graph, from, to, cycle))
        return LOCK_GRAPH_CYCLE;
    if (has_edge(graph, from, to))
        return LOCK_GRAPH_ADDED;
    if (graph->edge_count == LOCK_EDGES)
        return LOCK_GRAPH_FULL;
    graph->edges[graph->edge_count++] = (struct lock_edge){from, to, held_place, wanted_place};
    atomic_fetch_or_explicit(&graph->edges_from[from][to / 64], 1ul << to % 64, memory_order_relaxed);
    return LOCK_GRAPH_ADDED;
}
