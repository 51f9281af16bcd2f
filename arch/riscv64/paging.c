/* SPDX-License-Identifier: 0BSD */
/*
 * The change of page tables. Both sets map the image at the same place, so it needs no more than the right order.
 */
#include <ossa/arch.h>

bool arch_page_tables_load(uint64_t root_pa, unsigned levels)
{
    uint64_t satp = (SATP_SV39 + levels - 3ul) << SATP_MODE_BITS | root_pa >> PAGE_SHIFT;
    arch_tlb_flush(); /* the new tables' stores before the first walk through them (Privileged 1.12, 4.2.1) */
    csr_write(satp, satp);
    arch_tlb_flush();              /* what the old tables translated */
    return csr_read(satp) == satp; /* a mode that the hart lacks leaves it unchanged (4.1.11) */
}
