/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what callers see of the heap, and its fast path: small objects come from this CPU's magazine of their size
 * class, with interrupts masked and no lock. Leaves to heap_slab.c where magazines are filled from, to heap_large.c
 * what
 * is too large for a slot, and to heap_debug.c what surrounds objects under CONFIG_MEMORY_DEBUG.
 *
 * Invariant: all that is said of a pointer is checked before anything changes, and no check needs a lock, but that of a
 * slot that looks as if it were free.
 */
#include "heap_parts.h"
#include <ossa/string.h>

#define CALLER          (CONFIG_MEMORY_DEBUG ? __builtin_return_address(0) : NULL)
#define LIKELY(holds)   __builtin_expect(holds, true)
#define UNLIKELY(holds) __builtin_expect(holds, false)

_Noreturn __attribute__((cold)) void heap_refuse(const void *object, const char *what, uint32_t allocated_by,
                                                 uint32_t freed_by)
{
    void *allocated_pc = (void *)(KERNEL_VA + allocated_by), *freed_pc = (void *)(KERNEL_VA + freed_by);
    if (allocated_by == 0)
        panic("heap: %p %s", object, what);
    if (freed_by == 0)
        panic("heap: %p %s, allocated by %pS", object, what, allocated_pc);
    panic("heap: %p %s, allocated by %pS, freed by %pS", object, what, allocated_pc, freed_pc);
}

_Noreturn __attribute__((cold)) void heap_refuse_slot(const void *object, const char *what,
                                                      const struct free_object *slot)
{
    const struct heap_header *header = (const struct heap_header *)slot;
    if (CONFIG_MEMORY_DEBUG)
        heap_refuse(object, what, header->allocated_by, header->freed_by);
    heap_refuse(object, what, 0, 0);
}

/* == Slots ========================================================================================================= */

/* The slot is the caller's now, if nobody has written to it. */
static inline void *slot_open(struct free_object *slot, size_t class)
{
    if (UNLIKELY(slot->mark != heap_mark(slot)))
        return heap_slot_lose(slot);
    if (CONFIG_MEMORY_DEBUG && !heap_debug_is_poisoned((struct heap_header *)slot, heap_classes[class].size_bytes))
        return heap_slot_lose(slot);
    slot->mark = 0;
    kasan_unpoison(slot, heap_classes[class].size_bytes);
    return slot;
}

/* Kept apart from what the compiler knows of heap_cpu: it would compute the address anew for each access. */
static inline struct magazine *magazine_of(size_t class)
{
    struct magazine *magazine = &heap_this_cpu()->magazines[class];
    __asm__("" : "+r"(magazine));
    return magazine;
}

static void *slot_take(unsigned class)
{
    uint64_t interrupts = arch_interrupts_save();
    struct magazine *magazine = magazine_of(class);
    struct free_object *slot = *magazine_newest(magazine);
    if (slot != NULL)
        magazine->room_bytes += sizeof(slot);
    arch_interrupts_restore(interrupts);
    if (slot == NULL)
        slot = heap_slot_take(class);
    return slot == NULL ? NULL : slot_open(slot, class);
}

/* Entered with interrupts masked, like heap_slot_put(). */
static inline void slot_put(struct magazine *magazine, struct free_object *slot, uint64_t interrupts)
{
    slot->mark = heap_mark(slot);
    kasan_poison(slot, heap_classes[magazine - heap_this_cpu()->magazines].size_bytes, KASAN_HEAP_FREE);
    if (UNLIKELY(magazine->room_bytes == 0)) {
        heap_slot_put(slot, interrupts);
        return;
    }
    magazine->room_bytes -= sizeof(slot);
    *magazine_newest(magazine) = slot;
    arch_interrupts_restore(interrupts);
}

/* The slot of an object in a slab. Panics if the object is none that is given out. */
static struct free_object *slot_check(const struct page *page, const void *object)
{
    const struct heap_class *kind = &heap_classes[page->size_class];
    struct free_object *slot = (struct free_object *)object;
    if (CONFIG_MEMORY_DEBUG) /* the object begins somewhere in its slot: heap_debug_check() knows where */
        slot = heap_slot_at(heap_slab_of(object), heap_slot_index(heap_slab_of(object), object));
    uint64_t slab_bytes = (uint64_t)PAGE_SIZE << kind->slab_order;
    if ((uintptr_t)slot % slab_bytes % kind->size_bytes != 0)
        heap_refuse(object, "lies inside an object of the heap", 0, 0);
    if (slot->mark == heap_mark(slot))
        heap_slot_doubt(slot, object);
    if (CONFIG_MEMORY_DEBUG)
        heap_debug_check((struct heap_header *)slot, kind->size_bytes, object);
    return slot;
}

void *heap_record_alloc(void)
{
    return slot_take(HEAP_CLASS_64);
}

void heap_record_free(void *record)
{
    if (CONFIG_MEMORY_DEBUG)
        heap_debug_poison(memset(record, 0, sizeof(struct heap_header)), HEAP_RECORD_BYTES);
    uint64_t interrupts = arch_interrupts_save();
    slot_put(magazine_of(HEAP_CLASS_64), record, interrupts);
}

