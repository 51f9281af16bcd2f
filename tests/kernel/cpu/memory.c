/* SPDX-License-Identifier: 0BSD */
/*
 * kernel/memory/ on many CPUs: what one takes another gives back, all at once too, and nothing is lost; what is
 * unmapped is so on every CPU; caches of all CPUs are emptied. Passes with one CPU as well.
 */
#include <ossa/heap.h>
#include <ossa/page.h>
#include <ossa/paging.h>
#include <ossa/smp.h>
#include <ossa/string.h>
#include <ossa/test.h>
#include <ossa/vrange.h>

#define HELD   64 /* by each CPU at once */
#define SHARED 32 /* handed from CPU to CPU */
#define ASKING 4  /* CPUs at once for shootdowns, where there are many */
#define MANY   16 /* so that on an emulator each wait may take its whole turn */
#define STEPS  1000

static struct panic_record record;

/* On every CPU, in an interrupt, at once but for this one. */
static void call_all(void (*function)(void *argument), void *argument)
{
    cpu_call_others(function, argument);
    cpu_call(cpu_this(), function, argument);
}

static void *take_all(unsigned order)
{
    void *list = NULL, *block;
    while ((block = page_alloc(order)) != NULL) {
        *(void **)block = list;
        list = block;
    }
    return list;
}

static void give_all(void *list, unsigned order)
{
    for (void *next; list != NULL; list = next) {
        next = *(void **)list;
        page_free(list, order);
    }
}

struct account {
    uint64_t free_bytes;
    struct heap_usage heap;
};

/* With all sections taken in, and nothing at hand on any CPU. */
static struct account read_account(void)
{
    give_all(take_all(PAGE_ORDER_MAX), PAGE_ORDER_MAX);
    heap_trim();
    page_trim();
    return (struct account){page_free_bytes(), heap_read_usage()};
}

static void check_account(const struct account *before)
{
    struct account now = read_account();
    CHECK_EQUAL(now.free_bytes, before->free_bytes);
    CHECK_EQUAL(now.heap.objects, before->heap.objects);
    CHECK_EQUAL(now.heap.bytes, before->heap.bytes);
    CHECK_EQUAL(now.heap.pages, before->heap.pages);
}

/* == Taken on one CPU, given back on another ======================================================================= */

struct pile {
    void *pages[HELD], *objects[HELD];
    unsigned failed;
};

static void take_pile(void *argument)
{
    struct pile *pile = argument;
    for (unsigned i = 0; i < HELD; i++) {
        pile->pages[i] = page_alloc(0);
        pile->objects[i] = heap_alloc(16 + i * 40);
        pile->failed += pile->pages[i] == NULL || pile->objects[i] == NULL;
    }
}

static void give_pile(void *argument)
{
    const struct pile *pile = argument;
    for (unsigned i = 0; i < HELD; i++) {
        page_free(pile->pages[i], 0);
        heap_free(pile->objects[i]);
    }
}

TEST(cpu_memory_is_given_back_elsewhere)
{
    struct account before = read_account();
    static struct pile pile;
    for (unsigned i = 0; i < cpu_count; i++) {
        uint64_t free_bytes = page_free_bytes(), objects = heap_read_usage().objects;
        pile.failed = 0;
        cpu_call(cpus[i], take_pile, &pile);
        REQUIRE(pile.failed == 0);
        CHECK(page_free_bytes() <= free_bytes - HELD * PAGE_SIZE);
        CHECK_EQUAL(heap_read_usage().objects, objects + HELD);
        cpu_call(cpus[(i + 1) % cpu_count], give_pile, &pile);
        CHECK_EQUAL(heap_read_usage().objects, objects);
    }
    check_account(&before);
}

static void free_object(void *object)
{
    heap_free(object);
}

static void free_page(void *page)
{
    page_free(page, 0);
}

TEST(cpu_memory_freed_elsewhere_is_refused)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("nothing is caught");
    for (unsigned i = 0; i < cpu_count; i++) {
        void *object = heap_alloc(100), *page = page_alloc(0);
        REQUIRE(object != NULL && page != NULL);
        cpu_call(cpus[i], free_object, object);
        CHECK(panic_catch(free_object, object, &record));
        cpu_call(cpus[i], free_page, page);
        CHECK(panic_catch(free_page, page, &record));
    }
}

/* == All at once =================================================================================================== */

