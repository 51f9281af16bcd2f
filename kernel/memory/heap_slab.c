/* SPDX-License-Identifier: 0BSD */
/*
 * Owns size classes and slabs: blocks of pages cut into slots of one size. What is known of a slab lies in the struct
 * page of its first page, never beside the objects: writing past one cannot break the heap.
 *
 * Invariants: a slot is given out, or in one CPU's magazine, or in its slab's list of free slots; in the latter two it
 * holds its mark. A slab with free slots is in its class's list `partial`; one that is all free is the class's spare,
 * and there is one at most.
 */
#include "heap_parts.h"
#include <ossa/smp.h>
#include <ossa/string.h>

#define NO_SLOT 0xffff /* ends a slab's list */

#define SLAB_BYTES(order)       (PAGE_SIZE << (order))
#define SLOT_COUNT(size, order) (SLAB_BYTES(order) / (size))
#define CACHED_MAX(size)        (16384 / (size) > HEAP_MAGAZINE_MAX ? HEAP_MAGAZINE_MAX : 16384 / (size))

#define CLASS_ENTRY(size, before, order) [HEAP_CLASS_##size] = {size, SLOT_COUNT(size, order), order, CACHED_MAX(size)},
const struct heap_class heap_classes[] = {HEAP_CLASSES(CLASS_ENTRY)};

#define CLASS_UNITS(size, before, order) [(before) / 16 ...(size) / 16 - 1] = HEAP_CLASS_##size,
const uint8_t heap_class_of_units[HEAP_SMALL_MAX / 16] = {HEAP_CLASSES(CLASS_UNITS)};

#define CLASS_ASSERT(size, before, order) \
    _Static_assert(SLAB_BYTES(order) % (size)*16 <= SLAB_BYTES(order), "too much is lost at the end of a slab");
HEAP_CLASSES(CLASS_ASSERT)

struct slab_list {
    struct page *partial, *spare;
    uint64_t slots_out;  /* of their slabs: given out, or in magazines */
    uint64_t slots_lost; /* of those: nobody's, for they were written to while they were free */
    uint64_t slabs;
};

struct spinlock heap_lock = CORE_SPINLOCK("heap");
struct heap_cpu heap_cpu;
static struct slab_list slab_lists[HEAP_CLASS_COUNT];

struct page *heap_slab_of(const void *va)
{
    struct page *page = page_of(va);
    return page - page->slab_page;
}

struct free_object *heap_slot_at(const struct page *slab, unsigned index)
{
    return (struct free_object *)((char *)page_va(slab) + index * heap_classes[slab->size_class].size_bytes);
}

unsigned heap_slot_index(const struct page *slab, const void *va)
{
    return (unsigned)((const char *)va - (const char *)page_va(slab)) / heap_classes[slab->size_class].size_bytes;
}

/* == Lists, linked by page number; 0 ends one, for page 0 is never allocated ======================================= */

static struct page *page_numbered(uint32_t number)
{
    return number == 0 ? NULL : page_first + number;
}

static uint32_t page_number(const struct page *page)
{
    return page == NULL ? 0 : (uint32_t)(page - page_first);
}

static void list_insert(struct page **list, struct page *slab)
{
    slab->next = page_number(*list);
    slab->previous = 0;
    if (*list != NULL)
        (*list)->previous = page_number(slab);
    *list = slab;
}

static void list_remove(struct page **list, struct page *slab)
{
    struct page *next = page_numbered(slab->next), *previous = page_numbered(slab->previous);
    if (next != NULL)
        next->previous = slab->previous;
    if (previous != NULL)
        previous->next = slab->next;
    else
        *list = next;
}

/* == Slabs ========================================================================================================= */

/* Makes the pages of a block a slab, or an ordinary block again. */
static void slab_set_state(struct page *slab, unsigned class, bool is_slab)
{
    for (unsigned i = 0; i < 1u << heap_classes[class].slab_order; i++) {
        slab[i].state = is_slab ? PAGE_SLAB : i == 0 ? PAGE_ALLOCATED : PAGE_INSIDE;
        slab[i].size_class = is_slab ? class : HEAP_CLASS_NONE;
        slab[i].slab_page = is_slab ? i : 0;
    }
}

