/* SPDX-License-Identifier: 0BSD */
/*
 * The heap: an object there and back, in the size that most have; of a size that only run time knows; of pages; and
 * resized.
 */
#include <ossa/bench.h>
#include <ossa/heap.h>

BENCH(heap_alloc_free_small)
{
    for (unsigned round = 0; round < rounds; round++)
        heap_free(heap_alloc(64));
}

BENCH(heap_alloc_free_any)
{
    size_t size_bytes = 64;
    for (unsigned round = 0; round < rounds; round++) {
        __asm__("" : "+r"(size_bytes));
        heap_free(heap_alloc(size_bytes));
    }
}

/* Far more than a magazine holds, and back: slots go to and from their slabs. */
BENCH(heap_alloc_free_many)
{
    static void *objects[1024];
    for (unsigned i = 0; i < rounds; i++)
        objects[i] = heap_alloc(64);
    for (unsigned i = 0; i < rounds; i++)
        heap_free(objects[i]);
}

BENCH(heap_alloc_free_large)
{
    for (unsigned round = 0; round < rounds; round++)
        heap_free(heap_alloc(32768));
}

/* There and back between two classes. */
BENCH(heap_realloc)
{
    void *object = heap_alloc(100);
    for (unsigned round = 0; round < rounds; round++)
        object = heap_realloc(object, round % 2 == 0 ? 200 : 100);
    heap_free(object);
}
