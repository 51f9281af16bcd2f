/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the CPUs of a devicetree (Devicetree Specification v0.4, 3.8): the children of /cpus whose device_type is "cpu".
 */
#include <ossa/fdt.h>
#include <ossa/smp.h>
#include <ossa/string.h>

static bool is_enabled(const struct fdt_node *node)
{
    const char *type = fdt_find_string(node, "device_type"), *status = fdt_find_string(node, "status");
    return type != NULL && strcmp(type, "cpu") == 0 && (status == NULL || strncmp(status, "ok", 2) == 0);
}

void cpu_find_fdt(bool (*is_usable)(const struct fdt_node *node))
{
    struct fdt_node node;
    if (!fdt_find(boot_fdt(), "/cpus", &node))
        return;
    while (fdt_next_node(&node) && node.depth > 1) {
        uint64_t id;
        if (node.depth == 2 && is_enabled(&node) && fdt_read_number(&node, "reg", &id) == 0 && is_usable(&node))
            cpu_add(id);
    }
}
