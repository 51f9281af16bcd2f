/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the kernel's page tables once early_map_init() has built the first: the same root grows. Leaves what lies where
 * to its callers (memory.h). Tables in the image are read and written there, all others in the direct map. What an
 * operation will do is checked before its first change, under the lock, so that what fails has changed nothing.
 *
 * Changes are made a chunk at a time: its tables are few enough for the reserve and for a list on the stack.
 */
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/page.h>
#include <ossa/paging.h>
#include <ossa/smp.h>
#include <ossa/spinlock.h>
#include <ossa/string.h>

#define ENTRIES         512
#define LEVELS_MAX      5
#define CHUNK_BLOCKS    8
#define CHUNK_SIZE      (CHUNK_BLOCKS * BLOCK_SIZE)
#define CHUNK_TABLES    (CHUNK_BLOCKS + LEVELS_MAX - 2) /* a chunk is aligned: one table a level above its blocks' */
#define FLUSH_PAGES_MAX 32                              /* for more the whole TLB is cheaper */

/* Beside a section's, a full reserve holds a chunk's tables; beyond that come a chunk's that was undone, those of the
 * image, and one from the page allocator. */
#define RESERVE_FULL (PAGING_RESERVE + CHUNK_TABLES)
#define RESERVE_MAX  (RESERVE_FULL + CHUNK_TABLES + PAGING_RESERVE + 1)

typedef uint64_t page_table[ENTRIES];

static struct spinlock paging_lock = CORE_SPINLOCK("page tables");
static uint64_t *root;
static uint64_t pa_end RO_AFTER_INIT; /* what an entry can hold and the CPU reaches */

/* Tables not in use. Those in the image cannot be given to the page allocator. */
static page_table image_tables[PAGING_RESERVE] NOINIT __attribute__((aligned(PAGE_SIZE)));
static uint32_t image_tables_used[PAGING_RESERVE];
static uint64_t *reserve[RESERVE_MAX];
static unsigned reserve_count;

/* == Tables ======================================================================================================== */

static bool in_image(const void *va)
{
    return (const char *)va >= image_start && (const char *)va < image_end;
}

static uint64_t *table_va(uint64_t pa)
{
    uint64_t offset = pa - boot_entry.kernel_pa;
    return offset < (uint64_t)(image_end - image_start) ? (uint64_t *)(KERNEL_VA + offset) : memory_va(pa);
}

static uint64_t table_pa(const uint64_t *table)
{
    return in_image(table) ? image_pa(table) : memory_pa(table);
}

/* How many entries of the table are used; NULL: one of early_map_init()'s, which nobody has counted. */
static uint32_t *table_used(const uint64_t *table)
{
    size_t number = (size_t)((const page_table *)table - image_tables);
    if (in_image(table))
        return number < PAGING_RESERVE ? &image_tables_used[number] : NULL;
    return &page_of(table)->previous;
}

static unsigned count_used(const uint64_t *table)
{
    const uint32_t *used = table_used(table);
    return used == NULL ? ENTRIES : *used;
}

/* A table for use, zero. The caller has seen that there is one, and holds the lock. */
static uint64_t *take_table(void)
{
    ASSERT(reserve_count > 0);
    uint64_t *table = reserve[--reserve_count];
    *table_used(table) = 0;
    return memset(table, 0, PAGE_SIZE);
}

/* No CPU walks it any more. Without the lock, which page_free() must not be called under. `keep`: it was taken just
 * now, so there is room for it, and the page allocator may be waiting for us. */
static void put_table(uint64_t *table, bool keep)
{
    {
        GUARD(spinlock, &paging_lock);
        keep = keep || reserve_count < RESERVE_FULL || in_image(table);
        if (keep)
            reserve[reserve_count++] = table;
    }
    if (!keep)
        page_free(table, 0);
}

static bool reserve_has(unsigned count)
{
    return __atomic_load_n(&reserve_count, __ATOMIC_RELAXED) >= count;
}

bool paging_reserve_lacks(void)
{
    return !reserve_has(PAGING_RESERVE);
}

void paging_reserve_put(void *page)
{
    put_table(page, true);
}

