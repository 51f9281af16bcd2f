/* SPDX-License-Identifier: 0BSD */
/*
 * Owns which pages are free and which are given out: the core keeps free blocks under one lock, each CPU's cache keeps
 * single pages before it, with interrupts masked. Where memory comes from is section.c's.
 * Invariants: a page's state is PAGE_FREE, PAGE_CACHED or PAGE_ALLOCATED if and only if a block starts there; two free
 * buddies of an order below PAGE_ORDER_MAX are merged.
 */
#include "section.h"
#include <ossa/arch.h>
#include <ossa/guard.h>
#include <ossa/kasan.h>
#include <ossa/paging.h>
#include <ossa/smp.h>
#include <ossa/spinlock.h>
#include <ossa/string.h>

#define PAGE_NONE   0 /* no page's number: physical page 0 is never given out */
#define CACHE_PAGES 64
#define CACHE_BATCH (CACHE_PAGES / 2)

#define FAST_PATH (!CONFIG_MEMORY_DEBUG && !CONFIG_KASAN)

#define POISON      0x6b6b6b6b6b6b6b6b /* free memory; no canonical address, an odd number */
#define POISON_BYTE (POISON & 0xff)
#define FRESH_BYTE  0xa5 /* memory that has been given out and not written to */

static struct {
    struct spinlock lock;
    uint32_t free[PAGE_ORDER_MAX + 1]; /* the first of each list */
    uint64_t given_pages;              /* CPUs' caches included */
} core = {.lock = CORE_SPINLOCK("page allocator")};

struct page_cache {
    uint64_t count, count_max; /* count_max is 0 while fault injection or init_on_alloc wants to see every page, and
                                  until the first page comes back to this CPU */
    uint64_t start_va, known_count; /* what section_known was when this CPU last looked: all struct pages are there */
    struct page *start_page;
    struct {
        struct page *page;
        void *va;
    } pages[CACHE_PAGES];
};

static struct page_cache page_cache PER_CPU;

/* == The core: lists of free blocks. The caller holds the lock ===================================================== */

static void list_push(uint32_t number, unsigned order)
{
    struct page *page = &page_first[number];
    page->state = PAGE_FREE;
    page->order = order;
    page->next = core.free[order];
    page->previous = PAGE_NONE;
    if (page->next != PAGE_NONE)
        page_first[page->next].previous = number;
    core.free[order] = number;
}

static void list_remove(struct page *page)
{
    page->state = PAGE_INSIDE;
    if (page->next != PAGE_NONE)
        page_first[page->next].previous = page->previous;
    if (page->previous != PAGE_NONE)
        page_first[page->previous].next = page->next;
    else
        core.free[page->order] = page->next;
}

static void put_block(uint32_t number, unsigned order)
{
    for (; order < PAGE_ORDER_MAX; order++) {
        struct page *buddy = &page_first[number ^ (1u << order)];
        if (buddy->state != PAGE_FREE || buddy->order != order)
            break;
        list_remove(buddy);
        page_first[number].state = PAGE_INSIDE;
        number &= ~(1u << order);
    }
    list_push(number, order);
}

/* A block, its first page in no state yet; PAGE_NONE if there is none. */
static uint32_t take_block(unsigned order)
{
    unsigned from = order;
    while (core.free[from] == PAGE_NONE)
        if (from++ == PAGE_ORDER_MAX)
            return PAGE_NONE;
    uint32_t number = core.free[from];
    list_remove(&page_first[number]);
    while (from-- > order)
        list_push(number + (1u << from), from);
    core.given_pages += 1ul << order;
    return number;
}

/* Makes the largest blocks of the pages from `number` to before `end`. */
static void put_pages(uint64_t number, uint64_t end)
{
    while (number < end) {
        unsigned order = 0;
        while (order < PAGE_ORDER_MAX && number % (2ul << order) == 0 && number + (2ul << order) <= end)
            order++;
        put_block(number, order);
        number += 1ul << order;
    }
}

static void mark_allocated(uint32_t number, unsigned order)
{
    page_first[number].order = order;
    page_first[number].state = PAGE_ALLOCATED;
}

/* Tables for the next section, from memory that is there now. */
static void fill_reserve(void)
{
    uint32_t number;
    while (paging_reserve_lacks() && (number = take_block(0)) != PAGE_NONE) {
        mark_allocated(number, 0);
        kasan_unpoison(page_va(&page_first[number]), PAGE_SIZE);
        paging_reserve_put(page_va(&page_first[number]));
    }
}

