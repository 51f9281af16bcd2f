/* SPDX-License-Identifier: 0BSD */
/*
 * The page allocator on this machine's memory: blocks are what they say, all of memory can be taken and given back,
 * and what is given back wrongly is refused. tests/host/test_page.c holds its inside against a model.
 */
#include <ossa/page.h>
#include <ossa/paging.h>
#include <ossa/string.h>
#include <ossa/test.h>

static struct panic_record record;

TEST(page_blocks_are_aligned_and_mapped)
{
    uint64_t free_bytes = page_free_bytes();
    uint64_t *blocks[PAGE_ORDER_MAX + 1];
    for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
        uint64_t size_bytes = (uint64_t)PAGE_SIZE << order, pa;
        unsigned page_flags;
        uint64_t *block = blocks[order] = page_alloc(order);
        REQUIRE(block != NULL);
        CHECK_EQUAL(memory_pa(block) % size_bytes, 0);
        CHECK(page_find(block) == page_of(block) && page_va(page_of(block)) == block);
        block[0] = block[size_bytes / sizeof(*block) - 1] = order;
        CHECK_EQUAL(paging_translate((uintptr_t)block + size_bytes - PAGE_SIZE, &pa, &page_flags), 0);
        CHECK_EQUAL(pa, memory_pa(block) + size_bytes - PAGE_SIZE);
        CHECK((page_flags & PAGE_WRITE) && !(page_flags & PAGE_EXECUTE));
    }
    for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
        CHECK_EQUAL(blocks[order][0], order);
        page_free(blocks[order], order);
    }
    CHECK(page_free_bytes() + (1 << 20) > free_bytes); /* struct pages and tables of new sections */
    CHECK(page_alloc(PAGE_ORDER_MAX + 1) == NULL);
}

/* Blocks are chained by their struct pages, so that the host need not find memory for what nobody writes to. */
static struct page *take_all(unsigned order, uint64_t *count)
{
    uint32_t list = 0;
    void *block;
    *count = 0;
    for (unsigned at = order; at <= order; at--)
        while ((block = page_alloc(at)) != NULL) {
            page_of(block)->previous = list;
            list = page_of(block) - page_first;
            *count += at == order;
        }
    return &page_first[list];
}

static struct page *give_half(struct page *list)
{
    struct page *kept = page_first;
    for (bool keep = false; list != page_first; keep = !keep) {
        struct page *next = &page_first[list->previous];
        if (keep) {
            list->previous = kept - page_first;
            kept = list;
        } else {
            page_free(page_va(list), list->order);
        }
        list = next;
    }
    return kept;
}

/* The first time takes all sections in. After that each gives back as many blocks of the largest order as before. */
TEST(page_exhaustion_is_survived)
{
    uint64_t free_bytes = 0, count, count_before = 0;
    for (unsigned round = 0; round < 3; round++) {
        struct page *list = take_all(PAGE_ORDER_MAX, &count);
        CHECK_EQUAL(page_free_bytes(), 0);
        CHECK(page_alloc(0) == NULL && page_alloc(3) == NULL && page_alloc_zeroed(0) == NULL);
        while (list != page_first)
            list = give_half(list);
        if (round == 2) {
            CHECK_EQUAL(page_free_bytes(), free_bytes);
            CHECK_EQUAL(count, count_before);
        }
        count_before = count;
        free_bytes = page_free_bytes();
    }
    CHECK(free_bytes > page_total_bytes() / 16 * (CONFIG_KASAN ? 13 : 15)); /* an eighth is shadow */
}

