/* SPDX-License-Identifier: 0BSD */
/*
 * The boot document is a flattened devicetree, whose translation is portable (kernel/boot_fdt.c). Here: what machine.c
 * looks for, and the loader, as far as anybody knows the SBI implementation we run on.
 */
#include <ossa/arch.h>
#include <ossa/string.h>

void arch_boot_read(struct boot_info *info)
{
    static const char *const names[] = {"BBL", "OpenSBI", "Xvisor", "KVM", "RustSBI", "Diosix", "Coffer"}; /* SBI 4.9 */
    machine_find_finisher(boot_read_fdt(info, boot_entry.document_pa));
    unsigned long id = sbi_call(SBI_BASE, 1, 0, 0, 0).value; /* sbi_get_impl_id, 4.3 */
    if (id < sizeof(names) / sizeof(names[0]))
        strlcpy(info->loader, names[id], sizeof(info->loader));
}
