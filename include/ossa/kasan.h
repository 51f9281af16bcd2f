/* SPDX-License-Identifier: 0BSD */
/*
 * Accesses that must not be: before each, GCC calls kernel/kasan/ (-fsanitize=kernel-address), which looks it up in the
 * shadow, a byte for 8 of memory. That is 0: all may be used; 1 to 7: the first so many; else it says why not. What is
 * found is a final panic. The hooks below are nothing without CONFIG_KASAN.
 *
 * Shadow has what the kernel's C works on: the image with its stacks, memory of the page allocator, virtual ranges.
 * Where there is none, everything may be used, and the MMU has the last word.
 */
#pragma once

#include <ossa/arch.h>

#define KASAN_GRANULE 8                 /* bytes a byte of shadow stands for */
#ifndef KASAN_OFFSET                    /* a host test has another */
#define KASAN_OFFSET 0xdfffffffe0000000 /* to add to va / 8: it ends at -512 MiB. The Makefile reads it here */
#endif

/* Why not. Those of the stack and of globals are GCC's (gcc/asan.h) and libsanitizer's numbers. */
enum kasan_kind {
    KASAN_USABLE = 0,
    KASAN_ALLOCA_LEFT = 0xca,
    KASAN_ALLOCA_RIGHT = 0xcb,
    KASAN_STACK_LEFT = 0xf1,
    KASAN_STACK_MIDDLE = 0xf2,
    KASAN_STACK_RIGHT = 0xf3,
    KASAN_SCOPE = 0xf8,
    KASAN_GLOBAL = 0xf9,
    KASAN_HEAP_SLACK = 0xfa, /* between an object's end and the next */
    KASAN_HEAP_FREE = 0xfb,
    KASAN_PAGE_FREE = 0xfc,
};

static inline uint8_t *kasan_shadow(uint64_t va)
{
    return (uint8_t *)(va / KASAN_GRANULE + KASAN_OFFSET);
}

/* Marks [va, va + size_bytes), both multiples of KASAN_GRANULE, as what must not be used, and why. */
void kasan_mark(const void *va, uint64_t size_bytes, enum kasan_kind kind);

/* Of [va, va + room_bytes), as above, the first size_bytes may be used, the rest not, because of kind. */
void kasan_mark_part(const void *va, uint64_t size_bytes, uint64_t room_bytes, enum kasan_kind kind);

/* Forgets the red zones of the frames below sp on its stack. */
void kasan_mark_dropped(uint64_t sp);

/* The first byte in [va, va + size_bytes) that must not be used; KASAN_NONE if there is none. */
#define KASAN_NONE UINT64_MAX
uint64_t kasan_find(uint64_t va, uint64_t size_bytes);

/* For tests: what is found goes here instead of ending the machine, while it is not NULL, and the access is made. */
struct kasan_finding {
    unsigned count; /* the rest is the last one's */
    const char *what;
    bool write;
    uint64_t va, size_bytes, bad_va;
};
extern struct kasan_finding *volatile kasan_expected;

/* == Shadow for memory, given by kernel/kasan/memory.c, for kernel/memory/ ========================================= */

/*
 * For the page allocator: bytes of memory, whole pages, that the shadow of the section [start_pa, end_pa) takes; and
 * its mapping, once these are at shadow_pa: false if there were too few tables, then the same section is tried again.
 */
uint64_t kasan_plan_section(uint64_t start_pa, uint64_t end_pa);
bool kasan_map_section(uint64_t shadow_pa);

/* Shadow for [va, va + size_bytes), unless there is some. All may be used then. False if there is no memory for it. */
bool kasan_cover(const void *va, uint64_t size_bytes);

/* == Hooks ========================================================================================================= */

/* [va, va + size_bytes) is given back. */
static inline void kasan_poison(const void *va, uint64_t size_bytes, enum kasan_kind kind)
{
    if (CONFIG_KASAN)
        kasan_mark(va, size_bytes, kind);
}

/* [va, va + size_bytes) is given out. */
static inline void kasan_unpoison(const void *va, uint64_t size_bytes)
{
    if (CONFIG_KASAN)
        kasan_mark(va, size_bytes, KASAN_USABLE);
}

/* Of [va, va + room_bytes) the first size_bytes are given out as an object of the heap. */
static inline void kasan_unpoison_object(const void *va, uint64_t size_bytes, uint64_t room_bytes)
{
    if (CONFIG_KASAN)
        kasan_mark_part(va, size_bytes, room_bytes, KASAN_HEAP_SLACK);
}

/* Frames below sp are left otherwise than by returning. */
static inline void kasan_drop_frames(uint64_t sp)
{
    if (CONFIG_KASAN)
        kasan_mark_dropped(sp);
}
