/* SPDX-License-Identifier: 0BSD */
/*
 * The kernel's page tables: what paging.h promises of each operation, done at addresses of vrange_take(); and what the
 * tables that are in force must not hold, leaf by leaf.
 */
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/page.h>
#include <ossa/test.h>
#include <ossa/vrange.h>

#define LEAVES      1024
#define AREA_SIZE   (32ul * BLOCK_SIZE)
#define TABLES_MAX  64 /* more than paging.c keeps in reserve */
#define GIB         (1ul << 30)
#define BLOCK_ORDER 9 /* of page_alloc() */

struct leaves {
    unsigned count;
    struct paging_leaf leaf[LEAVES];
};

static struct leaves before, after;

static bool can_read(uint64_t va)
{
    uint8_t value = 0;
    return arch_probe_read((const volatile void *)va, &value);
}

static bool can_write(uint64_t va)
{
    return arch_probe_write((volatile void *)va, 1);
}

static bool add_leaf(const struct paging_leaf *leaf, void *argument)
{
    struct leaves *leaves = argument;
    leaves->leaf[leaves->count++] = *leaf;
    return leaves->count < LEAVES;
}

/* What is mapped in the area, the block below and the block above included. */
static void list_leaves(uint64_t area_va, struct leaves *leaves)
{
    leaves->count = 0;
    paging_walk(area_va - BLOCK_SIZE, area_va + AREA_SIZE + BLOCK_SIZE - 1, add_leaf, leaves);
}

static bool is_unchanged(uint64_t area_va)
{
    list_leaves(area_va, &after);
    bool same = before.count == after.count;
    for (unsigned i = 0; same && i < after.count; i++) {
        const struct paging_leaf *old = &before.leaf[i], *new = &after.leaf[i];
        same = old->va == new->va && old->pa == new->pa && old->size_bytes == new->size_bytes &&
               old->page_flags == new->page_flags;
    }
    return same;
}

/* Addresses for a test; the tables it needs are then all below one of level 1. */
static uint64_t take_area(void)
{
    return (uintptr_t)vrange_take(AREA_SIZE + BLOCK_SIZE, GIB) + BLOCK_SIZE;
}

static void put_area(uint64_t area_va)
{
    vrange_put((void *)(area_va - BLOCK_SIZE));
}

/* One page an entry of level 1, so that each takes a table, until there is none. Returns how many were mapped. */
static unsigned drain_tables(uint64_t va, uint64_t pa)
{
    unsigned count = 0;
    paging_fill_reserve();
    for (; count < TABLES_MAX; count++) {
        memory_fail_after(1);
        int error = paging_map(va + count * BLOCK_SIZE, pa, PAGE_SIZE, PAGE_READ);
        if (error == -ENOMEM)
            break;
        CHECK_EQUAL(error, 0);
    }
    memory_fail_after(0);
    return count;
}

static void give_tables(uint64_t va, unsigned count)
{
    while (count-- > 0)
        CHECK_EQUAL(paging_unmap(va + count * BLOCK_SIZE, PAGE_SIZE), 0);
}

/* == What can be done ============================================================================================== */

