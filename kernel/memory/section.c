/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what memory there is and which of it the page allocator has: from boot_info's map to mapped pages with struct
 * pages, section by section and, behind the frontier, chunk by chunk. Tables are paging's (paging_map_section()).
 * Invariant: the struct pages of a chunk are mapped whole, and written, when its first page becomes known: so every
 * buddy's can be read, and what is mapped there means something.
 */
#include "section.h"
#include <ossa/arch.h>
#include <ossa/errno.h>
#include <ossa/kasan.h>
#include <ossa/log.h>
#include <ossa/paging.h>
#include <ossa/string.h>

#define CHUNK_STRUCT_BYTES (CHUNK_PAGES * sizeof(struct page))

/* Memory of one kind in [at_pa, end_pa) that is not taken in yet. */
struct section_source {
    enum boot_memory_kind kind;
    uint64_t at_pa, end_pa;
};

static const struct boot_info *section_boot_info;
static struct section_source sources[3]; /* in the order they are used up */
static uint64_t frontier, frontier_end;  /* page numbers: what of the newest section is still to come */
static uint64_t structs_pa;              /* where the struct pages of its next chunk will lie */

struct section_usage section_usage;
struct section_known section_known;
uint64_t section_page_end;
uint64_t page_cpu_start_pa;

static uint64_t minimum(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t maximum(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* == Taking in ===================================================================================================== */

/* The next memory of a source, within one section's bounds. */
static bool find_section(const struct section_source *source, uint64_t *start_pa, uint64_t *end_pa)
{
    for (size_t i = 0; i < section_boot_info->memory.count; i++) {
        const struct region *region = &section_boot_info->regions[i];
        *start_pa = maximum(region->start, source->at_pa);
        *end_pa = minimum(minimum(region->end, source->end_pa), (*start_pa & -SECTION_SIZE) + SECTION_SIZE);
        if (region->kind == source->kind && *start_pa < *end_pa)
            return true;
    }
    return false;
}

static struct page *page_at(uint64_t pa)
{
    return &page_first[pa >> PAGE_SHIFT];
}

static bool is_mapped(const struct page *page)
{
    uint8_t state = PAGE_ABSENT;
    return arch_probe_read(&page->state, &state);
}

/* Only memory that no other section has is mapped, so what is there already is what an attempt before this one, which
 * had too few tables, has left. */
static bool map(const void *va, uint64_t pa, uint64_t size_bytes)
{
    int error = paging_map_section((uintptr_t)va, pa, size_bytes, PAGE_WRITE);
    return error == 0 || error == -EEXIST;
}

/*
 * Maps a section, and keeps room at its start for the struct pages of its chunks, but those of the first and the last,
 * which a section beside it may have made already.
 */
static bool map_section(uint64_t start_pa, uint64_t end_pa)
{
    uint64_t first_pa = start_pa & -CHUNK_SIZE, last_pa = (end_pa + CHUNK_SIZE - 1) & -CHUNK_SIZE;
    if (is_mapped(page_at(first_pa)))
        first_pa += CHUNK_SIZE;
    if (first_pa < last_pa && is_mapped(page_at(last_pa - CHUNK_SIZE)))
        last_pa -= CHUNK_SIZE;
    uint64_t struct_bytes = (last_pa - first_pa) / CHUNK_SIZE * CHUNK_STRUCT_BYTES;
    uint64_t shadow_bytes = CONFIG_KASAN ? kasan_plan_section(start_pa, end_pa) : 0;
    uint64_t shadow_pa = start_pa + struct_bytes, free_pa = shadow_pa + shadow_bytes;
    if (free_pa >= end_pa) { /* a few pages, and all would go for that */
        section_usage.total_pages -= (end_pa - start_pa) >> PAGE_SHIFT;
        return true;
    }
    if (!map(memory_va(start_pa), start_pa, end_pa - start_pa) || (CONFIG_KASAN && !kasan_map_section(shadow_pa)))
        return false;
    section_usage.struct_pages += (struct_bytes + shadow_bytes) >> PAGE_SHIFT;
    structs_pa = start_pa;
    frontier = free_pa >> PAGE_SHIFT;
    frontier_end = end_pa >> PAGE_SHIFT;
    return true;
}

static enum section_result take_next_section(void)
{
    uint64_t start_pa, end_pa;
    for (struct section_source *source = sources; source < sources + sizeof(sources) / sizeof(sources[0]); source++) {
        if (!find_section(source, &start_pa, &end_pa))
            continue;
        if (!map_section(start_pa, end_pa))
            return SECTION_NONE;
        source->at_pa = end_pa;
        return SECTION_NEARER;
    }
    return SECTION_NONE;
}

/* The chunk's struct pages have been written. Others look without the lock, but only from the second on. */
static void publish(uint64_t chunk)
{
    uint64_t known = section_known.count;
    if (known == 0)
        section_known.first = chunk;
    if (chunk == section_known.first + known)
        __atomic_store_n(&section_known.count, known + CHUNK_PAGES, __ATOMIC_RELEASE);
}

enum section_result section_take(uint64_t *first, uint64_t *end)
{
    if (frontier == frontier_end)
        return take_next_section();
    uint64_t chunk = frontier & -CHUNK_PAGES, chunk_end = chunk + CHUNK_PAGES;
    bool is_new = !is_mapped(&page_first[chunk]);
    if (is_new && !map(&page_first[chunk], structs_pa, CHUNK_STRUCT_BYTES))
        return SECTION_NONE;
    *first = frontier;
    *end = frontier = minimum(chunk_end, frontier_end);
    kasan_poison(memory_va(*first << PAGE_SHIFT), (*end - *first) << PAGE_SHIFT, KASAN_PAGE_FREE);
    memset(&page_first[*first], PAGE_INSIDE, (*end - *first) * sizeof(struct page));
    if (is_new) {
        structs_pa += CHUNK_STRUCT_BYTES;
        memset(&page_first[chunk], PAGE_ABSENT, (*first - chunk) * sizeof(struct page));
        memset(&page_first[*end], PAGE_ABSENT, (chunk_end - *end) * sizeof(struct page));
        publish(chunk);
    }
    return SECTION_PAGES;
}

struct page *page_find(const void *va)
{
    uint64_t number = memory_pa(va) >> PAGE_SHIFT;
    uint8_t state = PAGE_ABSENT;
    if (number < section_page_end)
        arch_probe_read(&page_first[number].state, &state);
    return state == PAGE_ABSENT ? NULL : &page_first[number];
}

/* == What there is ================================================================================================= */

static void add_source(struct section_source *source, enum boot_memory_kind kind, uint64_t start_pa, uint64_t end_pa)
{
    section_usage.total_pages += region_bytes(&section_boot_info->memory, kind, start_pa, end_pa) >> PAGE_SHIFT;
    *source = (struct section_source){kind, start_pa, end_pa};
}

/* Memory that CPUs start in comes last: there is little, and some devices reach no other. */
void page_init(const struct boot_info *info, uint64_t end_pa)
{
    section_boot_info = info;
    section_page_end = end_pa >> PAGE_SHIFT;
    uint64_t lost_bytes = region_bytes(&info->memory, BOOT_MEMORY_USABLE, end_pa, UINT64_MAX);
    if (lost_bytes > 0)
        log_warn("memory: %pZ beyond %#lx cannot be reached, and are left out", &lost_bytes, end_pa);
    uint64_t low_pa =
        region_find(&info->memory, BOOT_MEMORY_USABLE, PAGE_SIZE, ARCH_CPU_START_PA_MAX, PAGE_SIZE, PAGE_SIZE);
    page_cpu_start_pa = low_pa == REGION_NONE ? 0 : low_pa;
    add_source(&sources[0], BOOT_MEMORY_USABLE, maximum(ARCH_CPU_START_PA_MAX, PAGE_SIZE), end_pa);
    add_source(&sources[1], BOOT_MEMORY_USABLE, page_cpu_start_pa + PAGE_SIZE, ARCH_CPU_START_PA_MAX);
}

void section_add_kind(enum boot_memory_kind kind)
{
    if (sources[2].end_pa == 0)
        add_source(&sources[2], kind, PAGE_SIZE, section_page_end << PAGE_SHIFT);
}
