/* SPDX-License-Identifier: 0BSD */
/*
 * From one node of a devicetree to another that it names by phandle (Devicetree Specification v0.4, 2.3.3).
 */
#include <ossa/fdt_more.h>

bool fdt_find_phandle(const struct fdt *fdt, uint64_t phandle, struct fdt_node *node)
{
    uint64_t its;
    for (bool more = fdt_find(fdt, "", node); more; more = fdt_next_node(node))
        if (fdt_read_number(node, "phandle", &its) == 0 && its == phandle)
            return true;
    return false;
}
