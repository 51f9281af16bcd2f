/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what is typed at an Arm PrimeCell UART (PL011, DDI 0183, 3.3); the port's early console writes to it.
 */
#include <ossa/console_input.h>
#include <ossa/device.h>
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/image.h>
#include <ossa/interrupt.h>

enum { PL011_DR = 0x00 / 4, PL011_FR = 0x18 / 4, PL011_CR = 0x30 / 4, PL011_IMSC = 0x38 / 4, PL011_ICR = 0x44 / 4 };

#define PL011_BYTES         0x48
#define PL011_FR_EMPTY      0x010 /* receive FIFO */
#define PL011_CR_RECEIVE    0x200
#define PL011_INTERRUPTS_RX 0x050 /* receive, receive timeout */

static volatile uint32_t *registers;

static void pl011_handle(void *unused)
{
    (void)unused;
    while ((registers[PL011_FR] & PL011_FR_EMPTY) == 0)
        console_input_add((unsigned char)registers[PL011_DR]);
    registers[PL011_ICR] = PL011_INTERRUPTS_RX;
}

static int pl011_listen(const struct boot_console *device)
{
    static const struct interrupt_handler handler = {"pl011", pl011_handle, NULL};
    registers = early_map_window(FIXMAP_CONSOLE, device->pa, PL011_BYTES, PAGE_WRITE | PAGE_DEVICE);
    int error = registers == NULL ? -ERANGE : CONFIG_INTERRUPT ? device_register_handler(&handler) : -ENOSYS;
    if (error != 0)
        return error;
    registers[PL011_CR] |= PL011_CR_RECEIVE;
    registers[PL011_IMSC] = PL011_INTERRUPTS_RX;
    return 0;
}

static const struct console_driver pl011 SET_MEMBER(console_drivers, pl011) = {"arm,pl011", NULL, pl011_listen};
