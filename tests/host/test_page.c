/* SPDX-License-Identifier: 0BSD */
/*
 * The page allocator against a model: a map that says of every physical page who owns it. Physical memory is a file in
 * memory, mapped where and when paging_map_section() is asked to, so that a struct page or a page that is not mapped
 * faults as in the kernel. The core's lists are checked against struct page after each sequence.
 */
#define _GNU_SOURCE
#include "host_test.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../kernel/memory/page.c"
#include "../../kernel/memory/section.c"
#include "../../lib/region.c"
#include "../../lib/region_find.c"
#include "memory/cpus.h"

#define MEMORY_MAX (8ul << 30)
#define PAGES_MAX  (MEMORY_MAX / PAGE_SIZE)
#define STRUCT_MAX (PAGES_MAX * sizeof(struct page))
#define BLOCKS_MAX 4096
#define MIB(n)     ((uint64_t)(n) << 20)
#define KIB(n)     ((uint64_t)(n) << 10)
#define USABLE(a, b)             \
    {                            \
        a, b, BOOT_MEMORY_USABLE \
    }

bool host_memory_debug;
unsigned host_interrupts_masked;
uint64_t memory_direct_va;
_Atomic uint64_t memory_fail_countdown;
atomic_bool memory_init_on_alloc;
struct page *page_first;

static int memory_file = -1;
static bool struct_mapped[STRUCT_MAX / PAGE_SIZE];
static bool has_table[STRUCT_MAX / BLOCK_SIZE];
static uint8_t owned[PAGES_MAX];
static struct boot_info info;
static unsigned sections, tables_given, locks, tables_left;
static jmp_buf panicked;
static char reason[256];
static char warning[256];

/* == What kernel/memory/page.c calls =============================================================================== */

void panic_at(const struct panic_place *place, const char *format, ...)
{
    va_list arguments;
    (void)place;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    longjmp(panicked, 1);
}

void log_write(enum log_level level, const char *format, ...)
{
    (void)level;
    snprintf(warning, sizeof(warning), "%s", format);
}

void spinlock_take_at(struct spinlock *lock, const struct panic_place *place)
{
    if (!CHECK_EQ(locks++, 0))
        abort();
    lock->lock.holder = place;
}

void spinlock_release(struct spinlock *lock)
{
    locks--;
    lock->lock.holder = NULL;
}

bool arch_probe_read(const volatile void *va, uint8_t *value)
{
    uint64_t offset = (uintptr_t)va - (uintptr_t)page_first;
    if (offset >= STRUCT_MAX || !struct_mapped[offset / PAGE_SIZE])
        return false;
    *value = *(const volatile uint8_t *)va;
    return true;
}

int paging_map_section(uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags)
{
    uint64_t offset = va - (uintptr_t)page_first;
    CHECK_EQ(page_flags, PAGE_WRITE);
    CHECK((va | pa | size_bytes) % PAGE_SIZE == 0 && size_bytes > 0);
    bool takes_table = offset >= STRUCT_MAX || !has_table[offset / BLOCK_SIZE];
    if (tables_left < takes_table)
        return -1;
    tables_left -= takes_table;
    if (offset < STRUCT_MAX)
        has_table[offset / BLOCK_SIZE] = true;
    sections += offset >= STRUCT_MAX;
    for (uint64_t i = 0; offset < STRUCT_MAX && i < size_bytes; i += PAGE_SIZE) {
        CHECK(!struct_mapped[(offset + i) / PAGE_SIZE]);
        struct_mapped[(offset + i) / PAGE_SIZE] = true;
    }
    if (mmap((void *)va, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory_file, (off_t)pa) ==
        MAP_FAILED)
        abort();
    if (offset < STRUCT_MAX)
        memset((void *)va, 0xee, size_bytes); /* what memory holds that nobody has cleared */
    return 0;
}

bool paging_reserve_lacks(void)
{
    return tables_left < PAGING_RESERVE;
}