struct piece {
    uint64_t size_bytes; /* of an object; 0: a page */
    uint64_t words[1];
};

static _Atomic(struct piece *) shared[SHARED];
static atomic_uint broken, failed;

static uint64_t random_number(uint64_t *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return *state >> 33;
}

static uint64_t count_words(const struct piece *piece)
{
    return ((piece->size_bytes == 0 ? PAGE_SIZE : piece->size_bytes) - sizeof(piece->size_bytes)) / sizeof(uint64_t);
}

static struct piece *make_piece(uint64_t random)
{
    uint64_t size_bytes = random % 4 == 0 ? 0 : 16 + random % 3000 / 8 * 8;
    struct piece *piece = size_bytes == 0 ? page_alloc(0) : heap_alloc(size_bytes);
    if (piece == NULL) {
        failed++;
        return NULL;
    }
    piece->size_bytes = size_bytes;
    for (uint64_t i = 0; i < count_words(piece); i++)
        piece->words[i] = (uintptr_t)piece + i;
    return piece;
}

static void end_piece(struct piece *piece)
{
    if (piece == NULL)
        return;
    for (uint64_t i = 0; i < count_words(piece); i++)
        broken += piece->words[i] != (uintptr_t)piece + i;
    if (piece->size_bytes == 0)
        page_free(piece, 0);
    else
        heap_free(piece);
}

static void churn(void *argument)
{
    struct piece *held[HELD] = {NULL};
    uint64_t seed = cpu_this()->number + *(uint64_t *)argument;
    for (unsigned step = 0; step < STEPS; step++) {
        uint64_t random = random_number(&seed);
        struct piece **place = &held[random % HELD];
        if (random / HELD % 4 == 0)
            *place = atomic_exchange(&shared[random_number(&seed) % SHARED], *place);
        end_piece(*place);
        *place = random / HELD % 8 < 3 ? NULL : make_piece(random_number(&seed));
    }
    for (unsigned i = 0; i < HELD; i++)
        end_piece(held[i]);
}

TEST(cpu_memory_all_at_once)
{
    struct account before = read_account();
    broken = failed = 0;
    for (uint64_t seed = 0; seed < 300; seed += 100) {
        call_all(churn, &seed);
        for (unsigned i = 0; i < SHARED; i++)
            end_piece(atomic_exchange(&shared[i], NULL));
        check_account(&before);
    }
    CHECK_EQUAL(broken, 0);
    CHECK_EQUAL(failed, 0);
}

static void churn_ranges(void *argument)
{
    uint64_t size_bytes = *(const unsigned *)argument * PAGE_SIZE;
    if (cpu_count > MANY && cpu_this()->number >= ASKING)
        return;
    uint64_t *range = vrange_alloc(size_bytes), *stack = vrange_alloc_stack();
    if (range == NULL || stack == NULL) {
        failed++;
        return;
    }
    range[0] = range[size_bytes / sizeof(*range) - 1] = stack[0] = (uintptr_t)range;
    broken += range[0] != (uintptr_t)range || stack[0] != (uintptr_t)range;
    vrange_free(range);
    vrange_free_stack(stack);
}

/* Many ask all for shootdowns, with interrupts masked: not for long, or the watchdog sees CPUs that hang. */
TEST(cpu_ranges_all_at_once)
{
    uint64_t taken = vrange_count(), free_bytes = vrange_free_bytes();
    unsigned pages_max = cpu_count > 4 ? 1 : 2; /* each takes the square of the CPUs */
    broken = failed = 0;
    for (unsigned pages = 1; pages <= pages_max; pages++)
        call_all(churn_ranges, &pages);
    CHECK_EQUAL(broken, 0);
    CHECK_EQUAL(failed, 0);
    CHECK_EQUAL(vrange_count(), taken);
    CHECK_EQUAL(vrange_free_bytes(), free_bytes);
}

/* == Page tables =================================================================================================== */

static atomic_uint readable, writable;

static void probe(void *argument)
{
    uint8_t byte;
    readable += arch_probe_read(argument, &byte);
    writable += arch_probe_write(argument, 1);
}

static void check_access(uint64_t va, unsigned want_readable, unsigned want_writable)
{
    readable = writable = 0;
    call_all(probe, (void *)va);
    CHECK_EQUAL(readable, want_readable);
    CHECK_EQUAL(writable, want_writable);
}