bool paging_fill_reserve(void)
{
    while (!reserve_has(RESERVE_FULL)) {
        uint64_t *table = page_alloc(0); /* may take in a section, and tables of the reserve for it */
        if (table == NULL)
            return false;
        put_table(table, false);
    }
    return true;
}

void paging_init(void)
{
    root = table_va(arch_page_tables_root());
    pa_end = 1ul << arch_pa_bits();
    for (; reserve_count < PAGING_RESERVE; reserve_count++)
        reserve[reserve_count] = image_tables[reserve_count];
}

/* == Entries ======================================================================================================= */

static uint64_t span_bytes(unsigned level)
{
    return 1ul << (PAGE_SHIFT + 9 * level);
}

static uint64_t *entry_of(uint64_t *table, unsigned level, uint64_t va)
{
    return &table[va / span_bytes(level) % ENTRIES];
}

/* The last byte of [va, last_va] that the entry for va translates. */
static uint64_t entry_last(uint64_t va, unsigned level, uint64_t last_va)
{
    uint64_t last = va | (span_bytes(level) - 1);
    return last < last_va ? last : last_va;
}

static bool is_table(unsigned page_flags)
{
    return (page_flags & (PAGE_PRESENT | PAGE_TABLE)) == (PAGE_PRESENT | PAGE_TABLE);
}

/* From a leaf to its neighbour with the same flags that maps what follows. */
static uint64_t entry_step(unsigned level)
{
    return arch_page_entry(span_bytes(level), 0, level) - arch_page_entry(0, 0, level);
}

/* In one piece, and after all that was stored before: a table's content, to whoever walks to it. */
static void store_entry(uint64_t *entry, uint64_t value)
{
    __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

/* So many entries of the table that holds this one have come into use, or gone. */
static void add_used(uint64_t *entry, int count)
{
    uint32_t *used = table_used((uint64_t *)((uintptr_t)entry & -PAGE_SIZE));
    if (used != NULL)
        *used += count;
}

static void write_entry(uint64_t *entry, uint64_t value)
{
    add_used(entry, (value != 0) - (*entry != 0));
    store_entry(entry, value);
}

static bool are_unused(const uint64_t *sixteen)
{
    uint64_t used = 0;
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; i++)
        used |= sixteen[i];
    return used == 0;
}

/* The first index from `index` on whose entry is not 0; `end` if there is none. Most are 0: sixteen at a time. */
static unsigned find_used(const uint64_t *table, unsigned index, unsigned end)
{
    const uint64_t *at = table + index, *last = table + end;
    if (at < last && *at != 0)
        return index;
    while (last - at >= 16 && are_unused(at))
        at += 16;
    while (at < last && *at == 0)
        at++;
    return (unsigned)(at - table);
}

/* The entry that decides about va: a leaf, or one that is not present. */
static uint64_t *find_entry(uint64_t va, unsigned *level, uint64_t *pa, unsigned *page_flags)
{
    uint64_t *table = root;
    for (*level = paging_levels - 1;; --*level) {
        uint64_t *entry = entry_of(table, *level, va);
        *page_flags = arch_page_entry_flags(*entry, *level, pa);
        if (!is_table(*page_flags))
            return entry;
        table = table_va(*pa);
    }
}

/* == What CPUs remember of entries ================================================================================= */

/* Changes of [va, va + size_bytes); without `tables`, of leaves alone. */
struct flush {
    uint64_t va, size_bytes;
    bool tables;
};

static void flush_here(void *argument)
{
    const struct flush *flush = argument;
    if (flush->tables || flush->size_bytes > FLUSH_PAGES_MAX * PAGE_SIZE)
        arch_tlb_flush();
    else
        for (uint64_t at = flush->va; at < flush->va + flush->size_bytes; at += PAGE_SIZE)
            arch_tlb_flush_page(at);
}

static void flush_others(struct flush flush)
{
    if (CONFIG_CPU)
        cpu_call_others(flush_here, &flush);
}

/*
 * Makes changes take effect on every CPU. Under the lock, so interrupts are masked: CPUs that wait for it flush in
 * raw_spinlock_wait(), and this one does what they ask while it waits for them.
 */
