/* SPDX-License-Identifier: 0BSD */
/*
 * The heap: objects of any size. Small ones come in size classes cut from pages (slabs), with a list of free ones a CPU
 * and class; large ones are blocks of pages, or virtual ranges above 4 MiB. Memory is aligned to 16 bytes, or to what
 * is asked. Content: anything, or zero under init_on_alloc=1. Any context but NMI.
 *
 *     OWNED(heap_free) struct message *message = heap_alloc(sizeof(*message));      NULL when there is none
 *
 * What is wrong with a pointer given back is found before a lock is taken, and panics: freed before (but not if two
 * CPUs do it in the same moment), no object of the heap's, inside an object, of another size. With CONFIG_MEMORY_DEBUG
 * also: written past its end, or after it was freed; the panic then names who allocated it.
 */
#pragma once

#include <ossa/guard.h>

#define HEAP_ALIGNMENT 16

#define HEAP_SMALL_MAX 8192 /* bytes of the largest size class */

/* Whether what an object has beyond the bytes asked for is a red zone, and no fast path fits. */
#define HEAP_RED_ZONES (CONFIG_MEMORY_DEBUG || CONFIG_KASAN)

/* An object of size_bytes; NULL if there is no memory, or size_bytes is 0. */
__attribute__((malloc, alloc_size(1), always_inline)) static inline void *heap_alloc(size_t size_bytes);

/* `count` objects, zeroed; NULL also if count * size_bytes overflows. */
__attribute__((malloc, alloc_size(1, 2))) void *heap_alloc_zeroed(size_t count, size_t size_bytes);

/* alignment: a power of two; NULL if it is none, above 4 MiB, or above PAGE_SIZE for more than 4 MiB. */
__attribute__((malloc, alloc_size(2), alloc_align(1))) void *heap_alloc_aligned(size_t alignment, size_t size_bytes);

/* The object with another size, moved if it must be; a NULL object is allocated, size 0 frees and gives NULL. On NULL
 * for want of memory the object is as it was. Alignment is HEAP_ALIGNMENT. */
__attribute__((alloc_size(2))) void *heap_realloc(void *object, size_t size_bytes);

/* Gives it back; NULL is allowed. */
void heap_free(void *object);
OWNER_DEFINE_ANY(heap_free)

/* The same, and panics if it was not allocated with this size. */
void heap_free_sized(void *object, size_t size_bytes);

/* Bytes that can be used at `object`, at least what was asked for. */
size_t heap_size(const void *object);

struct heap_usage {
    uint64_t objects, bytes; /* given out now; bytes: as the size classes round them */
    uint64_t pages;          /* held by the heap, in use or not */
};

/* All CPUs' lists included; exact while no other CPU allocates or frees. */
struct heap_usage heap_read_usage(void);

/* Gives back to the page allocator what all CPUs' lists and empty slabs hold. */
void heap_trim(void);

/* Logs who allocated what is given out now: calls, objects and bytes a site, most bytes first (CONFIG_MEMORY_DEBUG). */
void heap_log_sites(void);

/* == The rest is heap_alloc() ====================================================================================== */

/* For sizes that only run time knows, and for those whose class the compiler knows. */
__attribute__((malloc, alloc_size(1))) void *heap_alloc_any(size_t size_bytes);
__attribute__((malloc, alloc_size(1))) void *heap_alloc_class(size_t size_bytes, size_t size_class);

/* The class of 1 to HEAP_SMALL_MAX bytes: 1 to 8 in steps of 16 bytes, then four a doubling, but for 7168 bytes. */
static inline unsigned heap_class_of(size_t size_bytes)
{
    uint64_t last = size_bytes - 1;
    if (last < 128)
        return last / 16 + 1;
    unsigned power = 63 - __builtin_clzll(last);
    return 4 * (power - 6) + (last >> (power - 2)) + 1 - (last >= 7168);
}

static inline void *heap_alloc(size_t size_bytes)
{
    if (__builtin_constant_p(size_bytes) && size_bytes - 1 < HEAP_SMALL_MAX && !HEAP_RED_ZONES)
        return heap_alloc_class(size_bytes, heap_class_of(size_bytes));
    return heap_alloc_any(size_bytes);
}
