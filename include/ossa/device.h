/* SPDX-License-Identifier: 0BSD */
/*
 * Devices that the boot document names and that ports share (kernel/device/): for now, consoles.
 */
#pragma once

#include <ossa/boot.h>
#include <ossa/console.h>

/*
 * A driver for devices of one devicetree binding; in the set console_drivers:
 *     static const struct console_driver name SET_MEMBER(console_drivers, name) = {"ns16550a", name_init, name_listen};
 * init sets the device up and returns what writes to it, NULL if it cannot be used; without init the port's early
 * console goes on writing. listen, with interrupts and memory up, lets the device interrupt for what is typed, from
 * where it goes to console_input_add(); 0 or -errno. Without it nothing can be typed.
 */
struct console_driver {
    const char *compatible;
    console_writer (*init)(const struct boot_console *device);
    int (*listen)(const struct boot_console *device);
};
extern const struct console_driver console_drivers_start[], console_drivers_end[];

/* For listen, on machines with a devicetree: registers the handler for the line of the console that it names. 0;
 * -ENOENT: it has none; or interrupt_register()'s error. kernel/device/interrupt.c: only with kernel/interrupt/, as
 * listen is. */
struct interrupt_handler;
int device_register_handler(const struct interrupt_handler *handler);