static void flush(struct flush flush)
{
    flush_here(&flush);
    flush_others(flush);
}

/* -EINVAL unless these are whole pages of the upper half below the image, and of what the CPU can reach. */
static int check_range(uint64_t va, uint64_t pa, uint64_t size_bytes)
{
    bool whole = (va | pa | size_bytes) % PAGE_SIZE == 0 && size_bytes != 0;
    bool inside = va >= memory_direct_va && va < KERNEL_VA && size_bytes <= KERNEL_VA - va;
    return whole && inside && pa < pa_end && size_bytes <= pa_end - pa ? 0 : -EINVAL;
}

static bool is_writable_code(unsigned page_flags)
{
    return (page_flags & PAGE_WRITE) != 0 && (page_flags & PAGE_EXECUTE) != 0;
}

/* == Clearing ====================================================================================================== */

static uint64_t chunk_last(uint64_t va, uint64_t last_va)
{
    uint64_t last = va | (CHUNK_SIZE - 1);
    return last < last_va ? last : last_va;
}

/* Clears the entries of [va, last_va]; tables that have become empty are unlinked and go to unused[]. */
static unsigned clear_entries(uint64_t *table, unsigned level, uint64_t va, uint64_t last_va, uint64_t **unused)
{
    unsigned count = 0;
    for (uint64_t at = va, last, pa; at <= last_va; at = last + 1) {
        uint64_t *entry = entry_of(table, level, at);
        unsigned flags = arch_page_entry_flags(*entry, level, &pa);
        last = entry_last(at, level, last_va);
        if (is_table(flags)) {
            uint64_t *below = table_va(pa);
            count += clear_entries(below, level - 1, at, last, unused + count);
            if (count_used(below) > 0)
                continue;
            unused[count++] = below;
        }
        write_entry(entry, 0);
    }
    return count;
}

/* Takes away what is mapped there, if anything; no block reaches beyond it. keep_tables: as for put_table(). */
static void clear_range(uint64_t va, uint64_t size_bytes, bool keep_tables)
{
    for (uint64_t at = va, last, last_va = va + size_bytes - 1; at <= last_va; at = last + 1) {
        uint64_t *unused[CHUNK_TABLES];
        unsigned count;
        last = chunk_last(at, last_va);
        {
            GUARD(spinlock, &paging_lock);
            count = clear_entries(root, paging_levels - 1, at, last, unused);
            flush((struct flush){at, last - at + 1, count > 0});
        }
        while (count > 0)
            put_table(unused[--count], keep_tables);
    }
}

/* == Mapping ======================================================================================================= */

static bool fits_leaf(unsigned level, uint64_t va, uint64_t last_va, uint64_t pa)
{
    return level == 0 || (level == 1 && (va | pa) % BLOCK_SIZE == 0 && last_va - va == BLOCK_SIZE - 1);
}

/* How many tables are missing to map [va, last_va] to pa on, below `table` (NULL: one that is missing itself); -EEXIST
 * if anything is mapped there. */
static int count_missing(uint64_t *table, unsigned level, uint64_t va, uint64_t last_va, uint64_t pa)
{
    int missing = 0;
    unsigned index = va / PAGE_SIZE % ENTRIES, end = last_va / PAGE_SIZE % ENTRIES + 1;
    if (level == 0)
        return table == NULL || find_used(table, index, end) == end ? 0 : -EEXIST;
    for (uint64_t at = va, last; at <= last_va; at = last + 1) {
        uint64_t next_pa, at_pa = pa + at - va;
        unsigned flags = table == NULL ? 0 : arch_page_entry_flags(*entry_of(table, level, at), level, &next_pa);
        last = entry_last(at, level, last_va);
        int below = 0;
        if (is_table(flags))
            below = count_missing(table_va(next_pa), level - 1, at, last, at_pa);
        else if (flags & PAGE_PRESENT)
            below = -EEXIST;
        else if (!fits_leaf(level, at, last, at_pa))
            below = 1 + count_missing(NULL, level - 1, at, last, at_pa);
        if (below < 0)
            return below;
        missing += below;
    }
    return missing;
}