void heap_slab_remember(const struct page *slab)
{
    GUARD(interrupts);
    struct heap_cpu *cpu = heap_this_cpu();
    uint64_t start_va = (uintptr_t)page_va(slab), slab_bytes = SLAB_BYTES(heap_classes[slab->size_class].slab_order);
    uint64_t end_va = start_va + slab_bytes, cpu_end_va = cpu->start_va + cpu->size_bytes;
    if (cpu->size_bytes != 0 && cpu->start_va < start_va)
        start_va = cpu->start_va;
    if (cpu->size_bytes != 0 && cpu_end_va > end_va)
        end_va = cpu_end_va;
    struct magazine *magazine = &cpu->magazines[slab->size_class];
    uint64_t size_bytes = heap_classes[slab->size_class].size_bytes;
    magazine->slab_mask = slab_bytes - 1;
    magazine->reciprocal = ((1ULL << 32) + size_bytes - 1) / size_bytes;
    cpu->start_va = start_va;
    cpu->start_page = page_of((void *)start_va);
    cpu->size_bytes = end_va - start_va;
}

static bool slab_create(unsigned class)
{
    const struct heap_class *kind = &heap_classes[class];
    void *block = heap_take_pages(kind->slab_order, false);
    if (block == NULL)
        return false;
    struct page *slab = page_of(block);
    slab_set_state(slab, class, true);
    slab->objects_used = 0;
    slab->object_first = 0;
    int count = kind->slot_count, size_bytes = kind->size_bytes;
    char *at = block;
    for (int i = 0; i < count; i++, at += size_bytes) {
        struct free_object *slot = (void *)at;
        if (CONFIG_MEMORY_DEBUG)
            heap_debug_poison(memset(slot, 0, sizeof(struct heap_header)), size_bytes);
        slot->link = heap_link(slot, i + 1 < count ? i + 1 : NO_SLOT);
        slot->mark = heap_mark(slot);
    }
    /* What is left at the end looks like a slot by its offset, so it is marked as if it were free for ever. */
    if (SLAB_BYTES(kind->slab_order) > count * size_bytes)
        ((struct free_object *)at)->mark = heap_mark((void *)at);
    kasan_poison(block, SLAB_BYTES(kind->slab_order), KASAN_HEAP_FREE);
    GUARD(spinlock, &heap_lock);
    heap_slab_remember(slab);
    list_insert(&slab_lists[class].partial, slab);
    slab_lists[class].slabs++;
    return true;
}

/* Gives slabs back that are in no list any more but this one. Not under heap_lock. Whether there were any. */
static bool slabs_free(struct page *slab)
{
    bool any = slab != NULL;
    for (struct page *next; slab != NULL; slab = next) {
        unsigned order = heap_classes[slab->size_class].slab_order;
        next = page_numbered(slab->next);
        slab_set_state(slab, slab->size_class, false);
        page_free(page_va(slab), order);
    }
    return any;
}

static void list_discard(struct slab_list *list, struct page *slab, struct page **unused)
{
    list->slabs--;
    slab->next = page_number(*unused);
    *unused = slab;
}

/* Takes the first free slot. NULL if it was written to: then all free slots of the slab are lost. */
static struct free_object *slab_take(struct slab_list *list, struct page *slab)
{
    const struct heap_class *kind = &heap_classes[slab->size_class];
    struct free_object *slot = heap_slot_at(slab, slab->object_first);
    uint16_t next = heap_link_next(slot);
    bool is_last = slab->objects_used + 1 == kind->slot_count;
    bool whole = slot->mark == heap_mark(slot) && slot->link == heap_link(slot, next) &&
                 (is_last ? next == NO_SLOT : next < kind->slot_count);
    unsigned count = whole ? 1 : kind->slot_count - slab->objects_used;
    slab->objects_used += count;
    list->slots_out += count;
    list->slots_lost += whole ? 0 : count;
    slab->object_first = whole ? next : NO_SLOT;
    if (slab->object_first == NO_SLOT)
        list_remove(&list->partial, slab);
    return whole ? slot : NULL;
}

