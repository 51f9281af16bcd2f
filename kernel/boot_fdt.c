/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the devicetree, and the way from it to struct boot_info. What nodes and properties mean is in the Devicetree
 * Specification v0.4, chapter 3; linux,initrd-, rng-seed and reserved-memory in its schema repository. Invariant: what
 * contradicts the specification ends in a boot error, for it may be memory that is not ours.
 */
#include <ossa/arch.h>
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/fdt.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/log.h>
#include <ossa/string.h>

static struct fdt open_fdt BOOT_DATA;
static struct fdt_entry nodes[4096] NOINIT; /* QEMU has three for each of up to 512 CPUs */

enum boot_error boot_open_fdt(uint64_t fdt_pa)
{
    if (open_fdt.end != NULL && open_fdt.fault.what == NULL)
        return 0;
    bool aligned = fdt_pa != 0 && fdt_pa % 8 == 0;
    const void *blob = aligned ? early_map_window(FIXMAP_DOCUMENT, fdt_pa, FDT_HEADER_BYTES, PAGE_READ) : NULL;
    open_fdt.fault = (struct fdt_fault){"devicetree address, a multiple of 8", fdt_pa, fdt_pa & -8};
    if (blob == NULL)
        return BOOT_ERROR_DOCUMENT_PA;
    uint32_t size = fdt_read_size(&open_fdt, blob);
    if (size == 0)
        return BOOT_ERROR_PROTOCOL;
    open_fdt.fault = (struct fdt_fault){"devicetree bytes", size, FIXMAP_SCRATCH - FIXMAP_DOCUMENT - PAGE_SIZE};
    blob = early_map_window(FIXMAP_DOCUMENT, fdt_pa, size, PAGE_READ);
    if (blob == NULL)
        return BOOT_ERROR_WINDOW;
    return fdt_open(&open_fdt, blob, nodes, sizeof(nodes) / sizeof(nodes[0])) < 0 ? BOOT_ERROR_DOCUMENT_DATA : 0;
}

const struct fdt *boot_fdt(void)
{
    return open_fdt.end != NULL && open_fdt.fault.what == NULL ? &open_fdt : NULL;
}

/* Every range of the node's reg; none is no error. */
static void add_reg(struct boot_info *info, const struct fdt_node *node, enum boot_memory_kind kind)
{
    uint64_t pa, size;
    int error;
    for (uint32_t i = 0; (error = fdt_read_reg_pa(node, i, &pa, &size)) == 0; i++)
        boot_add_memory(info, pa, size, kind);
    if (error != -ENOENT)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "errno of devicetree memory's reg", -error, ENOENT);
}

static void read_chosen(struct boot_info *info, const struct fdt_node *chosen)
{
    uint32_t size;
    uint64_t start_pa = 0, end_pa = 0;
    const char *command_line = fdt_find_property(chosen, "bootargs", &size);
    if (command_line != NULL)
        boot_copy_string(info->command_line, sizeof(info->command_line), command_line, size, "command line");
    fdt_read_number(chosen, "linux,initrd-start", &start_pa);
    fdt_read_number(chosen, "linux,initrd-end", &end_pa);
    if (start_pa != 0 && end_pa > start_pa)
        boot_add_module(info, start_pa, end_pa - start_pa, "initrd");
    else if (start_pa != end_pa)
        log_warn("boot: initrd ignored: it ends at %#lx and starts at %#lx", end_pa, start_pa);
    const uint8_t *seed = fdt_find_property(chosen, "rng-seed", &size);
    info->seed = seed ? 0xcbf29ce484222325 : 0; /* FNV-1a: every bit of the seed reaches every later bit */
    for (; seed && size > 0; size--)
        info->seed = (info->seed ^ *seed++) * 0x100000001b3;
    if (CONFIG_DEVICE)
        device_read_stdout(&info->console, chosen);
}

static void read_tree(struct boot_info *info)
{
    struct fdt_node node;
    bool reserved = false; /* the last child of the root is reserved-memory */
    fdt_find(&open_fdt, "", &node);
    while (fdt_next_node(&node)) {
        if (node.depth == 2 && reserved)
            add_reg(info, &node, BOOT_MEMORY_FIRMWARE);
        if (node.depth > 1)
            continue;
        reserved = fdt_is_named(node.name, "reserved-memory");
        const char *status = fdt_is_named(node.name, "memory") ? fdt_find_string(&node, "status") : "no memory";
        if (status == NULL || strncmp(status, "ok", 2) == 0)
            add_reg(info, &node, BOOT_MEMORY_USABLE);
        else if (fdt_is_named(node.name, "chosen"))
            read_chosen(info, &node);
        else if (fdt_is_named(node.name, "cpus"))
            fdt_read_number(&node, "timebase-frequency", &info->ticks_hz);
    }
    if (!open_fdt.is_whole)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "devicetree malformed or too large, at byte",
                  4 * (open_fdt.end - open_fdt.cells), 0);
}

const struct fdt *boot_read_fdt(struct boot_info *info, uint64_t fdt_pa)
{
    int error = boot_open_fdt(fdt_pa);
    if (error != 0)
        boot_fail(error, open_fdt.fault.what, open_fdt.fault.got, open_fdt.fault.want);
    info->protocol = "fdt";
    info->fdt_pa = fdt_pa;
    boot_add_memory(info, fdt_pa, open_fdt.size_bytes, BOOT_MEMORY_DOCUMENT);
    uint64_t pa, size;
    for (uint32_t i = 0; (error = fdt_read_reservation(&open_fdt, i, &pa, &size)) == 0; i++)
        boot_add_memory(info, pa, size, BOOT_MEMORY_FIRMWARE);
    if (error != -ENOENT)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "errno of devicetree's memory reservation", -error, ENOENT);
    read_tree(info);
    return &open_fdt;
}