static void map_pages(uint64_t *entry, uint64_t va, uint64_t last_va, uint64_t pa, unsigned page_flags)
{
    uint64_t value = arch_page_entry(pa, page_flags, 0), step = entry_step(0);
    add_used(entry, (last_va - va + 1) / PAGE_SIZE);
    for (; va < last_va; va += PAGE_SIZE, value += step)
        store_entry(entry++, value);
}

static void map_entries(uint64_t *table, unsigned level, uint64_t va, uint64_t last_va, uint64_t pa,
                        unsigned page_flags)
{
    if (level == 0) {
        map_pages(entry_of(table, 0, va), va, last_va, pa, page_flags);
        return;
    }
    for (uint64_t at = va, last; at <= last_va; at = last + 1) {
        uint64_t next_pa, at_pa = pa + at - va, *entry = entry_of(table, level, at);
        last = entry_last(at, level, last_va);
        bool present = is_table(arch_page_entry_flags(*entry, level, &next_pa));
        if (!present && fits_leaf(level, at, last, at_pa)) {
            write_entry(entry, arch_page_entry(at_pa, page_flags, level));
            continue;
        }
        if (!present) {
            next_pa = table_pa(take_table());
            write_entry(entry, arch_page_table_entry(next_pa));
        }
        map_entries(table_va(next_pa), level - 1, at, last, at_pa, page_flags);
    }
}

/* The lowest table that translates all of [va, last_va]; *level is its level. */
static uint64_t *find_table(uint64_t va, uint64_t last_va, unsigned *level)
{
    uint64_t *table = root, pa;
    for (*level = paging_levels - 1; (va ^ last_va) / span_bytes(*level) == 0; --*level) {
        if (!is_table(arch_page_entry_flags(*entry_of(table, *level, va), *level, &pa)))
            break;
        table = table_va(pa);
    }
    return table;
}

/* `kept` tables of the reserve are not for this. For other CPUs paging_map_end() follows. */
static int map_chunk(uint64_t va, uint64_t last_va, uint64_t pa, unsigned page_flags, unsigned kept)
{
    GUARD(spinlock, &paging_lock);
    unsigned level;
    uint64_t *table = find_table(va, last_va, &level);
    int missing = count_missing(table, level, va, last_va, pa);
    if (missing < 0)
        return missing;
    if (missing > 0 && missing + kept > reserve_count)
        return -ENOMEM;
    map_entries(table, level, va, last_va, pa, page_flags);
    flush_here(&(struct flush){va, last_va - va + 1, missing > 0});
    return 0;
}

/* The same from tables of the page allocator. Other CPUs may take what has been filled in for this one. */
static int map_chunk_filled(uint64_t va, uint64_t last_va, uint64_t pa, unsigned page_flags)
{
    int error;
    bool filled;
    do {
        filled = paging_fill_reserve();
        error = map_chunk(va, last_va, pa, page_flags, PAGING_RESERVE);
    } while (error == -ENOMEM && filled);
    return error;
}

static int map(uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags, bool from_allocator)
{
    int error = check_range(va, pa, size_bytes);
    if (error != 0 || is_writable_code(page_flags))
        return -EINVAL;
    uint64_t at = va, last_va = va + size_bytes - 1;
    while (at <= last_va && error == 0) {
        uint64_t last = chunk_last(at, last_va), at_pa = pa + at - va;
        error =
            from_allocator ? map_chunk_filled(at, last, at_pa, page_flags) : map_chunk(at, last, at_pa, page_flags, 0);
        at = error == 0 ? last + 1 : at;
    }
    if (error != 0 && at > va)
        clear_range(va, at - va, !from_allocator);
    return error;
}

int paging_map_part(uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags)
{
    return map(va, pa, size_bytes, page_flags, true);
}

/*
 * x86_64 and aarch64 remember no absent entries (SDM 3A, "Caching Translation Information"; ARM DDI 0487, "Use of
 * Translation Lookaside Buffers"): there only the CPU that writes them has to see its own stores. riscv64 may
 * (Privileged 1.12, 4.2.1), and a fault that was none could not be mended on a stack.
 */
