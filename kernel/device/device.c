/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the choice of the final console: what the boot document names, if a driver in the set console_drivers takes it.
 */
#include <ossa/device.h>
#include <ossa/fdt.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/string.h>

void device_read_stdout(struct boot_console *console, const struct fdt_node *chosen)
{
    struct fdt_node node;
    uint64_t size, shift = 0;
    const char *compatible = fdt_find_stdout(chosen, &node) ? fdt_find_string(&node, "compatible") : NULL;
    if (compatible == NULL || fdt_read_reg_pa(&node, 0, &console->pa, &size) < 0)
        return;
    SET_EACH (struct console_driver, driver, console_drivers) /* if there is one, a name that it knows */
        if (fdt_is_compatible(&node, driver->compatible))
            compatible = driver->compatible;
    fdt_read_number(&node, "reg-shift", &shift);
    console->register_shift = shift;
    boot_copy_string(console->compatible, sizeof(console->compatible), compatible, BOOT_NAME_MAX, "console");
}

void device_init(const struct boot_info *info)
{
    SET_EACH (struct console_driver, driver, console_drivers) {
        console_writer device = NULL;
        if (driver->init != NULL && strcmp(driver->compatible, info->console.compatible) == 0)
            device = driver->init(&info->console);
        if (device != NULL)
            console_switch(device);
    }
}
