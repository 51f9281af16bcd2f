/* SPDX-License-Identifier: 0BSD */
/*
 * Looks for room in a list of address ranges. Of the list's invariants it needs that ranges are sorted and disjoint.
 */
#include <ossa/region.h>

uint64_t region_find(const struct region_list *list, unsigned kind, uint64_t start, uint64_t end, uint64_t size,
                     uint64_t alignment)
{
    for (const struct region *region = list->regions; region < list->regions + list->count; region++) {
        uint64_t low = region->start > start ? region->start : start, high = region->end < end ? region->end : end;
        uint64_t gap = -low & (alignment - 1);
        if (region->kind == kind && low < high && high - low >= gap && high - low - gap >= size)
            return low + gap;
    }
    return REGION_NONE;
}
