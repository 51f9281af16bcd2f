/* SPDX-License-Identifier: 0BSD */
/*
 * kernel/memory/heap*.c against a model: each object is filled with a pattern of its own and checked when it goes, a
 * shadow map refuses overlaps, the usage must be exact. The fragmentation is that of the C library's malloc at most, on
 * the same trace.
 * CONFIG_MEMORY_DEBUG is off here; test_heap_debug.c includes this file and has it on.
 */
#include "host_test.h"

#include "memory/world.h"
#include <malloc.h>
#include <ossa/heap.h>
#include <ossa/page.h>

#define LIVE_MAX   20000
#define SHADOW_MAX ((size_t)WORLD_PAGES * PAGE_SIZE / 16)

static const unsigned class_sizes[] = {16,   32,   48,   64,   80,   96,   112,  128,  160,  192,  224,
                                       256,  320,  384,  448,  512,  640,  768,  896,  1024, 1280, 1536,
                                       1792, 2048, 2560, 3072, 3584, 4096, 5120, 6144, 8192};

/* == The model ===================================================================================================== */

struct object {
    uint8_t *bytes;
    size_t size, alignment, held;
    uint64_t id;
};
static struct object live[LIVE_MAX];
static unsigned live_count;
static uint64_t held_bytes, ids;
static uint8_t shadow[SHADOW_MAX]; /* 1: the 16 bytes there are given out */

