/* SPDX-License-Identifier: 0BSD */
/*
 * The heap with CONFIG_MEMORY_DEBUG: all of test_heap.c again, and what red zones, poison and accounts find.
 */
#include "test_heap.c"

HOST_TEST(heap_debug_red_zones)
{
    world_init();
    static const size_t sizes[] = {1, 15, 16, 100, 4000, 9000, 100000};
    for (volatile unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t *volatile object = heap_alloc(sizes[i]);
        CHECK_EQ(heap_size(object), sizes[i]);
        volatile uint8_t kept = object[sizes[i]];
        object[sizes[i]] = 0;
        PANICS("was written to past its end, allocated by", heap_free(object));
        object[sizes[i]] = kept;
        if (sizes[i] <= 4000) {
            for (volatile int at = -1; at >= -20; at--) {
                kept = object[at];
                object[at] ^= 1;
                PANICS("was written to before its start", heap_free(object));
                object[at] = kept;
            }
        }
        heap_free(object);
    }
    free_all();
}

HOST_TEST(heap_debug_poison)
{
    world_init();
    uint64_t objects = heap_read_usage().objects;
    for (volatile unsigned at = 0; at < 500; at += 99) {
        uint8_t *volatile object = heap_alloc(500);
        heap_free(object);
        CHECK_EQ(object[at], 0x6b);
        object[at] = 1;
        PANICS("was written to after it was freed, allocated by", heap_alloc(500));
        CHECK(strstr(world_reason, "freed by") != NULL);
        CHECK_EQ(heap_read_usage().objects, objects);
    }
    heap_trim();
    pages_lost = world_pages_used;
}

HOST_TEST(heap_debug_sites)
{
    world_init();
    void *objects[10];
    for (unsigned i = 0; i < 10; i++)
        objects[i] = heap_alloc(2000);
    world_message[0] = '\0';
    heap_log_sites();
    CHECK(strstr(world_message, "heap: 25600 bytes in 10 objects, 10 calls, by ") != NULL);
    for (unsigned i = 0; i < 10; i++)
        heap_free(objects[i]);
    world_message[0] = '\0';
    heap_log_sites();
    CHECK_STR(world_message, "");
}
