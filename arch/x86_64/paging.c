/* SPDX-License-Identifier: 0BSD */
/*
 * The change of page tables. Both sets map the image at the same place, so it needs no more than the right order.
 */
#include <ossa/arch.h>

bool arch_page_tables_load(uint64_t root_pa, unsigned levels)
{
    if (levels != ARCH_PAGE_TABLE_LEVELS)
        return false;
    cr4_write(cr4_read() & ~CR4_PGE); /* with nothing global the next line drops all that is stale */
    cr3_write(root_pa);
    cr4_write(cr4_read() | CR4_PGE);
    return true;
}