/* Brings more memory into the lists, or gets nearer to that. False if there is no more. */
static bool grow(void)
{
    uint64_t number, end;
    enum section_result result = section_take(&number, &end);
    if (result == SECTION_PAGES)
        put_pages(number, end);
    if (result != SECTION_NONE)
        fill_reserve();
    return result != SECTION_NONE;
}

/* == The core's lock =============================================================================================== */

/* Takes up to `count` blocks of an order; returns how many. */
static unsigned core_take(unsigned order, uint32_t *numbers, unsigned count)
{
    unsigned taken = 0;
    bool grown;
    do {
        spinlock_take(&core.lock);
        while (taken < count && (numbers[taken] = take_block(order)) != PAGE_NONE)
            taken++;
        grown = taken == 0 && grow();
        spinlock_release(&core.lock);
    } while (grown);
    return taken;
}

static void core_put(unsigned order, const uint32_t *numbers, unsigned count)
{
    spinlock_take(&core.lock);
    for (unsigned i = 0; i < count; i++)
        put_block(numbers[i], order);
    core.given_pages -= (uint64_t)count << order;
    spinlock_release(&core.lock);
}

/*
 * == This CPU's cache of single pages ==============================================================================
 *
 * Interrupts are masked. A CPU that waits for the core's lock does what others ask of it (spinlock.h), and that may
 * allocate and free: no cache is believed to be what it was before core_take() and core_put().
 */

static void cache_push(struct page_cache *cache, struct page *page)
{
    page->state = PAGE_CACHED;
    cache->pages[cache->count].va = page_va(page);
    cache->pages[cache->count++].page = page;
}

static struct page *cache_pop(struct page_cache *cache)
{
    struct page *page = cache->pages[--cache->count].page;
    page->state = PAGE_ALLOCATED;
    return page;
}

static bool cache_is_wanted(void)
{
    return memory_fail_countdown == 0 && !memory_init_on_alloc;
}

/* A page from the core; more for the cache come with it. */
static __attribute__((noinline)) struct page *cache_fill(struct page_cache *cache)
{
    uint32_t numbers[CACHE_BATCH];
    unsigned taken = core_take(0, numbers, cache_is_wanted() ? CACHE_BATCH : 1);
    if (taken == 0)
        return NULL;
    for (unsigned i = 0; i < taken; i++)
        mark_allocated(numbers[i], 0);
    struct page *page = &page_first[numbers[--taken]];
    while (taken > 0 && cache->count < CACHE_PAGES && cache_is_wanted())
        cache_push(cache, &page_first[numbers[--taken]]);
    if (taken > 0)
        core_put(0, numbers, taken);
    return page;
}

static __attribute__((noinline)) void cache_drain(struct page_cache *cache, unsigned count)
{
    uint32_t numbers[CACHE_PAGES];
    for (unsigned i = 0; i < count; i++)
        numbers[i] = cache->pages[--cache->count].page - page_first;
    core_put(0, numbers, count);
}

static struct page *cache_take(void)
{
    GUARD(interrupts);
    struct page_cache *cache = MY_CPU(page_cache);
    return cache->count > 0 ? cache_pop(cache) : cache_fill(cache);
}

static void cache_put(struct page *page)
{
    GUARD(interrupts);
    struct page_cache *cache = MY_CPU(page_cache);
    while (cache->count == CACHE_PAGES)
        cache_drain(cache, CACHE_BATCH);
    cache_push(cache, page);
    cache->known_count = __atomic_load_n(&section_known.count, __ATOMIC_ACQUIRE);
    cache->start_page = &page_first[section_known.first];
    cache->start_va = (uintptr_t)page_va(cache->start_page);
    cache->count_max = cache_is_wanted() ? CACHE_PAGES : 0;
    if (cache->count_max == 0)
        cache_drain(cache, cache->count);
}

/* == All CPUs' caches ============================================================================================== */

/* Of each cache what it held at some moment. */
static uint64_t count_cached(void)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < CPU_COUNT; i++)
        count += ITS_CPU(cpus[i], page_cache)->count;
    return count;
}