TEST(paging_round_trip)
{
    uint64_t va = take_area(), pa = 0;
    uint8_t *pages = page_alloc(1);
    unsigned page_flags = 0;
    REQUIRE(va != BLOCK_SIZE && pages != NULL);
    pages[0] = 10, pages[PAGE_SIZE] = 20;
    CHECK_EQUAL(paging_translate(va, &pa, &page_flags), -ENOENT);
    CHECK(!can_read(va));

    REQUIRE(paging_map(va, memory_pa(pages), 2 * PAGE_SIZE, PAGE_WRITE) == 0);
    CHECK_EQUAL(*(volatile uint8_t *)(va + PAGE_SIZE), 20);
    CHECK_EQUAL(paging_translate(va + PAGE_SIZE + 5, &pa, &page_flags), 0);
    CHECK_EQUAL(pa, memory_pa(pages) + PAGE_SIZE + 5);
    CHECK_EQUAL(page_flags, PAGE_PRESENT | PAGE_WRITE);
    CHECK(can_write(va));
    CHECK_EQUAL(pages[0], 1);

    CHECK_EQUAL(paging_protect(va, PAGE_SIZE, PAGE_READ), 0);
    CHECK(can_read(va) && !can_write(va) && can_write(va + PAGE_SIZE));
    CHECK_EQUAL(paging_protect(va, PAGE_SIZE, PAGE_EXECUTE), 0);
    CHECK_EQUAL(paging_translate(va, &pa, &page_flags), 0);
    CHECK_EQUAL(page_flags, PAGE_PRESENT | PAGE_EXECUTE);

    CHECK_EQUAL(paging_unmap(va, PAGE_SIZE), 0);
    CHECK(!can_read(va) && can_read(va + PAGE_SIZE));
    pages[PAGE_SIZE] = 30;
    CHECK_EQUAL(paging_map(va, memory_pa(pages) + PAGE_SIZE, PAGE_SIZE, PAGE_READ), 0);
    CHECK_EQUAL(*(volatile uint8_t *)va, 30); /* and not what the TLB had there */
    CHECK_EQUAL(paging_unmap(va, 2 * PAGE_SIZE), 0);
    CHECK(!can_read(va) && !can_read(va + PAGE_SIZE));
    page_free(pages, 1);
    put_area(va);
}

/* Its memory type stays, whatever the permissions. */
TEST(paging_device_stays_one)
{
    uint64_t va = take_area(), pa = 0;
    unsigned page_flags = 0;
    void *page = page_alloc(0); /* never touched through this mapping */
    REQUIRE(va != BLOCK_SIZE && page != NULL);
    REQUIRE(paging_map(va, memory_pa(page), PAGE_SIZE, PAGE_WRITE | PAGE_DEVICE) == 0);
    CHECK_EQUAL(paging_translate(va, &pa, &page_flags), 0);
    CHECK_EQUAL(page_flags, PAGE_PRESENT | PAGE_WRITE | PAGE_DEVICE);
    CHECK_EQUAL(paging_protect(va, PAGE_SIZE, PAGE_READ), 0);
    CHECK_EQUAL(paging_translate(va, &pa, &page_flags), 0);
    CHECK_EQUAL(page_flags, PAGE_PRESENT | PAGE_DEVICE);
    CHECK_EQUAL(paging_unmap(va, PAGE_SIZE), 0);
    page_free(page, 0);
    put_area(va);
}

static void check_leaf(unsigned at, uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags)
{
    CHECK_EQUAL(after.leaf[at].va, va);
    CHECK_EQUAL(after.leaf[at].pa, pa);
    CHECK_EQUAL(after.leaf[at].size_bytes, size_bytes);
    CHECK_EQUAL(after.leaf[at].page_flags, page_flags | PAGE_PRESENT);
}

TEST(paging_blocks_where_they_fit)
{
    uint64_t va = take_area();
    uint8_t *memory = page_alloc(PAGE_ORDER_MAX);
    REQUIRE(va != BLOCK_SIZE && memory != NULL);
    uint64_t pa = memory_pa(memory);
    REQUIRE(paging_map(va, pa, BLOCK_SIZE + PAGE_SIZE, PAGE_WRITE) == 0);
    list_leaves(va, &after);
    CHECK_EQUAL(after.count, 2);
    check_leaf(0, va, pa, BLOCK_SIZE, PAGE_WRITE);
    check_leaf(1, va + BLOCK_SIZE, pa + BLOCK_SIZE, PAGE_SIZE, PAGE_WRITE);
    CHECK_EQUAL(paging_unmap(va, BLOCK_SIZE + PAGE_SIZE), 0);

    const struct {
        uint64_t va, pa, size_bytes;
    } odd[] = {{va + PAGE_SIZE, pa, BLOCK_SIZE}, {va, pa + PAGE_SIZE, BLOCK_SIZE}, {va, pa, BLOCK_SIZE - PAGE_SIZE}};
    for (unsigned i = 0; i < 3; i++) {
        REQUIRE(paging_map(odd[i].va, odd[i].pa, odd[i].size_bytes, PAGE_WRITE) == 0);
        list_leaves(va, &after);
        CHECK_EQUAL(after.count, odd[i].size_bytes / PAGE_SIZE);
        CHECK_EQUAL(paging_unmap(odd[i].va, odd[i].size_bytes), 0);
    }
    page_free(memory, PAGE_ORDER_MAX);
    put_area(va);
}

