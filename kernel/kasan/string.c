/* SPDX-License-Identifier: 0BSD */
/*
 * lib/string a second time, not checked and under the names of unchecked.h; and those of its functions that are used
 * most, checked at once instead of word by word. The others are checked because they are compiled as all is.
 */
#include "../../lib/string.c"
#include "kasan.h"

#undef memcpy
#undef memmove
#undef memset

#define CALLER ((uintptr_t)__builtin_return_address(0))

void *memcpy(void *to, const void *from, size_t size);
void *memcpy(void *to, const void *from, size_t size)
{
    kasan_check((uintptr_t)to, size, true, CALLER);
    kasan_check((uintptr_t)from, size, false, CALLER);
    return unchecked_memcpy(to, from, size);
}

void *memmove(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size)
{
    kasan_check((uintptr_t)to, size, true, CALLER);
    kasan_check((uintptr_t)from, size, false, CALLER);
    return unchecked_memmove(to, from, size);
}

void *memset(void *to, int byte, size_t size);
void *memset(void *to, int byte, size_t size)
{
    kasan_check((uintptr_t)to, size, true, CALLER);
    return unchecked_memset(to, byte, size);
}