/* Puts a slot back. A slab that is all free then becomes the spare, or is added to *unused. */
static void slab_put(struct slab_list *list, struct free_object *slot, struct page **unused)
{
    struct page *slab = heap_slab_of(slot);
    if (slab->object_first == NO_SLOT)
        list_insert(&list->partial, slab);
    slot->link = heap_link(slot, slab->object_first);
    slab->object_first = heap_slot_index(slab, slot);
    slab->objects_used--;
    list->slots_out--;
    if (slab->objects_used > 0)
        return;
    list_remove(&list->partial, slab);
    if (list->spare == NULL)
        list->spare = slab;
    else
        list_discard(list, slab, unused);
}

/* == Magazines: filled and flushed under heap_lock ================================================================= */

static unsigned magazine_count(const struct magazine *magazine, unsigned class)
{
    unsigned room = magazine->room_bytes / sizeof(magazine->slots[0]);
    return magazine->slots[room] == NULL ? 0 : heap_classes[class].cached_max - room;
}

static void magazine_push(struct magazine *magazine, struct free_object *slot)
{
    magazine->room_bytes -= sizeof(slot);
    *magazine_newest(magazine) = slot;
}

/* Puts the `count` oldest slots back. */
static void magazine_flush(struct magazine *magazine, unsigned class, unsigned count, struct page **unused)
{
    struct free_object **newest = magazine_newest(magazine), **end = &magazine->slots[heap_classes[class].cached_max];
    if (count == 0)
        return; /* it may be out of use, and look full */
    for (unsigned i = 0; i < count; i++)
        slab_put(&slab_lists[class], end[-1 - (int)i], unused);
    magazine->room_bytes += count * sizeof(newest[0]);
    memmove(newest + count, newest, (end - newest - count) * sizeof(newest[0]));
}

static void magazine_disable(struct magazine *magazine, unsigned class, struct page **unused)
{
    magazine_flush(magazine, class, magazine_count(magazine, class), unused);
    magazine->room_bytes = 0;
    magazine->slots[0] = NULL;
}

/* Whether it may be used. Brings it into use. */
static bool magazine_enable(struct magazine *magazine, unsigned class)
{
    if (memory_fail_countdown != 0 || memory_init_on_alloc)
        return false;
    if (magazine->room_bytes == 0 && magazine->slots[0] == NULL)
        magazine->room_bytes = heap_classes[class].cached_max * sizeof(magazine->slots[0]);
    return true;
}

/* The first free slot of the class in *slot, NULL if there is none. Returns one that was found broken, or NULL. */
static struct free_object *list_take(struct slab_list *list, struct free_object **slot)
{
    *slot = NULL;
    if (list->partial == NULL) {
        if (list->spare == NULL)
            return NULL;
        list_insert(&list->partial, list->spare);
        list->spare = NULL;
    }
    struct free_object *first = heap_slot_at(list->partial, list->partial->object_first);
    *slot = slab_take(list, list->partial);
    return *slot == NULL ? first : NULL;
}

/* Takes a slot, and as many as fill half of the magazine. Results as list_take(). */
static struct free_object *class_take(unsigned class, struct free_object **slot)
{
    GUARD(spinlock, &heap_lock);
    struct magazine *magazine = &heap_this_cpu()->magazines[class];
    struct free_object *broken = list_take(&slab_lists[class], slot), *more;
    if (*slot == NULL || !magazine_enable(magazine, class))
        return broken;
    while (magazine_count(magazine, class) < heap_classes[class].cached_max / 2) {
        broken = list_take(&slab_lists[class], &more);
        if (more == NULL)
            break;
        magazine_push(magazine, more);
    }
    if (broken != NULL) /* the caller will not take the slot */
        magazine_push(magazine, *slot);
    return broken;
}

struct free_object *heap_slot_take(unsigned class)
{
    struct free_object *slot;
    do {
        struct free_object *broken = class_take(class, &slot);
        if (broken != NULL)
            heap_refuse_slot(broken, "was written to after it was freed", broken);
        if (slot != NULL)
            return slot;
    } while (slab_create(class));
    return NULL;
}

