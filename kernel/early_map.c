/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the early page tables: the image, no page both writable and executable, and the fixmap's windows. All tables are
 * static, so that nothing is allocated. The fixmap's own live in .data and are linked by entry.S's coarse tables too:
 * windows can be used from the first line of C and outlive the change of tables.
 */
#include <ossa/arch.h>
#include <ossa/early_map.h>
#include <ossa/image.h>
#include <ossa/string.h>

#define ENTRIES      512
#define LAST_TABLES  (FIXMAP_SIZE / BLOCK_SIZE)
#define IMAGE_TABLES (KERNEL_SIZE_MAX / BLOCK_SIZE)

typedef uint64_t page_table[ENTRIES] __attribute__((aligned(PAGE_SIZE)));

__attribute__((section(".data.page_tables"))) page_table fixmap_table;
__attribute__((section(".data.page_tables"))) static uint64_t fixmap_last[LAST_TABLES * ENTRIES]
    __attribute__((aligned(PAGE_SIZE)));

unsigned paging_levels RO_AFTER_INIT;

/* [0] is of level 1, an entry for 2 MiB; the last is the root, or with fewer levels one below it. */
static page_table upper_tables[ARCH_PAGE_TABLE_LEVELS - 1];
static uint64_t image_last[IMAGE_TABLES * ENTRIES] NOINIT __attribute__((aligned(PAGE_SIZE)));

uint64_t image_pa(const void *va)
{
    return (uintptr_t)va - KERNEL_VA + boot_entry.kernel_pa;
}

static unsigned table_index(uint64_t va, unsigned level)
{
    return va >> (PAGE_SHIFT + 9 * level) & (ENTRIES - 1);
}

void *early_map_window(uint32_t window, uint64_t pa, uint64_t size_bytes, unsigned page_flags)
{
    uint32_t window_end = window < FIXMAP_SCRATCH   ? FIXMAP_SCRATCH
                          : window < FIXMAP_CONSOLE ? FIXMAP_CONSOLE
                                                    : FIXMAP_SIZE;
    uint64_t first_pa = pa & -PAGE_SIZE, offset = pa - first_pa;
    if (size_bytes > window_end - window - offset || pa + size_bytes < pa)
        return NULL;

    for (unsigned i = 0; i < LAST_TABLES; i++)
        fixmap_table[i] = arch_page_table_entry(image_pa(&fixmap_last[i * ENTRIES]));
    uint64_t *first = &fixmap_last[window >> PAGE_SHIFT], *end = &fixmap_last[window_end >> PAGE_SHIFT];
    for (uint64_t *entry = first; entry < end && *entry != 0; entry++)
        *entry = 0;
    arch_tlb_flush(); /* nothing old may be cached when the new is written: break-before-make, Arm ARM D8.17 */
    for (uint64_t i = 0; first_pa + i * PAGE_SIZE < pa + size_bytes; i++)
        first[i] = arch_page_entry(first_pa + i * PAGE_SIZE, page_flags, 0);
    arch_tlb_flush();
    return (void *)(FIXMAP_VA + window + offset);
}

static void map_image_pages(const char *start, const char *end, unsigned page_flags)
{
    uint64_t *entry = &image_last[((uintptr_t)start - KERNEL_VA) >> PAGE_SHIFT];
    for (uint64_t pa = image_pa(start); pa < image_pa(end); pa += PAGE_SIZE)
        *entry++ = arch_page_entry(pa, page_flags, 0);
}

void early_map_init(void)
{
    for (unsigned level = ARCH_PAGE_TABLE_LEVELS - 1; level > 1; level--)
        upper_tables[level - 1][table_index(KERNEL_VA, level)] =
            arch_page_table_entry(image_pa(upper_tables[level - 2]));
    upper_tables[1][table_index(FIXMAP_VA, 2)] = arch_page_table_entry(image_pa(fixmap_table));
    for (unsigned i = 0; i * BLOCK_SIZE < image_end - image_start; i++)
        upper_tables[0][i] = arch_page_table_entry(image_pa(memset(&image_last[i * ENTRIES], 0, PAGE_SIZE)));

    map_image_pages(text_start, text_end, PAGE_EXECUTE);
    map_image_pages(rodata_start, rodata_end, PAGE_READ);
    map_image_pages(data_start, stacks_start, PAGE_WRITE);
    for (unsigned i = 0; i < IMAGE_STACKS; i++)
        map_image_pages(image_stack(i), image_stack(i) + STACK_SIZE, PAGE_WRITE);
    paging_levels = ARCH_PAGE_TABLE_LEVELS;
    while (!arch_page_tables_load(image_pa(upper_tables[paging_levels - 2]), paging_levels))
        paging_levels--;
}
