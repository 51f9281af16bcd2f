/* SPDX-License-Identifier: 0BSD */
/*
 * What the parts of the heap share: heap.c (objects and magazines), heap_slab.c (slots), heap_large.c (all that is no
 * slot) and heap_debug.c. A slot is the share of one object in a slab. It begins with a struct free_object while it is
 * free, and under CONFIG_MEMORY_DEBUG with a struct heap_header all the time:
 *
 *     | free_object, sites, size | red zone | object | red zone, 16 bytes or more |
 *
 * Without CONFIG_MEMORY_DEBUG the object is the whole slot.
 */
#pragma once

#include <ossa/heap.h>
#include <ossa/kasan.h>
#include <ossa/page.h>
#include <ossa/spinlock.h>

/*
 * X(size, the class before, order of a slab): steps of 16 bytes up to 128, then four classes a doubling, so that above
 * 128 bytes rounding loses at most 20 % of a slot. At most 1/16 of a slab is lost at its end; therefore there is no
 * class of 7168 bytes, of which a slab holds no more than of 8192.
 */
/* clang-format off */
#define HEAP_CLASSES(X)                                                                             \
    X(16, 0, 0) X(32, 16, 0) X(48, 32, 0) X(64, 48, 0) X(80, 64, 0) X(96, 80, 0)                    \
    X(112, 96, 0) X(128, 112, 0) X(160, 128, 0) X(192, 160, 0) X(224, 192, 0) X(256, 224, 0)        \
    X(320, 256, 0) X(384, 320, 0) X(448, 384, 0) X(512, 448, 0) X(640, 512, 0) X(768, 640, 0)       \
    X(896, 768, 1) X(1024, 896, 0) X(1280, 1024, 0) X(1536, 1280, 1) X(1792, 1536, 2) X(2048, 1792, 0) \
    X(2560, 2048, 1) X(3072, 2560, 2) X(3584, 3072, 3) X(4096, 3584, 0) X(5120, 4096, 2) X(6144, 5120, 3) \
    X(8192, 6144, 1)
/* clang-format on */

#define HEAP_CLASS_INDEX(size, before, order) HEAP_CLASS_##size,
enum { HEAP_CLASS_NONE, HEAP_CLASSES(HEAP_CLASS_INDEX) HEAP_CLASS_COUNT };

struct heap_class {
    uint16_t size_bytes, slot_count;
    uint8_t slab_order, cached_max;
};
extern const struct heap_class heap_classes[HEAP_CLASS_COUNT];
extern const uint8_t heap_class_of_units[]; /* by (size - 1) / 16 */

/* The first words of a free slot. Both depend on its address, and are believed only if they are right. */
struct free_object {
    uint64_t link; /* heap_link(): while it is in its slab, which one is free next */
    uint64_t mark; /* heap_mark(); 0 while the slot is given out, unless its owner happens to write the same */
};

static inline uint64_t heap_link(const struct free_object *slot, uint16_t next)
{
    return ~(uintptr_t)slot ^ next * 0x0001000100010001ULL;
}

static inline uint16_t heap_link_next(const struct free_object *slot)
{
    return (uint16_t)(slot->link ^ heap_link(slot, 0));
}

static inline uint64_t heap_mark(const struct free_object *slot)
{
    return (uintptr_t)slot + 1;
}

/*
 * Slots that were taken out of their slabs ahead of time or given back lately: the newest lies room_bytes from the
 * first
 * place, older ones behind it, and NULL behind the class's cached_max places. While room_bytes and the first place are
 * zero it is out of use: it can neither give nor take, as memory_fail_after() and memory_init_on_alloc want it.
 *
 * An address is a slot's first, or that of what is left at the end of a slab, if offset * reciprocal < reciprocal in 32
 * bits, with `offset` from the slab's start (Lemire, Kaser and Kurz, "Faster remainder by direct computation", 2019).
 */
#define HEAP_MAGAZINE_MAX 29
struct magazine {
    uint64_t room_bytes;
    struct free_object *slots[HEAP_MAGAZINE_MAX + 1];
    uint32_t slab_mask, reciprocal; /* 0: this CPU has seen no slab of the class yet */
};

static inline struct free_object **magazine_newest(struct magazine *magazine)
{
    return (struct free_object **)((char *)magazine->slots + magazine->room_bytes);
}

static inline bool magazine_has_slot_at(const struct magazine *magazine, const void *va)
{
    uint32_t offset = (uintptr_t)va & magazine->slab_mask;
    return offset * magazine->reciprocal < magazine->reciprocal;
}

/*
 * A CPU's. heap_free() first looks whether an address is in [start_va, start_va + size_bytes), from the lowest slab to
 * the highest that this CPU has seen: each page there has its struct page. All else takes the long way. (A hole of
 * physical memory in between faults.) HEAP_CLASS_NONE has no magazine, and never a slot; this lies in its place.
 */
