/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the way from entry.S to kernel_main(): boot_start() is that list. Owns struct boot_info too: the ports' boot.c
 * enter what they find, in any order and overlapping; boot_validate() refuses what cannot be booted with.
 */
#include <ossa/arch.h>
#include <ossa/console.h>
#include <ossa/cpu.h>
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/image.h>
#include <ossa/init.h>
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
    if (CONFIG_KASAN)
        kasan_init(kernel_pa);
    boot_entry = (struct boot_entry){document_pa, magic, cpu_id, kernel_pa, ticks};
    console_init_early();
    log_info("entry: " ARCH_NAME ", kernel at %#lx, document at %#lx", kernel_pa, document_pa);
    clear_bss();
    if (CONFIG_KASAN)
        kasan_init_globals();
    for (unsigned i = 1; i <= ARCH_TRAP_STACKS; i++)
        boot_cpu.trap_stack_ends[i] = (uintptr_t)image_stack(1 + i) + STACK_SIZE;
    arch_trap_init(); /* from here on a fault is reported */
    early_map_init(); /* the tables are in .bss */

    info_found.cpu_id = cpu_id;
    info_found.kernel_pa = kernel_pa;
    info_found.entry_ticks = ticks;
    arch_boot_read(&info_found);
    boot_cpu.id = info_found.cpu_id;
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
    uint64_t end_pa = start_pa + size_bytes;
    if (size_bytes == 0)
        return;
    if (end_pa < start_pa || end_pa > (uint64_t)-PAGE_SIZE)
        end_pa = -PAGE_SIZE; /* so that it can be rounded */
    if (!usable) {
        start_pa &= -PAGE_SIZE;
        end_pa = (end_pa + PAGE_SIZE - 1) & -PAGE_SIZE;
    }
    size_t count_max = usable ? BOOT_REGIONS_USABLE : BOOT_REGIONS_MAX;
    info->memory = (struct region_list){info->regions, info->memory.count, count_max};
    if (region_add(&info->memory, start_pa, end_pa, kind) != -ENOSPC)
        return;
    if (!usable)
        boot_fail(BOOT_ERROR_DOCUMENT_SIZE, "ranges in the memory map", BOOT_REGIONS_MAX + 1, BOOT_REGIONS_MAX);
    log_warn("boot: %lu KiB at %#lx left out: the memory map has too many ranges", size_bytes >> 10, start_pa);
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

void boot_validate(struct boot_info *info)
{
    uint64_t image_bytes = image_end - image_start, kernel_end_pa = info->kernel_pa + image_bytes;
    region_trim(&info->memory, BOOT_MEMORY_USABLE, PAGE_SIZE);
    uint64_t usable_bytes = region_bytes(&info->memory, BOOT_MEMORY_USABLE, 0, UINT64_MAX);
    uint64_t kernel_bytes = region_bytes(&info->memory, BOOT_MEMORY_USABLE, info->kernel_pa, kernel_end_pa);
    if (usable_bytes == kernel_bytes)
        boot_fail(BOOT_ERROR_NO_MEMORY, "bytes of usable memory beside the kernel", 0, PAGE_SIZE);
    if (kernel_bytes != image_bytes)
        boot_fail(BOOT_ERROR_KERNEL_MEMORY, "bytes of usable memory where the kernel is", kernel_bytes, image_bytes);
    boot_add_memory(info, info->kernel_pa, image_bytes, BOOT_MEMORY_KERNEL);
}

void boot_log(const struct boot_info *info)
{
    static const char *const kinds[] = {"usable", "document", "ACPI", "module", "kernel", "firmware", "reserved"};
    uint64_t usable = region_bytes(&info->memory, BOOT_MEMORY_USABLE, 0, UINT64_MAX);
    uint64_t image = image_end - image_start;
    log_info(OSSA_NAME " " OSSA_VERSION ", build %*phN, " ARCH_NAME, 8, build_id_note + 16);
    log_info("boot: %s%s%s, cpu %#lx", info->protocol, info->loader[0] == '\0' ? "" : " by ", info->loader,
             info->cpu_id);
    log_info("memory: %pZ usable, kernel %pZ at %#lx", &usable, &image, info->kernel_pa);
    for (size_t i = 0; i < info->memory.count; i++)
        log_debug("memory: %#lx - %#lx %s", info->regions[i].start, info->regions[i].end, kinds[info->regions[i].kind]);
    for (size_t i = 0; i < info->module_count; i++)
        log_info("module: %pZ at %#lx \"%s\"", &info->modules[i].size_bytes, info->modules[i].start_pa,
                 info->modules[i].name);
    log_info("command line: \"%s\"", info->command_line);
}
