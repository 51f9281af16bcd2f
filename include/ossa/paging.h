/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's page tables: portable code over the port's arch_page_ names (arch.h). Blocks of BLOCK_SIZE are used
 * where address, physical address and size allow it, and are split when a part of one changes. All functions keep
 * break-before-make (docs/hardware.md) and have invalidated the TLB of every CPU when they return. Any context but NMI.
 */
#pragma once

#include <ossa/early_map.h> /* paging_levels */
#include <ossa/memory.h>

/*
 * Tables come from a reserve. PAGING_RESERVE of its pages are for the page allocator alone: paging_map_section() is
 * paging_map() while it takes in a section, and lives on the reserve; then it gives back pages by paging_reserve_put()
 * as long as the reserve lacks some of these. For others paging_fill_reserve() takes some more from page_alloc(), false
 * if it cannot. memory_init() calls paging_init() first, which gives the reserve its first pages, from the image.
 */
#define PAGING_RESERVE (CONFIG_KASAN ? 32 : 16) /* enough for a section, its struct pages and its shadow */
void paging_init(void);
int paging_map_section(uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags);
bool paging_reserve_lacks(void);
void paging_reserve_put(void *page);
bool paging_fill_reserve(void);

/*
 * Maps [va, va + size_bytes) to pa on, with PAGE_ flags (arch.h). Returns 0; -EINVAL if something is not a multiple of
 * PAGE_SIZE, is empty, wraps, is not in the upper half below the image, or beyond arch_pa_bits(), or the flags ask for
 * PAGE_WRITE | PAGE_EXECUTE; -EEXIST if a page of it is mapped already; -ENOMEM if there is no page for a table. What
 * fails has changed nothing.
 */
int paging_map(uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags);

/*
 * The same for [va, va + size_bytes) in parts: as paging_map(), but other CPUs may not use a part, nor be told of it,
 * before paging_map_end() says that all are there. That is one question to the other CPUs instead of many.
 */
int paging_map_part(uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags);
void paging_map_end(uint64_t va, uint64_t size_bytes);

/*
 * Takes the mapping away. -EINVAL as above, or if a block of the direct map would have to be split; -ENOENT if a page
 * of it is not mapped; -ENOMEM if a block must be split and there is no page for its table. Nobody may use the rest of
 * a block that is split: for a moment it is not mapped.
 */
int paging_unmap(uint64_t va, uint64_t size_bytes);

/* Gives what is mapped there other permissions; its memory type stays. Errors as paging_unmap(), and -EINVAL for
 * PAGE_WRITE | PAGE_EXECUTE. */
int paging_protect(uint64_t va, uint64_t size_bytes, unsigned page_flags);

/* Where va leads, and with which flags. -ENOENT if nowhere. */
int paging_translate(uint64_t va, uint64_t *pa, unsigned *page_flags);

/* One entry that maps a page or a block. */
struct paging_leaf {
    uint64_t va, pa, size_bytes;
    unsigned page_flags;
};

/* Calls `visit` for each leaf that maps something in [va, last_va], lowest first, until it returns false. It is called
 * under the page tables' lock: it must neither change them nor panic. */
void paging_walk(uint64_t va, uint64_t last_va, bool (*visit)(const struct paging_leaf *leaf, void *argument),
                 void *argument);

/* memory_seal()'s part: makes RO_AFTER_INIT data read-only, then logs how many leaves there are and panics if one is
 * writable and executable. */
void paging_seal(void);
