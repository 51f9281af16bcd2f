/* SPDX-License-Identifier: 0BSD */
/*
 * Virtual ranges: addresses of the kernel's own for mappings of any size, each with an unmapped guard page behind it.
 * They lie from behind the struct pages up to -U/4 (memory.h). What is given back wrongly panics before a lock is
 * taken. Any context but NMI.
 */
#pragma once

#include <ossa/guard.h>
#include <ossa/paging.h>

/* Makes all addresses free. From memory_init(). */
void vrange_init(void);

/* Addresses only: size_bytes, rounded up to pages, aligned to `alignment` (a power of two, at least PAGE_SIZE); NULL if
 * there is no room or no memory to remember it, or size_bytes is 0. */
void *vrange_take(uint64_t size_bytes, uint64_t alignment);

/* Unmaps what is mapped in it and gives the addresses back. Panics if `va` is not a range's first byte. */
void vrange_put(void *va);

/* Memory of its own, mapped PAGE_WRITE; not physically contiguous. NULL if there is not enough. */
void *vrange_alloc(uint64_t size_bytes);
void vrange_free(void *va);
OWNER_DEFINE_ANY(vrange_free)

/* A device's registers, with any alignment: PAGE_WRITE | PAGE_DEVICE. NULL if there is no room, or the address wraps.
 * By vrange_unmap_device(). */
volatile void *vrange_map_device(uint64_t pa, uint64_t size_bytes);
void vrange_unmap_device(volatile void *va);

/* A stack of STACK_SIZE with its guard below, as layout.h wants it; returns its lowest byte. NULL if there is none. */
void *vrange_alloc_stack(void);
void vrange_free_stack(void *stack);
OWNER_DEFINE_ANY(vrange_free_stack)

/* Ranges that are taken, and bytes of address space that are not. */
uint64_t vrange_count(void);
uint64_t vrange_free_bytes(void);
