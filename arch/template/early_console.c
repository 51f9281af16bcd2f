/* SPDX-License-Identifier: 0BSD */
/*
 * The early console: from the first line of C on, before .bss is zero. Find its device where the firmware names it, map
 * it with early_map_window(FIXMAP_CONSOLE, ...), and keep state in BOOT_DATA. Green with it and entry.S: the first line
 * of `make run`.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

bool arch_early_console_init(void)
{
    panic("arch_early_console_init: not written yet");
}

void arch_early_console_write(const char *text, size_t length_bytes)
{
    panic("arch_early_console_write: not written yet");
}