void heap_slot_put(struct free_object *slot, uint64_t interrupts)
{
    arch_interrupts_restore(interrupts);
    struct page *unused = NULL;
    unsigned class = page_of(slot)->size_class, max = heap_classes[class].cached_max;
    {
        GUARD(spinlock, &heap_lock);
        struct magazine *magazine = &heap_this_cpu()->magazines[class];
        bool enabled = magazine_enable(magazine, class);
        if (magazine_count(magazine, class) == max)
            magazine_flush(magazine, class, (max + 1) / 2, &unused);
        if (enabled)
            magazine_push(magazine, slot);
        else
            slab_put(&slab_lists[class], slot, &unused);
    }
    slabs_free(unused);
}

/* Its CPU may take from the magazine and put into it meanwhile, but not fill or flush it: that needs the lock. */
static bool magazine_holds(const struct magazine *magazine, unsigned class, const struct free_object *slot)
{
    unsigned count = magazine_count(magazine, class), end = heap_classes[class].cached_max;
    for (unsigned i = end - count; i < end; i++)
        if (magazine->slots[i] == slot)
            return true;
    return false;
}

static bool slot_is_free(const struct free_object *slot)
{
    GUARD(spinlock, &heap_lock);
    struct page *slab = heap_slab_of(slot);
    unsigned class = slab->size_class, index = slab->object_first, count = heap_classes[class].slot_count;
    for (unsigned i = 0; i < CPU_COUNT; i++)
        if (magazine_holds(&ITS_CPU(cpus[i], heap_cpu)->magazines[class], class, slot))
            return true;
    for (unsigned steps = 0; index < count && steps < count; steps++) {
        const struct free_object *free = heap_slot_at(slab, index);
        if (free == slot)
            return true;
        index = heap_link_next(free);
    }
    return false;
}

void heap_slot_doubt(const struct free_object *slot, const void *object)
{
    const struct page *slab = heap_slab_of(slot);
    if (heap_slot_index(slab, slot) >= heap_classes[slab->size_class].slot_count)
        heap_refuse(object, "lies behind the objects of a slab", 0, 0);
    if (slot_is_free(slot))
        heap_refuse_slot(object, "was freed before", slot);
}

void *heap_slot_lose(struct free_object *slot)
{
    {
        GUARD(spinlock, &heap_lock);
        slab_lists[page_of(slot)->size_class].slots_lost++;
    }
    heap_refuse_slot(slot, "was written to after it was freed", slot);
}

/* Empties this CPU's magazines. Nobody asks another CPU for anything while it holds the lock, so that this may take it:
 * see cpu_call_others(). */
static void trim_here(void *argument)
{
    struct page **unused = argument;
    GUARD(spinlock, &heap_lock);
    for (unsigned class = HEAP_CLASS_NONE + 1; class < HEAP_CLASS_COUNT; class += 1)
        magazine_disable(&heap_this_cpu()->magazines[class], class, unused);
}

/* Gives back all that is not in use. Whether there was any. */
static bool trim(void)
{
    struct page *unused = NULL;
    GUARD(interrupts); /* so that the other CPUs stay the others */
    trim_here(&unused);
    if (CONFIG_CPU)
        cpu_call_others(trim_here, &unused);
    {
        GUARD(spinlock, &heap_lock);
        for (struct slab_list *list = slab_lists; list < slab_lists + HEAP_CLASS_COUNT; list++) {
            if (list->spare != NULL)
                list_discard(list, list->spare, &unused);
            list->spare = NULL;
        }
    }
    return slabs_free(unused);
}

void heap_trim(void)
{
    trim();
}

void *heap_take_pages(unsigned order, bool zeroed)
{
    void *block = zeroed ? page_alloc_zeroed(order) : page_alloc(order);
    if (block == NULL && trim())
        block = zeroed ? page_alloc_zeroed(order) : page_alloc(order);
    return block;
}

void heap_slab_usage(struct heap_usage *usage)
{
    for (unsigned class = HEAP_CLASS_NONE + 1; class < HEAP_CLASS_COUNT; class += 1) {
        const struct slab_list *list = &slab_lists[class];
        uint64_t objects = list->slots_out - list->slots_lost, cached = 0;
        for (unsigned i = 0; i < CPU_COUNT; i++)
            cached += magazine_count(&ITS_CPU(cpus[i], heap_cpu)->magazines[class], class);
        objects -= cached < objects ? cached : objects;
        usage->objects += objects;
        usage->bytes += objects * heap_classes[class].size_bytes;
        usage->pages += list->slabs << heap_classes[class].slab_order;
    }
}
