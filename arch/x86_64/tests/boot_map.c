/* SPDX-License-Identifier: 0BSD */
/*
 * The types of x86_64's memory maps (ACPI 6.5, table 15.5), those that nobody has defined among them, read from a PVH
 * document of our own.
 */
#include <ossa/test.h>

static struct {
    uint32_t magic, version, flags, module_count;
    uint64_t modules_pa, command_line_pa, rsdp_pa, map_pa;
    uint32_t map_count, reserved;
    struct {
        uint64_t start_pa, size_bytes;
        uint32_t type, reserved;
    } map[8];
} document; /* Xen, public/arch-x86/hvm/start_info.h, and the map it points to */

static uint64_t pa_of(const void *va)
{
    return (uintptr_t)va - KERNEL_VA + boot_info->kernel_pa;
}

TEST(boot_map_types)
{
    static struct boot_info map;
    static const uint32_t types[8] = {0, 1, 2, 3, 4, 5, 99, UINT32_MAX};
    static const enum boot_memory_kind kinds[8] = {
        BOOT_MEMORY_RESERVED, BOOT_MEMORY_USABLE,   BOOT_MEMORY_RESERVED, BOOT_MEMORY_ACPI_RECLAIMABLE,
        BOOT_MEMORY_FIRMWARE, BOOT_MEMORY_RESERVED, BOOT_MEMORY_RESERVED, BOOT_MEMORY_RESERVED};
    document.magic = 0x336ec578;
    document.version = 1;
    document.map_pa = pa_of(document.map);
    document.map_count = 8;
    for (unsigned i = 0; i < 8; i++) {
        document.map[i].start_pa = (2ul * i + 1) << 40;
        document.map[i].size_bytes = PAGE_SIZE;
        document.map[i].type = types[i];
    }
    struct boot_entry entry = boot_entry;
    boot_entry.document_pa = pa_of(&document);
    boot_entry.magic = document.magic;
    arch_boot_read(&map);
    boot_entry = entry;
    for (unsigned i = 0; i < 8; i++)
        for (unsigned kind = 0; kind < BOOT_MEMORY_KINDS; kind++)
            CHECK_EQUAL(region_bytes(&map.memory, kind, document.map[i].start_pa, document.map[i].start_pa + PAGE_SIZE),
                        kind == kinds[i] ? PAGE_SIZE : 0);
}
