/* SPDX-License-Identifier: 0BSD */
/*
 * Devices that the boot document names and that ports share (kernel/device/): for now, consoles.
 */
#pragma once

#include <ossa/console.h>

/*
 * A driver for devices of one devicetree binding; in the set console_drivers:
 *     static const struct console_driver name SET_MEMBER(console_drivers, name) = {"ns16550a", name_init};
 * init sets the device up and returns what writes to it, NULL if it cannot be used.
 */
struct console_driver {
    const char *compatible;
    console_writer (*init)(const struct boot_console *device);
};
