/* SPDX-License-Identifier: 0BSD */
/*
 * The heap under random load: objects keep what was written to them, some allocations are made to fail, and all is
 * given back in the end. For `make soak`; tests/host/test_heap.c does the same beside a model.
 */
#include <ossa/heap.h>
#include <ossa/memory.h>
#include <ossa/string.h>
#include <ossa/test.h>

#define SLOTS 2000

static struct {
    uint8_t *bytes;
    size_t size_bytes;
} slots[SLOTS];

/* Every object holds its slot's number in each byte. */
static bool is_whole(unsigned slot)
{
    for (size_t i = 0; i < slots[slot].size_bytes; i++)
        if (slots[slot].bytes[i] != (uint8_t)slot)
            return false;
    return true;
}

static bool change(unsigned slot, size_t size_bytes)
{
    if (!is_whole(slot))
        return false;
    uint8_t *bytes = heap_realloc(slots[slot].bytes, size_bytes);
    if (bytes == NULL && size_bytes > 0)
        return is_whole(slot);
    slots[slot].bytes = bytes;
    if (size_bytes < slots[slot].size_bytes)
        slots[slot].size_bytes = size_bytes;
    bool kept = is_whole(slot);
    slots[slot].size_bytes = size_bytes;
    if (size_bytes > 0)
        memset(bytes, slot, size_bytes);
    return kept;
}

TEST(soak_heap)
{
    static const unsigned limits[] = {32, 32, 300, 300, 5000, 60000};
    uint64_t random = test_seed();
    struct heap_usage before = heap_read_usage();
    while (test_soak_goes_on()) {
        if (test_random(&random) % 8 == 0)
            memory_fail_after(1 + test_random(&random) % 16);
        unsigned slot = test_random(&random) % SLOTS, limit = limits[test_random(&random) % 6];
        bool free = test_random(&random) % 3 == 0;
        REQUIRE(change(slot, free ? 0 : 1 + test_random(&random) % limit));
        memory_fail_after(0);
    }
    for (unsigned slot = 0; slot < SLOTS; slot++)
        REQUIRE(change(slot, 0));
    struct heap_usage after = heap_read_usage();
    CHECK_EQUAL(after.objects, before.objects);
    CHECK_EQUAL(after.bytes, before.bytes);
}
