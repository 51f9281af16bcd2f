/* SPDX-License-Identifier: 0BSD */
/*
 * The boot document into struct boot_info. Check every offset and size against the document's bounds and call
 * boot_fail() with a named item for what is broken; a devicetree is boot_read_fdt()'s work. Green with it: `ready` in
 * the log, contract_boot_info.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

void arch_boot_read(struct boot_info *info)
{
    panic("arch_boot_read: not written yet");
}
