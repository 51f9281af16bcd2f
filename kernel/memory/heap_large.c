/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the heap's objects that fit into no slot: blocks of pages, marked in their first struct page, whose `previous`
 * holds the size that was asked for and `next`, under CONFIG_MEMORY_DEBUG, the site; and virtual ranges, each with a
 * record in a slot.
 */
#include "heap_parts.h"
#include <ossa/string.h>
#include <ossa/vrange.h>

#define LARGE     0xff /* slab_page of such a block */
#define BLOCK_MAX ((size_t)PAGE_SIZE << PAGE_ORDER_MAX)

struct heap_range {
    struct heap_range *next;
    void *va;
    size_t size_bytes;
    uint32_t site;
};
_Static_assert(sizeof(struct heap_range) <= HEAP_RECORD_BYTES, "its record");

static struct heap_range *ranges;
static struct heap_usage held; /* a range's object is counted as its record, in the record's slab */

static unsigned order_of(size_t size_bytes)
{
    unsigned order = 0;
    while ((size_t)PAGE_SIZE << order < size_bytes)
        order++;
    return order;
}

size_t heap_large_round(size_t size_bytes)
{
    if (size_bytes <= BLOCK_MAX)
        return (size_t)PAGE_SIZE << order_of(size_bytes);
    return (size_bytes + PAGE_SIZE - 1) & -(size_t)PAGE_SIZE;
}

static void count(int64_t objects, int64_t bytes, int64_t pages)
{
    GUARD(spinlock, &heap_lock);
    held.objects += objects;
    held.bytes += bytes;
    held.pages += pages;
}

/* == Blocks of pages =============================================================================================== */

static struct page *block_find(const void *object)
{
    struct page *page = page_find(object);
    bool is_block = page != NULL && page->state == PAGE_ALLOCATED && page->slab_page == LARGE;
    return is_block && (uintptr_t)object % PAGE_SIZE == 0 ? page : NULL;
}

static void block_dress(void *block, size_t size_bytes, const void *caller)
{
    struct page *page = page_of(block);
    size_t block_bytes = (size_t)PAGE_SIZE << page->order;
    page->previous = size_bytes;
    if (CONFIG_MEMORY_DEBUG) {
        page->next = heap_debug_site(caller);
        heap_debug_account(page->next, 1, block_bytes);
        heap_debug_dress_tail(block, size_bytes, block_bytes);
    }
    kasan_unpoison_object(block, size_bytes, block_bytes);
}

static void block_undress(void *block, struct page *page)
{
    size_t block_bytes = (size_t)PAGE_SIZE << page->order;
    if (!CONFIG_MEMORY_DEBUG)
        return;
    if (!heap_debug_tail_is_whole(block, page->previous, block_bytes))
        heap_refuse(block, "was written to past its end", page->next, 0);
    heap_debug_account(page->next, -1, -block_bytes);
}

static void *block_alloc(unsigned order, size_t size_bytes, bool zeroed, const void *caller)
{
    void *block = heap_take_pages(order, zeroed);
    if (block == NULL)
        return NULL;
    page_of(block)->slab_page = LARGE;
    block_dress(block, size_bytes, caller);
    count(1, PAGE_SIZE << order, 1 << order);
    return block;
}

static void block_free(void *block, struct page *page)
{
    unsigned order = page->order;
    block_undress(block, page);
    page->slab_page = 0;
    count(-1, -(int64_t)(PAGE_SIZE << order), -(int64_t)(1 << order));
    page_free(block, order);
}

/* == Ranges ======================================================================================================== */

/* Where the range of an object is linked, or the end of the list. heap_lock is held. */
static struct heap_range **range_find(const void *object)
{
    struct heap_range **link = &ranges;
    while (*link != NULL && (*link)->va != object)
        link = &(*link)->next;
    return link;
}