/* Pages of a block can be unmapped and protected, at its ends and in it; the others stay what they were. */
TEST(paging_blocks_are_split)
{
    uint64_t va = take_area();
    uint8_t *memory = page_alloc(PAGE_ORDER_MAX);
    REQUIRE(va != BLOCK_SIZE && memory != NULL);
    uint64_t pa = memory_pa(memory);
    static const unsigned first[] = {0, 7, 511}, pages[] = {1, 3, 1};
    for (unsigned i = 0; i < 6; i++) {
        uint64_t at = first[i / 2] * PAGE_SIZE, size_bytes = pages[i / 2] * PAGE_SIZE, hole = 0;
        REQUIRE(paging_map(va, pa, BLOCK_SIZE, PAGE_WRITE) == 0);
        CHECK(can_write(va + at));
        CHECK_EQUAL(i % 2 ? paging_unmap(va + at, size_bytes) : paging_protect(va + at, size_bytes, PAGE_READ), 0);
        CHECK(!can_write(va + at) && can_read(va + at) == (i % 2 == 0));
        list_leaves(va, &after);
        CHECK_EQUAL(after.count, i % 2 ? 512 - pages[i / 2] : 512);
        for (unsigned leaf = 0; leaf < after.count; leaf++) {
            bool changed = leaf * PAGE_SIZE >= at && leaf * PAGE_SIZE < at + size_bytes;
            hole = i % 2 && leaf * PAGE_SIZE >= at ? size_bytes : 0;
            check_leaf(leaf, va + leaf * PAGE_SIZE + hole, pa + leaf * PAGE_SIZE + hole, PAGE_SIZE,
                       changed && i % 2 == 0 ? PAGE_READ : PAGE_WRITE);
        }
        if (i % 2)
            CHECK_EQUAL(paging_map(va + at, pa + at, size_bytes, PAGE_READ), 0);
        CHECK_EQUAL(paging_unmap(va, BLOCK_SIZE), 0);
    }
    page_free(memory, PAGE_ORDER_MAX);
    put_area(va);
}

/* Across the chunks in which paging.c works: with pages, with blocks, and with both. */
TEST(paging_tables_come_back)
{
    uint64_t va = take_area(), free_bytes = 0, pa = 1ul << 32; /* nothing reads what is there */
    REQUIRE(va != BLOCK_SIZE);
    for (unsigned round = 0; round < 4; round++) {
        for (uint64_t shift = 0; shift <= PAGE_SIZE; shift += PAGE_SIZE) {
            CHECK_EQUAL(paging_map(va, pa + shift, AREA_SIZE, PAGE_READ), 0);
            CHECK_EQUAL(paging_protect(va + PAGE_SIZE, AREA_SIZE - 2 * PAGE_SIZE, PAGE_WRITE), 0);
            CHECK_EQUAL(paging_unmap(va, AREA_SIZE), 0);
        }
        paging_fill_reserve();
        if (round == 2) /* until then the reserve exchanges tables of the image for others */
            free_bytes = page_free_bytes();
    }
    CHECK_EQUAL(page_free_bytes(), free_bytes);
    list_leaves(va, &after);
    CHECK_EQUAL(after.count, 0);
    put_area(va);
}

/* == What fails, and changes nothing =============================================================================== */

