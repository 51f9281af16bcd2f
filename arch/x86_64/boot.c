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

enum multiboot2_tag_type {
    TAG_END,
    TAG_COMMAND_LINE = 1,
    TAG_LOADER_NAME = 2,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_FRAMEBUFFER = 8,
    TAG_EFI_SYSTEM_TABLE = 12,
    TAG_RSDP_1 = 14, /* copies of ACPI 1.0's and 2.0's RSDP */
    TAG_RSDP_2 = 15,
};

#define TAG_HEAD_SIZE   8
#define FRAMEBUFFER_RGB 1

struct multiboot2_tag {
    uint32_t type, size; /* TAG_HEAD_SIZE bytes; strings begin after it */
    union {
        struct {
            uint32_t start_pa, end_pa; /* and its command line */
        } PACKED module;
        struct {
            uint32_t entry_size, entry_version; /* and the entries */
        } PACKED memory_map;
        struct {
            uint64_t pa;
            uint32_t pitch_bytes, width, height;
            uint8_t bits_per_pixel, type;
        } PACKED framebuffer;
        uint64_t efi_system_table_pa;
    } PACKED;
} PACKED;

struct memory_map_entry { /* PVH's, and how Multiboot2's begin */
    uint64_t start_pa, size_bytes;
    uint32_t type, reserved;
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

/* == Both protocols ================================================================================================ */

static const void *map_document(uint32_t window, uint64_t pa, uint64_t size_bytes, const char *what)
{
    uint64_t limit_pa = 1ul << (cpuid_read(0x80000008).eax & 0xff);
    if (pa == 0 || pa >= limit_pa || size_bytes > limit_pa - pa)
        boot_fail(BOOT_ERROR_DOCUMENT_PA, what, pa, limit_pa);
    const void *va = early_map_window(window, pa, size_bytes, PAGE_READ);
    if (va == NULL)
        boot_fail(BOOT_ERROR_WINDOW, what, size_bytes,
                  window == FIXMAP_DOCUMENT ? FIXMAP_SCRATCH - FIXMAP_DOCUMENT : FIXMAP_CONSOLE - FIXMAP_SCRATCH);
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

/* == Multiboot2 ==================================================================================================== */

static void read_module(struct boot_info *info, const struct multiboot2_tag *tag)
{
    uint32_t start_pa = tag->module.start_pa, end_pa = tag->module.end_pa;
    size_t fixed_size = TAG_HEAD_SIZE + sizeof(tag->module);
    char name[BOOT_NAME_MAX];
    if (end_pa < start_pa)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "Multiboot2 module's end", end_pa, start_pa);
    boot_copy_string(name, sizeof(name), (const char *)tag + fixed_size, tag->size - fixed_size, "module name");
    boot_add_module(info, start_pa, end_pa - start_pa, name);
}

static void read_memory_map(struct boot_info *info, const struct multiboot2_tag *tag)
{
    uint32_t entry_size = tag->memory_map.entry_size, entry_version = tag->memory_map.entry_version;
    if (entry_size < sizeof(struct memory_map_entry))
        boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 memory map's entry", entry_size,
                  sizeof(struct memory_map_entry));
    if (entry_version != 0)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "Multiboot2 memory map's version", entry_version, 0);
    const char *entry = (const char *)tag + TAG_HEAD_SIZE + sizeof(tag->memory_map);
    for (const char *end = (const char *)tag + tag->size; (size_t)(end - entry) >= entry_size; entry += entry_size)
        add_memory(info, (const struct memory_map_entry *)entry);
}

static void read_framebuffer(struct boot_info *info, const struct multiboot2_tag *tag)
{
    uint64_t pa = tag->framebuffer.pa, pitch_bytes = tag->framebuffer.pitch_bytes;
    if (pa == 0 || tag->framebuffer.type != FRAMEBUFFER_RGB)
        return; /* text mode, or pixels only the firmware can reach */
    info->framebuffer = (struct boot_framebuffer){.pa = pa,
                                                  .width = tag->framebuffer.width,
                                                  .height = tag->framebuffer.height,
                                                  .pitch_bytes = tag->framebuffer.pitch_bytes,
                                                  .bits_per_pixel = tag->framebuffer.bits_per_pixel};
    boot_add_memory(info, pa, pitch_bytes * tag->framebuffer.height, BOOT_MEMORY_RESERVED);
}

/* RSDP: ACPI 2.0's leads to 64-bit tables, so it wins in whatever order they come. Sizes: ACPI 6.5, 5.2.5.3. */
static void read_tag(struct boot_info *info, const struct multiboot2_tag *tag, uint64_t pa)
{
    static const uint8_t content_min[] = {[TAG_MODULE] = sizeof(tag->module),
                                          [TAG_MEMORY_MAP] = sizeof(tag->memory_map),
                                          [TAG_FRAMEBUFFER] = sizeof(tag->framebuffer),
                                          [TAG_EFI_SYSTEM_TABLE] = sizeof(tag->efi_system_table_pa),
                                          [TAG_RSDP_1] = 20,
                                          [TAG_RSDP_2] = 36};
    const char *content = (const char *)tag + TAG_HEAD_SIZE;
    uint32_t content_size = tag->size - TAG_HEAD_SIZE;
    if (tag->type < sizeof(content_min) && content_size < content_min[tag->type])
        boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 tag's content", content_size, content_min[tag->type]);

    if (tag->type == TAG_COMMAND_LINE)
        boot_copy_string(info->command_line, sizeof(info->command_line), content, content_size, "command line");
    else if (tag->type == TAG_LOADER_NAME)
        boot_copy_string(info->loader, sizeof(info->loader), content, content_size, "loader name");
    else if (tag->type == TAG_MODULE)
        read_module(info, tag);
    else if (tag->type == TAG_MEMORY_MAP)
        read_memory_map(info, tag);
    else if (tag->type == TAG_FRAMEBUFFER)
        read_framebuffer(info, tag);
    else if (tag->type == TAG_EFI_SYSTEM_TABLE)
        info->efi_system_table_pa = tag->efi_system_table_pa;
    else if (tag->type == TAG_RSDP_2 || (tag->type == TAG_RSDP_1 && info->rsdp_pa == 0))
        info->rsdp_pa = pa + TAG_HEAD_SIZE;
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
        if (left < TAG_HEAD_SIZE)
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 bytes left for a tag", left, TAG_HEAD_SIZE);
        if (tag->size < TAG_HEAD_SIZE || tag->size > left)
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "Multiboot2 tag's size", tag->size, left);
        if (tag->type == TAG_END)
            return;
        read_tag(info, tag, pa + offset);
        offset += ((uint64_t)tag->size + 7) & ~7ul;
    }
}

/* == PVH =========================================================================================================== */

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

/* == The machine =================================================================================================== */

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
