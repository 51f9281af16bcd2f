/* SPDX-License-Identifier: 0BSD */
/*
 * What only kernel/memory/ asks of the port.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

void arch_tlb_flush_page(uint64_t va)
{
    panic("arch_tlb_flush_page: not written yet");
}

unsigned arch_pa_bits(void)
{
    panic("arch_pa_bits: not written yet");
}
