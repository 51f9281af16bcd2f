/* SPDX-License-Identifier: 0BSD */
/*
 * Accesses by lib/string and by what the compiler makes instructions of: each must see the first byte that is wrong.
 */
#include "found.h"
#include <stdatomic.h>

#define BOUNDS "stack out of bounds"

static char text[16];

TEST(kasan_memset)
{
    char array[24];
    char *va = HIDDEN(array);
    CHECK_SILENT(memset(va, 0, sizeof(array)));
    for (size_t beyond = 1; beyond <= 16; beyond *= 2)
        CHECK_FOUND(BOUNDS, memset(va + sizeof(array) - HIDDEN((size_t)1), 0, HIDDEN(beyond) + 1));
    CHECK_FOUND(BOUNDS, memset(va - 1, 0, HIDDEN((size_t)2)));
}

TEST(kasan_memcpy)
{
    char array[24], other[64];
    char *va = HIDDEN(array), *other_va = HIDDEN(other);
    CHECK_SILENT(memset(other_va, 0, sizeof(other)); memcpy(va, other_va, sizeof(array)));
    CHECK_FOUND(BOUNDS, memcpy(other_va, va, HIDDEN(sizeof(array)) + 1));
    CHECK_FOUND(BOUNDS, memcpy(va, other_va, HIDDEN(sizeof(array)) + 1));
    CHECK_FOUND(BOUNDS, memmove(va + 4, va, HIDDEN(sizeof(array)) - 3));
    CHECK_FOUND(BOUNDS, memmove(other_va, va - 4, HIDDEN((size_t)16)));
}

TEST(kasan_memory_compare)
{
    char array[24], other[64];
    char *va = HIDDEN(array), *other_va = HIDDEN(other);
    volatile int result;
    memset(va, 0, sizeof(array));
    memset(other_va, 0, sizeof(other));
    CHECK_SILENT(result = memcmp(va, other_va, HIDDEN(sizeof(array))));
    CHECK_FOUND(BOUNDS, result = memcmp(va, other_va, HIDDEN(sizeof(array)) + 1));
    CHECK_FOUND(BOUNDS, result = memchr(va, 'x', HIDDEN(sizeof(array)) + 1) != NULL);
    (void)result;
}

TEST(kasan_strings)
{
    char array[8];
    char *va = HIDDEN(array);
    volatile size_t result;
    memset(va, 'x', sizeof(array));
    va[7] = '\0';
    CHECK_SILENT(result = strlen(va); result = strcmp(va, "xxx"); result = strchr(va, 'y') != NULL);
    va[7] = 'x'; /* no end */
    CHECK_FOUND(BOUNDS, result = strlen(va));
    CHECK_FOUND(BOUNDS, result = strnlen(va, HIDDEN((size_t)9)));
    CHECK_FOUND(BOUNDS, result = strchr(va, 'y') != NULL);
    CHECK_FOUND(BOUNDS, result = strcmp(va, "xxxxxxxxx"));
    CHECK_FOUND(BOUNDS, result = strncmp(va, "xxxxxxxxx", HIDDEN((size_t)9)));
    CHECK_FOUND(BOUNDS, result = strlcpy(text, va, sizeof(text)));
    (void)result;
}

TEST(kasan_atomics)
{
    _Atomic uint64_t number[1];
    _Atomic uint64_t *va = HIDDEN(&number[0]);
    uint64_t expected = 0;
    volatile uint64_t result;
    atomic_store(va, 0);
    CHECK_SILENT(result = atomic_fetch_add(va, 1));
    va = HIDDEN(&number[1]);
    CHECK_FOUND(BOUNDS, result = atomic_load(va));
    CHECK_FOUND(BOUNDS, result = atomic_fetch_or(va, 0));
    CHECK_FOUND(BOUNDS, result = atomic_exchange(va, 0));
    CHECK_FOUND(BOUNDS, result = atomic_compare_exchange_strong(va, &expected, 0));
    CHECK_FOUND(BOUNDS, atomic_store(va, 0));
    (void)result;
}
