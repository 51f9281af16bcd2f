/* SPDX-License-Identifier: 0BSD */
/*
 * Owns how the console comes to interrupt: its driver is asked, and for it its line is looked up.
 */
#include "stdout.h"
#include <ossa/device.h>
#include <ossa/errno.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/interrupt.h>
#include <ossa/log.h>
#include <ossa/string.h>

int device_register_handler(const struct interrupt_handler *handler)
{
    int line = device_has_stdout ? interrupt_read_fdt(&device_stdout) : -ENOENT;
    return line < 0 ? line : interrupt_register(line, handler);
}

void device_listen(const struct boot_info *info)
{
    SET_EACH (driver, console_drivers) {
        if (driver->listen == NULL || strcmp(driver->compatible, info->console.compatible) != 0)
            continue;
        int error = driver->listen(&info->console);
        if (error != 0)
            log_warn("console: nothing can be typed, error %d", -error);
    }
}
