/* SPDX-License-Identifier: 0BSD */
/*
 * The end of the machine where neither emulator nor firmware does it: a register of a system controller, as the
 * devicetree's nodes syscon-poweroff and syscon-reboot describe it (bindings power/reset/syscon-poweroff.yaml and
 * syscon-reboot.yaml). They are sought when they are needed; when the devicetree's memory has been given away nothing
 * is found.
 */
#include <ossa/arch.h>
#include <ossa/early_map.h>
#include <ossa/fdt_more.h>

struct syscon {
    uint64_t pa; /* 0: there is none */
    uint32_t value, mask;
};

/* Without a value, the mask is meant, as older devicetrees have it. */
static void read_syscon(const struct fdt_node *node, struct syscon *syscon)
{
    struct fdt_node controller;
    uint64_t phandle, pa, size, offset, value, mask = UINT32_MAX;
    bool has_mask = fdt_read_number(node, "mask", &mask) == 0;
    if (fdt_read_number(node, "value", &value) != 0) {
        if (!has_mask)
            return;
        value = mask;
        mask = UINT32_MAX;
    }
    if (fdt_read_number(node, "offset", &offset) == 0 && fdt_read_number(node, "regmap", &phandle) == 0 &&
        fdt_find_phandle(node->fdt, phandle, &controller) && fdt_read_reg_pa(&controller, 0, &pa, &size) == 0 &&
        offset % 4 == 0 && offset + 4 <= size)
        *syscon = (struct syscon){pa + offset, value, mask};
}

void syscon_write(enum syscon_use use)
{
    static const char *const compatible[SYSCON_USES] = {"syscon-poweroff", "syscon-reboot"};
    struct fdt_node node;
    struct syscon syscon = {0};
    for (bool more = boot_fdt() != NULL && fdt_find(boot_fdt(), "", &node); more; more = fdt_next_node(&node))
        if (fdt_is_compatible(&node, compatible[use]))
            read_syscon(&node, &syscon);
    volatile uint32_t *reg =
        syscon.pa != 0 ? early_map_window(FIXMAP_SCRATCH, syscon.pa, 4, PAGE_WRITE | PAGE_DEVICE) : NULL;
    if (reg != NULL)
        *reg = (syscon.mask == UINT32_MAX ? 0 : *reg & ~syscon.mask) | (syscon.value & syscon.mask);
}
