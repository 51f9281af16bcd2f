/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what an `interrupts` property of a devicetree means (Devicetree Specification v0.4, 2.4). The bindings are told
 * apart by their cells, which is enough for the controllers that ports have.
 */
#include <ossa/fdt.h>
#include <ossa/interrupt.h>

#define GIC_PPI 1 /* the type, in the first of three cells (arm,gic binding); 0: SPI */

static uint64_t controller_phandle, controller_cells; /* cells 0: there is none */

static uint32_t cell(const uint32_t *cells, unsigned index)
{
    return __builtin_bswap32(cells[index]);
}

/* The phandle that the node, or the nearest of those it lies in, has as its interrupt-parent. */
static int read_parent(const struct fdt_node *node, uint64_t *phandle)
{
    struct fdt_node above = *node;
    while (fdt_read_number(&above, "interrupt-parent", phandle) != 0)
        if (!fdt_parent_node(&above))
            return -ENOENT;
    return 0;
}

void interrupt_set_fdt_controller(const struct fdt_node *node)
{
    if (fdt_read_number(node, "phandle", &controller_phandle) != 0 ||
        fdt_read_number(node, "#interrupt-cells", &controller_cells) != 0)
        controller_cells = 0;
}

int interrupt_read_fdt(const struct fdt_node *node)
{
    uint32_t size;
    uint64_t phandle, count = controller_cells;
    const uint32_t *cells = fdt_find_property(node, "interrupts", &size);
    if (cells == NULL || count == 0 || count > 3 || size < 4 * count || read_parent(node, &phandle) != 0 ||
        phandle != controller_phandle)
        return -ENOENT;
    uint32_t line = cell(cells, 0);
    if (count == 3)
        line = cell(cells, 1) + (line == GIC_PPI ? 16 : 32);
    return line < INTERRUPT_LINES_MAX ? (int)line : -ENOENT;
}