void paging_map_end(uint64_t va, uint64_t size_bytes)
{
    uint64_t pa;
    if (arch_page_entry_flags(0, 0, &pa) & PAGE_STALE)
        flush_others((struct flush){va, size_bytes, true});
}

int paging_map(uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags)
{
    int error = map(va, pa, size_bytes, page_flags, true);
    if (error == 0)
        paging_map_end(va, size_bytes);
    return error;
}

int paging_map_section(uint64_t va, uint64_t pa, uint64_t size_bytes, unsigned page_flags)
{
    int error = map(va, pa, size_bytes, page_flags, false);
    if (error == 0)
        paging_map_end(va, size_bytes);
    return error;
}

/* == Changing ====================================================================================================== */

/* -ENOENT unless every page of [va, last_va] is mapped. */
static int check_mapped(uint64_t va, uint64_t last_va)
{
    for (uint64_t at = va, pa; at <= last_va && at >= va;) {
        unsigned level, flags;
        find_entry(at, &level, &pa, &flags);
        if (!(flags & PAGE_PRESENT))
            return -ENOENT;
        at = (at | (span_bytes(level) - 1)) + 1;
    }
    return 0;
}

/*
 * Whether an entry may begin at va: 0 if one does, or if a block can be split for it. A block of the direct map cannot:
 * it would not be mapped for a moment (break-before-make), and everybody uses it, the page tables' code too.
 */
static int check_border(uint64_t va)
{
    unsigned level, flags;
    uint64_t pa;
    find_entry(va, &level, &pa, &flags);
    if (!(flags & PAGE_PRESENT) || va % span_bytes(level) == 0)
        return 0;
    if (va < (uintptr_t)page_first)
        return -EINVAL;
    return reserve_count >= PAGING_RESERVE + 2 ? 0 : -ENOMEM; /* one for each end of a range */
}

/* Makes pages of the block that holds va, unless an entry begins there. */
static void split_block(uint64_t va)
{
    unsigned level, flags;
    uint64_t pa;
    uint64_t *entry = find_entry(va, &level, &pa, &flags);
    if (!(flags & PAGE_PRESENT) || va % span_bytes(level) == 0)
        return;
    uint64_t *table = take_table();
    map_pages(table, va & -BLOCK_SIZE, va | (BLOCK_SIZE - 1), pa, flags);
    write_entry(entry, 0);
    flush((struct flush){va & -BLOCK_SIZE, BLOCK_SIZE, true});
    write_entry(entry, arch_page_table_entry(table_pa(table)));
}

/* What must hold before mapped pages are changed: they are there, and blocks end where [va, va + size_bytes) does. */
static int split_borders(uint64_t va, uint64_t size_bytes)
{
    GUARD(spinlock, &paging_lock);
    int error = check_mapped(va, va + size_bytes - 1);
    error = error == 0 ? check_border(va) : error;
    error = error == 0 ? check_border(va + size_bytes) : error;
    if (error == 0) {
        split_block(va);
        split_block(va + size_bytes);
    }
    return error;
}

static int prepare_change(uint64_t va, uint64_t size_bytes)
{
    int error = split_borders(va, size_bytes);
    while (error == -ENOMEM && paging_fill_reserve())
        error = split_borders(va, size_bytes);
    return error;
}

int paging_unmap(uint64_t va, uint64_t size_bytes)
{
    int error = check_range(va, 0, size_bytes);
    error = error == 0 ? prepare_change(va, size_bytes) : error;
    if (error == 0)
        clear_range(va, size_bytes, false);
    return error;
}

/* As paging_protect(), for the image too. */
static int protect(uint64_t va, uint64_t size_bytes, unsigned page_flags)
{
    int error = prepare_change(va, size_bytes);
    if (error != 0)
        return error;
    GUARD(spinlock, &paging_lock);
    for (uint64_t at = va, pa; at < va + size_bytes;) {
        unsigned level, flags;
        uint64_t *entry = find_entry(at, &level, &pa, &flags);
        write_entry(entry, arch_page_entry(pa, page_flags | (flags & PAGE_DEVICE), level));
        at += span_bytes(level);
    }
    flush((struct flush){va, size_bytes, false});
    return 0;
}

