/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the way from entry.S to kernel_main(): boot_start() is that list. Owns struct boot_info too: the ports' boot.c
 * enter what they find, in any order and overlapping; boot_validate() makes one sorted, disjoint map of it and refuses
 * what cannot be booted with.
 */
#include <ossa/arch.h>
#include <ossa/console.h>
#include <ossa/early_map.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/machine.h>
#include <ossa/string.h>

struct boot_entry boot_entry BOOT_DATA;

static struct boot_info info_found;
const struct boot_info *const boot_info = &info_found;

static void clear_bss(void)
{
    memset(bss_start, 0, bss_end - bss_start);
}

void boot_start(uint64_t document_pa, uint64_t magic, uint64_t cpu_id, uint64_t kernel_pa, uint64_t ticks)
{
    boot_entry = (struct boot_entry){document_pa, magic, cpu_id, kernel_pa, ticks};
    console_init_early();
    log_info("entry: " ARCH_NAME ", kernel at %#lx, document at %#lx", kernel_pa, document_pa);
    clear_bss();
    arch_trap_init(); /* from here on a fault is reported */
    early_map_init(); /* the tables are in .bss */

    info_found.cpu_id = cpu_id;
    info_found.kernel_pa = kernel_pa;
    info_found.entry_ticks = ticks;
    arch_boot_read(&info_found);
    boot_validate(&info_found);
    kernel_main(&info_found);
}

void boot_fail(enum boot_error error, const char *what, uint64_t got, uint64_t want)
{
    console_printf("\nboot: E%02u %s: got %#lx, want %#lx\n", error, what, got, want);
    machine_exit(MACHINE_BOOT_ERROR);
}

void boot_add_memory(struct boot_info *info, uint64_t start_pa, uint64_t size_bytes, enum boot_memory_kind kind)
{
    bool usable = kind == BOOT_MEMORY_USABLE;
    uint64_t end_pa =
        start_pa + size_bytes < start_pa ? (uint64_t)-PAGE_SIZE : start_pa + size_bytes; /* cut at the top */
    uint64_t start = usable ? (start_pa + PAGE_SIZE - 1) & -PAGE_SIZE : start_pa & -PAGE_SIZE;
    uint64_t end = usable ? end_pa & -PAGE_SIZE : (end_pa + PAGE_SIZE - 1) & -PAGE_SIZE;
    if (size_bytes == 0 || start >= end)
        return;
    if (info->region_count == BOOT_REGIONS_MAX) {
        if (!usable)
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "entries in the memory map", BOOT_REGIONS_MAX + 1, BOOT_REGIONS_MAX);
        log_warn("boot: %lu KiB at %#lx ignored: the memory map has too many entries", size_bytes >> 10, start_pa);
        return;
    }
    info->regions[info->region_count++] = (struct boot_region){start, end, kind};
}

void boot_add_module(struct boot_info *info, uint64_t start_pa, uint64_t size_bytes, const char *name)
{
    boot_add_memory(info, start_pa, size_bytes, BOOT_MEMORY_MODULE);
    if (info->module_count == BOOT_MODULES_MAX) {
        log_warn("boot: module \"%s\" kept but not listed: more than %d modules", name, BOOT_MODULES_MAX);
        return;
    }
    struct boot_module *module = &info->modules[info->module_count++];
    module->start_pa = start_pa;
    module->size_bytes = size_bytes;
    boot_copy_string(module->name, sizeof(module->name), name, strlen(name) + 1, "module name");
}

void boot_copy_string(char *field, size_t field_size, const char *text, size_t text_size, const char *what)
{
    size_t length = strnlen(text, text_size);
    if (length >= field_size) {
        log_warn("boot: %s cut to %zu of %zu characters", what, field_size - 1, length);
        length = field_size - 1;
    }
    memcpy(field, text, length);
    field[length] = '\0';
}

