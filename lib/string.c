/* SPDX-License-Identifier: 0BSD */
/*
 * Memory and strings in portable C. Owns the functions the compiler calls by itself, so this file is compiled without
 * builtins and without -ftree-loop-distribute-patterns: else a loop here becomes a call to the function it is in.
 * Invariant: words are read and written at their alignment only, and only where all their bytes belong to the
 * arguments; strlen alone looks further, to the end of the aligned word that holds the null, which no page boundary
 * cuts.
 */
#include <ossa/string.h>
#include <stdbool.h>
#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word_t;
typedef uint64_t __attribute__((may_alias, aligned(1))) loose_word_t;
typedef uint32_t __attribute__((may_alias, aligned(1))) loose_half_t;
typedef uint16_t __attribute__((may_alias, aligned(1))) loose_quarter_t;

enum { WORD = sizeof(word_t), BLOCK = 4 * WORD };

/* Copies one `type` and moves both pointers behind it. */
#define copy_step(type, to, from)              \
    do {                                       \
        *(type *)(to) = *(const type *)(from); \
        (to) += sizeof(type);                  \
        (from) += sizeof(type);                \
    } while (0)

static bool word_aligned(const void *pointer)
{
    return (uintptr_t)pointer % WORD == 0;
}

/*
 * Both copy in ascending order, each byte read before one that lies higher is written: right also where `to` overlaps
 * below `from`. Where an unaligned access could fault, the compiler makes single bytes of the loose types.
 */
static inline void copy_few(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size & 16) {
        copy_step(loose_word_t, to, from);
        copy_step(loose_word_t, to, from);
    }
    if (size & 8)
        copy_step(loose_word_t, to, from);
    if (size & 4)
        copy_step(loose_half_t, to, from);
    if (size & 2)
        copy_step(loose_quarter_t, to, from);
    if (size & 1)
        *to = *from;
}

static void copy_many(uint8_t *to, const uint8_t *from, size_t size)
{
    for (; !word_aligned(to); size--)
        copy_step(uint8_t, to, from);
    if (word_aligned(from))
        for (; size >= BLOCK; size -= BLOCK) {
            copy_step(word_t, to, from);
            copy_step(word_t, to, from);
            copy_step(word_t, to, from);
            copy_step(word_t, to, from);
        }
    for (; size >= WORD; size -= WORD)
        copy_step(loose_word_t, to, from);
    copy_few(to, from, size);
}

/* In descending order; the ends point behind the last byte. */
static void copy_downward(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size >= BLOCK && ((uintptr_t)to - (uintptr_t)from) % WORD == 0) {
        for (; !word_aligned(to); size--)
            *--to = *--from;
        for (; size >= WORD; size -= WORD) {
            to -= WORD;
            from -= WORD;
            *(word_t *)to = *(const word_t *)from;
        }
    }
    while (size--)
        *--to = *--from;
}

void *memcpy(void *to, const void *from, size_t size)
{
    if (size < BLOCK)
        copy_few(to, from, size);
    else
        copy_many(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    copy_downward((uint8_t *)to + size, (const uint8_t *)from + size, size);
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint8_t *next = to;

    if (size >= BLOCK) {
        word_t word = (uint8_t)byte * (UINT64_MAX / 0xff);

        for (; !word_aligned(next); size--)
            *next++ = (uint8_t)byte;
        for (; size >= BLOCK; size -= BLOCK, next += BLOCK) {
            word_t *words = (word_t *)next;

            words[0] = word;
            words[1] = word;
            words[2] = word;
            words[3] = word;
        }
        for (; size >= WORD; size -= WORD, next += WORD)
            *(word_t *)next = word;
    }
    while (size--)
        *next++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;

    if (word_aligned(a) && word_aligned(b))
        for (; size >= WORD && *(const word_t *)a == *(const word_t *)b; size -= WORD, a += WORD, b += WORD)
            ;
    for (; size > 0; size--, a++, b++)
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

/* Address sanitizers see bytes, not words. */
__attribute__((no_sanitize("address", "kernel-address"))) size_t strlen(const char *string)
{
    const word_t ones = UINT64_MAX / 0xff, highs = ones << 7;
    const char *end = string;

    for (; !word_aligned(end); end++)
        if (!*end)
            return (size_t)(end - string);
    for (word_t word; word = *(const word_t *)end, !((word - ones) & ~word & highs);)
        end += WORD;
    while (*end)
        end++;
    return (size_t)(end - string);
}

size_t strnlen(const char *string, size_t size)
{
    size_t length = 0;

    while (length < size && string[length])
        length++;
    return length;
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
    for (; *string != (char)character; string++)
        if (!*string)
            return NULL;
    return (char *)(uintptr_t)string;
}

char *strrchr(const char *string, int character)
{
    const char *found = NULL;

    do
        if (*string == (char)character)
            found = string;
    while (*string++);
    return (char *)(uintptr_t)found;
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
