/* SPDX-License-Identifier: 0BSD */
/*
 * The boot document of Multiboot2 (specification 2.0, section 3.6) or PVH (Xen, public/arch-x86/hvm/start_info.h) ->
 * struct boot_info. Everything in them is taken as hostile: each size is checked against what encloses it before the
 * content is read, each address against what the CPU can map. Strings are read through
 * FIXMAP_SCRATCH, lists through FIXMAP_DOCUMENT.
 */
#include <ossa/arch.h>
#include <ossa/early_map.h>
#include <ossa/string.h>

#define FRAMEBUFFER_RGB 1
#define PACKED          __attribute__((packed)) /* the loader's alignment is not ours to trust */

/* clang-format off */
enum { TAG_END, TAG_COMMAND_LINE, TAG_LOADER_NAME, TAG_MODULE, TAG_MEMORY_MAP = 6, TAG_FRAMEBUFFER = 8,
       TAG_EFI_SYSTEM_TABLE = 12, TAG_RSDP_1 = 14, TAG_RSDP_2 /* copies of ACPI 1.0's and 2.0's RSDP */ };

struct tag             { uint32_t type, size_bytes; char content[]; } PACKED;
struct tag_module      { uint32_t start_pa, end_pa; char name[]; } PACKED;
struct tag_memory_map  { uint32_t entry_size, entry_version; char entries[]; } PACKED; /* versions add, 3.6.8 */
struct tag_framebuffer { uint64_t pa; uint32_t pitch_bytes, width, height; uint8_t bits_per_pixel, type; } PACKED;

struct memory_map_entry { uint64_t start_pa, size_bytes; uint32_t type, reserved; } PACKED; /* of both protocols */

struct pvh_module { uint64_t start_pa, size_bytes, command_line_pa, reserved; } PACKED;
struct pvh_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules_pa, command_line_pa, rsdp_pa;
    uint64_t memory_map_pa; uint32_t memory_map_count, reserved; /* from version 1 on */
} PACKED;
/* clang-format on */

/* == Both protocols ================================================================================================ */

static const void *map_document(uint32_t window, uint64_t pa, uint64_t size_bytes, const char *what)
{
    uint64_t limit_pa = 1ul << (cpuid_read(0x80000008).eax & 0xff);
    if (pa == 0 || pa >= limit_pa || size_bytes > limit_pa - pa)
        boot_fail(BOOT_ERROR_DOCUMENT_PA, what, pa, limit_pa);
    const void *va = early_map_window(window, pa, size_bytes, PAGE_READ);
    if (va == NULL)
        boot_fail(BOOT_ERROR_WINDOW, what, size_bytes, FIXMAP_SCRATCH - FIXMAP_DOCUMENT);
    return va;
}

/* E820's types, ACPI 6.5, table 15.5. What is not listed, as GRUB's 20 for EFI code, is not ours. */
static void read_memory_map(struct boot_info *info, const char *at, uint64_t size_bytes, uint64_t entry_size)
{
    static const enum boot_memory_kind kinds[] = {BOOT_MEMORY_RESERVED, BOOT_MEMORY_USABLE, BOOT_MEMORY_RESERVED,
                                                  BOOT_MEMORY_ACPI_RECLAIMABLE, BOOT_MEMORY_FIRMWARE};
    if (entry_size < sizeof(struct memory_map_entry))
        boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "memory map's entry", entry_size, sizeof(struct memory_map_entry));
    for (const char *end = at + size_bytes; (uint64_t)(end - at) >= entry_size; at += entry_size) {
        const struct memory_map_entry *entry = (const void *)at;
        bool known = entry->type < sizeof(kinds) / sizeof(kinds[0]);
        boot_add_memory(info, entry->start_pa, entry->size_bytes, known ? kinds[entry->type] : BOOT_MEMORY_RESERVED);
    }
}

/* == Multiboot2 ==================================================================================================== */

static void read_module(struct boot_info *info, const struct tag_module *tag, uint32_t size_bytes)
{
    char name[BOOT_NAME_MAX];
    if (tag->end_pa < tag->start_pa)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "Multiboot2 module's end", tag->end_pa, tag->start_pa);
    boot_copy_string(name, sizeof(name), tag->name, size_bytes - sizeof(*tag), "module name");
    boot_add_module(info, tag->start_pa, tag->end_pa - tag->start_pa, name);
}

static void read_framebuffer(struct boot_info *info, const struct tag_framebuffer *tag)
{
    if (tag->pa == 0 || tag->type != FRAMEBUFFER_RGB)
        return; /* text mode, or pixels only the firmware can reach */
    info->framebuffer =
        (struct boot_framebuffer){tag->pa, tag->width, tag->height, tag->pitch_bytes, tag->bits_per_pixel};
    boot_add_memory(info, tag->pa, (uint64_t)tag->pitch_bytes * tag->height, BOOT_MEMORY_RESERVED);
}

