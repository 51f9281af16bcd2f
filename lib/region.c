/* SPDX-License-Identifier: 0BSD */
/*
 * Lists of address ranges. replace() alone makes a list longer and keeps it sorted, disjoint and merged; which kind
 * wins is region_add()'s.
 */
#include <ossa/errno.h>
#include <ossa/region.h>
#include <ossa/string.h>
#include <stdbool.h>

/* Gives all of [start, end) this kind: takes out what overlaps or touches it, puts back what of that goes beyond it. */
static int replace(struct region_list *list, uint64_t start, uint64_t end, unsigned kind)
{
    struct region *first = list->regions, *last, *list_end = first + list->count;
    while (first < list_end && first->end < start)
        first++;
    for (last = first; last < list_end && last->start <= end;)
        last++;
    struct region middle = {start, end, kind}, below = middle, above = middle;
    if (first < last)
        below = *first, above = last[-1];
    if (below.kind == kind && below.start < start)
        middle.start = below.start;
    if (above.kind == kind && above.end > end)
        middle.end = above.end;

    bool keep_below = below.start<middle.start, keep_above = above.end> middle.end;
    size_t out = last - first, in = 1 + keep_below + keep_above;
    if (in > out && list->count + in - out > list->count_max)
        return -ENOSPC;
    if (last < list_end)
        memmove(first + in, last, (list_end - last) * sizeof(*last));
    if (keep_below)
        *first++ = (struct region){below.start, start, below.kind};
    *first++ = middle;
    if (keep_above)
        *first = (struct region){end, above.end, above.kind};
    list->count += in - out;
    return 0;
}

/* The higher kinds in [start, end) stay; whatever lies between them is replaced. */
int region_add(struct region_list *list, uint64_t start, uint64_t end, unsigned kind)
{
    if (start >= end)
        return -EINVAL;
    while (start < end) {
        const struct region *higher = list->regions, *list_end = higher + list->count;
        while (higher < list_end && (higher->end <= start || higher->kind <= kind))
            higher++;
        bool limits = higher < list_end && higher->start < end;
        uint64_t stop = limits ? higher->start : end, next = limits ? higher->end : end;
        int error = start < stop ? replace(list, start, stop, kind) : 0;
        if (error < 0)
            return error;
        start = next;
    }
    return 0;
}

void region_trim(struct region_list *list, unsigned kind, uint64_t unit)
{
    struct region *kept = list->regions, *list_end = kept + list->count;
    for (const struct region *region = kept; region < list_end; region++) {
        uint64_t start = region->start, end = region->end, gap = -start & (unit - 1);
        if (region->kind == kind) {
            end &= -unit;
            if (end <= start || end - start <= gap)
                continue;
            start += gap;
        }
        *kept++ = (struct region){start, end, region->kind};
    }
    list->count = kept - list->regions;
}

uint64_t region_bytes(const struct region_list *list, unsigned kind, uint64_t start, uint64_t end)
{
    uint64_t bytes = 0;
    for (const struct region *region = list->regions; region < list->regions + list->count; region++) {
        uint64_t low = region->start > start ? region->start : start, high = region->end < end ? region->end : end;
        if (region->kind == kind && low < high)
            bytes += high - low;
    }
    return bytes;
}
