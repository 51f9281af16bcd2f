/* SPDX-License-Identifier: 0BSD */
/*
 * A device that interrupts when a test wants it to: the alarm of QEMU's real-time clock (binding google,goldfish-rtc;
 * QEMU, hw/rtc/goldfish_rtc.c). Its line stays high until it is quieted.
 */
#pragma once

#include <ossa/fdt.h>
#include <ossa/interrupt.h>
#include <ossa/vrange.h>

enum {
    ALARM_LOW = 2,
    ALARM_HIGH,
    ALARM_IRQ_ENABLED,
    ALARM_CLEAR,
    ALARM_STATUS,
    ALARM_CLEAR_INTERRUPT
}; /* by 4 bytes */

struct alarm {
    volatile uint32_t *registers;
    unsigned line;
};

static inline void alarm_quiet(const struct alarm *alarm)
{
    alarm->registers[ALARM_CLEAR_INTERRUPT] = 1;
}

/* False if there is none, or its line belongs to somebody. It is quiet before its line is unmasked. */
static inline bool alarm_find(struct alarm *alarm, const struct interrupt_handler *handler)
{
    struct fdt_node node;
    uint64_t pa, size;
    bool found = boot_fdt() != NULL && fdt_find(boot_fdt(), "/soc/rtc", &node) &&
                 fdt_is_compatible(&node, "google,goldfish-rtc") && fdt_read_reg_pa(&node, 0, &pa, &size) == 0;
    int line = found ? interrupt_read_fdt(&node) : -ENOENT;
    if (line < 0)
        return false;
    *alarm = (struct alarm){vrange_map_device(pa, size), line};
    if (alarm->registers == NULL)
        return false;
    alarm_quiet(alarm);
    found = interrupt_register(line, handler) == 0;
    if (!found)
        vrange_unmap_device(alarm->registers);
    return found;
}

static inline void alarm_put(struct alarm *alarm)
{
    alarm->registers[ALARM_IRQ_ENABLED] = 0;
    interrupt_unregister(alarm->line);
    vrange_unmap_device(alarm->registers);
}

/* Interrupts: a time long past. */
static inline void alarm_raise(const struct alarm *alarm)
{
    alarm->registers[ALARM_IRQ_ENABLED] = 1;
    alarm->registers[ALARM_HIGH] = 0;
    alarm->registers[ALARM_LOW] = 1;
}
