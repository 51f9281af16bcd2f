/* SPDX-License-Identifier: 0BSD */
/*
 * What boot_validate() makes of memory maps that real firmware and hostile documents hand over: unsorted, overlapping,
 * misaligned, wrapping. The cases end as docs/boot.md says: repaired, or a boot error.
 */
#include <ossa/test.h>

#define MIB(n) ((uint64_t)(n) << 20)

static struct boot_info map;

/* An empty map with the kernel, as every real one has, in RAM of its own far above what the cases use. */
static void start_map(void)
{
    map.memory.count = 0;
    map.module_count = 0;
    map.kernel_pa = MIB(1 << 20);
    boot_add_memory(&map, map.kernel_pa, KERNEL_SIZE_MAX, BOOT_MEMORY_USABLE);
}

static void check_region(size_t i, uint64_t start_pa, uint64_t end_pa, enum boot_memory_kind kind)
{
    REQUIRE(i < map.memory.count);
    CHECK_EQUAL(map.regions[i].start, start_pa);
    CHECK_EQUAL(map.regions[i].end, end_pa);
    CHECK_EQUAL(map.regions[i].kind, kind);
}

TEST(boot_map_sorts_and_merges)
{
    start_map();
    boot_add_memory(&map, MIB(6), MIB(2), BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(2), MIB(2), BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(4), MIB(2), BOOT_MEMORY_USABLE); /* adjacent on both sides */
    boot_add_memory(&map, MIB(2), MIB(2), BOOT_MEMORY_USABLE); /* once more */
    boot_add_memory(&map, MIB(3), MIB(2), BOOT_MEMORY_USABLE); /* overlapping */
    boot_validate(&map);
    check_region(0, MIB(2), MIB(8), BOOT_MEMORY_USABLE);
    check_region(1, map.kernel_pa, map.kernel_pa + (image_end - image_start), BOOT_MEMORY_KERNEL);
}

TEST(boot_map_keeps_holes)
{
    start_map();
    boot_add_memory(&map, MIB(4), MIB(1), BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(2), MIB(1), BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(3) + PAGE_SIZE, PAGE_SIZE, BOOT_MEMORY_RESERVED); /* in the hole */
    boot_validate(&map);
    check_region(0, MIB(2), MIB(3), BOOT_MEMORY_USABLE);
    check_region(1, MIB(3) + PAGE_SIZE, MIB(3) + 2 * PAGE_SIZE, BOOT_MEMORY_RESERVED);
    check_region(2, MIB(4), MIB(5), BOOT_MEMORY_USABLE);
    CHECK_EQUAL(map.regions[3].start, map.kernel_pa);
}

TEST(boot_map_higher_kind_wins)
{
    start_map();
    boot_add_memory(&map, MIB(3), MIB(1), BOOT_MEMORY_RESERVED);
    boot_add_memory(&map, MIB(2), MIB(4), BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(3), MIB(2), BOOT_MEMORY_MODULE);
    boot_validate(&map);
    check_region(0, MIB(2), MIB(3), BOOT_MEMORY_USABLE);
    check_region(1, MIB(3), MIB(4), BOOT_MEMORY_RESERVED);
    check_region(2, MIB(4), MIB(5), BOOT_MEMORY_MODULE);
    check_region(3, MIB(5), MIB(6), BOOT_MEMORY_USABLE);
}

TEST(boot_map_rounds_to_pages)
{
    start_map();
    boot_add_memory(&map, MIB(2) + 1, MIB(2) - 2, BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(3) + 8, 1, BOOT_MEMORY_RESERVED);
    boot_add_memory(&map, MIB(8) + 1, PAGE_SIZE - 1, BOOT_MEMORY_USABLE); /* no whole page */
    boot_add_memory(&map, MIB(9), 1, BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(10), 0, BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(10) + 1, 0, BOOT_MEMORY_RESERVED);
    boot_validate(&map);
    check_region(0, MIB(2) + PAGE_SIZE, MIB(3), BOOT_MEMORY_USABLE);
    check_region(1, MIB(3), MIB(3) + PAGE_SIZE, BOOT_MEMORY_RESERVED);
    check_region(2, MIB(3) + PAGE_SIZE, MIB(4) - PAGE_SIZE, BOOT_MEMORY_USABLE);
    CHECK_EQUAL(map.regions[3].start, map.kernel_pa);
}

/* What two entries describe of a page is a page, unless a third wants a byte of it. */
TEST(boot_map_rounds_what_is_merged)
{
    start_map();
    boot_add_memory(&map, MIB(2), PAGE_SIZE + 8, BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(2) + PAGE_SIZE + 8, 2 * PAGE_SIZE, BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(4), PAGE_SIZE + 8, BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(4) + PAGE_SIZE + 8, PAGE_SIZE - 8, BOOT_MEMORY_ACPI_RECLAIMABLE);
    boot_validate(&map);
    check_region(0, MIB(2), MIB(2) + 3 * PAGE_SIZE, BOOT_MEMORY_USABLE);
    check_region(1, MIB(4), MIB(4) + PAGE_SIZE, BOOT_MEMORY_USABLE);
    check_region(2, MIB(4) + PAGE_SIZE, MIB(4) + 2 * PAGE_SIZE, BOOT_MEMORY_ACPI_RECLAIMABLE);
}

