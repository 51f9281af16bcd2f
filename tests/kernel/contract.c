/* SPDX-License-Identifier: 0BSD */
/*
 * The entry contract's sentences (include/ossa/boot.h), checked on whatever firmware this kernel was booted by. What
 * only one architecture can say of itself is in arch/<a>/tests/contract.c.
 */
#include <ossa/early_map.h>
#include <ossa/string.h>
#include <ossa/test.h>

#define ENTRIES 512

TEST(contract_thread)
{
    CHECK(thread_this() == &boot_thread);
    CHECK(cpu_this() == &boot_cpu);
    CHECK(boot_cpu.thread == &boot_thread);
    CHECK_EQUAL(boot_cpu.id, boot_info->cpu_id);
}

TEST(contract_stack)
{
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    CHECK(frame > (uintptr_t)boot_stack_start && frame < (uintptr_t)boot_stack_end);
    CHECK_EQUAL(frame % 16, 0);
    CHECK_EQUAL(boot_stack_end - boot_stack_start, STACK_SIZE);
    CHECK_EQUAL((uintptr_t)boot_stack_start % (2 * STACK_SIZE), 0);
}

/* Nobody writes to it: it is as boot_start() left .bss, which CONFIG_BOOT_DIRTY had filled with garbage. */
static volatile uint64_t never_written[1024];

TEST(contract_bss_zero)
{
    for (unsigned i = 0; i < 1024; i++)
        REQUIRE(never_written[i] == 0);
}

struct walk {
    unsigned pages, writable, executable, both, stray, in_guards;
    uint64_t kernel_pa; /* what KERNEL_VA leads to */
};

static bool inside(uint64_t va, const char *start, const char *end)
{
    return va >= (uintptr_t)start && va < (uintptr_t)end;
}

static void walk_leaf(struct walk *walk, uint64_t va, uint64_t pa, unsigned flags)
{
    walk->pages++;
    walk->writable += (flags & PAGE_WRITE) != 0;
    walk->executable += (flags & PAGE_EXECUTE) != 0;
    walk->both += (flags & PAGE_WRITE) && (flags & PAGE_EXECUTE);
    walk->stray += !inside(va, image_start, image_end) &&
                   !(va >= FIXMAP_VA && (va < FIXMAP_VA + FIXMAP_SIZE || CONFIG_KASAN)); /* shadow lies behind it */
    walk->in_guards += inside(va, boot_stack_guard, image_end) && (va >> STACK_SHIFT & 1) != 0;
    if (va == KERNEL_VA)
        walk->kernel_pa = pa;
}

/* All tables are in the image, so they can be read where the image is mapped. */
static void walk_table(struct walk *walk, uint64_t table_pa, unsigned level, uint64_t base_va)
{
    const uint64_t *table = (const uint64_t *)(table_pa - boot_entry.kernel_pa + KERNEL_VA);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        uint64_t pa, va = base_va | i << (PAGE_SHIFT + 9 * level);
        if (CONFIG_MEMORY && va + (1ul << (PAGE_SHIFT + 9 * level)) - 1 < KERNEL_VA)
            continue; /* kernel/memory/ has begun to map */
        unsigned flags = arch_page_entry_flags(table[i], level, &pa);
        if ((flags & (PAGE_PRESENT | PAGE_TABLE)) == (PAGE_PRESENT | PAGE_TABLE))
            walk_table(walk, pa, level - 1, va);
        else if (flags & PAGE_PRESENT)
            walk_leaf(walk, va, pa, flags);
    }
}

TEST(contract_page_tables)
{
    struct walk walk = {0};
    unsigned va_bits = PAGE_SHIFT + 9 * paging_levels;
    uint64_t table_pa = arch_page_tables_root();
    const uint64_t *root = (const uint64_t *)(table_pa - boot_entry.kernel_pa + KERNEL_VA);
    for (unsigned i = 0; i < ENTRIES / 2; i++)
        CHECK_EQUAL(root[i], 0); /* the lower half is free */
    walk_table(&walk, table_pa, paging_levels - 1, -1ul << va_bits);
    CHECK_EQUAL(walk.both, 0);
    CHECK_EQUAL(walk.stray, 0);
    CHECK_EQUAL(walk.in_guards, 0);
    CHECK_EQUAL(walk.executable, (text_end - text_start) / PAGE_SIZE);
    CHECK_EQUAL(walk.kernel_pa, boot_info->kernel_pa);
    CHECK_EQUAL(walk.kernel_pa % BLOCK_SIZE, 0);
}

TEST(contract_boot_info)
{
    const struct boot_info *info = boot_info;
    uint64_t usable_bytes = 0, kernel_bytes = 0;
    for (size_t i = 0; i < info->memory.count; i++) {
        const struct region *region = &info->memory.regions[i];
        CHECK((region->start | region->end) % PAGE_SIZE == 0);
        CHECK(region->start < region->end);
        CHECK(region->kind < BOOT_MEMORY_KINDS);
        if (i > 0)
            CHECK(region[-1].end < region->start ||
                  (region[-1].end == region->start && region[-1].kind != region->kind));
        if (region->kind == BOOT_MEMORY_USABLE)
            usable_bytes += region->end - region->start;
        if (region->kind == BOOT_MEMORY_KERNEL)
            kernel_bytes += region->end - region->start;
    }
    CHECK(usable_bytes > 16 << 20);
    CHECK_EQUAL(kernel_bytes, image_end - image_start);
    CHECK(info->protocol != NULL);
    CHECK(info->entry_ticks < arch_ticks());
    CHECK(info->fdt_pa != 0 || info->rsdp_pa != 0 || strcmp(info->protocol, "pvh") == 0);
}
