/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the addresses for mappings. Ranges, free or taken, tile them without a gap; free ones are in a bin by the power
 * of two in their size, taken ones in a hash table by their address, so that neither taking nor putting looks at all.
 * What is mapped in them is paging's, and its memory the page allocator's: both are called without the lock.
 * Invariant: no two neighbours are free; a taken range ends with a page that is never mapped.
 */
#include <ossa/kasan.h>
#include <ossa/page.h>
#include <ossa/spinlock.h>
#include <ossa/vrange.h>

#define BINS           64
#define BUCKETS        512
#define RECORDS_NEEDED 2 /* a taken range may leave a free one on both sides */

enum vrange_kind { VRANGE_FREE, VRANGE_ADDRESSES, VRANGE_MEMORY, VRANGE_DEVICE, VRANGE_STACK };

static const char *const kind_names[] = {"free range", "range of addresses", "range of memory", "mapped device",
                                         "stack"};

struct vrange {
    uint64_t va, end_va;          /* guard included */
    struct vrange *below, *above; /* by address */
    struct vrange *next, **link;  /* of a bin, a bucket or `spare`, and what leads here */
    enum vrange_kind kind;
};

static struct spinlock lock = CORE_SPINLOCK("virtual ranges");
static struct vrange *bins[BINS], *buckets[BUCKETS], *spare;
static unsigned spare_count;
static uint64_t taken_count, free_bytes;

/* == Records. The caller holds the lock ============================================================================ */

static void chain_push(struct vrange **head, struct vrange *range)
{
    range->next = *head;
    range->link = head;
    if (range->next != NULL)
        range->next->link = &range->next;
    *head = range;
}

static void chain_remove(struct vrange *range)
{
    *range->link = range->next;
    if (range->next != NULL)
        range->next->link = range->link;
}

static struct vrange *spare_take(void)
{
    struct vrange *range = spare;
    chain_remove(range);
    spare_count--;
    return range;
}

static void spare_put(struct vrange *range)
{
    chain_push(&spare, range);
    spare_count++;
}

static unsigned bin_of(uint64_t size_bytes)
{
    return 63 - __builtin_clzl(size_bytes);
}

static struct vrange **bucket_of(uint64_t va)
{
    return &buckets[(va >> PAGE_SHIFT) * 0x9e3779b97f4a7c15 >> 55]; /* 2^64 / golden ratio; 9 bits are left */
}

static void make_free(struct vrange *range)
{
    range->kind = VRANGE_FREE;
    free_bytes += range->end_va - range->va;
    chain_push(&bins[bin_of(range->end_va - range->va)], range);
}

static void leave_free(struct vrange *range)
{
    free_bytes -= range->end_va - range->va;
    chain_remove(range);
}

/* Cuts the range at va; what is above becomes one of its own. */
static struct vrange *split(struct vrange *range, uint64_t va)
{
    struct vrange *above = spare_take();
    *above = (struct vrange){.va = va, .end_va = range->end_va, .below = range, .above = range->above};
    if (range->above != NULL)
        range->above->below = above;
    range->above = above;
    range->end_va = va;
    return above;
}

/* Adds the range above to this one. */
static void join(struct vrange *range)
{
    struct vrange *above = range->above;
    range->end_va = above->end_va;
    range->above = above->above;
    if (above->above != NULL)
        above->above->below = range;
    spare_put(above);
}

/* == Taking and putting ============================================================================================ */

static uint64_t align(uint64_t va, uint64_t alignment)
{
    return (va + alignment - 1) & -alignment;
}

/* From the bin of its size up; one of a bin that is high enough always fits. */
static struct vrange *find_fit(uint64_t size_bytes, uint64_t alignment)
{
    for (unsigned bin = bin_of(size_bytes); bin < BINS; bin++)
        for (struct vrange *range = bins[bin]; range != NULL; range = range->next) {
            uint64_t va = align(range->va, alignment);
            if (va >= range->va && va < range->end_va && range->end_va - va >= size_bytes)
                return range;
        }
    return NULL;
}

