/* SPDX-License-Identifier: 0BSD */
/*
 * Memory and strings in portable C. Owns the functions the compiler calls by itself, so this file is compiled with
 * -ffreestanding and -fno-tree-loop-distribute-patterns: else a loop here becomes a call to the function it is in.
 * Invariant: words are accessed at their alignment, loose words in whatever pieces the port allows.
 */
#include <ossa/string.h>
#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word_t;
typedef unsigned __int128 __attribute__((may_alias, aligned(8))) pair_t;
typedef uint64_t __attribute__((may_alias, aligned(1))) loose_word_t;
typedef uint32_t __attribute__((may_alias, aligned(1))) loose_half_t;

enum { WORD = sizeof(word_t), HALF = WORD / 2 };
static const word_t ones = UINT64_MAX / 0xff;

/* In ascending order, so right also where the areas overlap and `to` is below. */
void *memcpy(void *to, const void *from, size_t size)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    if (size > WORD && ((uintptr_t)out - (uintptr_t)in) % WORD == 0) {
        for (; (uintptr_t)out % WORD; size--)
            *out++ = *in++;
#pragma GCC unroll 4
        for (; size >= WORD; size -= WORD, out += WORD, in += WORD)
            *(word_t *)out = *(const word_t *)in;
    }
    for (; size > WORD; size -= WORD, out += WORD, in += WORD)
        *(loose_word_t *)out = *(const loose_word_t *)in;
    if (size >= HALF) { /* two halves, which may overlap */
        const uint32_t last = *(const loose_half_t *)(in + size - HALF);

        *(loose_half_t *)out = *(const loose_half_t *)in;
        *(loose_half_t *)(out + size - HALF) = last;
        size = 0;
    }
    while (size--)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    while (size--)
        ((uint8_t *)to)[size] = ((const uint8_t *)from)[size];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint8_t *out = to;
    for (; size > 0 && (uintptr_t)out % WORD; size--)
        *out++ = (uint8_t)byte;
#pragma GCC unroll 8
    for (; size >= 2 * WORD; size -= 2 * WORD, out += 2 * WORD)
        *(pair_t *)out = (uint8_t)byte * (~(pair_t)0 / 0xff);
    for (; size >= WORD; size -= WORD, out += WORD)
        *(word_t *)out = (uint8_t)byte * ones;
    while (size--)
        *out++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    for (const uint8_t *a = left, *b = right; size > 0; size--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

void *memchr(const void *bytes, int byte, size_t size)
{
    for (const uint8_t *next = bytes; size > 0; size--, next++)
        if (*next == (uint8_t)byte)
            return (void *)(uintptr_t)next;
    return NULL;
}

/* The word read last may end behind the string, on the same page: what an address sanitizer must not see. */
__attribute__((no_sanitize("address", "kernel-address"))) size_t strlen(const char *string)
{
    const char *end = string;
    if (CONFIG_KASAN) /* which is to see the bytes */
        return (size_t)((const char *)memchr(string, '\0', SIZE_MAX) - string);
    do
        if ((uintptr_t)end % WORD == 0)
            for (word_t word; word = *(const word_t *)end, !((word - ones) & ~word & ones << 7);)
                end += WORD;
    while (*end++);
    return (size_t)(end - string) - 1;
}

size_t strnlen(const char *string, size_t size)
{
    const char *end = memchr(string, '\0', size);
    return end ? (size_t)(end - string) : size;
}

int strncmp(const char *left, const char *right, size_t size)
{
    for (; size > 0; size--, left++, right++)
        if (*left != *right || !*left)
            return (uint8_t)*left - (uint8_t)*right;
    return 0;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, SIZE_MAX);
}

char *strchr(const char *string, int character)
{
    return memchr(string, character, strlen(string) + 1);
}

size_t strlcpy(char *to, const char *from, size_t size)
{
    size_t length = strlen(from), copied = length < size ? length : size - 1;
    if (size > 0) {
        memcpy(to, from, copied);
        to[copied] = '\0';
    }
    return length;
}
