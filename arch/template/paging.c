/* SPDX-License-Identifier: 0BSD */
/*
 * The change of page tables. Write the root's register and drop all stale translations, in the order the manual asks
 * for when blocks become pages; from here on nothing writable may be executed. Green with it: contract_page_tables.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

bool arch_page_tables_load(uint64_t root_pa, unsigned levels)
{
    panic("arch_page_tables_load: not written yet");
}
