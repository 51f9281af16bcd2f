/* SPDX-License-Identifier: 0BSD */
/*
 * Reading and writing the shadow. Owns no state. Compiled for the host too (tests/host/test_kasan.c).
 * Invariant: the shadow is only written where it is mapped, and read by probes where it may not be.
 */
#include <ossa/kasan.h>

void kasan_mark(const void *va, uint64_t size_bytes, enum kasan_kind kind)
{
    uint8_t *shadow = kasan_shadow((uintptr_t)va), *end = shadow + size_bytes / KASAN_GRANULE;
    uint64_t word = kind * (UINT64_MAX / 0xff);
    for (; shadow < end && (uintptr_t)shadow % sizeof(word) != 0; shadow++)
        *shadow = (uint8_t)kind;
    for (; shadow + sizeof(word) <= end; shadow += sizeof(word))
        *(uint64_t *)shadow = word;
    for (; shadow < end; shadow++)
        *shadow = (uint8_t)kind;
}

void kasan_mark_part(const void *va, uint64_t size_bytes, uint64_t room_bytes, enum kasan_kind kind)
{
    uint64_t whole = size_bytes / KASAN_GRANULE * KASAN_GRANULE, part = size_bytes - whole;
    kasan_mark(va, whole, KASAN_USABLE);
    kasan_mark((const char *)va + whole, room_bytes - whole, kind);
    if (part != 0)
        *kasan_shadow((uintptr_t)va + whole) = (uint8_t)part;
}

uint64_t kasan_find(uint64_t va, uint64_t size_bytes)
{
    uint64_t end = va + size_bytes;
    if (end < va)
        return va;
    for (uint64_t at = va, next; at < end; at = next) {
        uint8_t byte = KASAN_USABLE, *shadow = kasan_shadow(at);
        bool mapped = arch_probe_read(shadow, &byte);
        next = (at | (KASAN_GRANULE - 1)) + 1;
        if (mapped && (uintptr_t)shadow % sizeof(uint64_t) == 0 && *(uint64_t *)shadow == 0)
            next += KASAN_GRANULE * (sizeof(uint64_t) - 1);
        if (!mapped || byte == KASAN_USABLE)
            continue;
        uint64_t usable_end = next - KASAN_GRANULE + (byte < KASAN_GRANULE ? byte : 0);
        if (usable_end < (next < end ? next : end))
            return at > usable_end ? at : usable_end;
    }
    return KASAN_NONE;
}
