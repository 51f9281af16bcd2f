/* SPDX-License-Identifier: 0BSD */
/*
 * Virtual ranges: what is mapped and what is a guard, that nothing overlaps and nothing is left, whatever fails.
 */
#include <ossa/page.h>
#include <ossa/string.h>
#include <ossa/test.h>
#include <ossa/vrange.h>

static bool can_read(const void *va)
{
    uint8_t value = 0;
    return arch_probe_read(va, &value);
}

/* The spare records and the tables of paging come once. */
static void warm_up(void)
{
    void *one = vrange_alloc(16 * PAGE_SIZE), *other = vrange_alloc(16 * PAGE_SIZE);
    vrange_free(one);
    vrange_free(other);
}

TEST(vrange_memory_is_mapped_with_guards)
{
    warm_up();
    uint64_t free_bytes = page_free_bytes(), free_addresses = vrange_free_bytes(), count = vrange_count();
    char *va = vrange_alloc(5 * PAGE_SIZE + 1), *other = vrange_alloc(1);
    REQUIRE(va != NULL && other != NULL);
    memset(va, 0x5a, 6 * PAGE_SIZE);
    CHECK_EQUAL(vrange_count(), count + 2);
    CHECK(!can_read(va - 1) && !can_read(va + 6 * PAGE_SIZE) && !can_read(other - 1) && !can_read(other + PAGE_SIZE));
    unsigned page_flags;
    uint64_t pa;
    CHECK_EQUAL(paging_translate((uintptr_t)other, &pa, &page_flags), 0);
    CHECK((page_flags & PAGE_WRITE) && !(page_flags & PAGE_EXECUTE) && !(page_flags & PAGE_DEVICE));
    vrange_free(va);
    CHECK(!can_read(va) && !can_read(va + 5 * PAGE_SIZE) && can_read(other));
    vrange_free(other);
    CHECK_EQUAL(vrange_count(), count);
    CHECK_EQUAL(vrange_free_bytes(), free_addresses);
    CHECK_EQUAL(page_free_bytes(), free_bytes);
}

TEST(vrange_stack_has_its_guard)
{
    warm_up();
    uint64_t free_addresses = vrange_free_bytes();
    char *stack = vrange_alloc_stack(), *other = vrange_alloc_stack();
    REQUIRE(stack != NULL && other != NULL);
    CHECK_EQUAL((uintptr_t)stack % (2 * STACK_SIZE), 0);
    memset(stack, 0x5a, STACK_SIZE);
    for (unsigned offset = 1; offset <= STACK_SIZE; offset += PAGE_SIZE)
        CHECK(!can_read(stack - offset));
    CHECK(!can_read(stack + STACK_SIZE));
    vrange_free_stack(stack);
    CHECK(!can_read(stack) && can_read(other));
    vrange_free_stack(other);
    CHECK_EQUAL(vrange_free_bytes(), free_addresses);
}

TEST(vrange_device_keeps_its_offset)
{
    unsigned page_flags;
    uint64_t pa, free_addresses = vrange_free_bytes();
    uint64_t device_pa = page_total_bytes() + (1ul << 34) + 0x123; /* nothing reads what is there */
    volatile char *va = vrange_map_device(device_pa, PAGE_SIZE);
    REQUIRE(va != NULL);
    CHECK_EQUAL((uintptr_t)va % PAGE_SIZE, 0x123);
    REQUIRE(paging_translate((uintptr_t)va + PAGE_SIZE - 1, &pa, &page_flags) == 0);
    CHECK_EQUAL(pa & -PAGE_SIZE, (device_pa + PAGE_SIZE - 1) & -PAGE_SIZE);
    CHECK((page_flags & PAGE_DEVICE) && (page_flags & PAGE_WRITE) && !(page_flags & PAGE_EXECUTE));
    vrange_unmap_device(va);
    CHECK(paging_translate((uintptr_t)va, &pa, &page_flags) != 0);
    CHECK_EQUAL(vrange_free_bytes(), free_addresses);
    CHECK(vrange_map_device(device_pa, 0) == NULL);
    CHECK(vrange_map_device(-(uint64_t)PAGE_SIZE, 2 * PAGE_SIZE) == NULL);
}

