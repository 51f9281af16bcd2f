/* SPDX-License-Identifier: 0BSD */
/*
 * The boot document of Multiboot2 (specification 2.0, section 3.6) or PVH (Xen, public/arch-x86/hvm/start_info.h) ->
 * struct boot_info. Everything in them is taken as hostile: each size is checked against what encloses it before the
 * content is read, each address against what the CPU can map. What lies elsewhere is read through FIXMAP_SCRATCH.
 */
#include <ossa/arch.h>
#include <ossa/early_map.h>
#include <ossa/string.h>

#define MULTIBOOT2_MAGIC 0x36d76289
#define PVH_MAGIC        0x336ec578

#define PACKED __attribute__((packed)) /* the loader's alignment is not ours to trust */

struct multiboot2_information {
    uint32_t total_size, reserved;
} PACKED;

struct multiboot2_tag {
    uint32_t type, size;
} PACKED;

struct multiboot2_module {
    struct multiboot2_tag tag;
    uint32_t start_pa, end_pa;
    char name[];
} PACKED;

struct multiboot2_memory_map {
    struct multiboot2_tag tag;
    uint32_t entry_size, entry_version;
} PACKED;

struct memory_map_entry { /* PVH's and the start of Multiboot2's */
    uint64_t start_pa, size_bytes;
    uint32_t type, reserved;
} PACKED;

struct multiboot2_framebuffer {
    struct multiboot2_tag tag;
    uint64_t pa;
    uint32_t pitch_bytes, width, height;
    uint8_t bits_per_pixel, type;
} PACKED;

struct multiboot2_pointer {
    struct multiboot2_tag tag;
    uint64_t pa;
} PACKED;

struct pvh_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules_pa, command_line_pa, rsdp_pa;
    uint64_t memory_map_pa; /* from here on: version 1 */
    uint32_t memory_map_count, reserved;
} PACKED;

struct pvh_module {
    uint64_t start_pa, size_bytes, command_line_pa, reserved;
} PACKED;

#define MULTIBOOT2_FRAMEBUFFER_RGB 1
#define RSDP_1_SIZE                20 /* ACPI 1.0, 5.2.4.1 */
#define RSDP_2_SIZE                36 /* ACPI 6.5, 5.2.5.3 */

/* == Both protocols ==================================================================================================
 */

static const void *map_document(uint32_t window, uint64_t pa, uint64_t size_bytes, const char *what)
{
    uint64_t limit_pa = 1ul << (cpuid_read(0x80000008).eax & 0xff);
    if (pa == 0 || pa >= limit_pa || size_bytes > limit_pa - pa)
        boot_fail(BOOT_ERROR_DOCUMENT_PA, what, pa, limit_pa);
    const void *va = early_map_window(window, pa, size_bytes, PAGE_READ);
    if (va == NULL)
        boot_fail(BOOT_ERROR_WINDOW, what, size_bytes, FIXMAP_CONSOLE - FIXMAP_SCRATCH);
    return va;
}

/* E820's types, ACPI 6.5, table 15.5. What is not listed, as GRUB's 20 for EFI code, is not ours. */
static void add_memory(struct boot_info *info, const struct memory_map_entry *entry)
{
    static const enum boot_memory_kind kinds[] = {BOOT_MEMORY_RESERVED, BOOT_MEMORY_USABLE, BOOT_MEMORY_RESERVED,
                                                  BOOT_MEMORY_ACPI_RECLAIMABLE, BOOT_MEMORY_FIRMWARE};
    bool known = entry->type < sizeof(kinds) / sizeof(kinds[0]);
    boot_add_memory(info, entry->start_pa, entry->size_bytes, known ? kinds[entry->type] : BOOT_MEMORY_RESERVED);
}

/* == Multiboot2 ======================================================================================================
 */

static void read_command_line(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa)
{
    (void)pa;
    boot_copy_string(info->command_line, sizeof(info->command_line), (const char *)tag + sizeof(struct multiboot2_tag),
                     size - sizeof(struct multiboot2_tag), "command line");
}

static void read_loader_name(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa)
{
    (void)pa;
    boot_copy_string(info->loader, sizeof(info->loader), (const char *)tag + sizeof(struct multiboot2_tag),
                     size - sizeof(struct multiboot2_tag), "loader name");
}

static void read_module(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa)
{
    (void)pa;
    const struct multiboot2_module *module = tag;
    char name[BOOT_NAME_MAX];
    if (module->end_pa < module->start_pa)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "Multiboot2 module's end", module->end_pa, module->start_pa);
    boot_copy_string(name, sizeof(name), module->name, size - sizeof(*module), "module name");
    boot_add_module(info, module->start_pa, module->end_pa - module->start_pa, name);
}