TEST(paging_refuses_odd_ranges)
{
    uint64_t va = take_area(), pa = 1ul << 32, lower_end = 1ul << (PAGE_SHIFT + 9 * paging_levels - 1);
    REQUIRE(va != BLOCK_SIZE);
    REQUIRE(paging_map(va, pa, 4 * PAGE_SIZE, PAGE_READ) == 0);
    list_leaves(va, &before);
    const struct {
        uint64_t va, pa, size_bytes;
    } odd[] = {
        {va + 8, 0, PAGE_SIZE},    /* misaligned */
        {va, 0, PAGE_SIZE + 8},    /* misaligned */
        {va, 0, 0},                /* empty */
        {va, 0, -PAGE_SIZE},       /* wraps, and comes to an end below */
        {va, 0, -va},              /* ends with the address space */
        {va, 0, -va + PAGE_SIZE},  /* wraps, into page 0 */
        {0, 0, PAGE_SIZE},         /* lower half */
        {PAGE_SIZE, 0, PAGE_SIZE}, /* lower half */
        {lower_end - PAGE_SIZE, 0, PAGE_SIZE} /* its end */,
        {lower_end, 0, PAGE_SIZE}, /* between the halves */
        {-lower_end - PAGE_SIZE, 0, PAGE_SIZE},
        {KERNEL_VA, 0, PAGE_SIZE}, /* the image */
        {va, -(uint64_t)PAGE_SIZE, 2 * PAGE_SIZE},
        {va, 1ul << arch_pa_bits(), PAGE_SIZE},
        {va, pa + 8, PAGE_SIZE},
    };
    for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        CHECK_EQUAL(paging_map(odd[i].va, odd[i].pa, odd[i].size_bytes, PAGE_READ), -EINVAL);
        if (odd[i].pa != 0)
            continue;
        CHECK_EQUAL(paging_unmap(odd[i].va, odd[i].size_bytes), -EINVAL);
        CHECK_EQUAL(paging_protect(odd[i].va, odd[i].size_bytes, PAGE_READ), -EINVAL);
    }
    CHECK_EQUAL(paging_map(va + BLOCK_SIZE, pa, PAGE_SIZE, PAGE_WRITE | PAGE_EXECUTE), -EINVAL);
    CHECK_EQUAL(paging_protect(va, PAGE_SIZE, PAGE_WRITE | PAGE_EXECUTE), -EINVAL);
    CHECK(is_unchanged(va));
    CHECK_EQUAL(paging_unmap(va, 4 * PAGE_SIZE), 0);
    put_area(va);
}

TEST(paging_refuses_what_is_mapped)
{
    uint64_t va = take_area(), pa = 1ul << 32, far = va + AREA_SIZE - BLOCK_SIZE;
    REQUIRE(va != BLOCK_SIZE);
    REQUIRE(paging_map(va + PAGE_SIZE, pa, PAGE_SIZE, PAGE_READ) == 0 && paging_map(far, pa, BLOCK_SIZE, 0) == 0);
    list_leaves(va, &before);
    CHECK_EQUAL(paging_map(va + PAGE_SIZE, pa, PAGE_SIZE, PAGE_READ), -EEXIST);
    CHECK_EQUAL(paging_map(va, pa, 3 * PAGE_SIZE, PAGE_READ), -EEXIST);
    CHECK_EQUAL(paging_map(va, pa, BLOCK_SIZE, PAGE_READ), -EEXIST);
    CHECK_EQUAL(paging_map(far + 7 * PAGE_SIZE, pa, PAGE_SIZE, PAGE_READ), -EEXIST);
    CHECK_EQUAL(paging_map(va + 2 * PAGE_SIZE, pa, far - va, PAGE_READ), -EEXIST); /* many chunks before it */
    CHECK_EQUAL(paging_map(va + BLOCK_SIZE, pa, far - va, PAGE_READ), -EEXIST);
    CHECK(is_unchanged(va));
    CHECK_EQUAL(paging_unmap(va + PAGE_SIZE, PAGE_SIZE), 0);
    CHECK_EQUAL(paging_unmap(far, BLOCK_SIZE), 0);
    put_area(va);
}

TEST(paging_refuses_what_is_not_mapped)
{
    uint64_t va = take_area(), pa = 1ul << 32;
    REQUIRE(va != BLOCK_SIZE);
    REQUIRE(paging_map(va, pa, BLOCK_SIZE, 0) == 0);
    REQUIRE(paging_map(va + AREA_SIZE - BLOCK_SIZE, pa, BLOCK_SIZE, 0) == 0);
    list_leaves(va, &before);
    const struct {
        uint64_t va, size_bytes;
    } missing[] = {{va - PAGE_SIZE, PAGE_SIZE},
                   {va - PAGE_SIZE, 2 * PAGE_SIZE},
                   {va + BLOCK_SIZE - PAGE_SIZE, 2 * PAGE_SIZE},
                   {va + PAGE_SIZE, BLOCK_SIZE},
                   {va, AREA_SIZE}};
    for (unsigned i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
        CHECK_EQUAL(paging_unmap(missing[i].va, missing[i].size_bytes), -ENOENT);
        CHECK_EQUAL(paging_protect(missing[i].va, missing[i].size_bytes, PAGE_WRITE), -ENOENT);
    }
    CHECK(is_unchanged(va));
    CHECK_EQUAL(paging_unmap(va, BLOCK_SIZE), 0);
    CHECK_EQUAL(paging_unmap(va + AREA_SIZE - BLOCK_SIZE, BLOCK_SIZE), 0);
    put_area(va);
}

