/* SPDX-License-Identifier: 0BSD */
/*
 * The node of the console's device, as a devicetree names it (Devicetree Specification v0.4, sections 3.3 and 3.6).
 */
#include <ossa/fdt.h>
#include <ossa/string.h>

bool fdt_find_stdout(const struct fdt_node *chosen, struct fdt_node *node)
{
    const char *path = fdt_find_string(chosen, "stdout-path");
    if (path && *path != '/')
        path = !strchr(path, '/') && fdt_find(chosen->fdt, "/aliases", node) ? fdt_find_string(node, path) : NULL;
    return path && *path == '/' && fdt_find(chosen->fdt, path, node);
}
