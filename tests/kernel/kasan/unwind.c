/* SPDX-License-Identifier: 0BSD */
/*
 * Frames that a panic drops leave no red zones behind; frames that stay keep theirs.
 */
#include "found.h"
#include <ossa/guard.h>
#include <ossa/stack.h>

#define NOINLINE __attribute__((noinline))

static unsigned cleanups;

static NOINLINE unsigned deep(unsigned depth)
{
    char array[24];
    DEFER
    {
        char inside[8];
        CHECK_SILENT(memset(HIDDEN(inside), 0, 8); memset(HIDDEN(array), 0, sizeof(array)));
        cleanups++;
    };
    memset(HIDDEN(array), 0, sizeof(array));
    if (depth == 0)
        panic("stop");
    if (depth == 100)
        *HIDDEN((volatile char *)8) = 0;
    return depth > 1000 ? 0 : deep(depth - 1) + array[3];
}

static void panic_by_call(void *unused)
{
    (void)unused;
    deep(20);
}

static void panic_by_action(void *unused)
{
    (void)unused;
    deep(110);
}

/* From a page below this frame to the caller's. */
static NOINLINE uint64_t find_left_over(void)
{
    uint64_t low, high, sp = (uintptr_t)__builtin_frame_address(0) - 256;
    return stack_find(sp, &low, &high) ? kasan_find(low, sp - low) : 0;
}

static void check_after(void (*act)(void *), unsigned count)
{
    char array[8];
    char *va = HIDDEN(array);
    if (!CONFIG_PANIC_UNWIND)
        SKIP("nothing unwinds");
    cleanups = 0;
    REQUIRE(panic_catch(act, NULL, NULL));
    CHECK_EQUAL(find_left_over(), KASAN_NONE);
    CHECK_EQUAL(cleanups, count);
    CHECK_FOUND("stack out of bounds", READ(va + 8));
}

TEST(kasan_caught_panic_leaves_nothing)
{
    check_after(panic_by_call, 21);
}

TEST(kasan_caught_fault_leaves_nothing)
{
    check_after(panic_by_action, 11);
}