/* Everybody uses the direct map, and a block that is split is not mapped for a moment. Whole it can be changed. */
TEST(paging_splits_no_block_of_the_direct_map)
{
    char *memory = page_alloc(BLOCK_ORDER);
    REQUIRE(memory != NULL);
    uint64_t va = (uintptr_t)memory;
    before.count = after.count = 0;
    paging_walk(va, va, add_leaf, &before);
    REQUIRE(before.count == 1 && before.leaf[0].size_bytes == BLOCK_SIZE);
    CHECK_EQUAL(paging_protect(va, PAGE_SIZE, PAGE_READ), -EINVAL);
    CHECK_EQUAL(paging_protect(va + PAGE_SIZE, PAGE_SIZE, PAGE_READ), -EINVAL);
    CHECK_EQUAL(paging_unmap(va + PAGE_SIZE, BLOCK_SIZE - PAGE_SIZE), -EINVAL);
    paging_walk(va, va + BLOCK_SIZE - 1, add_leaf, &after);
    CHECK(after.count == 1 && after.leaf[0].page_flags == before.leaf[0].page_flags);
    CHECK_EQUAL(paging_protect(va, BLOCK_SIZE, PAGE_READ), 0);
    CHECK(can_read(va) && !can_write(va));
    CHECK_EQUAL(paging_protect(va, BLOCK_SIZE, PAGE_WRITE), 0);
    CHECK(can_write(va));
    page_free(memory, BLOCK_ORDER);
}

/* The area's first half for what fails, other addresses for the tables that are then not there. */
TEST(paging_survives_without_tables)
{
    uint64_t va = take_area(), pa = 1ul << 32;
    uint64_t drain_va = (uintptr_t)vrange_take(TABLES_MAX * BLOCK_SIZE, GIB);
    REQUIRE(va != BLOCK_SIZE && drain_va != 0);
    REQUIRE(paging_map(va, pa, BLOCK_SIZE, PAGE_READ) == 0);
    list_leaves(va, &before);
    unsigned count = drain_tables(drain_va, pa);
    CHECK(count >= 8 && count < TABLES_MAX); /* a chunk's, but those for the levels above */
    memory_fail_after(1);
    CHECK_EQUAL(paging_map(va + 2 * BLOCK_SIZE, pa, PAGE_SIZE, PAGE_READ), -ENOMEM);
    memory_fail_after(1);
    CHECK_EQUAL(paging_unmap(va + PAGE_SIZE, PAGE_SIZE), -ENOMEM);
    memory_fail_after(1);
    CHECK_EQUAL(paging_protect(va, PAGE_SIZE, PAGE_WRITE), -ENOMEM);
    CHECK(is_unchanged(va));
    memory_fail_after(1);
    CHECK_EQUAL(paging_map(va + 2 * BLOCK_SIZE, pa, BLOCK_SIZE, PAGE_READ), 0); /* takes none */
    memory_fail_after(0);
    CHECK_EQUAL(paging_unmap(va + 2 * BLOCK_SIZE, BLOCK_SIZE), 0);
    CHECK_EQUAL(paging_map(va + 2 * BLOCK_SIZE, pa, PAGE_SIZE, PAGE_READ), 0);
    CHECK_EQUAL(paging_unmap(va + 2 * BLOCK_SIZE, PAGE_SIZE), 0);
    give_tables(drain_va, count);
    CHECK_EQUAL(paging_unmap(va, BLOCK_SIZE), 0);
    vrange_put((void *)drain_va);
    put_area(va);
}

