/* SPDX-License-Identifier: 0BSD */
/*
 * The change of page tables. Which entries they hold is portable (kernel/early_map.c); how an entry looks is in cpu.h.
 */
#include <ossa/arch.h>

void arch_page_tables_load(uint64_t root_pa)
{
    /* Nothing is global before this, so writing CR3 drops every stale translation (SDM 3A, 4.10.4.1). */
    cr4_write(cr4_read() & ~CR4_PGE);
    cr3_write(root_pa);
    cr4_write(cr4_read() | CR4_PGE);
}
