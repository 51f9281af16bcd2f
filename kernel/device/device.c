/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the choice of the final console: what the boot document names, if a driver in the set console_drivers takes it.
 */
#include "stdout.h"
#include <ossa/device.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/log_ring.h>
#include <ossa/string.h>

struct fdt_node device_stdout;
bool device_has_stdout;

void device_read_stdout(struct boot_console *console, const struct fdt_node *chosen)
{
    const struct fdt_node *node = &device_stdout;
    uint64_t size, shift = 0;
    device_has_stdout = fdt_find_stdout(chosen, &device_stdout);
    const char *compatible = device_has_stdout ? fdt_find_string(node, "compatible") : NULL;
    if (compatible == NULL || fdt_read_reg_pa(node, 0, &console->pa, &size) < 0)
        return;
    SET_EACH (driver, console_drivers) /* if there is one, a name that it knows */
        if (fdt_is_compatible(node, driver->compatible))
            compatible = driver->compatible;
    fdt_read_number(node, "reg-shift", &shift);
    console->register_shift = shift;
    boot_copy_string(console->compatible, sizeof(console->compatible), compatible, BOOT_NAME_MAX, "console");
}

void device_init(const struct boot_info *info)
{
    SET_EACH (driver, console_drivers) {
        console_writer device = NULL;
        if (driver->init != NULL && strcmp(driver->compatible, info->console.compatible) == 0)
            device = driver->init(&info->console);
        if (device != NULL && console_switch(device) == NULL && CONFIG_LOG)
            log_write_last(LOG_RING_BYTES); /* there was no console so far */
    }
}
