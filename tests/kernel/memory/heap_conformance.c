/* SPDX-License-Identifier: 0BSD */
/*
 * Conformance: misuse of memory from the heap and of pages. What only CONFIG_MEMORY_DEBUG finds is skipped without it;
 * its panics name who allocated the object.
 */
#include <ossa/conformance.h>
#include <ossa/heap.h>
#include <ossa/page.h>
#include <ossa/string.h>

/* Like CONFORMANCE, for what needs CONFIG_MEMORY_DEBUG. */
#define CONFORMANCE_DEBUG(name, words)                       \
    static void CONFORMANCE_ACT(name);                       \
    FATAL_TEST(conformance_##name, "panic: " words)          \
    {                                                        \
        if (!CONFIG_MEMORY_DEBUG)                            \
            SKIP("needs CONFIG_MEMORY_DEBUG");               \
        act_##name(NULL);                                    \
    }                                                        \
    TEST(conformance_##name##_caught)                        \
    {                                                        \
        if (!CONFIG_MEMORY_DEBUG || !CONFIG_PANIC_UNWIND)    \
            SKIP("needs CONFIG_MEMORY_DEBUG and unwinding"); \
        CHECK(panic_catch(act_##name, NULL, NULL));          \
        CHECK_EQUAL(panic_level(), 0);                       \
    }                                                        \
    static PLAIN void CONFORMANCE_ACT(name)

CONFORMANCE_DEBUG(heap_linear_overflow,
                  "heap: 0x ... was written to past its end, allocated by act_heap_linear_overflow+")
{
    volatile char *object = heap_alloc(100);
    object[100] = 1;
    heap_free((void *)object);
}

/* The page behind a range is not mapped. */
CONFORMANCE(heap_page_overflow, "")
{
    OWNED(heap_free) char *object = heap_alloc(5 << 20);
    volatile char *volatile end = object;
    end[5 << 20] = 1;
}

CONFORMANCE_DEBUG(heap_write_after_free, "heap: 0x ... was written to after it was freed, allocated by "
                                         "act_heap_write_after_free+")
{
    volatile char *object = heap_alloc(100);
    heap_free((void *)object);
    object[50] = 1;
    heap_alloc(100);
}

/* What is read there is no pointer. */
CONFORMANCE_DEBUG(heap_read_after_free, "")
{
    char *volatile *object = heap_alloc(100);
    object[5] = (char *)object;
    heap_free((void *)object);
    *(volatile char *)object[5] = 1;
}

CONFORMANCE_DEBUG(heap_write_page_after_free, "page ... was written to")
{
    volatile uint64_t *page = page_alloc(0);
    page_free((void *)page, 0);
    page[50] = 1;
    page_alloc(0);
}

CONFORMANCE_DEBUG(heap_read_page_after_free, "")
{
    char *volatile *page = page_alloc(0);
    page[5] = (char *)page;
    page_free((void *)page, 0);
    *(volatile char *)page[5] = 1;
}

CONFORMANCE(heap_double_free, "heap: ")
{
    void *volatile object = heap_alloc(100);
    heap_free(object);
    heap_free(object);
}

CONFORMANCE(heap_cross_free, "heap: ")
{
    static void *volatile object;
    if (object == NULL)
        object = heap_alloc(100);
    heap_free_sized(object, 500);
}

CONFORMANCE(heap_foreign_free, "heap: ")
{
    static char foreign[64];
    void *volatile object = foreign + 16;
    heap_free(object);
}

static bool is_zero(const uint8_t *bytes, size_t size_bytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size_bytes - 1) == 0;
}

/* What was there before must not be seen. */
TEST(conformance_heap_init_on_alloc)
{
    for (unsigned i = 0; i < 4; i++) {
        size_t size_bytes = i < 2 ? 200 : 20000;
        memory_set_init_on_alloc(i % 2);
        uint8_t *object = i % 2 == 0 ? heap_alloc_zeroed(1, size_bytes) : heap_alloc(size_bytes);
        memory_set_init_on_alloc(false);
        REQUIRE(object != NULL);
        CHECK(is_zero(object, size_bytes));
        memset(object, 0xff, size_bytes);
        heap_free(object);
    }
}

TEST(conformance_heap_init_page_on_alloc)
{
    uint8_t *page = page_alloc(0);
    REQUIRE(page != NULL);
    memset(page, 0xff, PAGE_SIZE);
    page_free(page, 0);
    memory_set_init_on_alloc(true);
    page = page_alloc(0);
    memory_set_init_on_alloc(false);
    REQUIRE(page != NULL);
    CHECK(is_zero(page, PAGE_SIZE));
    page_free(page, 0);
}