static void *range_alloc(size_t size_bytes, bool zeroed, const void *caller)
{
    size_t range_bytes = heap_large_round(size_bytes);
    struct heap_range *range = heap_record_alloc();
    void *va = range == NULL || range_bytes == 0 ? NULL : vrange_alloc(range_bytes);
    if (va == NULL) {
        if (range != NULL)
            heap_record_free(range);
        return NULL;
    }
    *range = (struct heap_range){.va = va, .size_bytes = size_bytes};
    if (CONFIG_MEMORY_DEBUG) {
        range->site = heap_debug_site(caller);
        heap_debug_account(range->site, 1, range_bytes);
    }
    if (zeroed)
        memset(va, 0, size_bytes);
    kasan_unpoison_object(va, size_bytes, range_bytes);
    count(0, range_bytes - HEAP_RECORD_BYTES, range_bytes >> PAGE_SHIFT);
    GUARD(spinlock, &heap_lock);
    range->next = ranges;
    ranges = range;
    return va;
}

static bool range_free(void *object)
{
    struct heap_range *range;
    {
        GUARD(spinlock, &heap_lock);
        struct heap_range **link = range_find(object);
        range = *link;
        if (range != NULL)
            *link = range->next;
    }
    if (range == NULL)
        return false;
    size_t range_bytes = heap_large_round(range->size_bytes);
    if (CONFIG_MEMORY_DEBUG)
        heap_debug_account(range->site, -1, -range_bytes);
    count(0, HEAP_RECORD_BYTES - range_bytes, -(range_bytes >> PAGE_SHIFT));
    vrange_free(object);
    heap_record_free(range);
    return true;
}

/* == Both ========================================================================================================== */

void *heap_large_alloc(size_t alignment, size_t size_bytes, bool zeroed, const void *caller)
{
    size_t span = size_bytes > alignment ? size_bytes : alignment;
    if (span <= BLOCK_MAX)
        return block_alloc(order_of(span), size_bytes, zeroed, caller);
    return alignment > PAGE_SIZE ? NULL : range_alloc(size_bytes, zeroed, caller);
}

/* Whether an address lies in a free block: only its first page says so. */
static bool is_free(const void *va)
{
    for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
        const struct page *page = page_find((const void *)((uintptr_t)va & -((uintptr_t)PAGE_SIZE << order)));
        if (page != NULL && (page->state == PAGE_CACHED || page->state == PAGE_FREE) && page->order >= order)
            return true;
    }
    return false;
}

static _Noreturn void refuse(const void *object)
{
    heap_refuse(object, is_free(object) ? "was freed before" : "is no object of the heap", 0, 0);
}

void heap_large_free(void *object)
{
    struct page *page = block_find(object);
    if (page != NULL)
        block_free(object, page);
    else if (!range_free(object))
        refuse(object);
}

size_t heap_large_size(const void *object, size_t *held_bytes)
{
    const struct page *page = block_find(object);
    if (page != NULL) {
        *held_bytes = (size_t)PAGE_SIZE << page->order;
        return page->previous;
    }
    size_t size_bytes = 0;
    {
        GUARD(spinlock, &heap_lock);
        const struct heap_range *range = *range_find(object);
        if (range != NULL)
            size_bytes = range->size_bytes;
    }
    if (size_bytes == 0)
        refuse(object);
    *held_bytes = heap_large_round(size_bytes);
    return size_bytes;
}

void heap_large_resize(void *object, size_t size_bytes, const void *caller)
{
    struct page *page = block_find(object);
    if (page != NULL) {
        block_undress(object, page);
        block_dress(object, size_bytes, caller);
        return;
    }
    kasan_unpoison_object(object, size_bytes, heap_large_round(size_bytes));
    GUARD(spinlock, &heap_lock);
    (*range_find(object))->size_bytes = size_bytes;
}

void heap_large_usage(struct heap_usage *usage)
{
    usage->objects += held.objects;
    usage->bytes += held.bytes;
    usage->pages += held.pages;
}