/* A page, pages enough for the whole TLB, a block, and pages of a block that is split. */
TEST(cpu_unmapped_everywhere)
{
    static const struct {
        uint64_t map_pages, first, pages;
    } ways[] = {{1, 0, 1}, {100, 0, 100}, {100, 30, 5}, {512, 0, 512}, {512, 7, 3}, {513, 511, 2}};
    uint64_t size_bytes = 2 * BLOCK_SIZE, va = (uintptr_t)vrange_take(size_bytes, BLOCK_SIZE);
    void *memory = page_alloc(PAGE_ORDER_MAX);
    REQUIRE(va != 0 && memory != NULL);
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        uint64_t change_va = va + ways[i].first * PAGE_SIZE, change_bytes = ways[i].pages * PAGE_SIZE;
        REQUIRE(paging_map(va, memory_pa(memory), ways[i].map_pages * PAGE_SIZE, PAGE_WRITE) == 0);
        check_access(change_va, cpu_count, cpu_count);
        CHECK_EQUAL(paging_protect(change_va, change_bytes, PAGE_READ), 0);
        check_access(change_va, cpu_count, 0);
        check_access(change_va + change_bytes - PAGE_SIZE, cpu_count, 0);
        CHECK_EQUAL(paging_protect(change_va, change_bytes, PAGE_WRITE), 0);
        check_access(change_va, cpu_count, cpu_count);
        CHECK_EQUAL(paging_unmap(change_va, change_bytes), 0);
        check_access(change_va, 0, 0);
        check_access(change_va + change_bytes - PAGE_SIZE, 0, 0);
        CHECK_EQUAL(paging_map(change_va, memory_pa(memory), change_bytes, PAGE_WRITE), 0);
        check_access(change_va, cpu_count, cpu_count);
        CHECK_EQUAL(paging_unmap(va, ways[i].map_pages * PAGE_SIZE), 0);
        check_access(va, 0, 0);
    }
    page_free(memory, PAGE_ORDER_MAX);
    vrange_put((void *)va);
}

/* == Caches ======================================================================================================== */

static void fill_caches(void *argument)
{
    void *pages[HELD / 2], *objects[HELD / 2];
    (void)argument;
    for (unsigned i = 0; i < HELD / 2; i++) {
        pages[i] = page_alloc(0);
        objects[i] = heap_alloc(200);
        failed += pages[i] == NULL || objects[i] == NULL;
    }
    for (unsigned i = 0; i < HELD / 2; i++) {
        memset(pages[i], 0xff, PAGE_SIZE);
        memset(objects[i], 0xff, 200);
        page_free(pages[i], 0);
        heap_free(objects[i]);
    }
}

TEST(cpu_caches_are_not_lost)
{
    failed = 0;
    uint64_t free_bytes = 0;
    for (unsigned round = 0; round < 3; round++) {
        call_all(fill_caches, NULL);
        void *list = take_all(0);
        CHECK_EQUAL(page_free_bytes(), 0);
        CHECK(page_alloc(1) == NULL);
        give_all(list, 0);
        heap_trim();
        CHECK(round < 2 || page_free_bytes() == free_bytes);
        free_bytes = page_free_bytes();
    }
    CHECK_EQUAL(failed, 0);
}

/* With nothing at hand, each of these asks. */
static void ask_twice(void *argument)
{
    (void)argument;
    page_free(page_alloc(0), 0);
    heap_free(heap_alloc(200));
}

TEST(cpu_failure_is_injected_everywhere)
{
    call_all(fill_caches, NULL);
    memory_fail_after(100000);
    call_all(ask_twice, NULL);
    uint64_t asked = 100000 - memory_fail_countdown;
    memory_fail_after(0);
    CHECK(asked >= 2 * cpu_count); /* and once for a slab */
}

static void look_for_dirt(void *argument)
{
    uint8_t *page = page_alloc(0), *object = heap_alloc(200);
    (void)argument;
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        broken += page[i] != 0;
    for (unsigned i = 0; i < 200; i++)
        broken += object[i] != 0;
    page_free(page, 0);
    heap_free(object);
}

TEST(cpu_memory_is_zeroed_everywhere)
{
    broken = failed = 0;
    call_all(fill_caches, NULL);
    memory_set_init_on_alloc(true);
    call_all(look_for_dirt, NULL);
    memory_set_init_on_alloc(false);
    CHECK_EQUAL(broken, 0);
    CHECK_EQUAL(failed, 0);
}
