/* SPDX-License-Identifier: 0BSD */
/*
 * The page tables as this CPU's MMU sees them, by its AT instructions (Arm ARM, "Address translation instructions"),
 * beside what paging_walk() says of them. The other ports ask QEMU: tests/scripts/test_page_tables.py.
 */
#include <ossa/paging.h>
#include <ossa/test.h>

#define PAR_FAULT  1
#define PAR_MEMORY 56 /* shift; what MAIR_EL1 has for the page */

#define TRANSLATE(operation, va)                                                                              \
    __extension__({                                                                                           \
        uint64_t par;                                                                                         \
        __asm__ volatile("at " #operation ", %1\n\tisb\n\tmrs %0, par_el1" : "=r"(par) : "r"(va) : "memory"); \
        par;                                                                                                  \
    })

struct differences {
    unsigned leaves, mapped, pa, writable, user, memory;
};

static void compare_page(const struct paging_leaf *leaf, uint64_t offset, struct differences *differences)
{
    uint64_t va = leaf->va + offset, read = TRANSLATE(s1e1r, va), write = TRANSLATE(s1e1w, va);
    uint64_t memory = leaf->page_flags & PAGE_DEVICE ? MAIR_VALUE >> 8 : MAIR_VALUE & 0xff;
    differences->mapped += (read & PAR_FAULT) != 0;
    differences->pa += (read & DESCRIPTOR_PA) != leaf->pa + offset;
    differences->writable += ((write & PAR_FAULT) == 0) != ((leaf->page_flags & PAGE_WRITE) != 0);
    differences->user += (TRANSLATE(s1e0r, va) & PAR_FAULT) == 0;
    differences->memory += read >> PAR_MEMORY != memory;
}

static bool compare_leaf(const struct paging_leaf *leaf, void *argument)
{
    struct differences *differences = argument;
    differences->leaves++;
    compare_page(leaf, 0, differences);
    compare_page(leaf, leaf->size_bytes - PAGE_SIZE, differences);
    return true;
}

TEST(aarch64_page_tables_as_the_cpu_sees_them)
{
    struct differences differences = {0};
    if (CONFIG_MEMORY)
        paging_walk(0, UINT64_MAX, compare_leaf, &differences);
    CHECK_EQUAL(differences.leaves != 0, CONFIG_MEMORY);
    CHECK_EQUAL(differences.mapped, 0);
    CHECK_EQUAL(differences.pa, 0);
    CHECK_EQUAL(differences.writable, 0);
    CHECK_EQUAL(differences.user, 0);
    CHECK_EQUAL(differences.memory, 0);
    uint64_t none[] = {0, PAGE_SIZE, KERNEL_VA - PAGE_SIZE, (uintptr_t)boot_stack_guard, (uintptr_t)image_end};
    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        CHECK((TRANSLATE(s1e1r, none[i]) & PAR_FAULT) != 0);
}