/* == Objects ======================================================================================================= */

/* The smallest class for `room` bytes, at most HEAP_SMALL_MAX; HEAP_CLASS_COUNT if none has this alignment. */
static inline unsigned class_find(size_t alignment, size_t room)
{
    unsigned class = heap_class_of_units[(room - 1) / 16];
    if (alignment > HEAP_ALIGNMENT)
        while (class < HEAP_CLASS_COUNT && (heap_classes[class].size_bytes % alignment != 0 ||
                                            (size_t)PAGE_SIZE << heap_classes[class].slab_order < alignment))
            class += 1;
    return class;
}

/* Bytes of a slot for an object. More than HEAP_SMALL_MAX, or nothing: it fits into none. */
static inline size_t slot_room(size_t alignment, size_t size_bytes)
{
    if (CONFIG_MEMORY_DEBUG && size_bytes - 1 < HEAP_SMALL_MAX)
        return heap_debug_room(alignment, size_bytes);
    return CONFIG_KASAN ? size_bytes + HEAP_ALIGNMENT : size_bytes;
}

/* Leaves of a slot only the object for others to use. */
static inline void slot_unpoison(const void *slot, size_t slot_bytes, const void *object, size_t size_bytes)
{
    size_t offset_bytes = (const char *)object - (const char *)slot;
    kasan_poison(slot, offset_bytes, KASAN_HEAP_SLACK);
    kasan_unpoison_object(object, size_bytes, slot_bytes - offset_bytes);
}

static __attribute__((noinline)) void *allocate(size_t alignment, size_t size_bytes, bool zeroed, const void *caller)
{
    if (memory_must_fail() || size_bytes == 0)
        return NULL;
    size_t room = slot_room(alignment, size_bytes);
    unsigned class = LIKELY(room <= HEAP_SMALL_MAX) ? class_find(alignment, room) : HEAP_CLASS_COUNT;
    if (UNLIKELY(class == HEAP_CLASS_COUNT))
        return heap_large_alloc(alignment, size_bytes, zeroed, caller);
    void *slot = slot_take(class), *object = slot;
    if (slot == NULL)
        return NULL;
    size_t slot_bytes = heap_classes[class].size_bytes;
    if (CONFIG_MEMORY_DEBUG)
        object = heap_debug_dress(slot, slot_bytes, alignment, size_bytes, caller);
    if (zeroed || memory_init_on_alloc)
        memset(object, 0, CONFIG_MEMORY_DEBUG ? size_bytes : slot_bytes);
    slot_unpoison(slot, slot_bytes, object, size_bytes);
    return object;
}

static __attribute__((noinline)) void *allocate_masked(size_t size_bytes, uint64_t interrupts, const void *caller)
{
    arch_interrupts_restore(interrupts);
    return allocate(HEAP_ALIGNMENT, size_bytes, false, caller);
}

/*
 * What allocate() does, as far as the magazine goes. Each way out that is not taken is a tail call, with interrupts as
 * they are: so the one that is needs no stack frame.
 */
static inline void *allocate_fast(size_t size_bytes, size_t class, const void *caller)
{
    uint64_t interrupts = arch_interrupts_save();
    struct magazine *magazine = magazine_of(class);
    struct free_object *slot = *magazine_newest(magazine);
    if (UNLIKELY(slot == NULL))
        return allocate_masked(size_bytes, interrupts, caller);
    magazine->room_bytes += sizeof(slot);
    arch_interrupts_restore(interrupts);
    return slot_open(slot, class);
}

void *heap_alloc_class(size_t size_bytes, size_t size_class)
{
    return allocate_fast(size_bytes, size_class, CALLER);
}

void *heap_alloc_any(size_t size_bytes)
{
    if (HEAP_RED_ZONES || size_bytes - 1 >= HEAP_SMALL_MAX)
        return allocate(HEAP_ALIGNMENT, size_bytes, false, CALLER);
    return allocate_fast(size_bytes, heap_class_of_units[(size_bytes - 1) / 16], CALLER);
}

static __attribute__((noinline)) void release(void *object, const void *caller)
{
    struct page *page = page_find(object);
    if (page == NULL || page->state != PAGE_SLAB) {
        if (object != NULL)
            heap_large_free(object);
        return;
    }
    struct free_object *slot = slot_check(page, object);
    heap_slab_remember(heap_slab_of(object));
    if (CONFIG_MEMORY_DEBUG)
        heap_debug_undress((struct heap_header *)slot, heap_classes[page->size_class].size_bytes, caller);
    uint64_t interrupts = arch_interrupts_save();
    slot_put(magazine_of(page->size_class), slot, interrupts);
}

static __attribute__((noinline)) void release_masked(void *object, uint64_t interrupts, const void *caller)
{
    arch_interrupts_restore(interrupts);
    release(object, caller);
}

