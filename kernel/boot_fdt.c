/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the way from a flattened devicetree to struct boot_info, for the ports whose firmware passes one. What the nodes
 * and properties mean is in the Devicetree Specification v0.4, chapter 3; linux,initrd-, rng-seed and reserved-memory
 * in its schema repository. Invariant: only what fdt_open() has checked is read, and a value that contradicts the
 * specification ends in a boot error, for it may be memory that is not ours.
 */
#include <ossa/arch.h>
#include <ossa/console.h>
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/fdt.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/string.h>

#define FDT_MAGIC        0xd00dfeed
#define FDT_HEADER_BYTES 40 /* section 5.2 */

static struct fdt open_fdt;

static enum boot_error refuse(struct fdt *fdt, enum boot_error error, const char *what, uint64_t got, uint64_t want)
{
    fdt->fault = (struct fdt_fault){what, 0, got, want};
    return error;
}

static uint32_t read_cell(const unsigned char *cell)
{
    return (uint32_t)cell[0] << 24 | cell[1] << 16 | cell[2] << 8 | cell[3];
}

enum boot_error boot_open_fdt(struct fdt *fdt, uint64_t fdt_pa)
{
    if (fdt_pa == 0 || fdt_pa % 8 != 0)
        return refuse(fdt, BOOT_ERROR_DOCUMENT_PA, "devicetree address, a multiple of 8", fdt_pa, fdt_pa & -8);
    const unsigned char *blob = early_map_window(FIXMAP_DOCUMENT, fdt_pa, FDT_HEADER_BYTES, PAGE_READ);
    if (blob == NULL)
        return refuse(fdt, BOOT_ERROR_DOCUMENT_PA, "devicetree address", fdt_pa, 0);
    if (read_cell(blob) != FDT_MAGIC)
        return refuse(fdt, BOOT_ERROR_PROTOCOL, "devicetree magic", read_cell(blob), FDT_MAGIC);
    uint32_t size = read_cell(blob + 4);
    blob = early_map_window(FIXMAP_DOCUMENT, fdt_pa, size, PAGE_READ);
    if (blob == NULL)
        return refuse(fdt, BOOT_ERROR_WINDOW, "devicetree bytes", size, FIXMAP_SCRATCH - FIXMAP_DOCUMENT - PAGE_SIZE);
    return fdt_open(fdt, blob, size) < 0 ? BOOT_ERROR_DOCUMENT_DATA : 0;
}

/* Every range of the node's reg; none is no error. */
static void add_reg(struct boot_info *info, const struct fdt_node *node, enum boot_memory_kind kind)
{
    uint64_t pa, size;
    int error;
    for (uint32_t i = 0; (error = fdt_read_reg_pa(node, i, &pa, &size)) == 0; i++)
        boot_add_memory(info, pa, size, kind);
    if (error != -ENOENT)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "errno of devicetree memory's reg", (uint64_t)-error, ENOENT);
}

static void add_reservations(struct boot_info *info)
{
    uint64_t pa, size;
    int error;
    for (uint32_t i = 0; (error = fdt_read_reservation(&open_fdt, i, &pa, &size)) == 0; i++)
        boot_add_memory(info, pa, size, BOOT_MEMORY_FIRMWARE);
    if (error != -ENOENT)
        boot_fail(BOOT_ERROR_DOCUMENT_DATA, "errno of devicetree's memory reservation", (uint64_t)-error, ENOENT);
}

static bool is_memory(const struct fdt_node *node)
{
    const char *type, *status = "";
    if (fdt_read_string(node, "device_type", &type) < 0 || strcmp(type, "memory") != 0)
        return false;
    return fdt_read_string(node, "status", &status) == -ENOENT || strncmp(status, "ok", 2) == 0;
}

static void read_initrd(struct boot_info *info, const struct fdt_node *chosen)
{
    uint64_t start_pa, end_pa;
    if (fdt_read_number(chosen, "linux,initrd-start", &start_pa) < 0 ||
        fdt_read_number(chosen, "linux,initrd-end", &end_pa) < 0)
        return;
    if (end_pa > start_pa)
        boot_add_module(info, start_pa, end_pa - start_pa, "initrd");
    else
        log_warn("boot: initrd ignored: it ends at %#lx and starts at %#lx", end_pa, start_pa);
}

static void read_chosen(struct boot_info *info, const struct fdt_node *chosen)
{
    struct fdt_property property;
    if (fdt_find_property(chosen, "bootargs", &property))
        boot_copy_string(info->command_line, sizeof(info->command_line), property.value, property.size_bytes,
                         "command line");
    read_initrd(info, chosen);
    if (fdt_find_property(chosen, "rng-seed", &property)) {
        info->seed = 0xcbf29ce484222325; /* FNV-1a: every bit of the seed reaches every later bit */
        for (uint32_t i = 0; i < property.size_bytes; i++)
            info->seed = (info->seed ^ ((const uint8_t *)property.value)[i]) * 0x100000001b3;
    }
}

static void read_root(struct boot_info *info)
{
    struct fdt_node root, node, child;
    fdt_root(&open_fdt, &root);
    for (node = root; fdt_next_child(&root, &node);) {
        if (is_memory(&node))
            add_reg(info, &node, BOOT_MEMORY_USABLE);
        else if (fdt_is_named(&node, "reserved-memory"))
            for (child = node; fdt_next_child(&node, &child);)
                add_reg(info, &child, BOOT_MEMORY_FIRMWARE);
        else if (fdt_is_named(&node, "chosen"))
            read_chosen(info, &node);
        else if (fdt_is_named(&node, "cpus"))
            fdt_read_number(&node, "timebase-frequency", &info->ticks_hz);
    }
}

/* Of the names in the node's compatible the first that there is a driver for, else the first. */
static void read_console(struct boot_console *console)
{
    struct fdt_node node;
    const char *options, *compatible;
    uint64_t size, shift = 0;
    if (fdt_find_stdout(&open_fdt, &node, &options) < 0 || fdt_read_string(&node, "compatible", &compatible) < 0 ||
        fdt_read_reg_pa(&node, 0, &console->pa, &size) < 0)
        return;
    SET_EACH (struct console_driver, driver, console_drivers) {
        if (fdt_is_compatible(&node, driver->compatible)) {
            compatible = driver->compatible;
            break;
        }
    }
    fdt_read_number(&node, "reg-shift", &shift);
    console->register_shift = shift;
    boot_copy_string(console->compatible, sizeof(console->compatible), compatible, BOOT_NAME_MAX, "console");
}

const struct fdt *boot_read_fdt(struct boot_info *info, uint64_t fdt_pa)
{
    enum boot_error error = boot_open_fdt(&open_fdt, fdt_pa);
    if (error != 0)
        boot_fail(error, open_fdt.fault.what, open_fdt.fault.got, open_fdt.fault.want);
    info->protocol = "fdt";
    info->fdt_pa = fdt_pa;
    boot_add_memory(info, fdt_pa, open_fdt.size_bytes, BOOT_MEMORY_DOCUMENT);
    add_reservations(info);
    read_root(info);
    read_console(&info->console);
    return &open_fdt;
}
