/* SPDX-License-Identifier: 0BSD */
/*
 * What GCC calls where rv64imac has no instruction: the names and types are those of GCC's internals manual, "The GCC
 * low-level runtime library". Linked instead of libgcc, which Debian's compiler has only for hard floating point. Each
 * is dropped by the linker if nothing calls it. Invariant: none is written in a way that the compiler would turn into
 * itself.
 */
#include <stdint.h>

int __clzdi2(uint64_t value);
int __ctzdi2(uint64_t value);
int __ffsdi2(uint64_t value);
int __popcountdi2(uint64_t value);
int __paritydi2(uint64_t value);
uint32_t __bswapsi2(uint32_t value);
uint64_t __bswapdi2(uint64_t value);

#define EACH_BYTE 0x0101010101010101ull

int __popcountdi2(uint64_t value)
{
    value -= value >> 1 & 0x55 * EACH_BYTE;
    value = (value & 0x33 * EACH_BYTE) + (value >> 2 & 0x33 * EACH_BYTE);
    value = (value + (value >> 4)) & 0x0f * EACH_BYTE;
    return (int)(value * EACH_BYTE >> 56);
}

int __ctzdi2(uint64_t value)
{
    return __popcountdi2(~value & (value - 1));
}

int __ffsdi2(uint64_t value)
{
    return value == 0 ? 0 : __ctzdi2(value) + 1;
}

int __paritydi2(uint64_t value)
{
    return __popcountdi2(value) & 1;
}

int __clzdi2(uint64_t value)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        value |= value >> shift;
    return __popcountdi2(~value);
}

uint64_t __bswapdi2(uint64_t value)
{
    value = (value & 0x00ff00ff00ff00ff) << 8 | (value >> 8 & 0x00ff00ff00ff00ff);
    value = (value & 0x0000ffff0000ffff) << 16 | (value >> 16 & 0x0000ffff0000ffff);
    return value << 32 | value >> 32;
}

uint32_t __bswapsi2(uint32_t value)
{
    value = (value & 0x00ff00ff) << 8 | (value >> 8 & 0x00ff00ff);
    return value << 16 | value >> 16;
}
