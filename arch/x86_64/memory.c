/* SPDX-License-Identifier: 0BSD */
/*
 * What only kernel/memory/ asks of the port.
 */
#include <ossa/arch.h>

void arch_tlb_flush_page(uint64_t va)
{
    __asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

unsigned arch_pa_bits(void)
{
    unsigned bits = cpuid_read(0x80000008).eax & 0xff;
    return bits == 0 ? 36 : bits; /* as the SDM says of CPUs without this leaf ("CPUID") */
}
