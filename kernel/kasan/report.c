/* SPDX-License-Identifier: 0BSD */
/*
 * Says what an access has touched. Invariant: nothing is checked any more once a report has begun.
 */
#include "kasan.h"
#include <ossa/console.h>
#include <ossa/panic.h>

#define BYTES_PER_LINE 16 /* of shadow */
#define LINES          5

#define FRAME_MAGIC     0x41b58ab3
#define FRAME_WORDS_MAX 512

struct kasan_finding *volatile kasan_expected;

static uint8_t read_shadow(uint64_t va)
{
    uint8_t byte = 0;
    arch_probe_read(kasan_shadow(va), &byte);
    return byte;
}

static const char *describe(uint8_t byte)
{
    switch (byte) {
    case KASAN_ALLOCA_LEFT:
    case KASAN_ALLOCA_RIGHT:
    case KASAN_STACK_LEFT:
    case KASAN_STACK_MIDDLE:
    case KASAN_STACK_RIGHT:
        return "stack out of bounds";
    case KASAN_SCOPE:
        return "use after scope";
    case KASAN_GLOBAL:
        return "global out of bounds";
    case KASAN_HEAP_SLACK:
        return "heap out of bounds";
    case KASAN_HEAP_FREE:
    case KASAN_PAGE_FREE:
        return "use after free";
    default:
        return "out of bounds";
    }
}

/* A granule of which a part may be used is followed by what says why the rest may not. */
static uint8_t find_kind(uint64_t bad_va)
{
    uint8_t byte = read_shadow(bad_va);
    return byte < KASAN_GRANULE ? read_shadow(bad_va + KASAN_GRANULE) : byte;
}

static void print_shadow(uint64_t bad_va)
{
    uint64_t line_bytes = BYTES_PER_LINE * KASAN_GRANULE;
    uint64_t line_va = (bad_va & -line_bytes) - LINES / 2 * line_bytes;
    for (unsigned line = 0; line < LINES; line++, line_va += line_bytes) {
        console_printf("    %016lx ", line_va);
        for (uint64_t va = line_va; va < line_va + line_bytes; va += KASAN_GRANULE) {
            uint8_t byte = 0;
            bool here = bad_va - va < KASAN_GRANULE, next = bad_va - (va - KASAN_GRANULE) < KASAN_GRANULE;
            console_printf(here ? "[" : next && va > line_va ? "]" : " ");
            if (arch_probe_read(kasan_shadow(va), &byte))
                console_printf("%02x", byte);
            else
                console_printf("--");
        }
        console_printf("\n");
    }
}

/* A frame starts with a number, words about its variables, its function (gcc/asan.cc, asan_emit_stack_protection). */
static void print_frame(uint64_t bad_va)
{
    const uint64_t *frame = (const uint64_t *)(bad_va & -KASAN_GRANULE);
    const uint64_t *end = frame - FRAME_WORDS_MAX;
    while (frame > end && read_shadow((uintptr_t)frame) != KASAN_STACK_LEFT)
        frame--;
    while (frame > end && read_shadow((uintptr_t)(frame - 1)) == KASAN_STACK_LEFT)
        frame--;
    if (read_shadow((uintptr_t)frame) == KASAN_STACK_LEFT && *frame == FRAME_MAGIC)
        console_printf("  frame at %#lx of %pS, variables %s\n", (uintptr_t)frame, (void *)frame[2],
                       (const char *)frame[1]);
}

void kasan_report(uint64_t va, uint64_t size_bytes, bool write, uint64_t bad_va, uint64_t caller_pc)
{
    const char *what = describe(find_kind(bad_va));
    if (kasan_expected != NULL) {
        *kasan_expected = (struct kasan_finding){kasan_expected->count + 1, what, write, va, size_bytes, bad_va};
        return;
    }
    kasan_image_bytes = kasan_memory_end_va = 0;
    console_break_lock();
    console_printf("\nkasan: the shadow at %#lx, a byte for %d:\n", bad_va, KASAN_GRANULE);
    print_shadow(bad_va);
    print_frame(bad_va);
    panic_final("kasan: %s: %s of %lu byte%s at %#lx%s by %pS", what, write ? "write" : "read", size_bytes,
                size_bytes == 1 ? "" : "s", va, bad_va == va ? "" : ", not all", (void *)caller_pc);
}