static void read_memory_map(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa)
{
    (void)pa;
    const struct multiboot2_memory_map *map = tag;
    if (map->entry_size < sizeof(struct memory_map_entry) || map->entry_size % 8 != 0)
        boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 memory map's entry", map->entry_size,
                  sizeof(struct memory_map_entry));
    if (map->entry_version != 0)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "Multiboot2 memory map's version", map->entry_version, 0);
    const char *entry = (const char *)tag + sizeof(*map), *end = (const char *)tag + size;
    for (; (size_t)(end - entry) >= map->entry_size; entry += map->entry_size)
        add_memory(info, (const struct memory_map_entry *)entry);
}

static void read_framebuffer(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa)
{
    (void)size, (void)pa;
    const struct multiboot2_framebuffer *found = tag;
    if (found->pa == 0 || found->type != MULTIBOOT2_FRAMEBUFFER_RGB)
        return; /* text mode, or pixels only the firmware can reach */
    info->framebuffer =
        (struct boot_framebuffer){found->pa, found->width, found->height, found->pitch_bytes, found->bits_per_pixel};
    boot_add_memory(info, found->pa, (uint64_t)found->pitch_bytes * found->height, BOOT_MEMORY_RESERVED);
}

static void read_efi_system_table(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa)
{
    (void)size, (void)pa;
    info->efi_system_table_pa = ((const struct multiboot2_pointer *)tag)->pa;
}

/* The tag holds a copy of the RSDP; that of ACPI 2.0 names 64-bit tables, so it wins in whatever order they come. */
static void read_rsdp_1(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa)
{
    (void)tag, (void)size;
    if (info->rsdp_pa == 0)
        info->rsdp_pa = pa + sizeof(struct multiboot2_tag);
}

static void read_rsdp_2(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa)
{
    (void)tag, (void)size;
    info->rsdp_pa = pa + sizeof(struct multiboot2_tag);
}

static const struct {
    uint32_t type, size_min;
    void (*read)(struct boot_info *info, const void *tag, uint32_t size, uint64_t pa);
} multiboot2_readers[] = {
    {1, sizeof(struct multiboot2_tag), read_command_line},
    {2, sizeof(struct multiboot2_tag), read_loader_name},
    {3, sizeof(struct multiboot2_module), read_module},
    {6, sizeof(struct multiboot2_memory_map), read_memory_map},
    {8, sizeof(struct multiboot2_framebuffer), read_framebuffer},
    {12, sizeof(struct multiboot2_pointer), read_efi_system_table},
    {14, sizeof(struct multiboot2_tag) + RSDP_1_SIZE, read_rsdp_1},
    {15, sizeof(struct multiboot2_tag) + RSDP_2_SIZE, read_rsdp_2},
};

static void read_tag(struct boot_info *info, const struct multiboot2_tag *tag, uint64_t pa)
{
    for (size_t i = 0; i < sizeof(multiboot2_readers) / sizeof(multiboot2_readers[0]); i++) {
        if (multiboot2_readers[i].type != tag->type)
            continue;
        if (tag->size < multiboot2_readers[i].size_min)
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 tag's size", tag->size, multiboot2_readers[i].size_min);
        multiboot2_readers[i].read(info, tag, tag->size, pa);
    }
}

static void read_multiboot2(struct boot_info *info)
{
    static const char what[] = "Multiboot2 information";
    uint64_t pa = boot_entry.document_pa;
    if (pa % 8 != 0)
        boot_fail(BOOT_ERROR_DOCUMENT_PA, "Multiboot2 information's alignment", pa % 8, 0);
    const struct multiboot2_information *head = map_document(FIXMAP_DOCUMENT, pa, sizeof(*head), what);
    uint32_t total_size = head->total_size;
    const char *document = map_document(FIXMAP_DOCUMENT, pa, total_size, what);
    info->protocol = "multiboot2";
    boot_add_memory(info, pa, total_size, BOOT_MEMORY_DOCUMENT);

    /* uint64_t: rounding a tag's size up must not wrap. */
    for (uint64_t offset = sizeof(*head);;) {
        const struct multiboot2_tag *tag = (const void *)(document + offset);
        uint64_t left = offset < total_size ? total_size - offset : 0;
        if (left < sizeof(*tag))
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 bytes left for a tag", left, sizeof(*tag));
        if (tag->size < sizeof(*tag) || tag->size > left)
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 tag's size", tag->size, left);
        if (tag->type == 0)
            return;
        read_tag(info, tag, pa + offset);
        offset += ((uint64_t)tag->size + 7) & ~7ul;
    }
}

/* == PVH =============================================================================================================
 */

