/* SPDX-License-Identifier: 0BSD */
/*
 * Accesses beside and after what allocators give out: pages, objects of the heap, virtual ranges.
 */
#include "found.h"
#include <ossa/conformance.h>
#include <ossa/heap.h>
#include <ossa/page.h>
#include <ossa/vrange.h>

#define BOUNDS "heap out of bounds"
#define FREED  "use after free"

TEST(kasan_page_after_free)
{
    for (unsigned order = 0; order < 4; order++) {
        size_t size_bytes = (size_t)PAGE_SIZE << order;
        char *va = page_alloc(order);
        REQUIRE(va != NULL);
        CHECK_SILENT(memset(va, 0, size_bytes));
        page_free(va, order);
        for (size_t at = 0; at < size_bytes; at += PAGE_SIZE)
            CHECK_FOUND(FREED, READ(va + at));
        CHECK_FOUND(FREED, READ(va + size_bytes - 1));
    }
}

TEST(kasan_page_block)
{
    char *va = page_alloc(PAGE_ORDER_MAX);
    REQUIRE(va != NULL);
    CHECK_EQUAL(kasan_find((uintptr_t)va, (uint64_t)PAGE_SIZE << PAGE_ORDER_MAX), KASAN_NONE);
    page_free(va, PAGE_ORDER_MAX);
    CHECK_EQUAL(kasan_find((uintptr_t)va, (uint64_t)PAGE_SIZE << PAGE_ORDER_MAX), (uintptr_t)va);
}

TEST(kasan_page_never_given_out)
{
    unsigned count = 0;
    char *va = page_alloc(0);
    REQUIRE(va != NULL);
    for (char *next = va; page_find(next) != NULL && count < 10; next += PAGE_SIZE)
        if (page_of(next)->state == PAGE_FREE && count++ < 10)
            CHECK_EQUAL(kasan_find((uintptr_t)next, PAGE_SIZE), (uintptr_t)next);
    CHECK(count > 0);
    page_free(va, 0);
}

/* Every size has something behind it that is not its own. */
TEST(kasan_heap_bounds)
{
    for (size_t size_bytes = 1; size_bytes <= 5000; size_bytes += size_bytes / 8 + 1) {
        char *va = HIDDEN((char *)heap_alloc(size_bytes));
        REQUIRE(va != NULL);
        CHECK_SILENT(memset(va, 0, size_bytes));
        CHECK_FOUND(BOUNDS, READ(va + size_bytes));
        CHECK_FOUND(BOUNDS, (void)memchr(va + size_bytes - 1, 'x', HIDDEN(2ul)));
        heap_free(va);
        CHECK_FOUND(FREED, READ(va));
        CHECK_FOUND(FREED, READ(va + size_bytes - 1));
    }
}

/* In front of an object is the end of another, or a page's. */
TEST(kasan_heap_before)
{
    char *objects[4];
    for (unsigned i = 0; i < 4; i++)
        REQUIRE((objects[i] = heap_alloc(40)) != NULL);
    for (unsigned i = 0; i < 4; i++)
        if ((uintptr_t)objects[i] % PAGE_SIZE != 0)
            CHECK(kasan_find((uintptr_t)objects[i] - 1, 1) != KASAN_NONE);
    for (unsigned i = 0; i < 4; i++)
        heap_free(objects[i]);
}

TEST(kasan_heap_structure)
{
    struct number {
        uint64_t low, high;
    } * number;
    size_t too_few_bytes = HIDDEN(sizeof(*number) - 3);
    number = HIDDEN((struct number *)heap_alloc(too_few_bytes));
    REQUIRE(number != NULL);
    CHECK_SILENT(*(volatile uint64_t *)&number->low = 1);
    CHECK_FOUND(BOUNDS, (void)*(volatile uint64_t *)&number->high);
    heap_free(number);
}

TEST(kasan_heap_zeroed_and_aligned)
{
    char *zeroed = HIDDEN((char *)heap_alloc_zeroed(3, 7)), *aligned = HIDDEN((char *)heap_alloc_aligned(256, 100));
    REQUIRE(zeroed != NULL && aligned != NULL);
    CHECK_SILENT(for (unsigned i = 0; i < 21; i++) READ(zeroed + i));
    CHECK_FOUND(BOUNDS, READ(zeroed + 21));
    CHECK_SILENT(memset(aligned, 0, 100));
    CHECK_FOUND(BOUNDS, READ(aligned + 100));
    heap_free(zeroed);
    heap_free(aligned);
}

static void check_realloc(size_t from, size_t to)
{
    char *object = heap_alloc(from);
    REQUIRE(object != NULL);
    memset(object, 1, from);
    char *moved = HIDDEN((char *)heap_realloc(object, to));
    REQUIRE(moved != NULL);
    CHECK_SILENT(memset(moved, 2, to));
    CHECK_FOUND(BOUNDS, READ(moved + to));
    if (moved != object)
        CHECK_FOUND(FREED, READ(object));
    heap_free(moved);
}

TEST(kasan_heap_realloc)
{
    static const size_t sizes[] = {1, 13, 24, 25, 100, 101, 1000, 8000, 20000, 20001, 70000};
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (unsigned k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
            check_realloc(sizes[i], sizes[k]);
}

/* All that heap_size() tells may be used. */
TEST(kasan_heap_size)
{
    char *object = HIDDEN((char *)heap_alloc(27));
    REQUIRE(object != NULL);
    CHECK_SILENT(memset(object, 0, heap_size(object)));
    CHECK(heap_size(object) >= 27);
    heap_free(object);
}

/* Objects of pages, and those of virtual ranges. */
TEST(kasan_heap_large)
{
    static const size_t sizes[] = {10000, 100001, ((size_t)PAGE_SIZE << PAGE_ORDER_MAX) + 5};
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *object = HIDDEN((char *)heap_alloc(sizes[i]));
        REQUIRE(object != NULL);
        CHECK_SILENT(WRITE(object, 1); WRITE(object + sizes[i] - 1, 1));
        CHECK_FOUND(BOUNDS, READ(object + sizes[i]));
        heap_free(object);
    }
}

/* A stack may be marked in line by whoever runs on it, and is clean when it is used again. */
TEST(kasan_range_stack)
{
    for (unsigned i = 0; i < 2; i++) {
        char *stack = vrange_alloc_stack();
        uint8_t byte = 0;
        REQUIRE(stack != NULL);
        CHECK(arch_probe_read(kasan_shadow((uintptr_t)stack), &byte));
        CHECK(arch_probe_read(kasan_shadow((uintptr_t)stack + STACK_SIZE - 1), &byte));
        CHECK_EQUAL(kasan_find((uintptr_t)stack, STACK_SIZE), KASAN_NONE);
        kasan_mark(stack, STACK_SIZE, KASAN_STACK_LEFT);
        vrange_free_stack(stack);
    }
}

/* The red zone is found before the heap finds what it did: in C, not when it is freed. */
FATAL_TEST(kasan_report_heap, "fa ... panic: kasan: heap out of bounds: write of 1 byte at 0x" CONFORMANCE_CALL(
                                  test_run_kasan_report_heap))
{
    char *object = heap_alloc(30);
    WRITE(object + 30, 1);
}
