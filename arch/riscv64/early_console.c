/* SPDX-License-Identifier: 0BSD */
/*
 * The first bytes go through the firmware: the SBI's legacy console_putchar (SBI 1.0, 5.2), a character a call. It has
 * no state of its own. Firmware without it leaves the early console mute; the log is shown once the real one is found.
 */
#include <ossa/arch.h>

bool arch_early_console_init(void)
{
    return sbi_call(SBI_BASE, SBI_BASE_PROBE, SBI_LEGACY_PUTCHAR, 0).value != 0;
}

static __attribute__((noinline)) void early_console_put(char byte)
{
    sbi_call(SBI_LEGACY_PUTCHAR, 0, (unsigned char)byte, 0);
}

void arch_early_console_write(const char *text, size_t length_bytes)
{
    for (size_t i = 0; i < length_bytes; i++)
        early_console_put(text[i]);
}