/* Moves this CPU's pages to a chain by `next`, for the CPU that asks for it. No lock: see cpu_call_others(). */
static void hand_over(void *argument)
{
    _Atomic uint32_t *chain = argument;
    struct page_cache *cache = MY_CPU(page_cache);
    cache->count_max = cache_is_wanted() ? CACHE_PAGES : 0;
    while (cache->count > 0) {
        struct page *page = cache->pages[--cache->count].page;
        page->next = atomic_load_explicit(chain, memory_order_relaxed);
        while (!atomic_compare_exchange_weak_explicit(chain, &page->next, page - page_first, memory_order_release,
                                                      memory_order_relaxed))
            ;
    }
}

void page_trim(void)
{
    _Atomic uint32_t chain = PAGE_NONE;
    {
        GUARD(interrupts); /* so that the others stay the others */
        hand_over(&chain);
        if (CONFIG_CPU)
            cpu_call_others(hand_over, &chain);
    }
    for (uint32_t number = chain; number != PAGE_NONE;) {
        uint32_t numbers[CACHE_PAGES];
        unsigned count = 0;
        for (; count < CACHE_PAGES && number != PAGE_NONE; number = page_first[number].next)
            numbers[count++] = number;
        core_put(0, numbers, count);
    }
}

static struct page *take_large(unsigned order)
{
    uint32_t number;
    if (core_take(order, &number, 1) == 0)
        return NULL;
    mark_allocated(number, order);
    return &page_first[number];
}

/* When there is no such block, what caches hold may be one, or become one. */
static struct page *take_any(unsigned order)
{
    struct page *page = order == 0 ? cache_take() : take_large(order);
    if (page != NULL || count_cached() == 0)
        return page;
    page_trim();
    return order == 0 ? cache_take() : take_large(order);
}

/* == CONFIG_MEMORY_DEBUG =========================================================================================== */

static uint32_t pack_caller(const void *caller)
{
    return (uintptr_t)caller - KERNEL_VA;
}

static void *unpack_caller(uint32_t packed)
{
    return (void *)(KERNEL_VA + packed);
}

/* A block leaves: nobody may have written to it since it came back. If somebody has it is never given out again. */
static void check_and_fill(struct page *first, unsigned order, const void *caller)
{
    for (struct page *page = first; page < first + (1ul << order); page++) {
        const uint64_t *va = page_va(page);
        uint32_t freed_by = page->freed_by;
        page->freed_by = 0;
        for (unsigned i = 0; freed_by != 0 && i < PAGE_SIZE / sizeof(*va); i++)
            if (va[i] != POISON)
                panic("page %p was written to, %#lx at %p, after it had been freed by %pS", page_va(page), va[i],
                      &va[i], unpack_caller(freed_by));
    }
    first->next = pack_caller(caller);
    memset(page_va(first), FRESH_BYTE, (uint64_t)PAGE_SIZE << order);
}

static void poison(struct page *first, unsigned order, const void *caller)
{
    for (struct page *page = first; page < first + (1ul << order); page++)
        page->freed_by = pack_caller(caller);
    memset(page_va(first), POISON_BYTE, (uint64_t)PAGE_SIZE << order);
}

/* == The interface ================================================================================================= */

static __attribute__((noinline)) void *alloc(unsigned order, const void *caller)
{
    if (memory_must_fail() || order > PAGE_ORDER_MAX)
        return NULL;
    struct page *page = take_any(order);
    if (page == NULL)
        return NULL;
    kasan_unpoison(page_va(page), (uint64_t)PAGE_SIZE << order);
    if (CONFIG_MEMORY_DEBUG)
        check_and_fill(page, order, caller);
    if (memory_init_on_alloc)
        memset(page_va(page), 0, (uint64_t)PAGE_SIZE << order);
    return page_va(page);
}

/* First the fast path, which alloc() goes too: a cache that has a page. */
void *page_alloc(unsigned order)
{
    if (FAST_PATH && order == 0) {
        uint64_t interrupts = arch_interrupts_save();
        struct page_cache *cache = MY_CPU(page_cache);
        uint64_t last = cache->count - 1;
        if (last < CACHE_PAGES) { /* it was not empty */
            void *va = cache->pages[last].va;
            cache->pages[last].page->state = PAGE_ALLOCATED;
            cache->count = last;
            arch_interrupts_restore(interrupts);
            return va;
        }
        arch_interrupts_restore(interrupts);
    }
    return alloc(order, __builtin_return_address(0));
}

