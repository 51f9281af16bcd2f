/* SPDX-License-Identifier: 0BSD */
/*
 * The heap on this machine's memory: what it gives, what a panic gives back, what is left when all is used up, what
 * happens when any single allocation fails. tests/host/test_heap.c holds it against a model.
 */
#include <ossa/heap.h>
#include <ossa/page.h>
#include <ossa/paging.h>
#include <ossa/string.h>
#include <ossa/test.h>
#include <ossa/vrange.h>

static struct panic_record record;

static bool is_filled(const uint8_t *bytes, uint8_t byte, size_t size_bytes)
{
    return bytes[0] == byte && memcmp(bytes, bytes + 1, size_bytes - 1) == 0;
}

static bool reason_has(const char *words)
{
    size_t length = strlen(words);
    for (const char *at = record.reason; *at != '\0'; at++)
        if (strncmp(at, words, length) == 0)
            return true;
    return false;
}

TEST(heap_gives_what_is_asked_for)
{
    static uint8_t *objects[64];
    struct heap_usage before = heap_read_usage();
    for (size_t size_bytes = 1; size_bytes < 12000000; size_bytes *= 3) {
        for (unsigned i = 0; i < (size_bytes < 10000 ? 64 : 2); i++) {
            REQUIRE((objects[i] = heap_alloc(size_bytes)) != NULL);
            CHECK_EQUAL((uintptr_t)objects[i] % HEAP_ALIGNMENT, 0);
            CHECK(heap_size(objects[i]) >= size_bytes);
            memset(objects[i], i, size_bytes);
        }
        for (unsigned i = 0; i < (size_bytes < 10000 ? 64 : 2); i++) {
            CHECK(is_filled(objects[i], i, size_bytes));
            heap_free_sized(objects[i], size_bytes);
        }
    }
    struct heap_usage after = heap_read_usage();
    CHECK_EQUAL(after.objects, before.objects);
    CHECK_EQUAL(after.bytes, before.bytes);
}

TEST(heap_aligns)
{
    for (size_t alignment = 1; alignment <= 1 << 20; alignment *= 2) {
        void *object = heap_alloc_aligned(alignment, 3 * alignment / 2 + 1);
        REQUIRE(object != NULL);
        CHECK_EQUAL((uintptr_t)object % alignment, 0);
        heap_free_sized(object, 3 * alignment / 2 + 1);
    }
    CHECK(heap_alloc_aligned(24, 100) == NULL);
}

TEST(heap_zeroes)
{
    static const size_t sizes[] = {1, 100, 5000, 20000, 5000000};
    for (unsigned way = 0; way < 2; way++) {
        memory_set_init_on_alloc(way == 1);
        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            uint8_t *object = way == 0 ? heap_alloc_zeroed(1, sizes[i]) : heap_alloc(sizes[i]);
            REQUIRE(object != NULL);
            CHECK(is_filled(object, 0, sizes[i]));
            memset(object, 0xff, sizes[i]);
            heap_free(object);
        }
    }
    memory_set_init_on_alloc(false);
    volatile size_t many = SIZE_MAX / 2;
    CHECK(heap_alloc_zeroed(many, 3) == NULL);
}

TEST(heap_realloc_keeps_what_was_there)
{
    uint8_t *object = heap_realloc(NULL, 1);
    REQUIRE(object != NULL);
    object[0] = 7;
    for (size_t size_bytes = 2; size_bytes < 6000000; size_bytes *= 2) {
        object = heap_realloc(object, size_bytes);
        REQUIRE(object != NULL);
        CHECK(is_filled(object, 7, size_bytes / 2));
        memset(object, 7, size_bytes);
    }
    object = heap_realloc(object, 50);
    CHECK(object != NULL && is_filled(object, 7, 50));
    CHECK(heap_realloc(object, 0) == NULL);
}

/* == Guards own memory ============================================================================================= */

static void hold_and_panic(void *argument)
{
    OWNED(heap_free) char *small = heap_alloc(40);
    OWNED(heap_free) char *other = heap_alloc_zeroed(3, 100);
    OWNED(heap_free) char *aligned = heap_alloc_aligned(256, 300);
    OWNED(heap_free) char *large = heap_alloc(20000);
    OWNED(heap_free) char *grown = heap_realloc(heap_alloc(10), 1000);
    if (small == NULL || other == NULL || aligned == NULL || large == NULL || grown == NULL)
        return;
    if ((uintptr_t)argument % 2 == 0)
        panic("with %d objects in hand", 5);
    *(volatile int *)0x10 = 1;
}

static void panic_and_compare(uintptr_t count)
{
    struct heap_usage before = heap_read_usage();
    for (uintptr_t i = 0; i < count; i++)
        REQUIRE(panic_catch(hold_and_panic, (void *)i, &record));
    struct heap_usage after = heap_read_usage();
    CHECK_EQUAL(after.objects, before.objects);
    CHECK_EQUAL(after.bytes, before.bytes);
    CHECK(thread_this()->newest_lock == NULL);
}

TEST(heap_is_given_back_by_a_panic)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    panic_and_compare(200);
}

TEST(soak_heap_is_given_back_by_a_panic)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    GUARD(test_catches);
    while (test_soak_goes_on())
        panic_and_compare(1000);
}

/* == No memory ===================================================================================================== */

/* Large blocks are remembered beside them, so that the host need not find memory for what nobody writes to. */
static void *taken[1 << 13];

