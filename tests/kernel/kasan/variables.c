/* SPDX-License-Identifier: 0BSD */
/*
 * Accesses beside variables: on the stack, of a scope that has ended, from alloca(), in the image.
 */
#include "found.h"

#define NOINLINE __attribute__((noinline))

TEST(kasan_stack_bounds)
{
    char before[8], array[13], after[8];
    char *va = HIDDEN(array);
    HIDDEN(before);
    HIDDEN(after);
    for (unsigned i = 0; i < sizeof(array); i++)
        CHECK_SILENT(WRITE(va + i, 1); READ(va + i));
    CHECK_FOUND("stack out of bounds", READ(va + sizeof(array)));
    CHECK_FOUND("stack out of bounds", READ(va + sizeof(array) + 3));
    CHECK_FOUND("stack out of bounds", READ(va - 1));
}

/* What is found says which access it was. */
TEST(kasan_finding)
{
    char array[13];
    char *va = HIDDEN(array);
    FIND(found, *(volatile uint64_t *)HIDDEN(va + 8) = 0);
    CHECK_EQUAL(found.count, 1);
    CHECK(found.write);
    CHECK_EQUAL(found.va, (uintptr_t)va + 8);
    CHECK_EQUAL(found.size_bytes, 8);
    CHECK_EQUAL(found.bad_va, (uintptr_t)va + sizeof(array));
}

/* Each size has a check of its own. */
TEST(kasan_access_sizes)
{
    _Alignas(16) uint64_t array[4];
    char *end = (char *)HIDDEN(&array[4]);
    CHECK_SILENT((void)*(volatile uint8_t *)(end - 1));
    CHECK_SILENT((void)*(volatile uint16_t *)(end - 2));
    CHECK_SILENT((void)*(volatile uint32_t *)(end - 4));
    CHECK_SILENT((void)*(volatile uint64_t *)(end - 8));
    CHECK_SILENT((void)*(volatile __int128 *)(end - 16));
    CHECK_FOUND("stack out of bounds", (void)*(volatile uint8_t *)end);
    CHECK_FOUND("stack out of bounds", (void)*(volatile uint16_t *)end);
    CHECK_FOUND("stack out of bounds", (void)*(volatile uint32_t *)end);
    CHECK_FOUND("stack out of bounds", (void)*(volatile uint64_t *)end);
    CHECK_FOUND("stack out of bounds", (void)*(volatile __int128 *)end);
}

/* It may begin where all is right, and end in another granule. */
TEST(kasan_unaligned_access)
{
    struct packed {
        char first[5];
        uint64_t number;
    } __attribute__((packed)) packed[2];
    volatile struct packed *va = HIDDEN(&packed[0]);
    CHECK_SILENT(va[1].number = 1);
    CHECK_FOUND("stack out of bounds", va[2].number = 1);
}

TEST(kasan_structure_copy)
{
    struct large {
        char bytes[72];
    } one, two[2];
    struct large *from = HIDDEN(&two[0]), *to = HIDDEN(&one);
    memset(two, 0, sizeof(two));
    CHECK_SILENT(*to = from[1]);
    CHECK_FOUND("stack out of bounds", *to = *HIDDEN((struct large *)&from[1].bytes[8]));
}

TEST(kasan_use_after_scope)
{
    char *va, *large_va;
    {
        char array[16], large[600];
        va = HIDDEN(array);
        large_va = HIDDEN(large);
        CHECK_SILENT(WRITE(va, 1); WRITE(large_va, 1));
    }
    CHECK_FOUND("use after scope", READ(va));
    CHECK_FOUND("use after scope", READ(large_va + 599));
}

/* Each round has the variable anew. */
TEST(kasan_scope_in_loop)
{
    for (unsigned i = 0; i < 3; i++) {
        char array[16];
        CHECK_SILENT(WRITE(array, 1));
    }
}

static NOINLINE void use_alloca(size_t size_bytes)
{
    char *va = HIDDEN((char *)__builtin_alloca(size_bytes));
    CHECK_SILENT(WRITE(va, 1); WRITE(va + size_bytes - 1, 1));
    CHECK_FOUND("stack out of bounds", READ(va - 1));
    CHECK_FOUND("stack out of bounds", READ(va + size_bytes));
}

TEST(kasan_alloca_bounds)
{
    for (size_t size_bytes = 1; size_bytes < 100; size_bytes++)
        use_alloca(HIDDEN(size_bytes));
}

static char global[13] = {1};
static uint64_t zeroed[3];
static const char constant[5] = "abcd";

TEST(kasan_global_bounds)
{
    CHECK_SILENT(WRITE(global + 12, 1); WRITE(&zeroed[2], 1); READ(constant + 4));
    CHECK_FOUND("global out of bounds", READ(global + 13));
    CHECK_FOUND("global out of bounds", READ(&zeroed[3]));
    CHECK_FOUND("global out of bounds", READ(constant + 5));
    CHECK_FOUND("global out of bounds", READ("string" + 7));
}

/* The area in front of one belongs to another, or to nobody; one of them has a red zone at its end. */
TEST(kasan_global_before)
{
    static char middle[3][32];
    char *va = HIDDEN(&middle[0][0]);
    CHECK_FOUND("global out of bounds", READ(va - 1));
}

/* A member of a set has no red zone, or the set could not be walked. */
TEST(kasan_set_walk)
{
    unsigned count = 0;
    SET_EACH (test, tests)
        CHECK_SILENT(count += test->name != NULL);
    CHECK_EQUAL(count, tests_end - tests_start);
}

/* What has no shadow is the MMU's business. */
TEST(kasan_without_shadow)
{
    CHECK_EQUAL(kasan_find(0, 8), KASAN_NONE);
    CHECK_EQUAL(kasan_find(FIXMAP_VA, PAGE_SIZE), KASAN_NONE);
    CHECK_EQUAL(kasan_find((uintptr_t)text_start, text_end - text_start), KASAN_NONE);
}
