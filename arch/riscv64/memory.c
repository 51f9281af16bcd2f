/* SPDX-License-Identifier: 0BSD */
/*
 * What only kernel/memory/ asks of the port.
 */
#include <ossa/arch.h>

void arch_tlb_flush_page(uint64_t va)
{
    __asm__ volatile("sfence.vma %0" ::"r"(va) : "memory"); /* of all address spaces, so of the global ones (4.2.1) */
}

unsigned arch_pa_bits(void)
{
    return 56; /* of every Sv mode (4.4 to 4.6); a hart that has fewer does not say so */
}