TEST(vrange_refuses_odd_requests)
{
    uint64_t count = vrange_count();
    CHECK(vrange_take(0, PAGE_SIZE) == NULL);
    CHECK(vrange_take(PAGE_SIZE, 0) == NULL);
    CHECK(vrange_take(PAGE_SIZE, PAGE_SIZE / 2) == NULL);
    CHECK(vrange_take(PAGE_SIZE, 3 * PAGE_SIZE) == NULL);
    CHECK(vrange_take(UINT64_MAX, PAGE_SIZE) == NULL);
    CHECK(vrange_take(vrange_free_bytes(), PAGE_SIZE) == NULL); /* no room for the guard */
    CHECK(vrange_take(PAGE_SIZE, 1ul << 63) == NULL);
    CHECK(vrange_alloc(vrange_free_bytes() / 2) == NULL); /* there is not as much memory */
    CHECK_EQUAL(vrange_count(), count);
}

#define RANGES 64

static struct {
    uintptr_t va, end_va;
} ranges[RANGES];

static void check_alone(unsigned at)
{
    for (unsigned i = 0; i < RANGES; i++)
        if (i != at && ranges[i].va != 0)
            CHECK(ranges[i].end_va < ranges[at].va || ranges[i].va > ranges[at].end_va); /* a guard in between */
}

TEST(vrange_random_ranges_never_touch)
{
    uint64_t free_addresses = vrange_free_bytes(), count = vrange_count(), random = 0x9e3779b97f4a7c15;
    for (unsigned round = 0; round < 4000; round++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17; /* Marsaglia, "Xorshift RNGs" */
        unsigned at = random % RANGES;
        if (ranges[at].va != 0) {
            vrange_put((void *)ranges[at].va);
            ranges[at].va = 0;
            continue;
        }
        uint64_t size_bytes = 1 + (random >> 8) % (40 * PAGE_SIZE);
        uint64_t alignment = (uint64_t)PAGE_SIZE << ((random >> 40) % 8 == 0 ? (random >> 50) % 8 : 0);
        ranges[at].va = (uintptr_t)vrange_take(size_bytes, alignment);
        REQUIRE(ranges[at].va != 0);
        CHECK_EQUAL(ranges[at].va % alignment, 0);
        ranges[at].end_va = ranges[at].va + size_bytes;
        check_alone(at);
    }
    for (unsigned i = 0; i < RANGES; i++)
        if (ranges[i].va != 0)
            vrange_put((void *)ranges[i].va);
    CHECK_EQUAL(vrange_count(), count);
    CHECK_EQUAL(vrange_free_bytes(), free_addresses);
}

/* Somebody else's mapping in a range that is put goes with it; the memory stays its owner's. */
TEST(vrange_put_unmaps)
{
    char *va = vrange_take(8 * PAGE_SIZE, PAGE_SIZE), *page = page_alloc(0);
    REQUIRE(va != NULL && page != NULL);
    REQUIRE(paging_map((uintptr_t)va + 3 * PAGE_SIZE, memory_pa(page), PAGE_SIZE, PAGE_WRITE) == 0);
    *page = 77;
    CHECK_EQUAL(va[3 * PAGE_SIZE], 77);
    vrange_put(va);
    CHECK(!can_read(va + 3 * PAGE_SIZE));
    page_free(page, 0);
}

TEST(vrange_failure_leaves_nothing)
{
    memory_fail_after(0); /* gives back what earlier tests have left in caches, as each turn below does */
    warm_up();
    vrange_free(vrange_alloc(8 * PAGE_SIZE)); /* that may lie elsewhere, in a hole that other tests have left */
    uint64_t free_bytes = page_free_bytes(), free_addresses = vrange_free_bytes();
    unsigned failures = 0;
    for (unsigned n = 1; n < 100; n++) {
        memory_fail_after(n);
        void *va = vrange_alloc(8 * PAGE_SIZE);
        memory_fail_after(0);
        failures += va == NULL;
        if (va != NULL)
            vrange_free(va);
        warm_up();
        CHECK_EQUAL(page_free_bytes(), free_bytes);
        CHECK_EQUAL(vrange_free_bytes(), free_addresses);
    }
    CHECK(failures >= 9); /* the range, and 8 pages */
}

static struct panic_record record;

static void free_wrongly(void *va)
{
    vrange_free(va);
}

static void check_refused(void *va)
{
    REQUIRE(panic_catch(free_wrongly, va, &record));
    CHECK(strncmp(record.reason, "vrange: at ", 11) == 0);
}

TEST(vrange_refuses_wrong_frees)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("nothing is caught");
    char *va = vrange_alloc(2 * PAGE_SIZE), *stack = vrange_alloc_stack();
    REQUIRE(va != NULL && stack != NULL);
    check_refused(va + PAGE_SIZE);
    check_refused(stack);
    check_refused(NULL);
    vrange_free(va);
    check_refused(va);
    vrange_free_stack(stack);
}
