/* SPDX-License-Identifier: 0BSD */
/*
 * The end of the machine. The exit device is an emulator's, at a port that could be anything on real hardware: it is
 * written only if CPUID says that a hypervisor is there. What ACPI knows of both ends is interrupt_platform.c's.
 */
#include <ossa/arch.h>
#include <ossa/machine.h>

#define RESET_PORT           0xcf9 /* chipset's reset control register */
#define RESET_SYSTEM         0x02
#define RESET_CPU            0x04 /* its rising edge resets */
#define KEYBOARD_COMMAND     0x64 /* 8042 */
#define KEYBOARD_PULSE_RESET 0xfe

_Static_assert(EXIT_BOOT_ERROR == MACHINE_EXIT_CODE(MACHINE_BOOT_ERROR) >> 1, "entry.S exits as boot_fail() does");

void arch_power_off(unsigned code)
{
    if (cpuid_read(1).ecx & CPUID_1_ECX_HYPERVISOR)
        port_write8(EXIT_PORT, (uint8_t)(code >> 1));
    if (CONFIG_INTERRUPT)
        platform_power_off();
}

void arch_reboot(void)
{
    static const char no_idt[10]; /* limit and base 0: a breakpoint cannot be delivered, nor the fault that this is */
    if (CONFIG_INTERRUPT)
        platform_reset();
    port_write8(RESET_PORT, RESET_SYSTEM);
    port_write8(RESET_PORT, RESET_SYSTEM | RESET_CPU);
    port_write8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
    __asm__ volatile("lidt %0\n\tint3" ::"m"(no_idt));
}
