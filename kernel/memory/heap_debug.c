/* SPDX-License-Identifier: 0BSD */
/*
 * Owns, under CONFIG_MEMORY_DEBUG, what surrounds objects (a header and red zones), what fills free slots, and the
 * account of each allocation site. Nothing here changes what the heap gives out.
 */
#include "heap_parts.h"
#include <ossa/log.h>
#include <ossa/string.h>

#define POISON       0x6b /* eight of them are no address on any architecture */
#define RED          0xbd
#define RED_ZONE_MIN 16
#define SITES        512

/* Site 0 takes those for which there is no room. */
struct site {
    uint32_t pc; /* from KERNEL_VA */
    uint64_t objects, bytes, calls;
    uint64_t log_pass;
};
static struct site sites[SITES];

static bool is_filled(const void *start, uint8_t byte, size_t size_bytes)
{
    const uint8_t *bytes = start;
    return size_bytes == 0 || (bytes[0] == byte && memcmp(bytes, bytes + 1, size_bytes - 1) == 0);
}

/* == Slots ========================================================================================================= */

static size_t object_offset(size_t alignment)
{
    size_t header = sizeof(struct heap_header);
    return (header + alignment - 1) & -alignment;
}

size_t heap_debug_room(size_t alignment, size_t size_bytes)
{
    return object_offset(alignment) + size_bytes + RED_ZONE_MIN;
}

static uint32_t header_check(const struct heap_header *slot)
{
    uint64_t sum = (uintptr_t)slot ^ (uint64_t)slot->allocated_by << 32 ^ slot->size_bytes ^ slot->offset_bytes << 16;
    return sum * 0x9e3779b97f4a7c15 >> 32;
}

/* Red zones: from red_zone to the object, and from its end to the slot's. */
static bool red_zones_are_whole(const struct heap_header *slot, size_t slot_bytes, bool before)
{
    const uint8_t *start = (const uint8_t *)slot;
    size_t front = offsetof(struct heap_header, red_zone), end = slot->offset_bytes + slot->size_bytes;
    if (before)
        return is_filled(start + front, RED, slot->offset_bytes - front);
    return is_filled(start + end, RED, slot_bytes - end);
}

static void *dress(struct heap_header *slot, size_t slot_bytes, size_t offset_bytes, size_t size_bytes, uint32_t site)
{
    uint8_t *start = (uint8_t *)slot;
    size_t end = offset_bytes + size_bytes;
    slot->allocated_by = site;
    slot->freed_by = 0;
    slot->size_bytes = size_bytes;
    slot->offset_bytes = offset_bytes;
    slot->check = header_check(slot);
    memset(slot->red_zone, RED, offset_bytes - offsetof(struct heap_header, red_zone));
    memset(start + end, RED, slot_bytes - end);
    return start + offset_bytes;
}

void *heap_debug_dress(struct heap_header *slot, size_t slot_bytes, size_t alignment, size_t size_bytes,
                       const void *caller)
{
    uint32_t site = heap_debug_site(caller);
    heap_debug_account(site, 1, slot_bytes);
    return dress(slot, slot_bytes, object_offset(alignment), size_bytes, site);
}

bool heap_debug_redress(struct heap_header *slot, size_t slot_bytes, size_t size_bytes, const void *caller)
{
    uint32_t site = heap_debug_site(caller);
    if (slot->offset_bytes + size_bytes + RED_ZONE_MIN > slot_bytes)
        return false;
    heap_debug_account(slot->allocated_by, -1, -slot_bytes);
    heap_debug_account(site, 1, slot_bytes);
    dress(slot, slot_bytes, slot->offset_bytes, size_bytes, site);
    return true;
}

void heap_debug_check(const struct heap_header *slot, size_t slot_bytes, const void *object)
{
    bool whole = slot->check == header_check(slot) && slot->offset_bytes + slot->size_bytes <= slot_bytes;
    if (whole && (const uint8_t *)object != (const uint8_t *)slot + slot->offset_bytes)
        heap_refuse(object, "lies inside an object of the heap", slot->allocated_by, 0);
    if (!whole || !red_zones_are_whole(slot, slot_bytes, true))
        heap_refuse(object, "was written to before its start", slot->allocated_by, 0);
    if (!red_zones_are_whole(slot, slot_bytes, false))
        heap_refuse(object, "was written to past its end", slot->allocated_by, 0);
}

void heap_debug_undress(struct heap_header *slot, size_t slot_bytes, const void *caller)
{
    heap_debug_account(slot->allocated_by, -1, -slot_bytes);
    slot->freed_by = heap_debug_site(caller);
    heap_debug_poison(slot, slot_bytes);
}

void heap_debug_poison(struct heap_header *slot, size_t slot_bytes)
{
    memset(slot + 1, POISON, slot_bytes - sizeof(*slot));
}

bool heap_debug_is_poisoned(const struct heap_header *slot, size_t slot_bytes)
{
    return is_filled(slot + 1, POISON, slot_bytes - sizeof(*slot));
}

/* == Blocks of pages: at most one page of red zone ================================================================= */

static size_t tail_bytes(size_t size_bytes, size_t block_bytes)
{
    return block_bytes - size_bytes < PAGE_SIZE ? block_bytes - size_bytes : PAGE_SIZE;
}

void heap_debug_dress_tail(void *block, size_t size_bytes, size_t block_bytes)
{
    memset((uint8_t *)block + size_bytes, RED, tail_bytes(size_bytes, block_bytes));
}

bool heap_debug_tail_is_whole(const void *block, size_t size_bytes, size_t block_bytes)
{
    return is_filled((const uint8_t *)block + size_bytes, RED, tail_bytes(size_bytes, block_bytes));
}

/* == Sites ========================================================================================================= */

uint32_t heap_debug_site(const void *caller)
{
    return (uintptr_t)caller - KERNEL_VA;
}

/* By open addressing; sites[0] if there is no room. */
static struct site *site_find(uint32_t pc)
{
    uint32_t first = pc * 0x9e3779b1u >> 16;
    for (unsigned i = 0; i < SITES; i++) {
        struct site *site = &sites[(first + i) % SITES];
        if (site == sites)
            continue;
        if (site->pc == 0)
            site->pc = pc;
        if (site->pc == pc)
            return site;
    }
    return sites;
}

void heap_debug_account(uint32_t pc, int64_t objects, int64_t bytes)
{
    GUARD(spinlock, &heap_lock);
    struct site *site = site_find(pc);
    site->objects += objects;
    site->bytes += bytes;
    site->calls += objects > 0;
}

/* The site with the most bytes that this pass has not logged yet. */
static bool site_take_largest(uint64_t pass, struct site *largest)
{
    GUARD(spinlock, &heap_lock);
    struct site *found = NULL;
    for (unsigned i = 0; i < SITES; i++)
        if (sites[i].objects > 0 && sites[i].log_pass < pass && (found == NULL || sites[i].bytes > found->bytes))
            found = &sites[i];
    if (found == NULL)
        return false;
    found->log_pass = pass;
    *largest = *found;
    return true;
}

void heap_log_sites(void)
{
    static _Atomic uint64_t passes;
    uint64_t pass = ++passes;
    struct site site;
    while (site_take_largest(pass, &site))
        log_info("heap: %lu bytes in %lu objects, %lu calls, by %pS", site.bytes, site.objects, site.calls,
                 (void *)(KERNEL_VA + site.pc));
}