/* What an object is held in, computed another way than the heap does. */
static size_t round_up(size_t alignment, size_t size)
{
    size_t room = size;
    if (CONFIG_MEMORY_DEBUG && size <= 8192)
        room = (48 + alignment - 1) / alignment * alignment + size + 16;
    for (unsigned i = 0; i < sizeof(class_sizes) / sizeof(class_sizes[0]); i++)
        if (class_sizes[i] >= room && class_sizes[i] % alignment == 0)
            return class_sizes[i];
    size_t pages = 1;
    while (pages * PAGE_SIZE < size || pages * PAGE_SIZE < alignment)
        pages *= 2;
    return pages <= 1024 ? pages * PAGE_SIZE : (size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
}

static void mark_shadow(const struct object *object, bool given_out)
{
    size_t offset = (size_t)(object->bytes - world_memory);
    if (offset >= SHADOW_MAX * 16)
        return;
    for (size_t i = offset / 16; i <= (offset + heap_size(object->bytes) - 1) / 16; i++) {
        if (shadow[i] == given_out)
            host_test_fail(__FILE__, __LINE__, "object %" PRIu64 " overlaps", object->id);
        shadow[i] = given_out;
    }
}

static void fill(struct object *object, size_t from)
{
    for (size_t i = from; i < object->size; i++)
        object->bytes[i] = (uint8_t)(object->id * 31 + i);
}

static bool is_whole(const struct object *object, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (object->bytes[i] != (uint8_t)(object->id * 31 + i))
            return CHECK_EQ(object->bytes[i], (uint8_t)(object->id * 31 + i));
    return true;
}

static void enter(struct object *object)
{
    CHECK_EQ((uintptr_t)object->bytes % object->alignment, 0);
    CHECK(heap_size(object->bytes) >= object->size);
    mark_shadow(object, true);
    object->held = round_up(object->alignment, object->size);
    held_bytes += object->held;
}

static void leave(const struct object *object)
{
    is_whole(object, object->size);
    mark_shadow(object, false);
    held_bytes -= object->held;
}

static size_t random_size(void)
{
    uint64_t kind = host_random() % 10000;
    return 1 + host_random() % (kind < 6000   ? 128
                                : kind < 9000 ? 1024
                                : kind < 9900 ? 9000
                                : kind < 9998 ? 70000
                                              : 6000000);
}

static void random_alloc(void)
{
    struct object *object = &live[live_count];
    uint64_t kind = host_random() % 8;
    *object = (struct object){.size = random_size(), .alignment = 16, .id = ids++};
    if (kind == 0) {
        object->bytes = heap_alloc_zeroed(1, object->size);
        for (size_t i = 0; object->bytes && i < object->size; i++)
            if (object->bytes[i] != 0 && !CHECK_EQ(object->bytes[i], 0))
                break;
    } else if (kind == 1) {
        object->alignment = 16u << host_random() % 10;
        object->size = object->size % 20000 + 1;
        object->bytes = heap_alloc_aligned(object->alignment, object->size);
    } else {
        object->bytes = heap_alloc(object->size);
    }
    if (object->bytes == NULL)
        return;
    enter(object);
    fill(object, 0);
    live_count++;
}

static void random_free(void)
{
    struct object *object = &live[host_random() % live_count];
    leave(object);
    if (host_random() % 2 != 0)
        heap_free(object->bytes);
    else
        heap_free_sized(object->bytes, object->size);
    *object = live[--live_count];
}

static void random_realloc(void)
{
    struct object *object = &live[host_random() % live_count], before = *object;
    size_t size = random_size();
    leave(object);
    uint8_t *moved = heap_realloc(object->bytes, size);
    if (moved != NULL) {
        object->bytes = moved;
        object->size = size;
        object->alignment = 16;
        is_whole(object, size < before.size ? size : before.size);
        enter(object);
        object->id = ids++;
        fill(object, 0);
        /* it may have stayed where it is, in a class that its former alignment chose */
        if (moved == before.bytes && before.held != object->held &&
            CHECK(!CONFIG_MEMORY_DEBUG || before.alignment > 16))
            host_test_fail(__FILE__, __LINE__, "held in %zu, want %zu", before.held, object->held);
    } else {
        enter(object);
    }
}

static void check_usage(void)
{
    struct heap_usage usage = heap_read_usage();
    CHECK_EQ(usage.objects, live_count);
    CHECK_EQ(usage.bytes, held_bytes);
    CHECK(usage.pages >= world_pages_used);
}

static uint64_t pages_lost; /* with slots that were written to while they were free */

static void free_all(void)
{
    while (live_count > 0)
        random_free();
    check_usage();
    heap_trim();
    struct heap_usage usage = heap_read_usage();
    CHECK_EQ(usage.objects, 0);
    CHECK_EQ(usage.bytes, 0);
    CHECK_EQ(usage.pages, pages_lost);
    CHECK_EQ(world_pages_used, pages_lost);
    CHECK_EQ(world_ranges_used, 0);
}

HOST_TEST(heap_random_operations)
{
    uint64_t operations = host_times(100000), want = 0;
    world_init();
    for (uint64_t i = 0; i < operations && host_test_failures == 0; i++) {
        if (i % 50000 == 0)
            want = host_random() % LIVE_MAX; /* how many there are wavers */
        if (i % 1000 == 0)
            check_usage();
        if (i % 33333 == 0)
            heap_trim();
        uint64_t kind = host_random() % 100;
        world_go_to_cpu(host_random());
        bool grow = live_count < want ? kind < 55 : kind < 35;
        if (kind >= 90 && live_count > 0)
            random_realloc();
        else if (live_count == 0 || (grow && live_count < LIVE_MAX))
            random_alloc();
        else
            random_free();
    }
    free_all();
}

/* Now and then there is no memory, or an allocation is made to fail: nothing may be lost by that. */
HOST_TEST(heap_random_failures)
{
    world_init();
    unsigned failed = 0;
    world_pages_left = 3000;
    for (uint64_t i = 0; i < host_times(50000) && host_test_failures == 0; i++) {
        if (i % 16 == 0)
            memory_fail_after(host_random() % 64);
        unsigned before = live_count;
        uint64_t kind = host_random() % 100;
        world_go_to_cpu(host_random());
        if (kind >= 90 && live_count > 0)
            random_realloc();
        else if (live_count == 0 || (kind < 60 && live_count < LIVE_MAX))
            random_alloc(), failed += live_count == before;
        else
            random_free();
        if (i % 1000 == 0)
            check_usage();
    }
    memory_fail_after(0);
    world_pages_left = WORLD_PAGES;
    CHECK(failed > 1000);
    free_all();
}

/* == What the interface promises =================================================================================== */

/* What the compiler computes and what the table says. */
HOST_TEST(heap_classes_are_computed)
{
    unsigned index = 0;
    for (size_t size = 1; size <= HEAP_SMALL_MAX; size++) {
        index += size > class_sizes[index];
        CHECK_EQ(heap_class_of(size), index + 1);
    }
}

HOST_TEST(heap_edges)
{
    world_init();
    CHECK(heap_alloc(0) == NULL);
    CHECK(heap_alloc_zeroed(0, 5) == NULL);
    volatile size_t much = SIZE_MAX;
    CHECK(heap_alloc_zeroed(much / 2, 3) == NULL);
    CHECK(heap_alloc_zeroed(much, much) == NULL);
    CHECK(heap_alloc(much) == NULL);
    CHECK(heap_alloc(much - 5000) == NULL);
    CHECK(heap_alloc(much / 2) == NULL);
    volatile size_t odd = 48;
    CHECK(heap_alloc_aligned(odd, 8) == NULL);
    CHECK(heap_alloc_aligned(odd - 48, 8) == NULL);
    heap_free(NULL);
    heap_free_sized(NULL, 7);
    void *object = heap_realloc(NULL, 10);
    CHECK(object != NULL);
    CHECK(heap_realloc(object, much) == NULL);
    CHECK(heap_realloc(object, 0) == NULL);
    free_all();
}

HOST_TEST(heap_alignment)
{
    world_init();
    for (size_t alignment = 1; alignment <= 4 << 20; alignment *= 2)
        for (size_t size = 1; size <= 20000; size = size * 3 / 2 + 1) {
            void *object = heap_alloc_aligned(alignment, size);
            REQUIRE(object != NULL);
            CHECK_EQ((uintptr_t)object % alignment, 0);
            CHECK(heap_size(object) >= size);
            heap_free_sized(object, size);
        }
    free_all();
}

HOST_TEST(heap_init_on_alloc)
{
    world_init();
    memory_init_on_alloc = true;
    heap_trim();
    for (size_t size = 1; size <= 100000; size = size * 3 / 2 + 1) {
        uint8_t *object = heap_alloc(size);
        REQUIRE(object != NULL);
        size_t usable = heap_size(object), zeros = 0;
        while (zeros < usable && object[zeros] == 0)
            zeros++;
        CHECK_EQ(zeros, usable);
        memset(object, 0xff, usable);
        heap_free(object);
    }
    memory_init_on_alloc = false;
    free_all();
}

HOST_TEST(heap_realloc_stays_in_place)
{
    world_init();
    char *object = heap_alloc(1025);
    CHECK(heap_realloc(object, 1100) == object);
    heap_free(object);
    object = heap_alloc(20000);
    CHECK(heap_realloc(object, 30000) == object);
    CHECK(heap_realloc(object, 32768) == object);
    heap_free_sized(object, 32768);
    object = heap_alloc(5 << 20);
    CHECK(heap_realloc(object, (5 << 20) - 100) == object);
    heap_free_sized(object, (5 << 20) - 100);
    free_all();
}

/* Rounding takes less than a fifth above 128 bytes, and less than 16 bytes below. */
HOST_TEST(heap_rounding_is_bounded)
{
    world_init();
    for (size_t size = 1; size <= 6144 && !CONFIG_MEMORY_DEBUG; size++) {
        void *object = heap_alloc(size);
        size_t lost = heap_size(object) - size;
        CHECK(size <= 128 ? lost < 16 : lost * 5 < heap_size(object));
        heap_free(object);
    }
    free_all();
}

/* == Misuse ======================================================================================================== */

HOST_TEST(heap_refuses_what_was_freed)
{
    world_init();
    static const size_t sizes[] = {8, 100, 5000, 9000, 100000, 5 << 20};
    for (volatile unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        void *volatile object = heap_alloc(sizes[i]), *volatile other = heap_alloc(sizes[i]);
        heap_free(object);
        PANICS(sizes[i] > 4 << 20 ? "is no object of the heap" : "was freed before", heap_free(object));
        PANICS("heap: ", heap_free_sized(object, sizes[i]));
        PANICS("heap: ", heap_size(object));
        PANICS("heap: ", heap_realloc(object, 50));
        heap_free(other);
        PANICS("heap: ", heap_free(object));
    }
    /* from the slab's list and other CPUs' magazines, too, and when the slab is gone */
    void *volatile many[200];
    for (volatile unsigned i = 0; i < 200; i++)
        many[i] = heap_alloc(100);
    for (volatile unsigned i = 1; i < 200; i++) {
        world_go_to_cpu(i);
        heap_free(many[i]);
    }
    for (volatile unsigned i = 1; i < 200; i++) {
        world_go_to_cpu(i + 1);
        PANICS("was freed before", heap_free(many[i]));
    }
    heap_free(many[0]);
    heap_trim();
    PANICS("heap: ", heap_free(many[5]));
    free_all();
}

HOST_TEST(heap_believes_no_mark)
{
    world_init();
    uint64_t *object = heap_alloc(64);
    if (!CONFIG_MEMORY_DEBUG)
        object[1] = (uintptr_t)object + 1; /* looks as if it were free */
    heap_free(object);
    free_all();
}

HOST_TEST(heap_refuses_foreign_pointers)
{
    world_init();
    static char foreign[64];
    char *volatile page = page_alloc(0), *volatile object = heap_alloc(100), *volatile block = heap_alloc(20000);
    PANICS("is no object of the heap", heap_free(foreign));
    PANICS("is no object of the heap", heap_free((void *)&page));
    PANICS("is no object of the heap", heap_free((void *)16));
    PANICS("is no object of the heap", heap_free(page));
    PANICS("is no object of the heap", heap_free(page + 16));
    PANICS("is no object of the heap", heap_free(block + 16));
    PANICS("is no object of the heap", heap_free(block + PAGE_SIZE));
    PANICS("lies inside an object", heap_free(object + 16));
    PANICS("lies inside an object", heap_free(object + 1));
    PANICS("lies inside an object", heap_realloc(object + 8, 10));
    PANICS("lies inside an object", heap_size(object + 8));
    heap_free(object);
    char *volatile last = heap_alloc(320); /* behind the last of a slab there are 256 bytes left */
    PANICS("heap: ", heap_free((char *)((uintptr_t)last & -PAGE_SIZE) + 3840));
    heap_free(last);
    heap_free(block);
    page_free(page, 0);
    free_all();
}

HOST_TEST(heap_refuses_another_size)
{
    world_init();
    void *volatile object = heap_alloc(100), *volatile block = heap_alloc(20000), *volatile range = heap_alloc(5 << 20);
    PANICS("not 64 as the size it is freed with", heap_free_sized(object, 64));
    PANICS("not 0 as", heap_free_sized(object, 0));
    PANICS("as the size", heap_free_sized(object, SIZE_MAX));
    PANICS("as the size", heap_free_sized(block, 20001));
    PANICS("as the size", heap_free_sized(block, 100));
    PANICS("as the size", heap_free_sized(range, 4 << 20));
    heap_free_sized(object, 100);
    heap_free_sized(block, 20000);
    heap_free_sized(range, 5 << 20);
    free_all();
}

/* Written after it was freed: the first words always tell, and nothing but that slot, or its slab's free ones,
 * is lost. */
HOST_TEST(heap_survives_writes_to_what_is_free)
{
    world_init();
    struct heap_usage before = heap_read_usage();
    uint64_t *volatile object = heap_alloc(640);
    heap_free(object);
    object[1] = 5;
    PANICS("was written to after it was freed", heap_alloc(640));
    void *again = heap_alloc(640);
    CHECK(again != NULL && again != object);
    heap_free(again);
    struct heap_usage after = heap_read_usage();
    CHECK_EQ(after.objects, before.objects);
    CHECK_EQ(after.bytes, before.bytes);
    uint64_t *volatile many[100];
    for (volatile unsigned i = 0; i < 100; i++)
        many[i] = heap_alloc(768);
    for (volatile unsigned i = 0; i < 100; i++)
        if (i % 5 != 0)
            heap_free(many[i]);
    heap_trim(); /* all are in their slabs, which an object each keeps */
    for (volatile unsigned i = 0; i < 100; i++)
        if (i % 5 != 0)
            many[i][0] ^= 1ULL << 32;
    void *volatile kept[200];
    volatile unsigned refused = 0;
    for (volatile unsigned i = 0; i < 200; i++) {
        world_catches = true;
        kept[i] = NULL;
        if (setjmp(world_catcher) == 0)
            kept[i] = heap_alloc(768);
        else
            refused++;
    }
    world_catches = false;
    CHECK(refused >= 8 && (CONFIG_MEMORY_DEBUG || refused <= 30)); /* a slab each, or a slot */
    for (volatile unsigned i = 0; i < 200; i++)
        heap_free(kept[i]);
    for (volatile unsigned i = 0; i < 100; i += 5)
        heap_free(many[i]);
    after = heap_read_usage();
    CHECK_EQ(after.objects, before.objects);
    CHECK_EQ(after.bytes, before.bytes);
    heap_trim();
    pages_lost = world_pages_used;
}

/* == Fragmentation ================================================================================================= */

/*
 * A trace that resembles a kernel's: what boot leaves behind for ever, then objects of the usual sizes that come and go
 * with lifetimes from a few operations to for ever, with bursts (a directory is read, connections come in) of which
 * little stays. Each step allocates (bytes > 0) or frees the object `slot`.
 */
struct trace {
    void *(*alloc)(size_t);
    void (*release)(void *);
    uint64_t (*footprint)(void);
    uint64_t live_bytes, live_peak, footprint_peak, live_end, footprint_end;
};

#define TRACE_MAX 60000

static size_t trace_size(void)
{
    static const uint16_t usual[] = {16,  24,   32,   32,   40,   56,   64,   64,   72,   96,   104,  120,
                                     128, 136,  192,  192,  200,  232,  256,  320,  512,  568,  600,  688,
                                     768, 1024, 1096, 1536, 2048, 2200, 3072, 4096, 4096, 8192, 16384};
    uint64_t a = host_random() % 35, b = host_random() % 35, c = host_random() % 35;
    uint64_t least = a < b ? a : b;
    return usual[least < c ? least : c];
}

static void trace_run(struct trace *trace)
{
    static struct {
        uint8_t *bytes;
        size_t size;
    } objects[TRACE_MAX];
    memset(objects, 0, sizeof(objects));
    for (unsigned step = 0; step < 600000; step++) {
        bool burst = step % 100000 > 80000, boot = step<5000, ebb = step> 560000;
        size_t size = burst ? 192 : trace_size();
        unsigned at = boot ? step : burst ? 25000 + host_random() % 35000 : 5000 + host_random() % 20000;
        if (objects[at].bytes != NULL) {
            trace->release(objects[at].bytes);
            trace->live_bytes -= objects[at].size;
            objects[at].bytes = NULL;
            if (!burst || step % 100000 > 90000)
                continue;
        } else if (ebb || step % 100000 > 90000) {
            continue;
        }
        objects[at].size = size;
        objects[at].bytes = trace->alloc(size);
        memset(objects[at].bytes, 1, size);
        trace->live_bytes += size;
        uint64_t footprint = step % 64 == 0 ? trace->footprint() : 0;
        if (trace->live_bytes > trace->live_peak)
            trace->live_peak = trace->live_bytes;
        if (footprint > trace->footprint_peak)
            trace->footprint_peak = footprint;
    }
    heap_trim();
    malloc_trim(0);
    trace->live_end = trace->live_bytes;
    trace->footprint_end = trace->footprint();
    for (unsigned i = 0; i < TRACE_MAX; i++)
        if (objects[i].bytes != NULL)
            trace->release(objects[i].bytes);
}

static uint64_t heap_footprint(void)
{
    return heap_read_usage().pages * PAGE_SIZE;
}

static uint64_t libc_footprint(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.arena + info.hblkhd;
}

HOST_TEST(heap_fragmentation)
{
    world_init();
    uint64_t base = libc_footprint(), lost = heap_footprint(), seed = host_test_random;
    struct trace ours = {heap_alloc, heap_free, heap_footprint, 0, 0, 0, 0, 0};
    struct trace theirs = {malloc, free, libc_footprint, 0, 0, 0, 0, 0};
    trace_run(&ours);
    host_test_random = seed;
    trace_run(&theirs);
    ours.footprint_peak -= lost, ours.footprint_end -= lost;
    theirs.footprint_peak -= base, theirs.footprint_end -= base;
    printf("# KiB, live and held: at the peak %" PRIu64 " %" PRIu64 ", at the end %" PRIu64 " %" PRIu64 "\n",
           ours.live_peak >> 10, ours.footprint_peak >> 10, ours.live_end >> 10, ours.footprint_end >> 10);
    printf("# the C library:                  %" PRIu64 " %" PRIu64 ",            %" PRIu64 " %" PRIu64 "\n",
           theirs.live_peak >> 10, theirs.footprint_peak >> 10, theirs.live_end >> 10, theirs.footprint_end >> 10);
    CHECK_EQ(ours.live_peak, theirs.live_peak);
    if (CONFIG_MEMORY_DEBUG)
        return;
    CHECK(ours.footprint_peak * 100 <= ours.live_peak * 115);
    CHECK(ours.footprint_end * 100 <= ours.live_end * 200);
    CHECK(ours.footprint_peak <= theirs.footprint_peak * 11 / 10);
    CHECK(ours.footprint_end <= theirs.footprint_end * 11 / 10);
}
