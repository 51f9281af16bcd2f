/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's address space, and the order in which kernel/memory/ comes up. With U = the upper half's size, 256 GiB
 * under 3 levels of tables, 128 TiB under 4, 64 PiB under 5 (docs/memory.md draws it):
 *
 *   -U         direct map: all memory the page allocator knows, at memory_direct_va + pa; never executable
 *   -U/2       struct page of each page of the direct map (page.h), U/512 bytes
 *   -U/2+U/512 virtual ranges (vrange.h), up to -U/4
 *   KERNEL_VA  the image; FIXMAP_VA the fixmap (layout.h)
 *   -512 MiB   end of KASAN's shadow (kasan.h), an eighth of all: that of memory begins at -512 MiB - U/8, that of the
 *              image lies behind the fixmap
 *
 * The lower half is free for whoever adds user mode. Page 0 is never mapped.
 */
#pragma once

#include <ossa/arch.h>
#include <stdatomic.h>

/* Where physical address 0 would be; set by memory_init(). */
extern uint64_t memory_direct_va;

/* A pointer to memory that the page allocator knows, from its physical address, and back. */
static inline void *memory_va(uint64_t pa)
{
    return (void *)(memory_direct_va + pa);
}

static inline uint64_t memory_pa(const void *va)
{
    return (uintptr_t)va - memory_direct_va;
}

/* Gives the boot document's memory (BOOT_MEMORY_DOCUMENT) to the page allocator. Its content is gone. */
void memory_release_documents(void);

/*
 * Fault injection: whether this allocation must fail. Each allocation of pages, ranges or objects asks once, before it
 * changes anything; the Nth question since memory_fail_after(N) is answered with yes, others with no; 0: never. All
 * CPUs ask from then on.
 */
static inline bool memory_must_fail(void);
void memory_fail_after(uint64_t count);

/* Whether memory is zeroed as it is given out: `init_on_alloc=1` on the command line. By all CPUs when
 * memory_set_init_on_alloc() returns. */
extern atomic_bool memory_init_on_alloc;
void memory_set_init_on_alloc(bool on);

extern _Atomic uint64_t memory_fail_countdown;

static inline bool memory_must_fail(void)
{
    uint64_t left = atomic_load_explicit(&memory_fail_countdown, memory_order_relaxed);
    while (left != 0)
        if (atomic_compare_exchange_weak_explicit(&memory_fail_countdown, &left, left - 1, memory_order_relaxed,
                                                  memory_order_relaxed))
            return left == 1;
    return false;
}
