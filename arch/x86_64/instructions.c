/* SPDX-License-Identifier: 0BSD */
/*
 * What <ossa/arch.h> asks of the CPU and of memory that is too long, or too rarely asked, to be inline in <arch/cpu.h>.
 * The linker drops what a kernel does not use.
 */
#include <ossa/arch.h>

#define CPUID_1_ECX_RDRAND (1u << 30)

bool arch_follows_call(uint64_t va)
{
    /* How long a call through register or memory (ff /2) can be, a bit for each length, by its ModRM.mod. */
    static const uint8_t lengths[] = {1 << 2 | 1 << 3 | 1 << 6 | 1 << 7, 1 << 3 | 1 << 4, 1 << 6 | 1 << 7, 1 << 2};
    const uint8_t *end = (const uint8_t *)va;
    bool follows = va >= KERNEL_VA + 8 && end[-5] == 0xe8; /* call rel32 */
    for (unsigned length = 2; va >= KERNEL_VA + 8 && length <= 7; length++) {
        uint8_t opcode = *(end - length), modrm = *(end - length + 1);
        follows |= opcode == 0xff && (modrm & 0x38) == 0x10 && (lengths[modrm >> 6] >> length & 1);
    }
    return follows;
}

bool arch_probe_read(const volatile void *va, uint8_t *value)
{
    bool done = false;
    __asm__ volatile("1: mov (%2), %0\n\tmov $1, %1\n2:\n" EXTABLE("1b", "2b")
                     : "+&q"(*value), "+&q"(done)
                     : "r"(va)
                     : "memory");
    return done;
}

bool arch_probe_write(volatile void *va, uint8_t value)
{
    bool done = false;
    __asm__ volatile("1: mov %2, (%1)\n\tmov $1, %0\n2:\n" EXTABLE("1b", "2b")
                     : "+&q"(done)
                     : "r"(va), "q"(value)
                     : "memory");
    return done;
}

uint64_t arch_entropy(void)
{
    uint64_t random = 0; /* as rdrand leaves it if it has none just now: ten attempts, says the SDM (1, "RDRAND") */
    for (int attempts = cpuid_read(1).ecx & CPUID_1_ECX_RDRAND ? 10 : 0; attempts > 0 && random == 0; attempts--)
        __asm__ volatile("rdrand %0" : "=r"(random)::"cc");
    uint64_t value = (random ^ arch_ticks()) * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio: spreads the low bits */
    return value ^ value >> 32;
}
