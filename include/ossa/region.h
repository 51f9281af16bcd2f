/* SPDX-License-Identifier: 0BSD */
/*
 * Lists of address ranges of several kinds: sorted, disjoint, neighbours of a kind merged. Where ranges of two kinds
 * overlap the higher number wins, whatever the order in which they are added. So what region_find() has found is
 * reserved by adding it as a higher kind. Nothing is allocated: the caller gives the array. No kernel state, no locks.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define REGION_NONE UINT64_MAX

struct region {
    uint64_t start, end; /* end is exclusive, > start */
    unsigned kind;
};

struct region_list {
    struct region *regions;
    size_t count, count_max;
};

/* Enters [start, end). Returns 0; -EINVAL if it is empty; -ENOSPC if the list would be longer than count_max: then what
 * fitted of it, from its start on, is in, and all that was listed still is. */
int region_add(struct region_list *list, uint64_t start, uint64_t end, unsigned kind);

/* Rounds the regions of a kind inwards to multiples of `unit`, a power of two, and forgets those that vanish. */
void region_trim(struct region_list *list, unsigned kind, uint64_t unit);

/* Bytes of a kind in [start, end). */
uint64_t region_bytes(const struct region_list *list, unsigned kind, uint64_t start, uint64_t end);

/* The lowest `size` bytes, at a multiple of `alignment`, a power of two, of one kind in [start, end): their address, or
 * REGION_NONE. */
uint64_t region_find(const struct region_list *list, unsigned kind, uint64_t start, uint64_t end, uint64_t size,
                     uint64_t alignment);
