/* SPDX-License-Identifier: 0BSD */
/*
 * The boot document is a flattened devicetree, whose translation is portable (kernel/boot_fdt.c). Here: what the CPU
 * knows, and what machine.c looks for.
 */
#include <ossa/arch.h>

void arch_boot_read(struct boot_info *info)
{
    if (boot_entry.magic > 2)
        boot_fail(BOOT_ERROR_LEVEL, "exception level at entry", boot_entry.magic, 2);
    machine_find_psci(boot_read_fdt(info, boot_entry.document_pa));
    info->ticks_hz = cntfrq_el0_read();
}
