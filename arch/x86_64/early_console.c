/* SPDX-License-Identifier: 0BSD */
/*
 * The early console: COM1, a 16550 at its customary I/O port, found by a look at it. It needs neither tables nor state,
 * so it works from the first line of C to the last; on x86_64 it is the final console too.
 */
#include <ossa/arch.h>

/* Port and value, in order (16550D data sheet, "Registers"); port 0 ends it. entry.S uses it, too. */
const uint16_t early_console_setup[][2] = {
    {COM1_DATA + 1, 0x00}, /* interrupt enable: none */
    {COM1_DATA + 3, 0x83}, /* line control: 8N1; the first two registers are the divisor now */
    {COM1_DATA + 0, 0x01}, /* divisor's low byte: 115200 baud */
    {COM1_DATA + 1, 0x00}, /* and its high byte */
    {COM1_DATA + 3, 0x03}, /* line control: 8N1 */
    {COM1_DATA + 2, 0x07}, /* FIFO control: both enabled and cleared */
    {COM1_DATA + 4, 0x03}, /* modem control: DTR, RTS */
    {0, 0},
};

bool arch_early_console_init(void)
{
    if (port_read8(COM1_STATUS) == 0xff)
        return false; /* the bus floats: nothing there */
    for (unsigned i = 0; early_console_setup[i][0] != 0; i++)
        port_write8(early_console_setup[i][0], early_console_setup[i][1]);
    return true;
}

void arch_early_console_write(const char *text, size_t length_bytes)
{
    for (const char *end = text + length_bytes; text < end; text++) {
        for (unsigned left = COM1_READS_MAX; !(port_read8(COM1_STATUS) & COM1_EMPTY) && left > 0;)
            left--;
        port_write8(COM1_DATA, (uint8_t)*text);
    }
}