struct heap_cpu {
    union {
        struct magazine magazines[HEAP_CLASS_COUNT];
        struct {
            uint64_t start_va, size_bytes;
            struct page *start_page;
        };
    };
};
extern struct heap_cpu heap_cpu PER_CPU;

/* Interrupts are masked. */
static inline struct heap_cpu *heap_this_cpu(void)
{
    return MY_CPU(heap_cpu);
}

/* Guards slabs, large blocks and counts. Nothing panics while it is held. */
extern struct spinlock heap_lock;

/* == heap.c ======================================================================================================== */

/* A slot for the heap's own use, counted as an object. */
#define HEAP_RECORD_BYTES 64
void *heap_record_alloc(void);
void heap_record_free(void *record);

/* Panics: "heap: <object> <what>", and who allocated and freed it, 0 if that is not known. */
_Noreturn void heap_refuse(const void *object, const char *what, uint32_t allocated_by, uint32_t freed_by);
_Noreturn void heap_refuse_slot(const void *object, const char *what, const struct free_object *slot);

/* == heap_slab.c =================================================================================================== */

/* The slab of an address in one, the slot of an index in it, and the index of an address. */
struct page *heap_slab_of(const void *va);
struct free_object *heap_slot_at(const struct page *slab, unsigned index);
unsigned heap_slot_index(const struct page *slab, const void *va);

/* Takes a slot when the magazine is empty, and puts one back when it is full: half of it is filled or flushed. The
 * latter is entered with interrupts masked, and gives them back. */
struct free_object *heap_slot_take(unsigned class);
void heap_slot_put(struct free_object *slot, uint64_t interrupts);

/* Panics if a slot that holds its mark is free indeed, or is none. */
void heap_slot_doubt(const struct free_object *slot, const void *object);

/* This CPU has seen the slab: heap_free() finds it quickly from now on. */
void heap_slab_remember(const struct page *slab);

/* Panics about a slot that was taken out of the magazine and has been written to; it is lost. Does not return, but is
 * not declared so: to be called last it must look as if it did. */
void *heap_slot_lose(struct free_object *slot);

/* A block of pages, if need be of those that the heap holds without use. */
void *heap_take_pages(unsigned order, bool zeroed);

/* Adds what is in slabs. heap_lock is held. */
void heap_slab_usage(struct heap_usage *usage);

/* == heap_large.c ================================================================================================== */

void *heap_large_alloc(size_t alignment, size_t size_bytes, bool zeroed, const void *caller);
void heap_large_free(void *object);

/* Bytes asked for and held. Panics if it is no large object. Both may be resized within the latter. */
size_t heap_large_size(const void *object, size_t *held_bytes);
size_t heap_large_round(size_t size_bytes);
void heap_large_resize(void *object, size_t size_bytes, const void *caller);
void heap_large_usage(struct heap_usage *usage);

/* == heap_debug.c ================================================================================================== */

struct heap_header {
    struct free_object free;
    uint32_t allocated_by, freed_by; /* sites: bytes from KERNEL_VA; 0: nobody */
    uint16_t size_bytes;             /* as asked for */
    uint16_t offset_bytes;           /* of the object in its slot */
    uint32_t check;                  /* of size, offset, allocated_by and the address */
    uint64_t red_zone[2];
};

/* Bytes of a slot that an object needs. */
size_t heap_debug_room(size_t alignment, size_t size_bytes);

/* Makes the slot's header and red zones, and enters it in its site's account. Returns the object. */
void *heap_debug_dress(struct heap_header *slot, size_t slot_bytes, size_t alignment, size_t size_bytes,
                       const void *caller);

/* The same for another size; false, and nothing has changed, if the slot has no room for it behind the object's
 * start. */
bool heap_debug_redress(struct heap_header *slot, size_t slot_bytes, size_t size_bytes, const void *caller);

/* Panics unless `object` is the one in this slot, and all around it is as heap_debug_dress() left it. */
void heap_debug_check(const struct heap_header *slot, size_t slot_bytes, const void *object);

/* The opposite of dressing: takes it off the account and remembers who freed it. */
void heap_debug_undress(struct heap_header *slot, size_t slot_bytes, const void *caller);

/* Fills all of a free slot but its header, and tells whether it is still filled so. */
void heap_debug_poison(struct heap_header *slot, size_t slot_bytes);
bool heap_debug_is_poisoned(const struct heap_header *slot, size_t slot_bytes);

/* The red zone behind an object in a block of pages. */
void heap_debug_dress_tail(void *block, size_t size_bytes, size_t block_bytes);
bool heap_debug_tail_is_whole(const void *block, size_t size_bytes, size_t block_bytes);

/* Enters objects and bytes in a site's account; the other sign takes them off. */
uint32_t heap_debug_site(const void *caller);
void heap_debug_account(uint32_t site, int64_t objects, int64_t bytes);