/* RSDP: ACPI 2.0's leads to 64-bit tables, so it wins in whatever order they come. Sizes: ACPI 6.5, 5.2.5.3. */
static void read_tag(struct boot_info *info, const struct tag *tag, uint64_t pa)
{
    static const uint8_t sizes_min[] = {
        [TAG_MODULE] = 8,           [TAG_MEMORY_MAP] = 8, [TAG_FRAMEBUFFER] = sizeof(struct tag_framebuffer),
        [TAG_EFI_SYSTEM_TABLE] = 8, [TAG_RSDP_1] = 20,    [TAG_RSDP_2] = 36};
    const void *content = tag->content;
    const struct tag_memory_map *map = content;
    uint32_t size_bytes = tag->size_bytes - sizeof(*tag);
    if (tag->type < sizeof(sizes_min) && size_bytes < sizes_min[tag->type])
        boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 tag's content", size_bytes, sizes_min[tag->type]);

    if (tag->type == TAG_COMMAND_LINE)
        boot_copy_string(info->command_line, sizeof(info->command_line), content, size_bytes, "command line");
    else if (tag->type == TAG_LOADER_NAME)
        boot_copy_string(info->loader, sizeof(info->loader), content, size_bytes, "loader name");
    else if (tag->type == TAG_MODULE)
        read_module(info, content, size_bytes);
    else if (tag->type == TAG_MEMORY_MAP)
        read_memory_map(info, map->entries, size_bytes - sizeof(*map), map->entry_size);
    else if (tag->type == TAG_FRAMEBUFFER)
        read_framebuffer(info, content);
    else if (tag->type == TAG_EFI_SYSTEM_TABLE)
        memcpy(&info->efi_system_table_pa, content, sizeof(info->efi_system_table_pa));
    else if (tag->type == TAG_RSDP_2 || (tag->type == TAG_RSDP_1 && info->rsdp_pa == 0))
        info->rsdp_pa = pa + sizeof(*tag);
}

static void read_multiboot2(struct boot_info *info)
{
    uint64_t pa = boot_entry.document_pa;
    if (pa % 8 != 0)
        boot_fail(BOOT_ERROR_DOCUMENT_PA, "Multiboot2 information's alignment", pa % 8, 0);
    uint32_t size_bytes = *(const uint32_t *)map_document(FIXMAP_DOCUMENT, pa, 8, "Multiboot2 information");
    const char *document = map_document(FIXMAP_DOCUMENT, pa, size_bytes, "Multiboot2 information");
    info->protocol = "multiboot2";
    boot_add_memory(info, pa, size_bytes, BOOT_MEMORY_DOCUMENT);

    /* From behind the size and a reserved word on. 64 bits: rounding a tag's size up must not wrap. */
    for (uint64_t offset = 8;;) {
        const struct tag *tag = (const void *)(document + offset);
        uint64_t left = offset < size_bytes ? size_bytes - offset : 0;
        if (left < sizeof(*tag))
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 bytes left for a tag", left, sizeof(*tag));
        if (tag->size_bytes < sizeof(*tag) || tag->size_bytes > left)
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 tag's size", tag->size_bytes, left);
        if (tag->type == TAG_END)
            return;
        read_tag(info, tag, pa + offset);
        offset += ((uint64_t)tag->size_bytes + 7) & ~7ul;
    }
}

/* == PVH =========================================================================================================== */

static void copy_string(struct boot_info *info, char *field, size_t field_size, uint64_t pa, const char *what)
{
    if (pa == 0)
        return;
    const char *text = map_document(FIXMAP_SCRATCH, pa, BOOT_COMMAND_LINE_MAX, what);
    boot_copy_string(field, field_size, text, BOOT_COMMAND_LINE_MAX, what);
    boot_add_memory(info, pa, strnlen(text, BOOT_COMMAND_LINE_MAX - 1) + 1, BOOT_MEMORY_DOCUMENT);
}

static const void *map_list(struct boot_info *info, uint64_t pa, uint64_t size_bytes, const char *what)
{
    boot_add_memory(info, pa, size_bytes, BOOT_MEMORY_DOCUMENT);
    return size_bytes == 0 ? NULL : map_document(FIXMAP_DOCUMENT, pa, size_bytes, what);
}

static void read_pvh(struct boot_info *info)
{
    struct pvh_start_info start;
    memcpy(&start, map_list(info, boot_entry.document_pa, sizeof(start), "PVH start_info"), sizeof(start));
    if (start.magic != PVH_MAGIC)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "PVH start_info's magic", start.magic, PVH_MAGIC);
    if (start.version == 0)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "PVH start_info's version, 0 having no memory map", 0, 1);
    info->protocol = "pvh";
    info->rsdp_pa = start.rsdp_pa;
    copy_string(info, info->command_line, sizeof(info->command_line), start.command_line_pa, "command line");

    uint64_t size_bytes = (uint64_t)start.memory_map_count * sizeof(struct memory_map_entry);
    const void *entries = map_list(info, start.memory_map_pa, size_bytes, "PVH memory map");
    read_memory_map(info, entries, size_bytes, sizeof(struct memory_map_entry));

    size_bytes = (uint64_t)start.module_count * sizeof(struct pvh_module);
    const struct pvh_module *module = map_list(info, start.modules_pa, size_bytes, "PVH module list");
    for (uint32_t i = 0; i < start.module_count; i++, module++) {
        char name[BOOT_NAME_MAX] = "";
        copy_string(info, name, sizeof(name), module->command_line_pa, "PVH module name");
        boot_add_module(info, module->start_pa, module->size_bytes, name);
    }
}

/* == The machine =================================================================================================== */

/* The TSC's rate, where somebody says it: a hypervisor (VMware's leaf, KVM's too), or Intel (SDM 2, "CPUID"). */
static uint64_t read_ticks_hz(void)
{
    struct cpuid hypervisor = cpuid_read(0x40000010), tsc = cpuid_read(0x15);
    if (cpuid_read(1).ecx & CPUID_1_ECX_HYPERVISOR && hypervisor.eax != 0)
        return hypervisor.eax * 1000ul;
    if (tsc.eax == 0 || tsc.ebx == 0)
        return 0;
    return tsc.ecx != 0 ? (uint64_t)tsc.ecx * tsc.ebx / tsc.eax : (cpuid_read(0x16).eax & 0xffff) * 1000000ul;
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
    info->ticks_hz = read_ticks_hz();
    struct cpuid topology = cpuid_read(0x0b); /* knows all 32 bits of the boot CPU's id, entry.S 8 */
    if (topology.ebx != 0)
        info->cpu_id = topology.edx;
}
