/* SPDX-License-Identifier: 0BSD */
/*
 * The graph of lock orders: an edge from one class of locks to another says that a lock of the latter was taken while
 * one of the former was held. A class is a name, by its pointer. Of fixed size, zero at first; nothing is ever removed.
 */
#pragma once

#include <ossa/panic.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LOCK_CLASS_SHIFT 7
#define LOCK_CLASSES     (1 << LOCK_CLASS_SHIFT)
#define LOCK_EDGES       512
#define LOCK_CYCLE_EDGES 8

struct lock_edge {
    uint8_t from, to;                      /* classes */
    const struct panic_place *held_place;  /* where the lock of `from` had been taken */
    const struct panic_place *taken_place; /* where that of `to` was then taken */
};

struct lock_graph {
    _Atomic(const char *) names[LOCK_CLASSES]; /* hashed by pointer; NULL: no class */
    _Atomic uint64_t edges_from[LOCK_CLASSES][LOCK_CLASSES / 64];
    unsigned edge_count;
    struct lock_edge edges[LOCK_EDGES];
};

/* The shortest way back, from the class that is wanted to the one that is held. */
struct lock_cycle {
    unsigned edge_count;
    const struct lock_edge *edges[LOCK_CYCLE_EDGES]; /* the first of them */
};

enum lock_graph_result { LOCK_GRAPH_ADDED, LOCK_GRAPH_FULL, LOCK_GRAPH_CYCLE };

/* Whether the edge from `held` to `wanted`, both names of classes, is there. At any time. */
bool lock_graph_knows(const struct lock_graph *graph, const char *held, const char *wanted);

/* Adds that edge between two different classes, unless it closes a cycle, which is then in *cycle, or there is no room.
 * One caller at a time. */
enum lock_graph_result lock_graph_add(struct lock_graph *graph, const char *held, const struct panic_place *held_place,
                                      const char *wanted, const struct panic_place *wanted_place,
                                      struct lock_cycle *cycle);
