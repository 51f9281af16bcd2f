/* SPDX-License-Identifier: 0BSD */
/*
 * Memory and string functions at the sizes a kernel uses most.
 */
#include <ossa/bench.h>
#include <ossa/string.h>

static char from[65536] __attribute__((aligned(64))), to[65536] __attribute__((aligned(64)));

/* The compiler must neither drop the call nor know the size. */
static size_t hide(size_t size)
{
    __asm__ volatile("" : "+r"(size) : : "memory");
    return size;
}

#define BENCH_SIZE(name, call)                            \
    BENCH(name)                                           \
    {                                                     \
        for (unsigned round = 0; round < rounds; round++) \
            call;                                         \
    }

BENCH_SIZE(memcpy_16, memcpy(to, from, hide(16)))
BENCH_SIZE(memcpy_256, memcpy(to, from, hide(256)))
BENCH_SIZE(memcpy_4096, memcpy(to, from, hide(4096)))
BENCH_SIZE(memcpy_4096_misaligned, memcpy(to + 1, from + 2, hide(4096)))
BENCH_SIZE(memset_256, memset(to, 0, hide(256)))
BENCH_SIZE(memset_4096, memset(to, 0, hide(4096)))

BENCH(strlen_24)
{
    for (unsigned round = 0; round < rounds; round++)
        hide(strlen("twenty-four characters.."));
}
