/* SPDX-License-Identifier: 0BSD */
/*
 * The early console: the PL011 that the boot document's stdout-path names, or the one at CONFIG_EARLY_CONSOLE_PA. With
 * neither there is none: this port never writes to an address that nobody named.
 */
#include <ossa/arch.h>
#include <ossa/early_map.h>
#include <ossa/fdt.h>
#include <ossa/image.h>

/* Arm PrimeCell UART (PL011) reference manual, DDI 0183, 3.2: offsets in 32-bit registers. */
#define PL011_DR   (0x00 / 4)
#define PL011_FR   (0x18 / 4)
#define PL011_CR   (0x30 / 4)
#define PL011_SIZE 0x48
#define FR_TXFF    0x020 /* transmit FIFO full */
#define CR_ENABLE  0x101 /* TXE, UARTEN */

static volatile uint32_t *registers BOOT_DATA;

static bool find_pl011(uint64_t *pa)
{
    struct fdt_node chosen, node;
    uint64_t size;
    return boot_open_fdt(boot_entry.document_pa) == 0 && fdt_find(boot_fdt(), "/chosen", &chosen) &&
           fdt_find_stdout(&chosen, &node) && fdt_is_compatible(&node, "arm,pl011") &&
           fdt_read_reg_pa(&node, 0, pa, &size) == 0;
}

bool arch_early_console_init(void)
{
    uint64_t pa = CONFIG_EARLY_CONSOLE_PA;
    if (pa != 0 || find_pl011(&pa))
        registers = early_map_window(FIXMAP_CONSOLE, pa, PL011_SIZE, PAGE_WRITE | PAGE_DEVICE);
    if (registers != NULL && (registers[PL011_CR] & CR_ENABLE) != CR_ENABLE)
        registers[PL011_CR] = CR_ENABLE; /* else the firmware uses it: leave its baud rate */
    return registers != NULL;
}

void arch_early_console_write(const char *text, size_t length_bytes)
{
    for (const char *end = text + length_bytes; text < end; text++) {
        while ((registers[PL011_FR] & FR_TXFF) != 0)
            arch_cpu_relax();
        registers[PL011_DR] = (uint8_t)*text;
    }
}
