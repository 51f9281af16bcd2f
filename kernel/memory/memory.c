/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the order in which memory comes up, the plan of the kernel's address space, and fault injection.
 * Invariant: the plan never changes once memory_init() has made it, and is sealed with the rest.
 */
#include <ossa/arch.h>
#include <ossa/heap.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/option.h>
#include <ossa/page.h>
#include <ossa/paging.h>
#include <ossa/vrange.h>

#define PAGE_NUMBERS (1ul << 32) /* struct page's links are 32 bits wide */

uint64_t memory_direct_va RO_AFTER_INIT;
struct page *page_first RO_AFTER_INIT;
atomic_bool memory_init_on_alloc;
_Atomic uint64_t memory_fail_countdown;

/* What a CPU keeps at hand is given out without a look at the above. */
static void empty_caches(void)
{
    heap_trim();
    page_trim();
}

void memory_fail_after(uint64_t count)
{
    memory_fail_countdown = count;
    empty_caches();
}

void memory_set_init_on_alloc(bool on)
{
    memory_init_on_alloc = on;
    empty_caches();
}

void memory_init(const struct boot_info *info)
{
    uint64_t upper_size = 1ul << (PAGE_SHIFT + 9 * paging_levels - 1);
    uint64_t end_pa = 1ul << arch_pa_bits();
    if (end_pa > upper_size / 2)
        end_pa = upper_size / 2;
    if (end_pa > PAGE_NUMBERS * PAGE_SIZE)
        end_pa = PAGE_NUMBERS * PAGE_SIZE;
    memory_direct_va = -upper_size;
    page_first = (struct page *)-(upper_size / 2);

    paging_init(); /* tables for the first section come from the image */
    page_init(info, end_pa);
    vrange_init();
    /* No cache holds anything yet. */
    memory_init_on_alloc = option_read_number(info->command_line, "init_on_alloc", 1, 0) == 1;
    memory_fail_countdown = option_read_number(info->command_line, "fail_alloc", UINT64_MAX, 0);
}

void memory_release_documents(void)
{
    page_add_kind(BOOT_MEMORY_DOCUMENT);
}

void memory_seal(void)
{
    paging_seal();
}
