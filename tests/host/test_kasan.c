/* SPDX-License-Identifier: 0BSD */
/*
 * kernel/kasan/shadow.c against a model that knows of each byte whether it may be used.
 */
#include "host_test.h"

enum { MEMORY = 4096, ROUNDS = 20000 };

static _Alignas(8) uint8_t memory[MEMORY], shadow_memory[MEMORY / 8 + 8];
static bool usable[MEMORY];

#define KASAN_OFFSET ((uintptr_t)shadow_memory - (uintptr_t)memory / 8)
#include "../../kernel/kasan/shadow.c"

bool arch_probe_read(const volatile void *va, uint8_t *value)
{
    *value = *(const volatile uint8_t *)va;
    return true;
}

static size_t random_below(size_t end)
{
    return host_random() % end;
}

/* A range of whole granules: its start, and its size, which may be 0. */
static size_t random_granules(size_t *size)
{
    size_t start = random_below(MEMORY / 8) * 8;
    *size = random_below((MEMORY - start) / 8 + 1) * 8;
    if (host_random() % 4)
        *size %= 256;
    return start;
}

static void change(void)
{
    size_t room, start = random_granules(&room), size = host_random() % 2 ? 0 : random_below(room + 1);
    if (size == 0)
        kasan_mark(&memory[start], room, KASAN_HEAP_FREE);
    else
        kasan_mark_part(&memory[start], size, room, KASAN_HEAP_SLACK);
    for (size_t i = 0; i < room; i++)
        usable[start + i] = i < size;
}

static uint64_t model_find(size_t start, size_t size)
{
    for (size_t i = start; i < start + size; i++)
        if (!usable[i])
            return (uintptr_t)&memory[i];
    return KASAN_NONE;
}

HOST_TEST(kasan_finds_what_the_model_finds)
{
    for (size_t i = 0; i < MEMORY; i++)
        usable[i] = true;
    for (unsigned round = 0; round < ROUNDS; round++) {
        change();
        for (unsigned i = 0; i < 20; i++) {
            size_t start = random_below(MEMORY), size = random_below(host_random() % 2 ? 17 : MEMORY + 1);
            size = size < MEMORY - start ? size : MEMORY - start;
            REQUIRE(CHECK_EQ(kasan_find((uintptr_t)&memory[start], size), model_find(start, size)));
        }
    }
}

/* As many bytes of a granule as there can be, and every access to them. */
HOST_TEST(kasan_knows_parts_of_granules)
{
    for (size_t part = 0; part <= 8; part++) {
        kasan_mark(memory, 32, KASAN_HEAP_FREE);
        kasan_mark_part(&memory[8], part, 8, KASAN_HEAP_SLACK);
        for (size_t i = 0; i < 32; i++)
            usable[i] = i >= 8 && i < 8 + part;
        for (size_t start = 0; start < 32; start++)
            for (size_t size = 0; size <= 32 - start; size++)
                REQUIRE(CHECK_EQ(kasan_find((uintptr_t)&memory[start], size), model_find(start, size)));
    }
}

HOST_TEST(kasan_refuses_sizes_that_wrap)
{
    kasan_mark(memory, MEMORY, KASAN_USABLE);
    CHECK_EQ(kasan_find((uintptr_t)memory, -(uint64_t)1), (uintptr_t)memory);
    CHECK_EQ(kasan_find((uintptr_t)memory, -(uintptr_t)memory), (uintptr_t)memory);
    CHECK_EQ(kasan_find((uintptr_t)memory, 0), KASAN_NONE);
}

HOST_TEST(kasan_marks_nothing_else)
{
    for (unsigned round = 0; round < 1000; round++) {
        size_t size, start = random_granules(&size);
        kasan_mark(memory, MEMORY, KASAN_STACK_LEFT);
        kasan_mark(&memory[start], size, KASAN_GLOBAL);
        for (size_t i = 0; i < MEMORY / 8; i++)
            REQUIRE(
                CHECK_EQ(shadow_memory[i], i * 8 >= start && i * 8 < start + size ? KASAN_GLOBAL : KASAN_STACK_LEFT));
    }
}
