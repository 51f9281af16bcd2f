/* SPDX-License-Identifier: 0BSD */
/*
 * The boot document is a flattened devicetree, whose translation is portable (kernel/boot_fdt.c). The loader, as far as
 * anybody knows, is the SBI implementation we run on.
 */
#include <ossa/arch.h>
#include <ossa/string.h>

/* SBI 1.0, 4.9: implementation ids. */
static const char *const sbi_names[] = {"BBL", "OpenSBI", "Xvisor", "KVM", "RustSBI", "Diosix", "Coffer"};

void arch_boot_read(struct boot_info *info)
{
    machine_find_finisher(boot_read_fdt(info, boot_entry.document_pa));
    unsigned long id = (unsigned long)sbi_call(SBI_BASE, SBI_BASE_IMPLEMENTATION, 0, 0).value;
    if (id < sizeof(sbi_names) / sizeof(sbi_names[0]))
        strlcpy(info->loader, sbi_names[id], sizeof(info->loader));
}