void paging_reserve_put(void *page)
{
    CHECK_EQ(owned[memory_pa(page) / PAGE_SIZE]++, 0);
    CHECK(page_find(page) == page_of(page) && page_of(page)->state == PAGE_ALLOCATED && page_of(page)->order == 0);
    tables_left++;
    tables_given++;
}

/* == The machine =================================================================================================== */

static void start(const struct region *regions, size_t count, uint64_t end_pa)
{
    if (memory_file < 0) {
        memory_file = memfd_create("memory", 0);
        memory_direct_va = (uintptr_t)mmap(NULL, MEMORY_MAX + STRUCT_MAX, PROT_NONE,
                                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        page_first = (struct page *)(memory_direct_va + MEMORY_MAX);
    }
    if (ftruncate(memory_file, 0) != 0 || ftruncate(memory_file, MEMORY_MAX) != 0 ||
        mmap((void *)memory_direct_va, MEMORY_MAX + STRUCT_MAX, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        abort();
    memset(struct_mapped, 0, sizeof(struct_mapped));
    memset(has_table, 0, sizeof(has_table));
    memset(owned, 0, sizeof(owned));
    memset(sources, 0, sizeof(sources));
    memset(core.free, 0, sizeof(core.free));
    section_usage = (struct section_usage){0};
    frontier = frontier_end = core.given_pages = 0;
    HOST_CPUS_INIT(page_cache);
    for (unsigned i = 0; i < cpu_count; i++)
        memset(ITS_CPU(cpus[i], page_cache), 0, sizeof(page_cache));
    memory_fail_countdown = 0;
    memory_init_on_alloc = host_memory_debug = false;
    section_known.count = 0;
    sections = tables_given = locks = 0;
    tables_left = PAGING_RESERVE;
    warning[0] = '\0';
    info.memory = (struct region_list){info.regions, count, BOOT_REGIONS_MAX};
    memcpy(info.regions, regions, count * sizeof(*regions));
    page_init(&info, end_pa < MEMORY_MAX ? end_pa : MEMORY_MAX);
    page_trim();
}

#define START(...)                                                           \
    do {                                                                     \
        static const struct region regions_[] = {__VA_ARGS__};               \
        start(regions_, sizeof(regions_) / sizeof(regions_[0]), MEMORY_MAX); \
    } while (0)

static bool is_usable(uint64_t pa)
{
    for (size_t i = 0; i < info.memory.count; i++)
        if (pa >= info.regions[i].start && pa < info.regions[i].end)
            return info.regions[i].kind == BOOT_MEMORY_USABLE && pa >= PAGE_SIZE;
    return false;
}

static struct block {
    void *va;
    unsigned order;
} blocks[PAGES_MAX];
static size_t block_count;

/* Takes a block, and holds it against the model. */
static bool take(unsigned order)
{
    void *va = page_alloc(order);
    if (va == NULL)
        return false;
    uint64_t pa = memory_pa(va), size_bytes = (uint64_t)PAGE_SIZE << order;
    CHECK_EQ(pa % size_bytes, 0);
    CHECK(page_find(va) == page_of(va) && page_of(va)->state == PAGE_ALLOCATED && page_of(va)->order == order);
    for (uint64_t i = 0; i < size_bytes; i += PAGE_SIZE) {
        CHECK(is_usable(pa + i) && owned[(pa + i) / PAGE_SIZE]++ == 0);
        *(uint64_t *)((char *)va + i) = pa + i;
    }
    blocks[block_count++] = (struct block){va, order};
    return true;
}

static void give(size_t i)
{
    struct block block = blocks[i];
    uint64_t pa = memory_pa(block.va), size_bytes = (uint64_t)PAGE_SIZE << block.order;
    for (uint64_t at = 0; at < size_bytes; at += PAGE_SIZE) {
        CHECK_EQ(owned[(pa + at) / PAGE_SIZE]--, 1);
        CHECK_EQ(*(uint64_t *)((char *)block.va + at), pa + at);
    }
    page_free(block.va, block.order);
    blocks[i] = blocks[--block_count];
}

static void give_all(void)
{
    while (block_count > 0) {
        go_to_cpu(host_random());
        give(host_random() % block_count);
    }
}

static uint64_t take_all(unsigned order)
{
    uint64_t count = 0;
    while (take(order))
        count++;
    return count;
}

/* The lists are what the struct pages say, no free block has a free buddy, and the sum is right. */
static void check_core(void)
{
    uint64_t listed = 0, marked = 0;
    for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
        uint32_t previous = PAGE_NONE;
        for (uint32_t number = core.free[order]; number != PAGE_NONE; number = page_first[number].next) {
            const struct page *page = &page_first[number], *buddy = &page_first[number ^ (1u << order)];
            CHECK(page->state == PAGE_FREE && page->order == order && page->previous == previous);
            CHECK(order == PAGE_ORDER_MAX || buddy->state != PAGE_FREE || buddy->order != order);
            listed += 1ul << order;
            previous = number;
        }
    }
    for (uint64_t number = 0; number < PAGES_MAX; number++) {
        const struct page *page = page_find(memory_va(number * PAGE_SIZE));
        if (page != NULL && page->state == PAGE_FREE)
            marked += 1ul << page->order;
    }
    CHECK_EQ(listed, marked);
    uint64_t untaken = 0, start_pa, end_pa;
    for (unsigned i = 0; i < 3; i++)
        for (struct section_source source = sources[i]; find_section(&source, &start_pa, &end_pa);
             source.at_pa = end_pa)
            untaken += (end_pa - start_pa) >> PAGE_SHIFT;
    CHECK_EQ(section_usage.total_pages - section_usage.struct_pages - core.given_pages,
             listed + untaken + frontier_end - frontier);
    CHECK_EQ(host_interrupts_masked, 0);
    CHECK_EQ(locks, 0);
}

/* == Tests ========================================================================================================= */

HOST_TEST(nothing_is_taken_in_before_the_first_page)
{
    START(USABLE(MIB(1), MIB(2)), USABLE(MIB(4), MIB(200)));
    CHECK_EQ(sections, 0);
    CHECK_EQ(page_total_bytes(), MIB(197));
    CHECK_EQ(page_free_bytes(), MIB(197));
    CHECK(take(0));
    CHECK_EQ(sections, 1);
    give_all();
    check_core();
}

HOST_TEST(sections_are_taken_in_one_by_one)
{
    START(USABLE(MIB(64), MIB(64 * 5)));
    for (unsigned section = 1; section <= 4; section++) {
        for (unsigned i = 0; i < 15; i++) /* of 16 blocks the first holds the struct pages */
            CHECK(take(PAGE_ORDER_MAX));
        CHECK_EQ(sections, section);
    }
    CHECK(!take(PAGE_ORDER_MAX));
    CHECK(take(9));
    CHECK(tables_given >= 4);
    give_all();
    check_core();
}

/* Firmware's maps have holes and pieces of any size in one chunk. */
HOST_TEST(ragged_maps)
{
    START(USABLE(0, KIB(636)), {KIB(636), MIB(1), BOOT_MEMORY_RESERVED}, USABLE(MIB(1), MIB(2)),
          {MIB(2), MIB(3), BOOT_MEMORY_KERNEL}, USABLE(MIB(3), MIB(3) + KIB(4)),
          USABLE(MIB(3) + KIB(8), MIB(16) - KIB(20)), USABLE(MIB(16), MIB(16) + KIB(8)),
          USABLE(MIB(24) - KIB(8), MIB(24) + KIB(16)), USABLE(MIB(64) - KIB(64), MIB(130)),
          USABLE(MIB(4096), MIB(4100)));
    uint64_t before = 0;
    for (unsigned round = 0; round < 3; round++) {
        uint64_t pages = take_all(0);
        CHECK(round == 0 || pages == before);
        before = pages;
        CHECK_EQ(page_free_bytes(), 0);
        check_core();
        give_all();
        check_core();
        CHECK_EQ(page_free_bytes(), pages * PAGE_SIZE);
    }
    /* What is lost are struct pages and pieces that are too small for theirs: at most 16 KiB a piece or chunk. */
    CHECK((before + tables_given) * PAGE_SIZE > KIB(632) + MIB(1 + 13 + 66 + 4) + KIB(88) - KIB(16) * 30);
}

HOST_TEST(exhaustion_gives_back_whole_blocks)
{
    START(USABLE(MIB(1) + KIB(4), MIB(300) - KIB(12)), USABLE(MIB(310), MIB(311)));
    uint64_t first_count = 0;
    for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
        uint64_t count = take_all(order);
        CHECK(count > 0);
        CHECK(!take(order));
        give_all();
        CHECK(take_all(PAGE_ORDER_MAX) > 0); /* the cache is emptied for it */
        if (order == 0)
            first_count = block_count;
        CHECK_EQ(block_count, first_count);
        give_all();
        check_core();
    }
}

static void run_random(uint64_t rounds)
{
    for (uint64_t round = 0; round < rounds; round++) {
        go_to_cpu(host_random());
        bool grow_phase = round / 5000 % 2 == 0;
        unsigned order = host_random() % 4 == 0 ? host_random() % (PAGE_ORDER_MAX + 1) : host_random() % 2;
        if (block_count > 0 && host_random() % 8 < (grow_phase ? 3 : 5))
            give(host_random() % block_count);
        else
            take(order);
        if (round % 20000 == 0)
            check_core();
    }
    check_core();
    give_all();
    check_core();
    CHECK_EQ(page_free_bytes(), page_total_bytes() - (core.given_pages + section_usage.struct_pages) * PAGE_SIZE +
                                    count_cached() * PAGE_SIZE);
}

HOST_TEST(random_operations)
{
    START(USABLE(PAGE_SIZE, KIB(600)), USABLE(MIB(1), MIB(70)), USABLE(MIB(72), MIB(90) + KIB(12)));
    run_random(host_times(40000));
}

HOST_TEST(random_operations_debug)
{
    START(USABLE(MIB(1), MIB(20)), USABLE(MIB(21), MIB(33)));
    host_memory_debug = true;
    run_random(20000);
}

HOST_TEST(memory_out_of_reach_is_left_out)
{
    static const struct region regions[] = {USABLE(MIB(1), MIB(5000))};
    start(regions, 1, MIB(33));
    CHECK_EQ(page_total_bytes(), MIB(32));
    CHECK(strstr(warning, "left out") != NULL);
    take_all(0);
    give_all();
    check_core();
    START(USABLE(MIB(1), MIB(64)));
    CHECK_STR(warning, "");
}

HOST_TEST(too_few_tables_lose_nothing)
{
    START(USABLE(MIB(64), MIB(256)));
    tables_left = 1; /* enough for the direct map, not for the struct pages */
    CHECK(!take(0));
    CHECK(page_free_bytes() >= MIB(191));
    tables_left = 16;
    take_all(0);
    CHECK(block_count * PAGE_SIZE >= MIB(191));
    give_all();
    check_core();
}

HOST_TEST(documents_come_last_and_once)
{
    START(USABLE(MIB(1), MIB(30)), {MIB(30), MIB(31), BOOT_MEMORY_DOCUMENT}, USABLE(MIB(31), MIB(40)));
    uint64_t before = take_all(0) + tables_given;
    info.regions[1].kind = BOOT_MEMORY_USABLE; /* for the model */
    give_all();
    info.regions[1].kind = BOOT_MEMORY_DOCUMENT;
    page_add_kind(BOOT_MEMORY_DOCUMENT);
    page_add_kind(BOOT_MEMORY_DOCUMENT);
    CHECK_EQ(page_total_bytes(), MIB(39));
    while (page_alloc(0) != NULL)
        before--;
    CHECK_EQ(before - tables_given, -(MIB(1) / PAGE_SIZE));
}

HOST_TEST(failure_is_injected_once)
{
    START(USABLE(MIB(1), MIB(30)));
    CHECK(take(0));
    memory_fail_countdown = 3;
    page_trim();
    CHECK(take(0) && take(5) && !take(0) && take(0) && take(5));
    CHECK(page_alloc(PAGE_ORDER_MAX + 1) == NULL);
    give_all();
    check_core();
}

HOST_TEST(zeroed_pages)
{
    START(USABLE(MIB(1), MIB(30)));
    for (unsigned way = 0; way < 2; way++) {
        memory_init_on_alloc = way == 1;
        page_trim();
        char *dirty = page_alloc(3);
        memset(dirty, 0xff, PAGE_SIZE << 3);
        page_free(dirty, 3);
        char *clean = way == 1 ? page_alloc(3) : page_alloc_zeroed(3);
        CHECK(clean == dirty);
        for (unsigned i = 0; i < PAGE_SIZE << 3; i++)
            REQUIRE(clean[i] == 0);
        page_free(clean, 3);
    }
}

/* The panic's words, "" if there is none; nothing may have changed. */
static const char *free_badly(void *va, unsigned order)
{
    uint64_t free_bytes = page_free_bytes();
    reason[0] = '\0';
    if (setjmp(panicked) == 0)
        page_free(va, order);
    CHECK_EQ(page_free_bytes(), free_bytes);
    CHECK_EQ(locks, 0);
    return reason;
}

#define REFUSED(va, order, words) CHECK(strstr(free_badly(va, order), words) != NULL)

HOST_TEST(wrong_frees_are_refused)
{
    for (unsigned debug = 0; debug < 2; debug++) {
        START(USABLE(MIB(1), MIB(30)), {MIB(30), MIB(31), BOOT_MEMORY_RESERVED}, USABLE(MIB(40), MIB(41)));
        host_memory_debug = debug;
        char *page = page_alloc(0), *block = page_alloc(4), *freed = page_alloc(5);
        REFUSED(block, 3, "has order 4, not 3");
        REFUSED(block + PAGE_SIZE, 0, "inside the block of order 4");
        REFUSED(page + 8, 0, "inside the block of order 0");
        REFUSED(&page, 0, "is no page of the allocator's");
        REFUSED(NULL, 0, "is no page of the allocator's");
        REFUSED(memory_va(MIB(30)), 0, "is no page of the allocator's");
        REFUSED(memory_va(MIB(1)), 0, "is no page of the allocator's");  /* struct pages */
        REFUSED(memory_va(MIB(29)), 0, "is no page of the allocator's"); /* not taken in yet */
        REFUSED(memory_va(MIB(40)), 0, "is no page of the allocator's");
        page_free(freed, 5);
        REFUSED(freed, 5, debug ? "was freed before, by" : "was freed before");
        REFUSED(freed + PAGE_SIZE, 0, "was freed before");
        page_free(page, 0);
        REFUSED(page, 0, "was freed before");
        page_of(block)->state = PAGE_SLAB;
        REFUSED(block, 4, "is the heap's");
        page_of(block)->state = PAGE_ALLOCATED;
        page_free(block, 4);
        check_core();
    }
}

HOST_TEST(write_after_free_is_found)
{
    START(USABLE(MIB(1), MIB(30)));
    host_memory_debug = true;
    char *block = page_alloc(2);
    CHECK_EQ((uint8_t)block[100], FRESH_BYTE);
    page_free(block, 2);
    CHECK_EQ((uint8_t)block[100], POISON_BYTE);
    block[2 * PAGE_SIZE + 17] ^= 1;
    reason[0] = '\0';
    if (setjmp(panicked) == 0)
        take_all(0);
    CHECK(strstr(reason, "was written to") != NULL);
    CHECK_EQ(locks, 0);
    take_all(0);
    for (size_t i = 0; i < block_count; i++)
        CHECK(blocks[i].va != block + 2 * PAGE_SIZE); /* never again */
    give_all();
}
