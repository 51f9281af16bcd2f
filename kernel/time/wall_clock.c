/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the time of day: asks the first driver of the set wall_clocks that has one, once, and counts on by clock_ns().
 */
#include <ossa/clock.h>
#include <ossa/fdt.h>
#include <ossa/image.h>
#include <ossa/spinlock.h>
#include <ossa/vrange.h>

static struct spinlock lock = SPINLOCK("wall clock");
static bool asked;
static uint64_t wall_s, wall_ns; /* 0: none; when it was asked */

static uint64_t ask_node(const struct wall_clock *driver, const struct fdt_node *node)
{
    uint64_t pa, size, seconds = 0;
    volatile void *registers = fdt_read_reg_pa(node, 0, &pa, &size) == 0 ? vrange_map_device(pa, size) : NULL;
    if (registers != NULL) {
        seconds = driver->read(registers);
        vrange_unmap_device(registers);
    }
    return seconds;
}

static uint64_t ask_tree(const struct wall_clock *driver)
{
    struct fdt_node node;
    if (boot_fdt() == NULL || !fdt_find(boot_fdt(), "", &node))
        return 0;
    while (fdt_next_node(&node))
        if (fdt_is_compatible(&node, driver->compatible))
            return ask_node(driver, &node);
    return 0;
}

uint64_t clock_wall_s(void)
{
    GUARD(spinlock, &lock);
    if (!asked) {
        asked = true;
        SET_EACH (driver, wall_clocks)
            if (wall_s == 0)
                wall_s = driver->compatible == NULL ? driver->read(NULL) : ask_tree(driver);
        wall_ns = clock_ns();
    }
    return wall_s == 0 ? 0 : wall_s + (clock_ns() - wall_ns) / NS_PER_S;
}