static struct vrange *take(uint64_t size_bytes, uint64_t alignment, enum vrange_kind kind)
{
    struct vrange *range = find_fit(size_bytes, alignment);
    if (range == NULL)
        return NULL;
    uint64_t va = align(range->va, alignment);
    leave_free(range);
    if (va > range->va) {
        struct vrange *below = range;
        range = split(below, va);
        make_free(below);
    }
    if (va + size_bytes < range->end_va)
        make_free(split(range, va + size_bytes));
    range->kind = kind;
    chain_push(bucket_of(va), range);
    taken_count++;
    return range;
}

static void put(struct vrange *range)
{
    if (range->above != NULL && range->above->kind == VRANGE_FREE) {
        leave_free(range->above);
        join(range);
    }
    if (range->below != NULL && range->below->kind == VRANGE_FREE) {
        range = range->below;
        leave_free(range);
        join(range);
    }
    make_free(range);
}

/* Takes the lock with enough spare records; false, without the lock, if there is no memory for them. */
static bool take_lock(void)
{
    spinlock_take(&lock);
    while (spare_count < RECORDS_NEEDED) {
        spinlock_release(&lock);
        struct vrange *records = page_alloc(0);
        if (records == NULL)
            return false;
        spinlock_take(&lock);
        for (unsigned i = 0; i < PAGE_SIZE / sizeof(*records); i++)
            spare_put(&records[i]);
    }
    return true;
}

/* Returns the range's address, 0 if there is no room or no memory. */
static uint64_t take_range(uint64_t size_bytes, uint64_t alignment, enum vrange_kind kind)
{
    bool is_sound = size_bytes != 0 && size_bytes < -PAGE_SIZE - (uint64_t)PAGE_SIZE && alignment >= PAGE_SIZE &&
                    (alignment & (alignment - 1)) == 0;
    if (!is_sound || memory_must_fail() || !take_lock())
        return 0;
    struct vrange *range = take(align(size_bytes, PAGE_SIZE) + PAGE_SIZE, alignment, kind);
    spinlock_release(&lock);
    return range == NULL ? 0 : range->va;
}

/* The range at va, which cannot be found any more but is not free yet: its mappings come first. */
static struct vrange *leave_range(uint64_t va, enum vrange_kind kind)
{
    spinlock_take(&lock);
    struct vrange *range = *bucket_of(va);
    while (range != NULL && (range->va != va || range->kind != kind))
        range = range->next;
    if (range != NULL) {
        chain_remove(range);
        taken_count--;
    }
    spinlock_release(&lock);
    if (range == NULL)
        panic("vrange: at %p starts no %s", (void *)va, kind_names[kind]);
    return range;
}

static void put_range(struct vrange *range)
{
    spinlock_take(&lock);
    put(range);
    spinlock_release(&lock);
}

/* == Mappings in them ============================================================================================== */

/* Chains the pages that are mapped, through the link that is their owner's. */
static bool collect_page(const struct paging_leaf *leaf, void *argument)
{
    uint32_t *chain = argument;
    struct page *page = page_of(memory_va(leaf->pa));
    page->previous = *chain;
    *chain = page - page_first;
    return true;
}

static void unmap_memory(uint64_t va, uint64_t size_bytes)
{
    uint32_t chain = 0, next;
    if (size_bytes == 0)
        return;
    paging_walk(va, va + size_bytes - 1, collect_page, &chain);
    if (paging_unmap(va, size_bytes) != 0)
        panic("vrange: not all of %#lx bytes at %p is mapped", size_bytes, (void *)va);
    for (; chain != 0; chain = next) {
        next = page_first[chain].previous;
        page_free(page_va(&page_first[chain]), 0);
    }
}

static void free_pages(char *first, uint64_t size_bytes)
{
    for (uint64_t done = 0; done < size_bytes; done += PAGE_SIZE)
        page_free(first + done, 0);
}

/* Pages that happen to lie side by side are mapped together. */
static bool map_memory(uint64_t va, uint64_t size_bytes)
{
    char *first, *next = page_alloc(0);
    for (uint64_t done = 0, run; done < size_bytes; done += run) {
        first = next;
        for (run = 0; first != NULL && next == first + run; run += PAGE_SIZE)
            next = done + run + PAGE_SIZE < size_bytes ? page_alloc(0) : NULL;
        if (first != NULL && paging_map_part(va + done, memory_pa(first), run, PAGE_WRITE) == 0)
            continue;
        free_pages(first, run);
        free_pages(next, next == NULL ? 0 : PAGE_SIZE);
        unmap_memory(va, done);
        return false;
    }
    paging_map_end(va, size_bytes);
    if (!CONFIG_KASAN || kasan_cover((void *)va, size_bytes))
        return true;
    unmap_memory(va, size_bytes);
    return false;
}

