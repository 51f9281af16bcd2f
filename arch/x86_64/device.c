/* SPDX-License-Identifier: 0BSD */
/*
 * What is typed at COM1: a console that no boot document names, and that early_console.c goes on writing to.
 */
#include <arch/apic.h>
#include <ossa/arch.h>
#include <ossa/console_input.h>
#include <ossa/device.h>
#include <ossa/image.h>
#include <ossa/interrupt.h>

#define COM1_IRQ           4
#define COM1_INTERRUPTS    0x3f9 /* 16550D data sheet, "Interrupt Enable Register" */
#define COM1_RECEIVED      0x01
#define COM1_MODEM_CONTROL 0x3fc
#define COM1_DTR_RTS_OUT2  0x0b /* OUT2 lets the interrupt out of a PC's card */
#define COM1_READY         0x01 /* in COM1_STATUS: there is a byte to read */
#define COM1_ABSENT        0xff

static void com1_handle(void *unused)
{
    (void)unused;
    while (port_read8(COM1_STATUS) & COM1_READY) /* until the line has fallen: its next edge is the next interrupt */
        console_input_add(port_read8(COM1_DATA));
}

static int com1_listen(const struct boot_console *unused)
{
    static const struct interrupt_handler handler = {"COM1", com1_handle, NULL};
    (void)unused;
    if (!CONFIG_INTERRUPT)
        return -ENOSYS;
    if (port_read8(COM1_STATUS) == COM1_ABSENT)
        return -ENOENT;
    int error = interrupt_register(interrupt_isa_line(COM1_IRQ), &handler);
    if (error != 0)
        return error;
    port_write8(COM1_MODEM_CONTROL, COM1_DTR_RTS_OUT2);
    port_write8(COM1_INTERRUPTS, COM1_RECEIVED);
    return 0;
}

static const struct console_driver com1 SET_MEMBER(console_drivers, com1) = {"", NULL, com1_listen};
