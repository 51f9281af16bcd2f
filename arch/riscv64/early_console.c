/* SPDX-License-Identifier: 0BSD */
/*
 * The early console: the firmware's, by the SBI's legacy console_putchar (SBI 1.0, 5.2), a character a call. Without
 * it there is none: the log is shown once the real console is found.
 */
#include <ossa/arch.h>

bool arch_early_console_init(void)
{
    return sbi_call(SBI_BASE, 3, SBI_LEGACY_PUTCHAR, 0, 0).value != 0; /* sbi_probe_extension, 4.4 */
}

void arch_early_console_write(const char *text, size_t length_bytes)
{
    for (size_t i = 0; i < length_bytes; i++)
        sbi_call(SBI_LEGACY_PUTCHAR, 0, (unsigned char)text[i], 0, 0);
}