void *page_alloc_zeroed(unsigned order)
{
    void *va = alloc(order, __builtin_return_address(0));
    return va == NULL || memory_init_on_alloc ? va : memset(va, 0, (uint64_t)PAGE_SIZE << order);
}

/* The block that the page is in. */
static const struct page *find_block(const struct page *page)
{
    uint64_t number = page - page_first;
    for (unsigned order = 0; page->state == PAGE_INSIDE && order <= PAGE_ORDER_MAX; order++)
        page = &page_first[number & -(1ul << order)];
    return page;
}

static _Noreturn __attribute__((cold)) void refuse(const void *va, unsigned order, const struct page *page)
{
    if (page == NULL)
        panic("page_free: %p is no page of the allocator's", va);
    const struct page *block = find_block(page);
    if (block->state == PAGE_FREE || block->state == PAGE_CACHED) {
        if (CONFIG_MEMORY_DEBUG && page->freed_by != 0)
            panic("page_free: %p was freed before, by %pS", va, unpack_caller(page->freed_by));
        panic("page_free: %p was freed before", va);
    }
    if (block->state == PAGE_SLAB)
        panic("page_free: %p is the heap's", va);
    if (block != page || (uintptr_t)va % PAGE_SIZE != 0)
        panic("page_free: %p is inside the block of order %u at %p", va, block->order, page_va(block));
    if (CONFIG_MEMORY_DEBUG)
        panic("page_free: %p has order %u, not %u, as allocated by %pS", va, page->order, order,
              unpack_caller(page->next));
    panic("page_free: %p has order %u, not %u", va, page->order, order);
}

static __attribute__((noinline)) void free_block(void *va, unsigned order, const void *caller)
{
    struct page *page = page_find(va);
    if (page == NULL || page->state != PAGE_ALLOCATED || page->order != order || (uintptr_t)va % PAGE_SIZE != 0)
        refuse(va, order, page);
    if (CONFIG_MEMORY_DEBUG)
        poison(page, order, caller);
    kasan_poison(va, (uint64_t)PAGE_SIZE << order, KASAN_PAGE_FREE);
    uint32_t number = page - page_first;
    if (order == 0)
        cache_put(page);
    else
        core_put(order, &number, 1);
}

/* How many pages va lies behind start_va; too many if it is no page's start: rotated, an offset makes it large. */
static inline uint64_t count_between(const void *va, uint64_t start_va)
{
    uint64_t offset = (uintptr_t)va - start_va;
    return offset >> PAGE_SHIFT | offset << (64 - PAGE_SHIFT);
}

/* The fast path of free_block(), for pages that the cache knows and has room for. */
void page_free(void *va, unsigned order)
{
    if (FAST_PATH && order == 0) {
        uint64_t interrupts = arch_interrupts_save();
        struct page_cache *cache = MY_CPU(page_cache);
        uint64_t index = count_between(va, cache->start_va), count = cache->count;
        if (index < cache->known_count && count < cache->count_max) {
            struct page *page = &cache->start_page[index];
            if (page->state == PAGE_ALLOCATED && page->order == 0) {
                page->state = PAGE_CACHED;
                cache->pages[count].page = page;
                cache->pages[count].va = va;
                cache->count = count + 1;
                arch_interrupts_restore(interrupts);
                return;
            }
        }
        arch_interrupts_restore(interrupts);
    }
    free_block(va, order, __builtin_return_address(0));
}

void page_add_kind(enum boot_memory_kind kind)
{
    spinlock_take(&core.lock);
    section_add_kind(kind);
    spinlock_release(&core.lock);
}

uint64_t page_total_bytes(void)
{
    return section_usage.total_pages << PAGE_SHIFT;
}

uint64_t page_free_bytes(void)
{
    spinlock_take(&core.lock);
    uint64_t total_pages = section_usage.total_pages, given_pages = core.given_pages, cached = count_cached();
    uint64_t used_pages = section_usage.struct_pages + given_pages - (cached < given_pages ? cached : given_pages);
    spinlock_release(&core.lock);
    return (total_pages - used_pages) << PAGE_SHIFT;
}

uint64_t page_count_free(unsigned order)
{
    uint64_t count = 0;
    spinlock_take(&core.lock);
    for (uint32_t number = core.free[order]; number != PAGE_NONE; number = page_first[number].next)
        count++;
    spinlock_release(&core.lock);
    return count;
}
