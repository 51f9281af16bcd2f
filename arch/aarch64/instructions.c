/* SPDX-License-Identifier: 0BSD */
/*
 * What <ossa/arch.h> asks of the CPU and of memory that is too long, or too rarely asked, to be inline in <arch/cpu.h>.
 * The linker drops what a kernel does not use.
 */
#include <ossa/arch.h>

CPU_REGISTER(id_aa64isar0_el1)

bool arch_follows_call(uint64_t va)
{
    if (va % 4 != 0 || va < KERNEL_VA + 4)
        return false;
    uint32_t instruction = ((const uint32_t *)va)[-1];
    return (instruction & 0xfc000000) == 0x94000000 || (instruction & 0xfffffc1f) == 0xd63f0000; /* bl, blr */
}

bool arch_probe_read(const volatile void *va, uint8_t *value)
{
    uint64_t byte = UINT64_MAX; /* stays if the load faults */
    __asm__ volatile("1: ldrb %w0, [%1]\n2:\n" EXTABLE("1b", "2b") : "+r"(byte) : "r"(va) : "memory");
    if (byte <= UINT8_MAX)
        *value = (uint8_t)byte;
    return byte <= UINT8_MAX;
}

bool arch_probe_write(volatile void *va, uint8_t value)
{
    bool done = false;
    __asm__ volatile("1: strb %w2, [%1]\n\tmov %w0, #1\n2:\n" EXTABLE("1b", "2b")
                     : "+r"(done)
                     : "r"(va), "r"(value)
                     : "memory");
    return done;
}

uint64_t arch_entropy(void)
{
    uint64_t random = 0;
    if (id_aa64isar0_el1_read() >> 60 != 0)
        __asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(random)::"cc"); /* RNDR; 0 if it has none at this moment */
    uint64_t value = (random ^ arch_ticks()) * 0x9e3779b97f4a7c15;     /* 2^64 / golden ratio: spreads the low bits */
    return value ^ value >> 32;
}
