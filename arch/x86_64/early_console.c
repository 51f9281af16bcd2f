/* SPDX-License-Identifier: 0BSD */
/*
 * The early console: COM1, a 16550 at its customary I/O port, found by a look at it. It needs neither tables nor state,
 * so it works from the first line of C to the last; on x86_64 it is the final console too.
 */
#include <ossa/arch.h>

enum uart_register { /* offsets from the base port, 16550D data sheet */
                     UART_DATA = 0,
                     UART_INTERRUPT_ENABLE = 1,
                     UART_DIVISOR_LOW = 0, /* with UART_DIVISOR_ACCESS, as the next */
                     UART_DIVISOR_HIGH = 1,
                     UART_FIFO_CONTROL = 2,
                     UART_LINE_CONTROL = 3,
                     UART_MODEM_CONTROL = 4,
                     UART_LINE_STATUS = 5,
};

#define UART_8N1            0x03
#define UART_DIVISOR_ACCESS 0x80
#define UART_DIVISOR_115200 1
#define UART_FIFO_CLEAR     0x07 /* enable both, clear both */
#define UART_DTR_RTS        0x03
#define UART_TRANSMIT_EMPTY 0x20
#define UART_WAIT_MAX       100000 /* reads, 1 us each or more; a byte takes 87 us */

/* Port and value, in order; port 0 ends it. entry.S's refusal of a CPU uses it, too. */
const uint16_t early_console_setup[][2] = {
    {COM1_PORT + UART_INTERRUPT_ENABLE, 0},
    {COM1_PORT + UART_LINE_CONTROL, UART_DIVISOR_ACCESS | UART_8N1},
    {COM1_PORT + UART_DIVISOR_LOW, UART_DIVISOR_115200},
    {COM1_PORT + UART_DIVISOR_HIGH, 0},
    {COM1_PORT + UART_LINE_CONTROL, UART_8N1},
    {COM1_PORT + UART_FIFO_CONTROL, UART_FIFO_CLEAR},
    {COM1_PORT + UART_MODEM_CONTROL, UART_DTR_RTS},
    {0, 0},
};

bool arch_early_console_init(void)
{
    if (port_read8(COM1_PORT + UART_LINE_STATUS) == 0xff)
        return false; /* the bus floats: nothing there */
    for (unsigned i = 0; early_console_setup[i][0] != 0; i++)
        port_write8(early_console_setup[i][0], early_console_setup[i][1]);
    return true;
}

static __attribute__((noinline, used)) void early_console_put(char byte)
{
    for (unsigned reads = 0; reads < UART_WAIT_MAX; reads++) {
        if (port_read8(COM1_PORT + UART_LINE_STATUS) & UART_TRANSMIT_EMPTY)
            break;
    }
    port_write8(COM1_PORT + UART_DATA, (uint8_t)byte);
}

void arch_early_console_write(const char *text, size_t length_bytes)
{
    for (size_t i = 0; i < length_bytes; i++)
        early_console_put(text[i]);
}