/* The page allocator, which waits for a section with its lock held, must not be asked for tables, nor given any. */
TEST(paging_section_leaves_the_allocator_alone)
{
    uint64_t va = take_area(), pa = (1ul << 32) + PAGE_SIZE; /* not a block's */
    uint64_t drain_va = (uintptr_t)vrange_take(TABLES_MAX * BLOCK_SIZE, GIB);
    REQUIRE(va != BLOCK_SIZE && drain_va != 0);
    unsigned count = drain_tables(drain_va, pa); /* PAGING_RESERVE are left: a chunk takes 8, the area 32 and more */
    list_leaves(va, &before);
    uint64_t free_bytes = page_free_bytes();
    memory_fail_after(1000);
    CHECK_EQUAL(paging_map_section(va, pa, AREA_SIZE, PAGE_READ), -ENOMEM);
    CHECK_EQUAL(memory_fail_countdown, 1000);
    memory_fail_after(0);
    CHECK_EQUAL(page_free_bytes(), free_bytes);
    CHECK(is_unchanged(va));
    give_tables(drain_va, count);
    vrange_put((void *)drain_va);
    put_area(va);
}

/* The nth page that is asked for is not there, while many chunks are mapped. */
TEST(paging_failure_leaves_nothing)
{
    uint64_t va = take_area(), pa = (1ul << 32) + PAGE_SIZE; /* not a block's */
    uint64_t drain_va = (uintptr_t)vrange_take(TABLES_MAX * BLOCK_SIZE, GIB);
    unsigned failures = 0;
    REQUIRE(va != BLOCK_SIZE && drain_va != 0);
    list_leaves(va, &before);
    for (unsigned n = 1; n <= 3 * PAGING_RESERVE; n++) {
        unsigned count = drain_tables(drain_va, pa);
        memory_fail_after(n);
        int error = paging_map(va, pa, AREA_SIZE, PAGE_READ);
        memory_fail_after(0);
        CHECK(error == 0 || error == -ENOMEM);
        failures += error != 0;
        if (error == 0)
            CHECK_EQUAL(paging_unmap(va, AREA_SIZE), 0);
        CHECK(is_unchanged(va));
        give_tables(drain_va, count);
    }
    CHECK(failures >= 7); /* a chunk has 8 blocks */
    vrange_put((void *)drain_va);
    put_area(va);
}

/* == What is mapped ================================================================================================ */

struct audit {
    unsigned lower_half, writable_code, direct_code, aliases, wrong_device, misaligned, image_pages, wrong_image;
};

static bool inside(uint64_t va, const char *start, const char *end)
{
    return va >= (uintptr_t)start && va < (uintptr_t)end;
}

/* What a page of the image must be. */
static unsigned image_flags(uint64_t va)
{
    bool writable = va >= (uintptr_t)data_start && !inside(va, ro_after_init_start, ro_after_init_end);
    return PAGE_PRESENT | (writable ? PAGE_WRITE : 0) | (inside(va, text_start, text_end) ? PAGE_EXECUTE : 0);
}

static bool audit_leaf(const struct paging_leaf *leaf, void *argument)
{
    struct audit *audit = argument;
    uint64_t image_size = image_end - image_start, direct_end = (uintptr_t)page_first;
    bool direct = leaf->va >= memory_direct_va && leaf->va < direct_end;
    bool image = inside(leaf->va, image_start, image_end);
    audit->lower_half += leaf->va <= INT64_MAX;
    audit->writable_code += (leaf->page_flags & PAGE_WRITE) && (leaf->page_flags & PAGE_EXECUTE);
    audit->direct_code += !image && (leaf->page_flags & PAGE_EXECUTE);
    audit->aliases +=
        direct && leaf->pa < boot_info->kernel_pa + image_size && leaf->pa + leaf->size_bytes > boot_info->kernel_pa;
    audit->wrong_device += (direct || image) && (leaf->page_flags & PAGE_DEVICE);
    audit->misaligned += (leaf->va | leaf->pa) % leaf->size_bytes != 0;
    audit->image_pages += image;
    audit->wrong_image += image && (leaf->page_flags != image_flags(leaf->va) || leaf->size_bytes != PAGE_SIZE ||
                                    leaf->pa != leaf->va - KERNEL_VA + boot_info->kernel_pa);
    return true;
}

