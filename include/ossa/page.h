/* SPDX-License-Identifier: 0BSD */
/*
 * The page allocator: blocks of 2^order pages, physically contiguous, aligned to their size, in the direct map.
 * A buddy system (Knuth, The Art of Computer Programming 1, 2.5) with a cache of single pages a CPU. What it knows of a
 * page lies in struct page, never in the page: a write to a freed page cannot break the allocator.
 *
 * Memory is taken in by sections of at most SECTION_SIZE, when the one before is used up: their direct map and their
 * struct pages are made then, so that booting costs the same with much memory as with little.
 *
 * A pointer given back wrongly is found before a lock is taken, so that the panic can be caught; a page that two CPUs
 * free in the same moment may not be. With
 * CONFIG_MEMORY_DEBUG the panic names who had allocated or freed it, and so does one for a page written to while free.
 */
#pragma once

#include <ossa/memory.h>

#define PAGE_ORDER_MAX 10          /* 4 MiB */
#define SECTION_SIZE   (1ul << 26) /* a multiple of the largest block */

enum page_state {
    PAGE_INSIDE,    /* of a block, but not its first: all of its struct page is zero to begin with */
    PAGE_ABSENT,    /* not the allocator's */
    PAGE_FREE,      /* first page of a free block of its order */
    PAGE_CACHED,    /* in a CPU's cache */
    PAGE_ALLOCATED, /* first page of a block given out */
    PAGE_SLAB,      /* a page that the heap has cut into objects: until it gives it back, its fields are the heap's */
};

/*
 * 16 bytes a page. Of an allocated block `next` is its owner (debug): the code address behind its allocation, minus
 * KERNEL_VA; `previous` is for whoever has allocated it. Who makes an allocated page a PAGE_SLAB, or a PAGE_INSIDE one,
 * undoes that, and what it wrote to `order`, before page_free().
 */
struct page {
    uint32_t next, previous; /* of a list, as page numbers */
    uint8_t state, order;
    uint8_t size_class; /* heap's */
    uint8_t slab_page;  /* heap's: which page of its slab this is */
    union {
        struct {
            uint16_t objects_used; /* heap's */
            uint16_t object_first; /* heap's: the first free one */
        };
        uint32_t freed_by; /* of a free page (debug): who freed it, as `next` says; 0: nobody yet */
    };
};
_Static_assert(sizeof(struct page) == 16, "docs/memory.md and memory.h count with it");

/* That of physical page 0; set by memory_init(). */
extern struct page *page_first;

/* Of any address in the direct map that an allocated block covers. */
static inline struct page *page_of(const void *va)
{
    return &page_first[memory_pa(va) >> PAGE_SHIFT];
}

/* The page's memory. */
static inline void *page_va(const struct page *page)
{
    return memory_va(((uintptr_t)page - (uintptr_t)page_first) * (PAGE_SIZE / sizeof(*page)));
}

/* The same as page_of() for any address whatever: NULL if no page of the allocator's is there. Never faults. */
struct page *page_find(const void *va);

/* Learns what memory there is below end_pa; nothing is taken in yet. From memory_init(). */
void page_init(const struct boot_info *info, uint64_t end_pa);

/* Memory of this kind is free from now on. Its content is gone. A second time does nothing. */
void page_add_kind(enum boot_memory_kind kind);

/* A page below ARCH_CPU_START_PA_MAX that is never given out, for starting CPUs; 0: there is none. */
extern uint64_t page_cpu_start_pa;

/* A block of 2^order pages; NULL if there is none, or order > PAGE_ORDER_MAX. Content: anything, or zero under
 * init_on_alloc=1. Any context but NMI. */
void *page_alloc(unsigned order);

/* The same, zeroed. */
void *page_alloc_zeroed(unsigned order);

/* Gives a block back. Panics, before it takes a lock, if va is no block of this order that is given out. */
void page_free(void *va, unsigned order);

/* Empties every CPU's cache. While fault injection or init_on_alloc is on (memory.h) they stay empty, so that the fast
 * path need not ask. */
void page_trim(void);

/* Bytes: all that the allocator has been told of, and what is not given out now, all CPUs' caches included; exact while
 * no other CPU allocates or frees. Its own struct pages count as given out once their section is taken in. */
uint64_t page_total_bytes(void);
uint64_t page_free_bytes(void);

/* How many free blocks of the order there are, of what has been taken in. Takes time in proportion. For tests. */
uint64_t page_count_free(unsigned order);
