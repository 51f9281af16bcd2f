/* SPDX-License-Identifier: 0BSD */
/*
 * The boot document, always a devicetree, whose translation is portable (kernel/boot_fdt.c). What is aarch64's own: the
 * exception level, the counter's rate, which the CPU knows, and the way to call the firmware.
 */
#include <ossa/arch.h>
#include <ossa/fdt.h>
#include <ossa/string.h>

void arch_boot_read(struct boot_info *info)
{
    struct fdt_node psci;
    if (boot_entry.magic > 2)
        boot_fail(BOOT_ERROR_LEVEL, "exception level at entry, 1 or 2 being possible", boot_entry.magic, 2);
    const struct fdt *fdt = boot_read_fdt(info, boot_entry.document_pa);
    const char *method = fdt_find(fdt, "/psci", &psci) ? fdt_find_string(&psci, "method") : NULL;
    if (method != NULL)
        strlcpy(psci_method, method, sizeof(psci_method));
    info->ticks_hz = cntfrq_el0_read();
}