TEST(boot_map_cuts_what_wraps)
{
    start_map();
    boot_add_memory(&map, -MIB(4), MIB(5), BOOT_MEMORY_USABLE);
    boot_add_memory(&map, -MIB(1), MIB(2), BOOT_MEMORY_RESERVED);
    boot_validate(&map);
    check_region(map.memory.count - 2, -MIB(4), -MIB(1), BOOT_MEMORY_USABLE);
    check_region(map.memory.count - 1, -MIB(1), -PAGE_SIZE, BOOT_MEMORY_RESERVED);
}

/* Neither wraps, but rounded its end would be 2^64. */
TEST(boot_map_cuts_the_last_page)
{
    start_map();
    boot_add_memory(&map, -MIB(4), MIB(4) - 1, BOOT_MEMORY_USABLE);
    boot_add_memory(&map, -MIB(1), MIB(1) - 1, BOOT_MEMORY_RESERVED);
    boot_add_memory(&map, -1, 1, BOOT_MEMORY_RESERVED);
    boot_validate(&map);
    check_region(map.memory.count - 2, -MIB(4), -MIB(1), BOOT_MEMORY_USABLE);
    check_region(map.memory.count - 1, -MIB(1), -PAGE_SIZE, BOOT_MEMORY_RESERVED);
}

/* More memory than can be listed is left out; the kernel and what else lies in the rest can still be reserved. */
TEST(boot_map_leaves_out_usable_past_its_end)
{
    start_map();
    for (unsigned i = 0; i < BOOT_REGIONS_MAX + 8; i++)
        boot_add_memory(&map, MIB(2 + 2 * i), MIB(1), BOOT_MEMORY_USABLE);
    CHECK_EQUAL(map.memory.count, BOOT_REGIONS_USABLE);
    boot_add_memory(&map, MIB(3), MIB(1), BOOT_MEMORY_USABLE); /* makes it no longer */
    boot_add_module(&map, MIB(2) + PAGE_SIZE, PAGE_SIZE, "module");
    boot_validate(&map);
    check_region(1, MIB(2) + PAGE_SIZE, MIB(2) + 2 * PAGE_SIZE, BOOT_MEMORY_MODULE);
    check_region(2, MIB(2) + 2 * PAGE_SIZE, MIB(5), BOOT_MEMORY_USABLE);
    CHECK_EQUAL(map.memory.count, BOOT_REGIONS_USABLE + 2);
}

FATAL_TEST_STATUS(boot_map_keeps_all_reserved, "boot: E04 ranges in the memory map: got 0x101, want 0x100",
                  MACHINE_BOOT_ERROR)
{
    start_map();
    for (unsigned i = 0; i < BOOT_REGIONS_MAX; i++)
        boot_add_memory(&map, MIB(2 + 2 * i), MIB(1), BOOT_MEMORY_RESERVED);
}

FATAL_TEST_STATUS(boot_map_empty, "boot: E06 bytes of usable memory beside the kernel: got 0, want 0x1000",
                  MACHINE_BOOT_ERROR)
{
    boot_validate(&map);
}

FATAL_TEST_STATUS(boot_map_without_memory, "boot: E06 bytes of usable memory beside the kernel: got 0, want 0x1000",
                  MACHINE_BOOT_ERROR)
{
    map.kernel_pa = MIB(2);
    boot_add_memory(&map, MIB(2), image_end - image_start, BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(64), MIB(16), BOOT_MEMORY_RESERVED);
    boot_validate(&map);
}

FATAL_TEST_STATUS(boot_map_kernel_outside_ram, "boot: E07 bytes of usable memory where the kernel is",
                  MACHINE_BOOT_ERROR)
{
    map.kernel_pa = MIB(2);
    boot_add_memory(&map, MIB(2) + PAGE_SIZE, MIB(16), BOOT_MEMORY_USABLE);
    boot_validate(&map);
}

FATAL_TEST_STATUS(boot_map_low_memory_only, "boot: E07 bytes of usable memory where the kernel is: got 0, want",
                  MACHINE_BOOT_ERROR)
{
    map.kernel_pa = MIB(2);
    boot_add_memory(&map, 0, 0xa0000, BOOT_MEMORY_USABLE);
    boot_validate(&map);
}

static void boot_with_kernel_in(enum boot_memory_kind kind)
{
    map.kernel_pa = MIB(2);
    boot_add_memory(&map, MIB(2), MIB(16), BOOT_MEMORY_USABLE);
    boot_add_memory(&map, MIB(2) + PAGE_SIZE, PAGE_SIZE, kind);
    boot_validate(&map);
}

FATAL_TEST_STATUS(boot_map_kernel_in_reserved, "boot: E07 bytes of usable memory where the kernel is",
                  MACHINE_BOOT_ERROR)
{
    boot_with_kernel_in(BOOT_MEMORY_FIRMWARE);
}

FATAL_TEST_STATUS(boot_map_module_over_kernel, "boot: E07 bytes of usable memory where the kernel is",
                  MACHINE_BOOT_ERROR)
{
    boot_with_kernel_in(BOOT_MEMORY_MODULE);
}

FATAL_TEST_STATUS(boot_map_document_over_kernel, "boot: E07 bytes of usable memory where the kernel is",
                  MACHINE_BOOT_ERROR)
{
    boot_with_kernel_in(BOOT_MEMORY_DOCUMENT);
}