static size_t take_all(size_t size_bytes, size_t count)
{
    while (count < sizeof(taken) / sizeof(taken[0]) && (taken[count] = heap_alloc(size_bytes)) != NULL)
        count++;
    return count;
}

TEST(heap_exhaustion_is_survived)
{
    static const size_t sizes[] = {4 << 20, 100000, 8192, 1500, 64, 16};
    struct heap_usage before = heap_read_usage();
    uint64_t counts[2] = {0, 0}, free_bytes[2];
    for (unsigned round = 0; round < 2; round++) {
        size_t count = 0;
        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            count = take_all(sizes[i], count);
        counts[round] = count;
        CHECK(heap_alloc(1) == NULL && heap_alloc_zeroed(1, 100000) == NULL);
        CHECK(heap_alloc_aligned(4096, 1) == NULL && heap_realloc(taken[0], 5 << 20) == NULL);
        CHECK(vrange_alloc(PAGE_SIZE) == NULL);
        while (count > 0)
            heap_free(taken[--count]);
        heap_trim();
        free_bytes[round] = page_free_bytes();
    }
    struct heap_usage after = heap_read_usage();
    CHECK_EQUAL(after.objects, before.objects);
    CHECK_EQUAL(after.bytes, before.bytes);
    CHECK_EQUAL(free_bytes[1], free_bytes[0]);
    CHECK_EQUAL(counts[1], counts[0]);
    CHECK(counts[0] > 0);
}

/* All kinds of allocation, each of which may fail; returns how many did. */
static unsigned use_memory(void)
{
    OWNED(heap_free) char *small = heap_alloc(100);
    OWNED(heap_free) char *zeroed = heap_alloc_zeroed(7, 300);
    OWNED(heap_free) char *aligned = heap_alloc_aligned(1024, 3000);
    OWNED(heap_free) char *large = heap_alloc(50000);
    OWNED(vrange_free) char *mapped = vrange_alloc(3 * PAGE_SIZE);
    OWNED(vrange_free_stack) char *stack = vrange_alloc_stack();
    char *grown = small == NULL ? NULL : heap_realloc(small, 9000);
    if (grown != NULL)
        small = grown;
    void *block = page_alloc(2);
    if (block != NULL)
        page_free(block, 2);
    unsigned failed = !small + !zeroed + !aligned + !large + !mapped + !stack + !grown + !block;
    if (failed > 0)
        return failed;
    OWNED(heap_free) char *range = heap_alloc(5 << 20); /* more than a thousand pages, one by one */
    return !range;
}

TEST(heap_survives_each_failure)
{
    if (page_total_bytes() < 24 << 20)
        SKIP("not enough memory for all at once");
    CHECK_EQUAL(use_memory(), 0);
    uint64_t failures = 0, count = 0;
    for (bool failed = true; failed && count < 10000;) {
        heap_trim(); /* so that slabs are made anew, which may fail too */
        struct heap_usage before = heap_read_usage();
        count += count < 200 ? 1 : 97;
        memory_fail_after(count);
        failures += use_memory() > 0;
        failed = memory_fail_countdown == 0;
        memory_fail_after(0);
        struct heap_usage after = heap_read_usage();
        CHECK_EQUAL(after.objects, before.objects);
        CHECK_EQUAL(after.bytes, before.bytes);
    }
    CHECK(failures > 10 && count > failures);
    CHECK_EQUAL(use_memory(), 0);
}

/* == Misuse: an act, and how its panic begins ====================================================================== */

#define SURVIVES(words, statement)                    \
    do {                                              \
        CHECK(panic_catch(statement, NULL, &record)); \
        CHECK(reason_has(words));                     \
    } while (0)

static char *object;
static char *volatile wrong;

static void free_wrong(void *argument)
{
    (void)argument;
    heap_free(wrong);
}

static void free_wrong_sized(void *argument)
{
    (void)argument;
    heap_free_sized(wrong, 30);
}

static void realloc_wrong(void *argument)
{
    (void)argument;
    wrong = heap_realloc(wrong, 3000);
}

TEST(heap_refuses_what_is_none_of_its_objects)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    struct heap_usage before = heap_read_usage();
    object = heap_alloc(200);
    void *page = page_alloc(0);
    char *inside[] = {object + 1, object + 16, object + 199};
    char *foreign[] = {(char *)&record,      page,         (char *)page + 16, (char *)heap_free, (char *)0x10,
                       (char *)1 + ~0UL / 2, (char *)-16UL};
    for (unsigned i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        wrong = inside[i];
        SURVIVES("lies inside an object of the heap", free_wrong);
        SURVIVES("lies inside an object of the heap", realloc_wrong);
    }
    for (unsigned i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        wrong = foreign[i];
        SURVIVES("is no object of the heap", free_wrong);
        SURVIVES("is no object of the heap", free_wrong_sized);
    }
    wrong = object;
    SURVIVES("bytes, not 30 as the size it is freed with", free_wrong_sized);
    heap_free_sized(object, 200);
    SURVIVES("was freed before", free_wrong);
    SURVIVES("was freed before", free_wrong_sized);
    SURVIVES("was freed before", realloc_wrong);
    page_free(page, 0);
    struct heap_usage after = heap_read_usage();
    CHECK_EQUAL(after.objects, before.objects);
    CHECK_EQUAL(after.bytes, before.bytes);
}
