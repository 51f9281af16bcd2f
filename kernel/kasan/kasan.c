/* SPDX-License-Identifier: 0BSD */
/*
 * What GCC calls: checks before accesses, red zones of variables (as gcc/sanitizer.def and gcc/asan.cc have them).
 * Owns the image's shadow and when checking begins; the report is report.c's. Invariant: shadow of the image is mapped
 * whenever C runs, for functions mark their own stack without asking.
 */
#include "kasan.h"
#include <ossa/early_map.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/stack.h>

/* What is checked: the image, and what memory.c adds. Both are empty before kasan_init() and once a report begins. */
uint64_t kasan_image_bytes BOOT_DATA;
uint64_t kasan_memory_va BOOT_DATA, kasan_memory_end_va BOOT_DATA;

static uint8_t image_shadow[KERNEL_SIZE_MAX / KASAN_GRANULE] NOINIT __attribute__((aligned(PAGE_SIZE)));
static uint64_t image_shadow_table[512] NOINIT __attribute__((aligned(PAGE_SIZE)));

#define IMAGE_SHADOW_VA (KERNEL_VA / KASAN_GRANULE + KASAN_OFFSET)
_Static_assert(IMAGE_SHADOW_VA >= FIXMAP_VA + FIXMAP_SIZE, "fixmap_table, which all tables share, has room for it");
_Static_assert(IMAGE_SHADOW_VA % BLOCK_SIZE == 0 && sizeof(image_shadow) <= BLOCK_SIZE, "one table maps it");

void kasan_init(uint64_t kernel_pa)
{
    boot_entry.kernel_pa = kernel_pa; /* for image_pa() */
    for (unsigned i = 0; i < 512; i++) {
        bool used = i < sizeof(image_shadow) / PAGE_SIZE;
        image_shadow_table[i] = used ? arch_page_entry(image_pa(image_shadow) + i * PAGE_SIZE, PAGE_WRITE, 0) : 0;
    }
    fixmap_table[(IMAGE_SHADOW_VA - FIXMAP_VA) / BLOCK_SIZE] = arch_page_table_entry(image_pa(image_shadow_table));
    arch_tlb_flush();
    kasan_mark((void *)KERNEL_VA, KERNEL_SIZE_MAX, KASAN_USABLE);
    kasan_image_bytes = KERNEL_SIZE_MAX;
}

void kasan_init_globals(void)
{
    for (void (**constructor)(void) = init_array_start; constructor < init_array_end; constructor++)
        (*constructor)();
}

void kasan_mark_dropped(uint64_t sp)
{
    uint64_t low, high;
    if (stack_find(sp, &low, &high))
        kasan_mark((void *)low, sp - low, KASAN_USABLE);
}

/* == Accesses ====================================================================================================== */

void kasan_check(uint64_t va, uint64_t size_bytes, bool write, uint64_t caller_pc)
{
    if (va - KERNEL_VA >= kasan_image_bytes && (va < kasan_memory_va || va >= kasan_memory_end_va))
        return;
    uint64_t bad_va = kasan_find(va, size_bytes);
    if (bad_va != KASAN_NONE)
        kasan_report(va, size_bytes, write, bad_va, caller_pc);
}

#define CALLER ((uintptr_t)__builtin_return_address(0))

#define DEFINE_CHECKS(size)                         \
    void __asan_load##size##_noabort(uint64_t va);  \
    void __asan_load##size##_noabort(uint64_t va)   \
    {                                               \
        kasan_check(va, size, false, CALLER);       \
    }                                               \
    void __asan_store##size##_noabort(uint64_t va); \
    void __asan_store##size##_noabort(uint64_t va)  \
    {                                               \
        kasan_check(va, size, true, CALLER);        \
    }

DEFINE_CHECKS(1)
DEFINE_CHECKS(2)
DEFINE_CHECKS(4)
DEFINE_CHECKS(8)
DEFINE_CHECKS(16)

void __asan_loadN_noabort(uint64_t va, uint64_t size_bytes);
void __asan_loadN_noabort(uint64_t va, uint64_t size_bytes)
{
    kasan_check(va, size_bytes, false, CALLER);
}

void __asan_storeN_noabort(uint64_t va, uint64_t size_bytes);
void __asan_storeN_noabort(uint64_t va, uint64_t size_bytes)
{
    kasan_check(va, size_bytes, true, CALLER);
}

/* == Variables ===================================================================================================== */

/* Before a call that does not return. Whoever drops the frames forgets their red zones: kasan_drop_frames(). */
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}

#define ALLOCA_ZONE 32 /* on either side, the size rounded up to as much in between (gcc/asan.cc) */

void __asan_alloca_poison(uint64_t va, uint64_t size_bytes);
void __asan_alloca_poison(uint64_t va, uint64_t size_bytes)
{
    uint64_t room_bytes = (size_bytes + ALLOCA_ZONE - 1) & -ALLOCA_ZONE;
    kasan_mark((void *)(va - ALLOCA_ZONE), ALLOCA_ZONE, KASAN_ALLOCA_LEFT);
    kasan_mark_part((void *)va, size_bytes, room_bytes + ALLOCA_ZONE, KASAN_ALLOCA_RIGHT);
}

void __asan_allocas_unpoison(uint64_t top_va, uint64_t bottom_va);
void __asan_allocas_unpoison(uint64_t top_va, uint64_t bottom_va)
{
    if (top_va != 0 && top_va < bottom_va)
        kasan_mark((void *)top_va, bottom_va - top_va, KASAN_USABLE);
}

/* A large variable's scope ends, begins; small ones are marked in line. */
void __asan_poison_stack_memory(uint64_t va, uint64_t size_bytes);
void __asan_poison_stack_memory(uint64_t va, uint64_t size_bytes)
{
    kasan_mark((void *)va, (size_bytes + KASAN_GRANULE - 1) & -KASAN_GRANULE, KASAN_SCOPE);
}

void __asan_unpoison_stack_memory(uint64_t va, uint64_t size_bytes);
void __asan_unpoison_stack_memory(uint64_t va, uint64_t size_bytes)
{
    kasan_mark_part((void *)va, size_bytes, (size_bytes + KASAN_GRANULE - 1) & -KASAN_GRANULE, KASAN_STACK_RIGHT);
}

/* What GCC writes of a variable of the image (gcc/asan.cc, asan_global_struct). */
struct global {
    const char *va;
    uint64_t size_bytes, room_bytes;
    const char *name, *file;
    uint64_t has_initializer, place, indicator;
};

void __asan_register_globals(const struct global *globals, uint64_t count);
void __asan_register_globals(const struct global *globals, uint64_t count)
{
    for (const struct global *global = globals; global < globals + count; global++)
        kasan_mark_part(global->va, global->size_bytes, global->room_bytes, KASAN_GLOBAL);
}

/* GCC refers to it from a destructor that the linker drops. */
void __asan_unregister_globals(const struct global *globals, uint64_t count);
void __asan_unregister_globals(const struct global *globals, uint64_t count)
{
    (void)globals;
    (void)count;
}