static void copy_string_at(struct boot_info *info, char *field, size_t field_size, uint64_t pa, const char *what)
{
    if (pa == 0)
        return;
    const char *text = map_document(FIXMAP_SCRATCH, pa, BOOT_COMMAND_LINE_MAX, what);
    boot_copy_string(field, field_size, text, BOOT_COMMAND_LINE_MAX, what);
    boot_add_memory(info, pa, strnlen(text, BOOT_COMMAND_LINE_MAX - 1) + 1, BOOT_MEMORY_DOCUMENT);
}

static void read_pvh_modules(struct boot_info *info, const struct pvh_start_info *start)
{
    if (start->module_count == 0)
        return;
    uint64_t size_bytes = (uint64_t)start->module_count * sizeof(struct pvh_module);
    const struct pvh_module *modules = map_document(FIXMAP_DOCUMENT, start->modules_pa, size_bytes, "PVH module list");
    boot_add_memory(info, start->modules_pa, size_bytes, BOOT_MEMORY_DOCUMENT);
    for (uint32_t i = 0; i < start->module_count; i++) {
        char name[BOOT_NAME_MAX] = "";
        copy_string_at(info, name, sizeof(name), modules[i].command_line_pa, "PVH module name");
        boot_add_module(info, modules[i].start_pa, modules[i].size_bytes, name);
    }
}

static void read_pvh_memory_map(struct boot_info *info, const struct pvh_start_info *start)
{
    uint64_t size_bytes = (uint64_t)start->memory_map_count * sizeof(struct memory_map_entry);
    const struct memory_map_entry *entries =
        map_document(FIXMAP_DOCUMENT, start->memory_map_pa, size_bytes, "PVH memory map");
    boot_add_memory(info, start->memory_map_pa, size_bytes, BOOT_MEMORY_DOCUMENT);
    for (uint32_t i = 0; i < start->memory_map_count; i++)
        add_memory(info, &entries[i]);
}

static void read_pvh(struct boot_info *info)
{
    uint64_t pa = boot_entry.document_pa;
    struct pvh_start_info start;
    memcpy(&start, map_document(FIXMAP_DOCUMENT, pa, sizeof(start), "PVH start_info"), sizeof(start));
    if (start.magic != PVH_MAGIC)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "PVH start_info's magic", start.magic, PVH_MAGIC);
    if (start.version == 0)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "PVH start_info's version, 0 having no memory map", 0, 1);
    info->protocol = "pvh";
    info->rsdp_pa = start.rsdp_pa;
    boot_add_memory(info, pa, sizeof(start), BOOT_MEMORY_DOCUMENT);
    copy_string_at(info, info->command_line, sizeof(info->command_line), start.command_line_pa, "command line");
    read_pvh_modules(info, &start);
    read_pvh_memory_map(info, &start);
}

/* == The machine =====================================================================================================
 */

/* The TSC's rate, where somebody says it: a hypervisor (VMware's leaf, KVM's too), or Intel (SDM 3B, 19.7.3). */
static uint64_t read_ticks_hz(void)
{
    bool hypervisor = cpuid_read(1).ecx & CPUID_1_ECX_HYPERVISOR;
    if (hypervisor && cpuid_read(0x40000000).eax >= 0x40000010)
        return cpuid_read(0x40000010).eax * 1000ul;
    uint32_t highest = cpuid_read(0).eax;
    struct cpuid tsc = highest >= 0x15 ? cpuid_read(0x15) : (struct cpuid){0};
    if (tsc.eax == 0 || tsc.ebx == 0)
        return 0;
    if (tsc.ecx != 0)
        return (uint64_t)tsc.ecx * tsc.ebx / tsc.eax;
    return highest >= 0x16 ? (cpuid_read(0x16).eax & 0xffff) * 1000000ul : 0;
}

static uint64_t read_cpu_id(uint64_t initial_apic_id)
{
    struct cpuid topology = cpuid_read(0).eax >= 0x0b ? cpuid_read(0x0b) : (struct cpuid){0};
    return topology.ebx != 0 ? topology.edx : initial_apic_id; /* 32 bits instead of 8 (SDM 3A, 9.9) */
}

void arch_boot_read(struct boot_info *info)
{
    if (boot_entry.magic == MULTIBOOT2_MAGIC)
        read_multiboot2(info);
    else if (boot_entry.magic == PVH_MAGIC)
        read_pvh(info);
    else
        boot_fail(BOOT_ERROR_PROTOCOL, "magic of the boot protocol", boot_entry.magic, MULTIBOOT2_MAGIC);

    /* A BIOS leaves its vector table at 0, and not every map says that video memory and ROMs are no RAM. */
    boot_add_memory(info, 0, PAGE_SIZE, BOOT_MEMORY_RESERVED);
    boot_add_memory(info, 0xa0000, 0x60000, BOOT_MEMORY_RESERVED);
    info->cpu_id = read_cpu_id(boot_entry.cpu_id);
    info->ticks_hz = read_ticks_hz();
}
