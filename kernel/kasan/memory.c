/* SPDX-License-Identifier: 0BSD */
/*
 * Shadow for memory that comes later than the image: sections of the page allocator, which bring the memory for it
 * along, and virtual ranges. It is never taken away again. Invariant: what is in use has shadow, so that a check does
 * not fault on its way to what is right.
 */
#include "kasan.h"
#include <ossa/errno.h>
#include <ossa/page.h>
#include <ossa/paging.h>

/* The shadow pages of the newest section that no section beside it has. */
static struct {
    uint64_t start_pa, va, end_va;
} section;

static uint64_t page_down(const uint8_t *shadow)
{
    return (uintptr_t)shadow & -PAGE_SIZE;
}

static bool is_mapped(uint64_t shadow_va)
{
    uint8_t byte = 0;
    return arch_probe_read((const uint8_t *)shadow_va, &byte);
}

uint64_t kasan_plan_section(uint64_t start_pa, uint64_t end_pa)
{
    if (section.end_va == 0 || section.start_pa != start_pa) {
        section.start_pa = start_pa;
        section.va = page_down(kasan_shadow((uintptr_t)memory_va(start_pa)));
        section.end_va = page_down(kasan_shadow((uintptr_t)memory_va(end_pa - 1))) + PAGE_SIZE;
        if (is_mapped(section.va))
            section.va += PAGE_SIZE;
        if (section.va < section.end_va && is_mapped(section.end_va - PAGE_SIZE))
            section.end_va -= PAGE_SIZE;
    }
    return section.end_va - section.va;
}

bool kasan_map_section(uint64_t shadow_pa)
{
    uint64_t size_bytes = section.end_va - section.va;
    int error = size_bytes == 0 ? 0 : paging_map_section(section.va, shadow_pa, size_bytes, PAGE_WRITE);
    if (error != 0 && error != -EEXIST)
        return false;
    kasan_memory_va = memory_direct_va;
    kasan_memory_end_va = -(-memory_direct_va / 4); /* memory.h */
    return true;
}

static bool cover_page(uint64_t shadow_va)
{
    if (is_mapped(shadow_va))
        return true;
    void *page = page_alloc_zeroed(0);
    if (page == NULL)
        return false;
    int error = paging_map(shadow_va, memory_pa(page), PAGE_SIZE, PAGE_WRITE);
    if (error != 0)
        page_free(page, 0);
    return error == 0 || error == -EEXIST;
}

bool kasan_cover(const void *va, uint64_t size_bytes)
{
    uint64_t end_va = (uintptr_t)kasan_shadow((uintptr_t)va + size_bytes - 1);
    for (uint64_t at = page_down(kasan_shadow((uintptr_t)va)); at <= end_va; at += PAGE_SIZE)
        if (!cover_page(at))
            return false;
    kasan_mark(va, size_bytes, KASAN_USABLE);
    return true;
}
