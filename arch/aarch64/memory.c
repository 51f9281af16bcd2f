/* SPDX-License-Identifier: 0BSD */
/*
 * What only kernel/memory/ asks of the port.
 */
#include <ossa/arch.h>

void arch_tlb_flush_page(uint64_t va)
{
    __asm__ volatile("dsb ishst\n\ttlbi vaae1, %0\n\tdsb nsh\n\tisb" ::"r"(va << 8 >> 20) : "memory"); /* VA[55:12] */
}

unsigned arch_pa_bits(void)
{
    static const uint8_t bits[] = {32, 36, 40, 42, 44, 48}; /* PARange; our descriptors hold no more than 48 */
    unsigned range = id_aa64mmfr0_el1_read() & 15;
    return range < sizeof(bits) ? bits[range] : 48;
}