/* The highest kind of all entries at pa; BOOT_MEMORY_KINDS where there is none. */
static enum boot_memory_kind kind_at(const struct boot_info *info, uint64_t pa)
{
    enum boot_memory_kind kind = BOOT_MEMORY_KINDS;
    bool ram = false;
    for (const struct boot_region *entry = info->regions; entry < info->regions + info->region_count; entry++) {
        if (entry->start_pa > pa || entry->end_pa <= pa)
            continue;
        ram |= entry->kind < BOOT_MEMORY_MODULE;
        if (kind == BOOT_MEMORY_KINDS || entry->kind > kind)
            kind = entry->kind;
    }
    if (kind == BOOT_MEMORY_KERNEL && !ram)
        boot_fail(BOOT_ERROR_KERNEL_MEMORY, "kernel memory that the map lists as RAM", 0, pa);
    return kind;
}

/* The lowest start or end above pa; UINT64_MAX if there is none. */
static uint64_t next_border(const struct boot_info *info, uint64_t pa)
{
    uint64_t border = UINT64_MAX;
    for (const struct boot_region *entry = info->regions; entry < info->regions + info->region_count; entry++) {
        if (entry->start_pa > pa && entry->start_pa < border)
            border = entry->start_pa;
        if (entry->end_pa > pa && entry->end_pa < border)
            border = entry->end_pa;
    }
    return border;
}

/* Between neighbouring borders the kind is the same everywhere, so a sweep from border to border sees all there is. */
static void sort_regions(struct boot_info *info)
{
    static struct boot_region sorted[BOOT_REGIONS_MAX] NOINIT;
    size_t count = 0;
    for (uint64_t end, start = 0; (end = next_border(info, start)) != UINT64_MAX; start = end) {
        enum boot_memory_kind kind = kind_at(info, start);
        if (kind == BOOT_MEMORY_KINDS)
            continue;
        if (count > 0 && sorted[count - 1].end_pa == start && sorted[count - 1].kind == kind) {
            sorted[count - 1].end_pa = end;
            continue;
        }
        if (count == BOOT_REGIONS_MAX)
            boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "pieces in the memory map", count + 1, BOOT_REGIONS_MAX);
        sorted[count++] = (struct boot_region){start, end, kind};
    }
    memcpy(info->regions, sorted, count * sizeof(sorted[0]));
    info->region_count = count;
}

static uint64_t memory_bytes(const struct boot_info *info, enum boot_memory_kind kind)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < info->region_count; i++)
        if (info->regions[i].kind == kind)
            bytes += info->regions[i].end_pa - info->regions[i].start_pa;
    return bytes;
}

void boot_validate(struct boot_info *info)
{
    uint64_t image_bytes = image_end - image_start;
    boot_add_memory(info, info->kernel_pa, image_bytes, BOOT_MEMORY_KERNEL);
    sort_regions(info);
    if (memory_bytes(info, BOOT_MEMORY_KERNEL) != image_bytes)
        boot_fail(BOOT_ERROR_KERNEL_MEMORY, "bytes of the kernel that are not reserved for others",
                  memory_bytes(info, BOOT_MEMORY_KERNEL), image_bytes);
    if (memory_bytes(info, BOOT_MEMORY_USABLE) == 0)
        boot_fail(BOOT_ERROR_NO_MEMORY, "bytes of usable memory", 0, PAGE_SIZE);
}

void boot_log(const struct boot_info *info)
{
    static const char *const kinds[] = {"usable", "document", "ACPI", "module", "kernel", "firmware", "reserved"};
    uint64_t usable = memory_bytes(info, BOOT_MEMORY_USABLE), image = image_end - image_start;
    log_info(OSSA_NAME " " OSSA_VERSION ", build %*phN, " ARCH_NAME, 8, build_id_note + 16);
    log_info("boot: %s%s%s, cpu %#lx", info->protocol, info->loader[0] == '\0' ? "" : " by ", info->loader,
             info->cpu_id);
    log_info("memory: %pZ usable, kernel %pZ at %#lx", &usable, &image, info->kernel_pa);
    for (size_t i = 0; i < info->region_count; i++)
        log_debug("memory: %#18lx - %#18lx %s", info->regions[i].start_pa, info->regions[i].end_pa,
                  kinds[info->regions[i].kind]);
    for (size_t i = 0; i < info->module_count; i++)
        log_info("module: %pZ at %#lx \"%s\"", &info->modules[i].size_bytes, info->modules[i].start_pa,
                 info->modules[i].name);
    log_info("command line: \"%s\"", info->command_line);
}