TEST(page_find_knows_only_its_own)
{
    void *page = page_alloc(0);
    REQUIRE(page != NULL);
    CHECK(page_find(page) == page_of(page));
    CHECK(page_find((char *)page + PAGE_SIZE - 1) == page_of(page));
    uint64_t strange[] = {0,
                          PAGE_SIZE,
                          KERNEL_VA,
                          FIXMAP_VA,
                          (uintptr_t)&page,
                          (uintptr_t)page_first,
                          memory_direct_va,
                          memory_direct_va - 1,
                          1ul << 63,
                          0x8000ul << 32,
                          UINT64_MAX};
    for (unsigned i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
        CHECK(page_find((void *)strange[i]) == NULL);
    for (size_t i = 0; i < boot_info->memory.count; i++)
        if (boot_info->regions[i].kind != BOOT_MEMORY_USABLE)
            CHECK(page_find(memory_va(boot_info->regions[i].start)) == NULL);
    page_free(page, 0);
}

TEST(page_to_start_cpus_is_kept)
{
    if (ARCH_CPU_START_PA_MAX == 0)
        SKIP("CPUs start anywhere");
    CHECK(page_cpu_start_pa != 0 && page_cpu_start_pa % PAGE_SIZE == 0);
    CHECK(page_cpu_start_pa + PAGE_SIZE <= ARCH_CPU_START_PA_MAX);
    CHECK(page_find(memory_va(page_cpu_start_pa)) == NULL);
}

TEST(page_failure_is_injected)
{
    memory_fail_after(2);
    void *first = page_alloc(1), *second = page_alloc(1), *third = page_alloc(1);
    CHECK(first != NULL && second == NULL && third != NULL);
    memory_fail_after(0);
    page_free(first, 1);
    page_free(third, 1);
}

TEST(page_is_zeroed_where_asked)
{
    for (unsigned way = 0; way < 2; way++) {
        memory_set_init_on_alloc(way == 1);
        uint64_t *dirty = page_alloc(0);
        REQUIRE(dirty != NULL);
        memset(dirty, 0xff, PAGE_SIZE);
        page_free(dirty, 0);
        uint64_t *clean = way == 1 ? page_alloc(0) : page_alloc_zeroed(0);
        memory_set_init_on_alloc(false);
        CHECK(clean == dirty); /* the newest comes first */
        for (unsigned i = 0; i < PAGE_SIZE / sizeof(*clean); i++)
            REQUIRE(clean[i] == 0);
        page_free(clean, 0);
    }
}

static bool contains(const char *text, const char *words)
{
    size_t length = strlen(words);
    for (; *text != '\0'; text++)
        if (strncmp(text, words, length) == 0)
            return true;
    return false;
}

struct wrong_free {
    void *va;
    unsigned order;
};

static void free_wrongly(void *argument)
{
    struct wrong_free *wrong = argument;
    page_free(wrong->va, wrong->order);
}

static void check_refused(void *va, unsigned order, const char *words)
{
    struct wrong_free wrong = {va, order};
    uint64_t free_bytes = page_free_bytes();
    REQUIRE(panic_catch(free_wrongly, &wrong, &record));
    CHECK(contains(record.reason, words));
    CHECK_EQUAL(page_free_bytes(), free_bytes);
    CHECK(thread_this()->newest_lock == NULL);
}

TEST(page_refuses_wrong_frees)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("nothing is caught");
    char *block = page_alloc(2), *freed = page_alloc(0);
    REQUIRE(block != NULL && freed != NULL);
    page_free(freed, 0);
    check_refused(freed, 0,
                  CONFIG_MEMORY_DEBUG && CONFIG_SYMBOLS ? "freed before, by test_run_page_refuses_wrong_frees"
                                                        : "was freed before");
    check_refused(block, 1,
                  CONFIG_MEMORY_DEBUG && CONFIG_SYMBOLS ? "not 1, as allocated by test_run_page_refuses_wr"
                                                        : "has order 2, not 1");
    check_refused(block + PAGE_SIZE, 0, "is inside the block of order 2");
    check_refused(block + 1, 2, "is inside the block of order 2");
    check_refused(NULL, 0, "is no page of the allocator's");
    check_refused(&record, 0, "is no page of the allocator's");
    page_free(block, 2);
    check_refused(block, 2, "was freed before");
}

static void take_page(void *argument)
{
    *(void **)argument = page_alloc(0);
}

TEST(page_written_to_while_free_is_found)
{
    if (!CONFIG_MEMORY_DEBUG || !CONFIG_PANIC_UNWIND)
        SKIP("CONFIG_MEMORY_DEBUG is off, or nothing is caught");
    void *taken;
    char *page = page_alloc(0);
    REQUIRE(page != NULL);
    page_free(page, 0);
    page[100] ^= 1;
    REQUIRE(panic_catch(take_page, &taken, &record));
    CHECK(contains(record.reason, "after it had been freed by"));
    page_free(page, 0); /* it was kept from others until now */
    take_page(&taken);
    CHECK(taken == page);
    page_free(taken, 0);
}