/* What release() does, as far as this CPU knows the slab and the magazine goes. */
void heap_free(void *object)
{
    uint64_t interrupts = arch_interrupts_save();
    const struct heap_cpu *cpu = heap_this_cpu();
    uint64_t offset = (uintptr_t)object - cpu->start_va;
    if (CONFIG_MEMORY_DEBUG || UNLIKELY(offset >= cpu->size_bytes)) {
        release_masked(object, interrupts, CALLER);
        return;
    }
    struct magazine *magazine = magazine_of(cpu->start_page[offset >> PAGE_SHIFT].size_class);
    if (UNLIKELY(!magazine_has_slot_at(magazine, object)) ||
        UNLIKELY(((struct free_object *)object)->mark == heap_mark(object)))
        release_masked(object, interrupts, CALLER);
    else
        slot_put(magazine, object, interrupts);
}

void *heap_alloc_zeroed(size_t count, size_t size_bytes)
{
    size_t total_bytes;
    if (__builtin_mul_overflow(count, size_bytes, &total_bytes))
        return NULL;
    return allocate(HEAP_ALIGNMENT, total_bytes, true, CALLER);
}

void *heap_alloc_aligned(size_t alignment, size_t size_bytes)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return NULL;
    return allocate(alignment < HEAP_ALIGNMENT ? HEAP_ALIGNMENT : alignment, size_bytes, false, CALLER);
}

/* Bytes held for the object, and in *asked those that were asked for; 0 if nobody remembers. */
static size_t object_bytes(const void *object, size_t *asked)
{
    const struct page *page = page_find(object);
    size_t held;
    if (page == NULL || page->state != PAGE_SLAB) {
        *asked = heap_large_size(object, &held);
        return held;
    }
    const struct free_object *slot = slot_check(page, object);
    held = heap_classes[page->size_class].size_bytes;
    *asked = CONFIG_MEMORY_DEBUG ? ((const struct heap_header *)slot)->size_bytes
             : CONFIG_KASAN      ? kasan_find((uintptr_t)object, held) - (uintptr_t)object
                                 : 0;
    return held;
}

size_t heap_size(const void *object)
{
    size_t asked, held = object_bytes(object, &asked);
    return HEAP_RED_ZONES ? asked : held;
}

/* Whether an object of so many bytes, of some alignment, would be held in so many. */
static bool fits(size_t size_bytes, size_t held)
{
    if (size_bytes - 1 >= held || held > HEAP_SMALL_MAX)
        return false;
    for (size_t alignment = HEAP_ALIGNMENT; held % alignment == 0; alignment *= 2) {
        size_t span = alignment > HEAP_ALIGNMENT && size_bytes < alignment ? alignment : size_bytes;
        unsigned class = class_find(alignment, span);
        if (class < HEAP_CLASS_COUNT && heap_classes[class].size_bytes == held)
            return true;
    }
    return false;
}

void heap_free_sized(void *object, size_t size_bytes)
{
    if (object == NULL)
        return;
    size_t asked, held = object_bytes(object, &asked);
    if (asked != 0 ? asked != size_bytes : !fits(size_bytes, held))
        panic("heap: %p has %zu bytes, not %zu as the size it is freed with", object, asked != 0 ? asked : held,
              size_bytes);
    release(object, CALLER);
}

/* Gives the object another size if it is held in as many bytes with that. */
static bool resize(void *object, size_t size_bytes, size_t held, const void *caller)
{
    const struct page *page = page_find(object);
    if (page == NULL || page->state != PAGE_SLAB) {
        if (size_bytes <= HEAP_SMALL_MAX || heap_large_round(size_bytes) != held)
            return false;
        heap_large_resize(object, size_bytes, caller);
        return true;
    }
    size_t room = slot_room(HEAP_ALIGNMENT, size_bytes);
    if (room > HEAP_SMALL_MAX || heap_classes[class_find(HEAP_ALIGNMENT, room)].size_bytes != held)
        return false;
    struct heap_header *slot = (struct heap_header *)slot_check(page, object);
    if (CONFIG_MEMORY_DEBUG && !heap_debug_redress(slot, held, size_bytes, caller))
        return false;
    slot_unpoison(slot, held, object, size_bytes);
    return true;
}

void *heap_realloc(void *object, size_t size_bytes)
{
    if (size_bytes == 0)
        release(object, CALLER);
    if (object == NULL || size_bytes == 0)
        return allocate(HEAP_ALIGNMENT, size_bytes, false, CALLER);
    size_t asked, held = object_bytes(object, &asked);
    if (resize(object, size_bytes, held, CALLER))
        return object;
    void *moved = allocate(HEAP_ALIGNMENT, size_bytes, false, CALLER);
    if (moved == NULL)
        return NULL;
    size_t kept = HEAP_RED_ZONES ? asked : held;
    memcpy(moved, object, kept < size_bytes ? kept : size_bytes);
    release(object, CALLER);
    return moved;
}

struct heap_usage heap_read_usage(void)
{
    struct heap_usage usage = {0};
    GUARD(spinlock, &heap_lock);
    heap_slab_usage(&usage);
    heap_large_usage(&usage);
    return usage;
}
