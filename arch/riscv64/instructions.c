/* SPDX-License-Identifier: 0BSD */
/*
 * What <ossa/arch.h> asks of the CPU and of memory that is too long, or too rarely asked, to be inline in <arch/cpu.h>.
 * The linker drops what a kernel does not use.
 */
#include <ossa/arch.h>

bool arch_follows_call(uint64_t va)
{
    const uint16_t *end = (const uint16_t *)va;
    if (va % 2 != 0 || va < KERNEL_VA + 4)
        return false;
    uint32_t word = (uint32_t)end[-1] << 16 | end[-2];
    bool is_jal = (word & 0xfff) == 0xef, is_jalr = (word & 0x7fff) == 0xe7;               /* rd is ra */
    return is_jal || is_jalr || ((end[-1] & 0xf07f) == 0x9002 && (end[-1] & 0x0f80) != 0); /* c.jalr */
}

bool arch_probe_read(const volatile void *va, uint8_t *value)
{
    uint64_t byte = UINT64_MAX; /* stays if the load faults */
    __asm__ volatile("1: lbu %0, (%1)\n2:\n" EXTABLE("1b", "2b") : "+r"(byte) : "r"(va) : "memory");
    if (byte <= UINT8_MAX)
        *value = (uint8_t)byte;
    return byte <= UINT8_MAX;
}

bool arch_probe_write(volatile void *va, uint8_t value)
{
    bool done = false;
    __asm__ volatile("1: sb %2, (%1)\n\tli %0, 1\n2:\n" EXTABLE("1b", "2b")
                     : "+r"(done)
                     : "r"(va), "r"(value)
                     : "memory");
    return done;
}

uint64_t arch_entropy(void)
{
    uint64_t cycles = 0; /* stays, where the firmware does not let us read the counter */
    __asm__ volatile("1: rdcycle %0\n2:\n" EXTABLE("1b", "2b") : "+r"(cycles));
    uint64_t value = (cycles ^ arch_ticks()) * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio: spreads the low bits */
    return value ^ value >> 32;
}