int paging_protect(uint64_t va, uint64_t size_bytes, unsigned page_flags)
{
    if (check_range(va, 0, size_bytes) != 0 || is_writable_code(page_flags))
        return -EINVAL;
    return protect(va, size_bytes, page_flags);
}

/* == Looking ======================================================================================================= */

int paging_translate(uint64_t va, uint64_t *pa, unsigned *page_flags)
{
    GUARD(spinlock, &paging_lock);
    unsigned level;
    find_entry(va, &level, pa, page_flags);
    *pa += va % span_bytes(level);
    return *page_flags & PAGE_PRESENT ? 0 : -ENOENT;
}

struct walk {
    uint64_t va, last_va;
    bool (*visit)(const struct paging_leaf *leaf, void *argument);
    void *argument;
};

/* The entries from `index` to before `end` of a table whose entry 0 is for base_va. False once a visit was. */
static bool walk_table(const struct walk *walk, const uint64_t *table, unsigned level, uint64_t base_va, unsigned index,
                       unsigned end)
{
    struct paging_leaf leaf = {.size_bytes = span_bytes(level)};
    if (walk->va > base_va + index * leaf.size_bytes)
        index = (walk->va - base_va) / leaf.size_bytes;
    if (walk->last_va < base_va + end * leaf.size_bytes - 1)
        end = (walk->last_va - base_va) / leaf.size_bytes + 1;
    for (; (index = find_used(table, index, end)) < end; index++) {
        leaf.va = base_va + index * leaf.size_bytes;
        leaf.page_flags = arch_page_entry_flags(table[index], level, &leaf.pa);
        if (is_table(leaf.page_flags)) {
            if (!walk_table(walk, table_va(leaf.pa), level - 1, leaf.va, 0, ENTRIES))
                return false;
        } else if ((leaf.page_flags & PAGE_PRESENT) && !walk->visit(&leaf, walk->argument)) {
            return false;
        }
    }
    return true;
}

void paging_walk(uint64_t va, uint64_t last_va, bool (*visit)(const struct paging_leaf *leaf, void *argument),
                 void *argument)
{
    struct walk walk = {va, last_va, visit, argument};
    unsigned level = paging_levels - 1;
    uint64_t half_size = span_bytes(paging_levels) / 2; /* no address lies between the halves */
    GUARD(spinlock, &paging_lock);
    if (va < half_size && !walk_table(&walk, root, level, 0, 0, ENTRIES / 2))
        return;
    if (last_va >= -half_size)
        walk_table(&walk, root, level, -2 * half_size, ENTRIES / 2, ENTRIES);
}

struct seal {
    unsigned leaves, writable_code;
};

/* The whole table; of neighbours with the same flags only the first is taken apart. */
static void count_leaves(const uint64_t *table, unsigned level, struct seal *seal)
{
    uint64_t step = entry_step(level), pa;
    unsigned left = count_used(table), index = 0;
    while (left > 0 && (index = find_used(table, index, ENTRIES)) < ENTRIES) {
        unsigned flags = arch_page_entry_flags(table[index], level, &pa), start = index++;
        if (is_table(flags)) {
            count_leaves(table_va(pa), level - 1, seal);
        } else if (flags & PAGE_PRESENT) {
            for (uint64_t next = table[start] + step; index < ENTRIES && table[index] == next; next += step)
                index++;
            seal->leaves += index - start;
            seal->writable_code += is_writable_code(flags) ? index - start : 0;
        }
        left -= index - start;
    }
}

void paging_seal(void)
{
    struct seal seal = {0, 0};
    uint64_t size_bytes = ro_after_init_end - ro_after_init_start;
    if (size_bytes > 0 && protect((uintptr_t)ro_after_init_start, size_bytes, PAGE_READ) != 0)
        panic("the data to be sealed is not mapped");
    {
        GUARD(spinlock, &paging_lock);
        count_leaves(root, paging_levels - 1, &seal);
    }
    log_info("page tables: %u mappings, %u writable and executable", seal.leaves, seal.writable_code);
    ASSERT(seal.writable_code == 0);
}
