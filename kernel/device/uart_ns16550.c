/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the console on a 16550 UART in memory (TI PC16550D data sheet, table II): polled transmission, 8 bits, at the
 * speed the firmware has set, for its input clock is not known here. Registers are bytes, 1 << register_shift apart.
 */
#include <ossa/arch.h>
#include <ossa/console_input.h>
#include <ossa/device.h>
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/image.h>
#include <ossa/interrupt.h>

enum {
    NS16550_RBR = 0, /* receiver buffer, read */
    NS16550_THR = 0, /* transmitter holding, write */
    NS16550_IER = 1, /* interrupt enable */
    NS16550_LCR = 3, /* line control */
    NS16550_LSR = 5, /* line status */
    NS16550_REGISTERS = 8
};

#define NS16550_LCR_8N1       0x03
#define NS16550_IER_RECEIVED  0x01
#define NS16550_LSR_READY     0x01
#define NS16550_LSR_THR_EMPTY 0x20
#define NS16550_SHIFT_MAX     4

static volatile uint8_t *ns16550_registers;
static unsigned ns16550_shift;

static void ns16550_write(const char *text, size_t length_bytes)
{
    volatile uint8_t *status = ns16550_registers + (NS16550_LSR << ns16550_shift);
    for (const char *end = text + length_bytes; text < end; text++) {
        while ((*status & NS16550_LSR_THR_EMPTY) == 0)
            arch_cpu_relax();
        ns16550_registers[NS16550_THR] = *text;
    }
    /* A lock's release need not order devices' registers (riscv64). A read behind the writes to the same device, and a
     * branch on what it gave, do: so what the next CPU writes comes behind. */
    if ((*status & NS16550_LSR_THR_EMPTY) == 0)
        arch_cpu_relax();
}

static console_writer ns16550_init(const struct boot_console *device)
{
    ns16550_shift = device->register_shift;
    if (ns16550_shift > NS16550_SHIFT_MAX)
        return NULL;
    ns16550_registers =
        early_map_window(FIXMAP_CONSOLE, device->pa, NS16550_REGISTERS << ns16550_shift, PAGE_WRITE | PAGE_DEVICE);
    if (ns16550_registers == NULL)
        return NULL;
    ns16550_registers[NS16550_IER << ns16550_shift] = 0;
    ns16550_registers[NS16550_LCR << ns16550_shift] = NS16550_LCR_8N1;
    return ns16550_write;
}

static void ns16550_handle(void *unused)
{
    (void)unused;
    while (ns16550_registers[NS16550_LSR << ns16550_shift] & NS16550_LSR_READY)
        console_input_add(ns16550_registers[NS16550_RBR]);
}

static int ns16550_listen(const struct boot_console *unused)
{
    static const struct interrupt_handler handler = {"ns16550", ns16550_handle, NULL};
    (void)unused;
    int error = CONFIG_INTERRUPT ? device_register_handler(&handler) : -ENOSYS;
    if (error == 0)
        ns16550_registers[NS16550_IER << ns16550_shift] = NS16550_IER_RECEIVED;
    return error;
}

static const struct console_driver ns16550 SET_MEMBER(console_drivers, ns16550) = {"ns16550", ns16550_init,
                                                                                   ns16550_listen};
static const struct console_driver ns16550a SET_MEMBER(console_drivers, ns16550a) = {"ns16550a", ns16550_init,
                                                                                     ns16550_listen};
