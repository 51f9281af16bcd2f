/* SPDX-License-Identifier: 0BSD */
/*
 * The change of page tables. Both sets map the image at the same place, so it needs no more than the right order.
 */
#include <ossa/arch.h>

void arch_page_tables_load(uint64_t root_pa)
{
    arch_tlb_flush(); /* the new tables' stores before the first walk through them (Privileged 1.12, 4.2.1) */
    csr_write(satp, (uint64_t)SATP_SV39 << SATP_MODE_BITS | root_pa >> PAGE_SHIFT);
    arch_tlb_flush(); /* what the old tables translated */
}