TEST(paging_leaves_are_safe)
{
    struct audit audit = {0};
    paging_walk(0, UINT64_MAX, audit_leaf, &audit);
    CHECK_EQUAL(audit.lower_half, 0);
    CHECK_EQUAL(audit.writable_code, 0);
    CHECK_EQUAL(audit.direct_code, 0);
    CHECK_EQUAL(audit.aliases, 0);
    CHECK_EQUAL(audit.wrong_device, 0);
    CHECK_EQUAL(audit.misaligned, 0);
    CHECK_EQUAL(audit.wrong_image, 0);
    uint64_t gaps = (rodata_start - text_end) + (data_start - rodata_end); /* none, as they are all whole pages */
    uint64_t stacks = (image_end - stacks_start) / (2 * STACK_SIZE) * STACK_SIZE;
    CHECK_EQUAL(gaps, 0);
    CHECK_EQUAL(audit.image_pages, (stacks_start - image_start + stacks) / PAGE_SIZE);
    CHECK(!can_read(0) && !can_read(PAGE_SIZE) && !can_read(boot_info->kernel_pa));
}

TEST(paging_sealed_data_cannot_be_written)
{
    uint64_t value = memory_direct_va;
    CHECK(inside((uintptr_t)&memory_direct_va, ro_after_init_start, ro_after_init_end));
    CHECK(!can_write((uintptr_t)&memory_direct_va) && !can_write((uintptr_t)ro_after_init_start));
    CHECK(can_read((uintptr_t)&memory_direct_va) && !can_write((uintptr_t)ro_after_init_end - 1));
    CHECK(!can_write((uintptr_t)text_start) && !can_write((uintptr_t)rodata_end - 1));
    CHECK_EQUAL(memory_direct_va, value);
}

TEST(paging_stacks_have_guards)
{
    for (unsigned i = 0; i < IMAGE_STACKS; i++)
        for (unsigned offset = 0; offset < STACK_SIZE; offset += PAGE_SIZE) {
            CHECK(can_read((uintptr_t)image_stack(i) + offset));
            CHECK(!can_read((uintptr_t)image_stack(i) - STACK_SIZE + offset));
        }
    CHECK(image_stack(IMAGE_STACKS - 1) + STACK_SIZE == image_end);
    CHECK(!can_read((uintptr_t)image_end));
    char *stack = vrange_alloc_stack();
    REQUIRE(stack != NULL);
    CHECK(can_read((uintptr_t)stack) && !can_read((uintptr_t)stack - 1) && !can_read((uintptr_t)stack - STACK_SIZE));
    vrange_free_stack(stack);
}

/* == What is mapped, for tests/scripts/test_page_tables.py, which asks QEMU the same =============================== */

static bool add_merged(const struct paging_leaf *leaf, void *argument)
{
    struct leaves *leaves = argument;
    struct paging_leaf *last = leaves->count > 0 ? &leaves->leaf[leaves->count - 1] : NULL;
    if (last != NULL && last->va + last->size_bytes == leaf->va && last->pa + last->size_bytes == leaf->pa &&
        last->page_flags == leaf->page_flags)
        last->size_bytes += leaf->size_bytes;
    else
        add_leaf(leaf, leaves);
    return leaves->count < LEAVES;
}

TEST(paging_leaves_are_listed)
{
    void *page = page_alloc(0); /* so that there is a direct map */
    before.count = 0;
    paging_walk(0, UINT64_MAX, add_merged, &before);
    page_free(page, 0);
    if (before.count == LEAVES)
        SKIP("more mappings than are compared: many CPUs");
    CHECK(before.count >= 7); /* direct map, struct pages, code, constants, data, two stacks */
    for (unsigned i = 0; i < before.count; i++) {
        const struct paging_leaf *leaf = &before.leaf[i];
        console_printf("# leaf %lx %lx %lx r%c%c\n", leaf->va, leaf->pa, leaf->size_bytes,
                       leaf->page_flags & PAGE_WRITE ? 'w' : '-', leaf->page_flags & PAGE_EXECUTE ? 'x' : '-');
    }
}