static bool keep_leaf(const struct paging_leaf *leaf, void *argument)
{
    *(struct paging_leaf *)argument = *leaf;
    return false;
}

/* == The interface ================================================================================================= */

void vrange_init(void)
{
    static struct vrange all, spares[RECORDS_NEEDED];
    uint64_t upper_size = -memory_direct_va;
    all.va = (uintptr_t)page_first + upper_size / 512 + PAGE_SIZE; /* a guard there, too */
    all.end_va = -(upper_size / 4);
    make_free(&all);
    for (unsigned i = 0; i < RECORDS_NEEDED; i++)
        spare_put(&spares[i]);
}

void *vrange_take(uint64_t size_bytes, uint64_t alignment)
{
    return (void *)take_range(size_bytes, alignment, VRANGE_ADDRESSES);
}

void vrange_put(void *va)
{
    struct vrange *range = leave_range((uintptr_t)va, VRANGE_ADDRESSES);
    struct paging_leaf leaf = {0};
    while (leaf.size_bytes = 0, paging_walk(range->va, range->end_va - 1, keep_leaf, &leaf), leaf.size_bytes != 0)
        if (paging_unmap(leaf.va, leaf.size_bytes) != 0)
            panic("vrange: %#lx bytes at %#lx reach beyond the range at %p", leaf.size_bytes, leaf.va, va);
    put_range(range);
}

void *vrange_alloc(uint64_t size_bytes)
{
    if (size_bytes > page_free_bytes())
        return NULL; /* or all that is free would be mapped before that is found */
    uint64_t va = take_range(size_bytes, PAGE_SIZE, VRANGE_MEMORY);
    if (va == 0 || map_memory(va, align(size_bytes, PAGE_SIZE)))
        return (void *)va;
    put_range(leave_range(va, VRANGE_MEMORY));
    return NULL;
}

void vrange_free(void *va)
{
    struct vrange *range = leave_range((uintptr_t)va, VRANGE_MEMORY);
    unmap_memory(range->va, range->end_va - PAGE_SIZE - range->va);
    put_range(range);
}

volatile void *vrange_map_device(uint64_t pa, uint64_t size_bytes)
{
    uint64_t offset = pa % PAGE_SIZE, whole_bytes = align(offset + size_bytes, PAGE_SIZE);
    if (size_bytes == 0 || pa - offset + whole_bytes < pa)
        return NULL;
    uint64_t va = take_range(whole_bytes, PAGE_SIZE, VRANGE_DEVICE);
    if (va == 0)
        return NULL;
    if (paging_map(va, pa - offset, whole_bytes, PAGE_WRITE | PAGE_DEVICE) == 0)
        return (volatile void *)(va + offset);
    put_range(leave_range(va, VRANGE_DEVICE));
    return NULL;
}

void vrange_unmap_device(volatile void *va)
{
    struct vrange *range = leave_range((uintptr_t)va & -PAGE_SIZE, VRANGE_DEVICE);
    if (paging_unmap(range->va, range->end_va - PAGE_SIZE - range->va) != 0)
        panic("vrange: not all of the device at %p is mapped", (void *)va);
    put_range(range);
}

/* A range that is aligned to 2 * STACK_SIZE: nothing, then the guard, then the stack, whose alignment is the same. */
void *vrange_alloc_stack(void)
{
    uint64_t va = take_range(3 * STACK_SIZE, 2 * STACK_SIZE, VRANGE_STACK);
    if (va == 0)
        return NULL;
    if (map_memory(va + 2 * STACK_SIZE, STACK_SIZE))
        return (void *)(va + 2 * STACK_SIZE);
    put_range(leave_range(va, VRANGE_STACK));
    return NULL;
}

void vrange_free_stack(void *stack)
{
    struct vrange *range = leave_range((uintptr_t)stack - 2 * STACK_SIZE, VRANGE_STACK);
    unmap_memory((uintptr_t)stack, STACK_SIZE);
    put_range(range);
}

uint64_t vrange_count(void)
{
    return taken_count;
}

uint64_t vrange_free_bytes(void)
{
    return free_bytes;
}
